//! The form of a settings file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use kyso_certs::Certificate;
use kyso_protocol::{Language, Origin};
use serde::Deserialize;

use super::{ListedPortal, Module, Proxy, Settings, SettingsError, Trust, plain};
use crate::feed::{Feed, FeedKey};
use crate::shell::browser::is_desktop_file;

/// The largest settings file that is read, in bytes.
pub(super) const SIZE_MAX: u64 = 256 * 1024;

/// Reads a file that the settings name.
pub type Load<'a> = &'a mut dyn FnMut(&Path) -> Result<Vec<u8>, String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Wire {
    language: Option<String>,
    browser: Option<PathBuf>,
    proxy: Option<String>,
    autostart: Option<bool>,
    remember_without_keychain: Option<bool>,
    host_program: Option<PathBuf>,
    desktop_program: Option<PathBuf>,
    state_folder: Option<PathBuf>,
    runtime_folder: Option<PathBuf>,
    catalogue: Option<PathBuf>,
    #[serde(default)]
    only_these_modules: bool,
    #[serde(default)]
    module: Vec<WireModule>,
    #[serde(default)]
    portal: Vec<WirePortal>,
    #[serde(default)]
    blocked: Vec<String>,
    feed: Option<WireFeed>,
    #[serde(default)]
    trust: Trust,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireModule {
    name: String,
    path: PathBuf,
    #[serde(default)]
    environment: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WirePortal {
    origin: String,
    name: Option<String>,
    tls_root: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireFeed {
    #[serde(default)]
    off: bool,
    address: Option<String>,
    key: Option<PathBuf>,
}

impl Settings {
    /// Reads a user's file by itself; relative paths in it count from its folder.
    ///
    /// # Errors
    /// Names the field that is wrong, or `file` where the file itself can't be read.
    pub fn read(file: &Path) -> Result<Self, SettingsError> {
        let text = text_of(file)?;
        let folder = file.parent().unwrap_or(Path::new("."));
        let mut settings = Self::parse(&text, folder, &mut |path| {
            plain::read(path).map_err(|e| e.to_string())
        })?;
        settings.file = Some(file.to_owned());
        Ok(settings)
    }

    /// Reads the text of a settings file; `load` reads the files that it names.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub fn parse(text: &str, folder: &Path, load: Load<'_>) -> Result<Self, SettingsError> {
        let table = toml::from_str(text).map_err(|e| SettingsError::at("file", e.message()))?;
        Self::of_table(table, folder, load)
    }

    pub(super) fn of_table(
        table: toml::Table,
        folder: &Path,
        load: Load<'_>,
    ) -> Result<Self, SettingsError> {
        let wire: Wire = table
            .try_into()
            .map_err(|e: toml::de::Error| SettingsError::at("file", e.message()))?;
        let path = |path: Option<PathBuf>| path.map(|path| folder.join(path));
        Ok(Self {
            language: wire.language.as_deref().map(language).transpose()?,
            browser: match wire.browser {
                Some(file) if is_desktop_file(&file) => Some(file),
                program => path(program),
            },
            proxy: Proxy::parse(wire.proxy.as_deref().unwrap_or_default())?,
            autostart: wire.autostart,
            remember_without_keychain: wire.remember_without_keychain,
            host_program: path(wire.host_program),
            desktop_program: path(wire.desktop_program),
            state_folder: path(wire.state_folder),
            runtime_folder: path(wire.runtime_folder),
            catalogue: path(wire.catalogue),
            modules: modules(wire.module, folder)?,
            only_these_modules: wire.only_these_modules,
            portals: portals(&wire.portal, folder, load)?,
            blocked: origins(&wire.blocked, "blocked")?,
            feed: feed(wire.feed, folder, load)?,
            trust: wire.trust.under(folder),
            ..Self::default()
        })
    }
}

/// The text of a file of settings.
pub(super) fn text_of(file: &Path) -> Result<String, SettingsError> {
    let bytes = plain::read(file).map_err(|e| SettingsError::at("file", e))?;
    String::from_utf8(bytes).map_err(|e| SettingsError::at("file", e))
}

pub(super) fn too_large() -> SettingsError {
    SettingsError::at("file", format!("larger than {SIZE_MAX} bytes"))
}

fn language(tag: &str) -> Result<Language, SettingsError> {
    match tag {
        "vi" => Ok(Language::Vi),
        "en" => Ok(Language::En),
        _ => Err(SettingsError::at("language", "is \"vi\" or \"en\"")),
    }
}

fn modules(wire: Vec<WireModule>, folder: &Path) -> Result<Vec<Module>, SettingsError> {
    let mut names = BTreeSet::new();
    let mut modules = Vec::new();
    for (at, module) in wire.into_iter().enumerate() {
        if module.name.trim().is_empty() || !names.insert(module.name.clone()) {
            return Err(SettingsError::at(
                format!("module[{at}].name"),
                "is empty or occurs twice",
            ));
        }
        modules.push(Module {
            name: module.name,
            path: folder.join(module.path),
            environment: module.environment,
            locked: false,
        });
    }
    Ok(modules)
}

/// A list of origins; an error names its place.
pub(super) fn origins(wire: &[String], field: &str) -> Result<Vec<Origin>, SettingsError> {
    let one = |(at, text): (usize, &String)| {
        Origin::parse(text).map_err(|e| SettingsError::at(format!("{field}[{at}]"), e))
    };
    wire.iter().enumerate().map(one).collect()
}

fn portals(
    wire: &[WirePortal],
    folder: &Path,
    load: Load<'_>,
) -> Result<Vec<ListedPortal>, SettingsError> {
    let mut portals: Vec<ListedPortal> = Vec::new();
    for (at, portal) in wire.iter().enumerate() {
        let field = |name: &str| format!("portal[{at}].{name}");
        let origin =
            Origin::parse(&portal.origin).map_err(|e| SettingsError::at(field("origin"), e))?;
        if portals.iter().any(|known| known.origin == origin) {
            return Err(SettingsError::at(field("origin"), "occurs twice"));
        }
        let tls_roots = match &portal.tls_root {
            None => Vec::new(),
            Some(path) => roots(&folder.join(path), load)
                .map_err(|e| SettingsError::at(field("tls-root"), e))?,
        };
        portals.push(ListedPortal {
            origin,
            name: portal.name.clone(),
            tls_roots,
        });
    }
    Ok(portals)
}

fn roots(path: &Path, load: Load<'_>) -> Result<Vec<Certificate>, String> {
    let bytes = load(path)?;
    Certificate::all_from_bytes(&bytes).map_err(|e| e.to_string())
}

fn feed(
    wire: Option<WireFeed>,
    folder: &Path,
    load: Load<'_>,
) -> Result<Option<Feed>, SettingsError> {
    let Some(wire) = wire.filter(|wire| !wire.off) else {
        return Ok(None);
    };
    let missing = |name: &str| SettingsError::at(format!("feed.{name}"), "is missing");
    let address = wire.address.ok_or_else(|| missing("address"))?;
    let key = wire.key.ok_or_else(|| missing("key"))?;
    let key = load(&folder.join(key)).and_then(|bytes| FeedKey::from_bytes(&bytes));
    let key = key.map_err(|e| SettingsError::at("feed.key", e))?;
    let feed = Feed::new(&address, key).map_err(|e| SettingsError::at("feed.address", e))?;
    Ok(Some(feed))
}
#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Settings, SettingsError> {
        Settings::parse(text, Path::new("/etc/kyso"), &mut |path| {
            Err(format!("no {}", path.display()))
        })
    }

    fn check_refused(text: &str, field: &str) {
        let error = parse(text).expect_err(text);
        assert_eq!(error.field, field, "{text}: {error}");
    }

    #[test]
    fn an_empty_file_is_all_defaults() {
        let settings = parse("").expect("nothing is required");
        assert!(
            settings.modules.is_empty()
                && settings.portals.is_empty()
                && settings.language.is_none()
        );
    }

    #[test]
    fn paths_count_from_the_folder_of_the_file() {
        let settings = parse(
            "[[module]]\nname=\"A\"\npath=\"lib/a.so\"\n[[module]]\nname=\"B\"\npath=\"/opt/b.so\"",
        )
        .expect("good");
        let paths: Vec<_> = settings.modules.iter().map(|m| m.path.as_path()).collect();
        assert_eq!(
            paths,
            [Path::new("/etc/kyso/lib/a.so"), Path::new("/opt/b.so")]
        );
    }

    #[test]
    fn every_error_names_its_field() {
        check_refused("language = \"fr\"", "language");
        check_refused(
            "[[portal]]\norigin = \"http://portal.example\"",
            "portal[0].origin",
        );
        check_refused(
            "[[portal]]\norigin=\"https://a.example\"\n[[portal]]\norigin=\"https://a.example\"",
            "portal[1].origin",
        );
        check_refused(
            "[[portal]]\norigin=\"https://a.example\"\ntls-root=\"x.pem\"",
            "portal[0].tls-root",
        );
        check_refused("[[module]]\nname=\"\"\npath=\"a\"", "module[0].name");
        check_refused(
            "[[module]]\nname=\"A\"\npath=\"a\"\n[[module]]\nname=\"A\"\npath=\"b\"",
            "module[1].name",
        );
        check_refused(
            "blocked = [\"https://a.example\", \"b.example\"]",
            "blocked[1]",
        );
        check_refused("colour = 1", "file");
        check_refused("language = ", "file");
    }

    #[test]
    fn an_unknown_field_is_named() {
        assert!(
            parse("colour = 1")
                .expect_err("unknown")
                .detail
                .contains("colour")
        );
    }
}
