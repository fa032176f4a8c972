//! Writing the user's file: one value changes, everything else in it stays as the person wrote it, comments too.

use std::fs::{DirBuilder, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use kyso_protocol::{Language, Origin};
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, value};

use super::file::{SIZE_MAX, text_of, too_large};
use super::layers::own_file;
use super::{Field, Proxy, Settings, SettingsError};
use crate::folders;

/// One setting with its new value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The language.
    Language(Language),
    /// Whether the agent starts at log-in.
    Autostart(bool),
    /// As [`Proxy::parse`] reads it; empty for the system's.
    Proxy(String),
    /// The program that opens the return page; empty for none.
    Browser(String),
    /// One more module.
    AddModule(PathBuf),
    /// One module less.
    RemoveModule(PathBuf),
    /// A portal that may not ask any more.
    Block(Origin),
    /// A portal that may ask again.
    Allow(Origin),
}

impl Change {
    fn field(&self) -> &'static str {
        match self {
            Self::Language(_) => "language",
            Self::Autostart(_) => "autostart",
            Self::Proxy(_) => "proxy",
            Self::Browser(_) => "browser",
            Self::AddModule(_) | Self::RemoveModule(_) => "module",
            Self::Block(_) | Self::Allow(_) => "blocked",
        }
    }

    fn is_locked(&self, settings: &Settings) -> bool {
        match self {
            Self::Language(_) => settings.is_locked(Field::Language),
            Self::Autostart(_) => settings.is_locked(Field::Autostart),
            Self::Proxy(_) => settings.is_locked(Field::Proxy),
            Self::Browser(_) => settings.is_locked(Field::Browser),
            Self::AddModule(_) => settings.is_locked(Field::Modules),
            Self::RemoveModule(path) => settings
                .modules
                .iter()
                .any(|module| module.locked && module.path == *path),
            Self::Block(origin) | Self::Allow(origin) => settings.permission(origin).1,
        }
    }
}

impl Settings {
    /// Writes one change into the user's file, which is made where there is none, and returns what holds then. The file is
    /// replaced as a whole, and only by one that can be read. Blocks on the disk.
    ///
    /// # Errors
    /// Names the field: the administrator decides about it, the value is wrong, or (`file`) the file can't be read or
    /// written.
    pub fn set(&self, change: &Change) -> Result<Self, SettingsError> {
        if change.is_locked(self) {
            let detail = "is set by the administrator";
            return Err(SettingsError::at(change.field(), detail));
        }
        let file = self.file.clone().or_else(own_file);
        let file = file.ok_or_else(|| SettingsError::at("file", "has no place"))?;
        let file = place(file).map_err(|e| SettingsError::at("file", e))?;
        let _turn = turn(&file).map_err(|e| SettingsError::at("file", e))?;
        let before = if file.exists() {
            text_of(&file)?
        } else {
            String::new()
        };
        let folder = file.parent().unwrap_or(Path::new("/"));
        let after = edited(&before, change, folder)?;
        Self::parse(&after, folder, &mut |path| {
            std::fs::read(path).map_err(|e| e.to_string())
        })?;
        replace(&file, &after).map_err(|e| SettingsError::at("file", e))?;
        Self::layered(Some(&file), self.administrator.clone())
    }
}

/// The file itself, where a link leads to it; with its folder.
fn place(file: PathBuf) -> io::Result<PathBuf> {
    if let Some(folder) = file.parent() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    match file.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(file),
        known => known,
    }
}

/// One change at a time, whichever program makes it.
fn turn(file: &Path) -> io::Result<File> {
    let folder = File::open(file.parent().unwrap_or(Path::new("/")))?;
    folder.lock()?;
    Ok(folder)
}

fn edited(before: &str, change: &Change, folder: &Path) -> Result<String, SettingsError> {
    let read = before.parse::<DocumentMut>();
    let mut document = read.map_err(|e| SettingsError::at("file", e.message()))?;
    match change {
        Change::Language(language) => set(&mut document, "language", Some(tag(*language).into())),
        Change::Autostart(start) => set(&mut document, "autostart", Some((*start).into())),
        Change::Proxy(text) => {
            let proxy = Proxy::parse(text.trim())?.to_string();
            let proxy = (!proxy.is_empty()).then(|| proxy.into());
            set(&mut document, "proxy", proxy);
        }
        Change::Browser(text) if text.is_empty() => set(&mut document, "browser", None),
        Change::Browser(text) => {
            let path = absolute(Path::new(text), "browser")?;
            set(&mut document, "browser", Some(path.into()));
        }
        Change::AddModule(path) => add_module(&mut document, path, folder)?,
        Change::RemoveModule(path) => remove_module(&mut document, path, folder)?,
        Change::Block(origin) => {
            unblock(&mut document, origin);
            blocked(&mut document)?.push(origin.as_str());
        }
        Change::Allow(origin) => unblock(&mut document, origin),
    }
    let after = document.to_string();
    if after.len() as u64 > SIZE_MAX {
        return Err(too_large());
    }
    Ok(after)
}

fn tag(language: Language) -> &'static str {
    match language {
        Language::Vi => "vi",
        Language::En => "en",
    }
}

