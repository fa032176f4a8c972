//! The portals that were used from this computer: the first use of an origin is said, and the certificate that it took
//! last is offered first.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use kyso_protocol::Origin;

use crate::folders;
use crate::login::Site;
use crate::settings::Settings;

/// The largest list that is read, in bytes.
const SIZE_MAX: u64 = 1024 * 1024;

type Fingerprint = [u8; 32];

/// The list: one origin a line, behind it the SHA-256 of the certificate in hex; in the user's state folder.
#[derive(Debug, Clone)]
pub struct Portals {
    folder: Option<PathBuf>,
}

impl Portals {
    /// The list that the settings name, else the user's.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        Self {
            folder: folders::state(settings),
        }
    }

    /// What this computer knows of an origin. A list that can't be read makes every site a new one.
    #[must_use]
    pub fn site(&self, origin: &Origin, settings: &Settings) -> Site {
        let list = self.folder.as_deref().map(list).unwrap_or_default();
        let found = list.lines().find_map(|line| of_origin(line, origin));
        Site {
            known: found.is_some(),
            name: settings
                .listed(origin)
                .and_then(|portal| portal.name.clone()),
            last: found.and_then(fingerprint),
        }
    }

    /// Keeps an origin, and the certificate that it accepted.
    ///
    /// # Errors
    /// The list can't be written.
    pub fn remember(&self, origin: &Origin, chosen: Option<Fingerprint>) -> std::io::Result<()> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        let lock = folders::open_own(&folder.join("portals.lock"))?;
        lock.lock()?;
        let before = list(folder);
        let others = before
            .lines()
            .filter(|line| of_origin(line, origin).is_none());
        let mut after: String = others.map(|line| format!("{line}\n")).collect();
        // Writing to a text can't fail.
        let _ = writeln!(after, "{origin}{}", chosen.map(hex).unwrap_or_default());
        if after == before {
            return Ok(());
        }
        let new = folder.join("portals.new");
        let mut file = folders::open_own(&new)?;
        replace(&mut file, &after)?;
        std::fs::rename(new, folder.join("portals"))
    }
}

fn replace(file: &mut File, text: &str) -> std::io::Result<()> {
    file.set_len(0)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// What stands behind the origin, where the line is its.
fn of_origin<'a>(line: &'a str, origin: &Origin) -> Option<&'a str> {
    let rest = line.strip_prefix(origin.as_str())?;
    (rest.is_empty() || rest.starts_with(' ')).then_some(rest.trim())
}

fn fingerprint(hex: &str) -> Option<Fingerprint> {
    let mut bytes = [0; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

fn hex(bytes: Fingerprint) -> String {
    bytes.iter().fold(String::from(" "), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn list(folder: &Path) -> String {
    let file = folder.join("portals");
    let small = std::fs::metadata(&file).is_ok_and(|meta| meta.len() <= SIZE_MAX);
    let text = if small {
        std::fs::read_to_string(file)
    } else {
        Ok(String::new())
    };
    text.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(folder: &Path) -> Settings {
        Settings {
            state_folder: Some(folder.join("state")),
            ..Settings::default()
        }
    }

    fn origin(text: &str) -> Origin {
        Origin::parse(text).expect("an origin")
    }

    #[test]
    fn a_portal_is_new_until_it_was_remembered() {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = settings(folder.path());
        let portals = Portals::of(&settings);
        let known = |text: &str| portals.site(&origin(text), &settings).known;
        assert!(!known("https://portal.example"));
        for _ in 0..2 {
            portals
                .remember(&origin("https://portal.example"), None)
                .expect("written");
        }
        assert!(known("https://portal.example"));
        assert!(!known("https://portal.example:8443"));
        assert!(!known("https://portal.exampl"));
        assert_eq!(
            list(&folder.path().join("state")),
            "https://portal.example\n"
        );
    }

    #[test]
    fn the_certificate_that_a_portal_took_last_is_kept_for_it_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = settings(folder.path());
        let portals = Portals::of(&settings);
        let last = |text: &str| portals.site(&origin(text), &settings).last;
        for (text, chosen) in [
            ("https://a.example", 1),
            ("https://b.example", 2),
            ("https://a.example", 3),
        ] {
            portals
                .remember(&origin(text), Some([chosen; 32]))
                .expect("written");
        }
        assert_eq!(last("https://a.example"), Some([3; 32]));
        assert_eq!(last("https://b.example"), Some([2; 32]));
        assert_eq!(last("https://c.example"), None);
    }

    #[test]
    fn a_line_that_somebody_spoilt_offers_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = settings(folder.path());
        std::fs::create_dir(folder.path().join("state")).expect("made");
        for behind in ["x", "00", "zz".repeat(32).as_str(), "é".repeat(32).as_str()] {
            let line = format!("https://a.example {behind}\n");
            std::fs::write(folder.path().join("state/portals"), line).expect("written");
            let site = Portals::of(&settings).site(&origin("https://a.example"), &settings);
            assert_eq!((site.known, site.last), (true, None), "{behind}");
        }
    }
}
