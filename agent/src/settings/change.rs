//! Writing the user's file: one value changes, and the file is replaced as a whole.

mod edit;

use std::fs::{DirBuilder, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use kyso_protocol::{Language, Origin};

use super::file::text_of;
use super::layers::own_file;
use super::{Field, Layer, Settings, SettingsError, plain};
use crate::folders;
use edit::edited;

/// One setting with its new value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The language.
    Language(Language),
    /// Whether the agent starts at log-in.
    Autostart(bool),
    /// Whether this computer is remembered until the agent quits, where there is no keychain.
    Remember(bool),
    /// As [`super::Proxy::parse`] reads it; empty for the system's.
    Proxy(String),
    /// What opens the return page: a program, or the name of a browser's desktop file; empty for none.
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
            Self::Remember(_) => "remember-without-keychain",
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
            Self::Remember(_) => settings.is_locked(Field::Remember),
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

impl SettingsError {
    /// A file that was wrong before is no fault of the change.
    fn of_change(self) -> Self {
        let layer = if self.field == "file" {
            self.layer
        } else {
            Layer::Change
        };
        Self { layer, ..self }
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
            return Err(SettingsError::at(change.field(), detail).of_change());
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
        let after = edited(&before, change, folder).map_err(SettingsError::of_change)?;
        Self::parse(&after, folder, &mut |path| {
            plain::read(path).map_err(|e| e.to_string())
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
            remember-without-keychain = true\n\
            own-modules = false\nblocked = [\"https://a.example\"]";
        let settings = settings(folder.path(), "# mine\n", policy);
        let refused = |change: Change| {
            let error = settings.set(&change).expect_err("locked");
            assert_eq!(error.layer, Layer::Change);
            error.field
        };
        assert_eq!(refused(Change::Language(Language::En)), "language");
        assert_eq!(refused(Change::Proxy(String::new())), "proxy");
        assert_eq!(refused(Change::Autostart(false)), "autostart");
        let remember = refused(Change::Remember(false));
        assert_eq!(remember, "remember-without-keychain");
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
        assert_eq!((error.layer, error.field.as_str()), (Layer::User, "file"));
        let text = std::fs::read_to_string(&file).expect("there");
        assert_eq!(text, "colour = 1\n");
    }
}