fn set(document: &mut DocumentMut, field: &str, new: Option<toml_edit::Value>) {
    match (new, document.get_mut(field)) {
        (None, _) => drop(document.remove(field)),
        // What stands behind the value on its line stays.
        (Some(mut new), Some(Item::Value(old))) => {
            *new.decor_mut() = old.decor().clone();
            *old = new;
        }
        (Some(new), _) => drop(document.insert(field, value(new))),
    }
}

fn absolute<'a>(path: &'a Path, field: &str) -> Result<&'a str, SettingsError> {
    let text = path.to_str().filter(|_| path.is_absolute());
    text.ok_or_else(|| SettingsError::at(field, "is no absolute path"))
}

fn modules(document: &mut DocumentMut) -> Result<&mut ArrayOfTables, SettingsError> {
    let item = document
        .entry("module")
        .or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
    let tables = item.as_array_of_tables_mut();
    tables.ok_or_else(|| SettingsError::at("module", "is written in another form than [[module]]"))
}

fn text<'a>(table: &'a Table, field: &str) -> &'a str {
    table.get(field).and_then(Item::as_str).unwrap_or_default()
}

fn add_module(document: &mut DocumentMut, path: &Path, folder: &Path) -> Result<(), SettingsError> {
    let library = absolute(path, "module.path")?;
    let tables = modules(document)?;
    if tables.iter().any(|t| folder.join(text(t, "path")) == path) {
        return Err(SettingsError::at("module.path", "is there already"));
    }
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    let stem = stem.ok_or_else(|| SettingsError::at("module.path", "names no file"))?;
    let free = |name: &String| tables.iter().all(|t| text(t, "name") != name.as_str());
    let numbered = (2_u32..).map(|number| format!("{stem} {number}"));
    let name = std::iter::once(stem.to_owned()).chain(numbered).find(free);
    let mut table = Table::new();
    table.insert("name", value(name.unwrap_or_default()));
    table.insert("path", value(library));
    tables.push(table);
    Ok(())
}

fn remove_module(
    document: &mut DocumentMut,
    path: &Path,
    folder: &Path,
) -> Result<(), SettingsError> {
    let tables = modules(document)?;
    let before = tables.len();
    tables.retain(|table| folder.join(text(table, "path")) != path);
    let (gone, empty) = (tables.len() < before, tables.is_empty());
    if empty {
        document.remove("module");
    }
    if gone {
        Ok(())
    } else {
        Err(SettingsError::at("module.path", "is not in the file"))
    }
}

fn blocked(document: &mut DocumentMut) -> Result<&mut Array, SettingsError> {
    let item = document.entry("blocked").or_insert(value(Array::new()));
    let array = item.as_array_mut();
    array.ok_or_else(|| SettingsError::at("blocked", "is no list"))
}

fn unblock(document: &mut DocumentMut, origin: &Origin) {
    if let Some(array) = document.get_mut("blocked").and_then(Item::as_array_mut) {
        array.retain(|entry| {
            let entry = entry.as_str().map(Origin::parse);
            !matches!(entry, Some(Ok(entry)) if entry == *origin)
        });
    }
}

