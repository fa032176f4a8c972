//! The portals that were used from this computer: the first use of an origin is said.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use kyso_protocol::Origin;

use crate::login::Site;
use crate::settings::Settings;

/// The largest list that is read, in bytes.
const SIZE_MAX: u64 = 1024 * 1024;

/// The list: one origin a line, in the user's state folder.
#[derive(Debug, Clone)]
pub struct Portals {
    file: Option<PathBuf>,
}

impl Portals {
    /// The list that the settings name, else the user's.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        let folder = settings
            .state_folder
            .clone()
            .or_else(|| state_folder(&|name| std::env::var_os(name).map(PathBuf::from)));
        Self {
            file: folder.map(|folder| folder.join("portals")),
        }
    }

    /// What this computer knows of an origin. A list that can't be read makes every site a new one.
    #[must_use]
    pub fn site(&self, origin: &Origin, settings: &Settings) -> Site {
        let known = self
            .file
            .as_deref()
            .is_some_and(|file| lines(file).iter().any(|line| line == origin.as_str()));
        Site {
            known,
            name: settings
                .listed(origin)
                .and_then(|portal| portal.name.clone()),
        }
    }

    /// Adds an origin after a login that the portal accepted.
    ///
    /// # Errors
    /// The list can't be written.
    pub fn remember(&self, origin: &Origin) -> std::io::Result<()> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        if lines(file).iter().any(|line| line == origin.as_str()) {
            return Ok(());
        }
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut list = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(file)?;
        writeln!(list, "{origin}")
    }
}

fn lines(file: &Path) -> Vec<String> {
    let small = std::fs::metadata(file).is_ok_and(|meta| meta.len() <= SIZE_MAX);
    let text = if small {
        std::fs::read_to_string(file).unwrap_or_default()
    } else {
        String::new()
    };
    text.lines().map(str::to_owned).collect()
}

/// `$XDG_STATE_HOME/kyso`, else `~/.local/state/kyso` (XDG Base Directory Specification 0.8).
fn state_folder(environment: &dyn Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let state = environment("XDG_STATE_HOME").filter(|path| path.is_absolute());
    let home = || environment("HOME").map(|home| home.join(".local/state"));
    state.or_else(home).map(|folder| folder.join("kyso"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_portal_is_new_until_it_was_remembered() {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = Settings {
            state_folder: Some(folder.path().join("state")),
            ..Settings::default()
        };
        let portals = Portals::of(&settings);
        let origin = Origin::parse("https://portal.example").expect("an origin");
        assert!(!portals.site(&origin, &settings).known);
        portals.remember(&origin).expect("written");
        portals.remember(&origin).expect("written");
        assert!(portals.site(&origin, &settings).known);
        assert!(
            !portals
                .site(
                    &Origin::parse("https://portal.example:8443").expect("an origin"),
                    &settings
                )
                .known
        );
        assert_eq!(lines(&folder.path().join("state/portals")).len(), 1);
    }

    #[test]
    fn the_list_lies_in_the_users_state_folder() {
        let check = |state: Option<&str>, expected: &str| {
            let environment = |name: &str| match name {
                "XDG_STATE_HOME" => state.map(PathBuf::from),
                _ => Some(PathBuf::from("/home/an")),
            };
            assert_eq!(state_folder(&environment), Some(PathBuf::from(expected)));
        };
        check(Some("/var/an"), "/var/an/kyso");
        check(Some("relative"), "/home/an/.local/state/kyso");
        check(None, "/home/an/.local/state/kyso");
    }
}
