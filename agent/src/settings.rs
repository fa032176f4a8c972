//! The one settings file (TOML). Everything in it has a default; every error names the field.
//!
//! ```toml
//! language = "vi"
//! browser = "/usr/bin/firefox"
//! host-program = "/usr/libexec/kyso/pkcs11-host"
//! state-folder = "/home/an/.local/state/kyso"
//! runtime-folder = "/run/user/1000/kyso"
//! catalogue = "/opt/agency/modules.toml"
//! blocked = ["https://bad.example"]
//!
//! [trust]
//! anchors = ["/etc/kyso/anchors"]
//!
//! [[module]]
//! name = "SoftHSM2"
//! path = "/usr/lib/softhsm/libsofthsm2.so"
//! environment = { SOFTHSM2_CONF = "/etc/kyso/softhsm2.conf" }
//!
//! [[portal]]
//! origin = "https://quocgia.localhost:8443"
//! name = "Sample portal"
//! tls-root = "tls-authority.pem"
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use kyso_certs::Certificate;
use kyso_protocol::{Language, Origin};
use serde::Deserialize;
use thiserror::Error;

/// The largest settings file that is read, in bytes.
const SIZE_MAX: u64 = 256 * 1024;

/// What the person or the administrator set.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The file that was read, if there was one.
    pub file: Option<PathBuf>,
    /// The language; without it the locale decides.
    pub language: Option<Language>,
    /// The program that opens the return page, instead of the default browser.
    pub browser: Option<PathBuf>,
    /// The program that loads vendors' modules, where it isn't beside this one.
    pub host_program: Option<PathBuf>,
    /// Where used portals and the signing history are kept, instead of the user's state folder.
    pub state_folder: Option<PathBuf>,
    /// Where processes of one session meet, instead of the user's runtime folder.
    pub runtime_folder: Option<PathBuf>,
    /// A catalogue of modules that extends the built-in one, instead of the administrator's in its usual place.
    pub catalogue: Option<PathBuf>,
    /// Modules beside those that the catalogue finds.
    pub modules: Vec<Module>,
    /// Whether the catalogue is left out.
    pub only_these_modules: bool,
    /// Portals that the person or the administrator vouches for.
    pub portals: Vec<ListedPortal>,
    /// Origins that are never fetched.
    pub blocked: Vec<Origin>,
    /// What `kyso doctor` judges certificates against; without it nobody here does.
    pub trust: Trust,
}

/// Certificates and lists, as files or folders of them; folders as `kyso verify-cert` reads them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Trust {
    /// Anchors.
    pub anchors: Vec<PathBuf>,
    /// What a path may pass through.
    pub intermediates: Vec<PathBuf>,
    /// Revocation lists.
    pub crls: Vec<PathBuf>,
}

impl Trust {
    fn under(self, folder: &Path) -> Self {
        let under = |paths: Vec<PathBuf>| paths.into_iter().map(|path| folder.join(path)).collect();
        Self {
            anchors: under(self.anchors),
            intermediates: under(self.intermediates),
            crls: under(self.crls),
        }
    }
}

/// A PKCS#11 module named by the administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// What it is called in messages.
    pub name: String,
    /// The library.
    pub path: PathBuf,
    /// Variables that only this module's process sees, beside those that every module's does.
    pub environment: BTreeMap<String, String>,
}

/// A portal that may be on a loopback or private address, and have a TLS root of its own.
#[derive(Debug, Clone)]
pub struct ListedPortal {
    /// Its origin.
    pub origin: Origin,
    /// The name that is shown beside the origin.
    pub name: Option<String>,
    /// TLS roots that count for this portal only, in DER.
    pub tls_roots: Vec<Certificate>,
}

/// Why the settings were refused.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[error("{field}: {detail}")]
pub struct SettingsError {
    /// The field, as a path in the file: `portal[0].origin`.
    pub field: String,
    /// What is wrong.
    pub detail: String,
}

impl SettingsError {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "texts and errors alike, at many places"
    )]
    fn at(field: impl Into<String>, detail: impl ToString) -> Self {
        Self {
            field: field.into(),
            detail: detail.to_string(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Wire {
    language: Option<String>,
    browser: Option<PathBuf>,
    host_program: Option<PathBuf>,
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

impl Settings {
    /// Reads the file; relative paths in it count from its folder.
    ///
    /// # Errors
    /// Names the field that is wrong, or `file` where the file itself can't be read.
    pub fn read(file: &Path) -> Result<Self, SettingsError> {
        let size = std::fs::metadata(file)
            .map_err(|e| SettingsError::at("file", e))?
            .len();
        if size > SIZE_MAX {
            return Err(SettingsError::at(
                "file",
                format!("larger than {SIZE_MAX} bytes"),
            ));
        }
        let text = std::fs::read_to_string(file).map_err(|e| SettingsError::at("file", e))?;
        let folder = file.parent().unwrap_or(Path::new("."));
        let mut settings = Self::parse(&text, folder, &mut |path| {
            std::fs::read(path).map_err(|e| e.to_string())
        })?;
        settings.file = Some(file.to_owned());
        Ok(settings)
    }

    /// Reads the text of a settings file; `load` reads the files that it names.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub fn parse(text: &str, folder: &Path, load: Load<'_>) -> Result<Self, SettingsError> {
        let wire: Wire =
            toml::from_str(text).map_err(|e| SettingsError::at("file", e.message()))?;
        let settings = Self {
            file: None,
            language: wire.language.as_deref().map(language).transpose()?,
            browser: wire.browser.map(|path| folder.join(path)),
            host_program: wire.host_program.map(|path| folder.join(path)),
            state_folder: wire.state_folder.map(|path| folder.join(path)),
            runtime_folder: wire.runtime_folder.map(|path| folder.join(path)),
            catalogue: wire.catalogue.map(|path| folder.join(path)),
            modules: modules(wire.module, folder)?,
            only_these_modules: wire.only_these_modules,
            portals: portals(&wire.portal, folder, load)?,
            blocked: blocked(&wire.blocked)?,
            trust: wire.trust.under(folder),
        };
        Ok(settings)
    }

    /// The listed portal of an origin.
    #[must_use]
    pub fn listed(&self, origin: &Origin) -> Option<&ListedPortal> {
        self.portals.iter().find(|portal| portal.origin == *origin)
    }
}

/// Reads a file that the settings name.
pub type Load<'a> = &'a mut dyn FnMut(&Path) -> Result<Vec<u8>, String>;

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
        });
    }
    Ok(modules)
}

fn blocked(wire: &[String]) -> Result<Vec<Origin>, SettingsError> {
    let one = |(at, text): (usize, &String)| {
        Origin::parse(text).map_err(|e| SettingsError::at(format!("blocked[{at}]"), e))
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