fn replace(file: &Path, text: &str) -> io::Result<()> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = file.with_file_name(name);
    let mut opened = folders::open_own(&new)?;
    opened.set_permissions(Permissions::from_mode(0o600))?;
    opened.set_len(0)?;
    opened.write_all(text.as_bytes())?;
    opened.sync_all()?;
    std::fs::rename(&new, file)?;
    File::open(file.parent().unwrap_or(Path::new("/")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::super::Administrator;
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::parse(text).expect("an origin")
    }

    fn after(before: &str, change: &Change) -> Result<String, SettingsError> {
        edited(before, change, Path::new("/home/an/.config/kyso"))
    }

    fn check(before: &str, change: &Change, expected: &str) {
        assert_eq!(after(before, change).as_deref(), Ok(expected), "{change:?}");
    }

    fn check_refused(before: &str, change: &Change, field: &str) {
        let error = after(before, change).expect_err("refused");
        assert_eq!(error.field, field, "{error}");
    }

    #[test]
    fn everything_else_stays_as_it_was_written() {
        check("", &Change::Language(Language::En), "language = \"en\"\n");
        check(
            "# mine\nlanguage = \"vi\" # at home\n\n[trust]\nanchors = [] # none\n",
            &Change::Language(Language::En),
            "# mine\nlanguage = \"en\" # at home\n\n[trust]\nanchors = [] # none\n",
        );
        check(
            "# mine\n[trust]\nanchors = []\n",
            &Change::Autostart(true),
            "autostart = true\n# mine\n[trust]\nanchors = []\n",
        );
        check(
            "proxy = \"direct\"\n# end\n",
            &Change::Proxy(String::new()),
            "# end\n",
        );
    }

    #[test]
    fn a_module_is_added_and_removed_by_its_path() {
        let add = |path: &str| Change::AddModule(path.into());
        let remove = |path: &str| Change::RemoveModule(path.into());
        let one = "[[module]]\nname = \"liba\"\npath = \"/opt/liba.so\"\n";
        let two = format!("{one}\n[[module]]\nname = \"liba 2\"\npath = \"/usr/liba.so\"\n");
        check("", &add("/opt/liba.so"), one);
        check(one, &add("/usr/liba.so"), &two);
        check(&two, &remove("/usr/liba.so"), one);
        check(one, &remove("/opt/liba.so"), "");
        let relative = "[[module]]\nname = \"a\"\npath = \"a.so\"\n";
        check(relative, &remove("/home/an/.config/kyso/a.so"), "");
        check_refused(one, &add("/opt/liba.so"), "module.path");
        check_refused(one, &add("liba.so"), "module.path");
        check_refused(one, &remove("/opt/libb.so"), "module.path");
    }

    #[test]
    fn a_portal_is_blocked_once_and_allowed_again() {
        let a = origin("https://a.example");
        let block = || Change::Block(a.clone());
        let allow = || Change::Allow(a.clone());
        check("", &block(), "blocked = [\"https://a.example\"]\n");
        check(
            "blocked = [\"https://b.example\", \"https://a.example\"]\n",
            &allow(),
            "blocked = [\"https://b.example\"]\n",
        );
        let twice = after("blocked = [\"https://a.example\"]", &block()).expect("good");
        assert_eq!(twice.matches("a.example").count(), 1, "{twice}");
        check("language = \"vi\"\n", &allow(), "language = \"vi\"\n");
    }

    #[test]
    fn a_wrong_value_names_its_field() {
        check_refused("", &Change::Proxy("socks5://a:1".into()), "proxy");
        check_refused("", &Change::Browser("firefox".into()), "browser");
        check_refused("language = ", &Change::Autostart(true), "file");
        check_refused("module = 1", &Change::AddModule("/a.so".into()), "module");
        check_refused(
            "blocked = 1",
            &Change::Block(origin("https://a.example")),
            "blocked",
        );
    }

    fn settings(folder: &Path, user: &str, policy: &str) -> Settings {
        let (own, set) = (folder.join("kyso.toml"), folder.join("policy.toml"));
        std::fs::write(&own, user).expect("written");
        std::fs::write(&set, policy).expect("written");
        let administrator = Administrator {
            file: set,
            owner: rustix::process::geteuid().as_raw(),
        };
        Settings::layered(Some(&own), administrator).expect("good")
    }

    #[test]
    fn the_file_is_replaced_as_a_whole_and_is_its_owners_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let before = settings(folder.path(), "language = \"vi\" # mine\n", "");
        let after = before.set(&Change::Language(Language::En)).expect("set");
        assert_eq!(after.language, Some(Language::En));
        let file = folder.path().join("kyso.toml");
        let text = std::fs::read_to_string(&file).expect("there");
        assert_eq!(text, "language = \"en\" # mine\n");
        let mode = std::fs::metadata(&file)
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!folder.path().join("kyso.toml.new").exists());
    }

    #[test]
    fn a_link_to_the_file_stays_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("dotfiles"), folder.path().join("l.toml"));
        std::fs::write(&file, "").expect("written");
        std::os::unix::fs::symlink(&file, &link).expect("linked");
        let settings = Settings {
            file: Some(link.clone()),
            administrator: Administrator {
                file: folder.path().join("none"),
                owner: 0,
            },
            ..Settings::default()
        };
        settings.set(&Change::Autostart(false)).expect("set");
        assert!(link.is_symlink());
        let text = std::fs::read_to_string(&file).expect("there");
        assert_eq!(text, "autostart = false\n");
    }

    #[test]
    fn what_the_administrator_set_is_not_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let policy = "language = \"vi\"\nproxy = \"direct\"\nautostart = true\nbrowser = \"/b\"\n\
            own-modules = false\nblocked = [\"https://a.example\"]";
        let settings = settings(folder.path(), "# mine\n", policy);
        let refused = |change: Change| settings.set(&change).expect_err("locked").field;
        assert_eq!(refused(Change::Language(Language::En)), "language");
        assert_eq!(refused(Change::Proxy(String::new())), "proxy");
        assert_eq!(refused(Change::Autostart(false)), "autostart");
        assert_eq!(refused(Change::Browser(String::new())), "browser");
        assert_eq!(refused(Change::AddModule("/a.so".into())), "module");
        let a = origin("https://a.example");
        assert_eq!(refused(Change::Allow(a.clone())), "blocked");
        assert_eq!(refused(Change::Block(a)), "blocked");
        let text = std::fs::read_to_string(folder.path().join("kyso.toml"));
        assert_eq!(text.expect("there"), "# mine\n");
        settings
            .set(&Change::Block(origin("https://b.example")))
            .expect("not locked");
    }

    #[test]
    fn a_file_that_is_wrong_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = settings(folder.path(), "", "");
        let file = folder.path().join("kyso.toml");
        std::fs::write(&file, "colour = 1\n").expect("written");
        let error = settings.set(&Change::Autostart(true)).expect_err("wrong");
        assert_eq!(error.field, "file");
        let text = std::fs::read_to_string(&file).expect("there");
        assert_eq!(text, "colour = 1\n");
    }
}
