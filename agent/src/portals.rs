//! The portals that were used from this computer: the first use of an origin is said, and the certificate that it took
//! last is offered first, as it was seen then.

mod resembled;

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use kyso_protocol::Origin;

use crate::folders;
use crate::login::{Remembered, Site};
use crate::settings::Settings;
pub use resembled::Resembled;

/// Portals that are kept; whoever was used longest ago goes first.
const PORTALS_MAX: usize = 400;
/// The longest line that is written or read, in bytes.
const LINE_MAX: usize = 2048;
/// The largest list that is read, in bytes.
const SIZE_MAX: u64 = 1024 * 1024;

type Fingerprint = [u8; 32];

/// The list, in the user's state folder: one origin a line, the one used last at the end; behind it the SHA-256 of the
/// certificate in hex; behind that, as JSON, what was seen of it.
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
        let list = self.list().unwrap_or_else(|error| {
            tracing::warn!(%error, "the list of used portals can't be read");
            String::new()
        });
        let found = list.lines().find_map(|line| of_origin(line, origin));
        let (last, remembered) = found.map(certificate).unwrap_or_default();
        Site {
            known: found.is_some(),
            name: settings.name_of(origin).map(str::to_owned),
            last,
            remembered: remembered.map(Box::new),
            resembles: resembled::resembled(origin, &used(&list), settings),
        }
    }

    /// Every origin that was used, the last one first.
    ///
    /// # Errors
    /// The list can't be read.
    pub fn used(&self) -> io::Result<Vec<Origin>> {
        Ok(used(&self.list()?))
    }

    /// Keeps an origin, the certificate that it accepted, and how that was seen. A list that can't be read is put aside
    /// as `portals.unreadable`.
    ///
    /// # Errors
    /// The list can't be written.
    pub fn remember(
        &self,
        origin: &Origin,
        chosen: Option<Fingerprint>,
        seen: Option<&Remembered>,
    ) -> io::Result<()> {
        let known = format!("{origin}{}", chosen.map(hex).unwrap_or_default());
        let seen = seen.filter(|seen| chosen == Some(seen.fingerprint));
        let whole = seen.map(|seen| format!("{known} {}", seen.to_json()));
        let line = whole.filter(|line| line.len() < LINE_MAX).unwrap_or(known);
        self.rewrite(origin, Some(&line))
    }

    /// Forgets an origin, with what was seen at it.
    ///
    /// # Errors
    /// The list can't be read or written.
    pub fn forget(&self, origin: &Origin) -> io::Result<()> {
        self.rewrite(origin, None)
    }

    fn list(&self) -> io::Result<String> {
        self.folder.as_deref().map_or(Ok(String::new()), list)
    }

    fn rewrite(&self, origin: &Origin, line: Option<&str>) -> io::Result<()> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        let lock = folders::open_own(&folder.join("portals.lock"))?;
        lock.lock()?;
        let before = match (list(folder), line) {
            (Err(error), Some(_)) => {
                tracing::warn!(%error, "the list of used portals can't be read, and is put aside");
                std::fs::rename(folder.join("portals"), folder.join("portals.unreadable"))?;
                String::new()
            }
            (before, _) => before?,
        };
        let others = before.lines().filter(|other| {
            other.len() < LINE_MAX && of_origin(other, origin).is_none() && !other.is_empty()
        });
        let mut lines: Vec<&str> = others.collect();
        lines.extend(line);
        let from = lines.len().saturating_sub(PORTALS_MAX);
        let after: String = lines
            .iter()
            .skip(from)
            .map(|line| format!("{line}\n"))
            .collect();
        if after == before {
            return Ok(());
        }
        let new = folder.join("portals.new");
        let mut file = folders::open_own(&new)?;
        replace(&mut file, &after)?;
        std::fs::rename(new, folder.join("portals"))
    }
}

fn replace(file: &mut File, text: &str) -> io::Result<()> {
    file.set_len(0)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// What stands behind the origin, where the line is its.
fn of_origin<'a>(line: &'a str, origin: &Origin) -> Option<&'a str> {
    let rest = line.strip_prefix(origin.as_str())?;
    (rest.is_empty() || rest.starts_with(' ')).then_some(rest.trim())
}

fn certificate(behind: &str) -> (Option<Fingerprint>, Option<Remembered>) {
    let (hex, json) = behind.split_once(' ').unwrap_or((behind, ""));
    let last = fingerprint(hex);
    let seen = last.filter(|_| behind.len() < LINE_MAX);
    (
        last,
        seen.and_then(|last| Remembered::from_json(last, json)),
    )
}

/// The bytes of a SHA-256 in hex.
pub(crate) fn fingerprint(hex: &str) -> Option<Fingerprint> {
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

fn used(list: &str) -> Vec<Origin> {
    let origins = list.lines().rev().filter_map(|line| {
        let origin = line.split(' ').next().unwrap_or_default();
        Origin::parse(origin).ok()
    });
    origins.take(PORTALS_MAX).collect()
}

/// Bytes that are no text spoil their own line alone.
fn list(folder: &Path) -> io::Result<String> {
    let file = match File::open(folder.join("portals")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
        file => file?,
    };
    let mut bytes = Vec::new();
    file.take(SIZE_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > SIZE_MAX {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
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
                .remember(&origin("https://portal.example"), None, None)
                .expect("written");
        }
        assert!(known("https://portal.example"));
        assert!(!known("https://portal.example:8443"));
        assert!(!known("https://portal.exampl"));
        let resembles = |text: &str| portals.site(&origin(text), &settings).resembles;
        let found = resembles("https://p0rtal.example").expect("it was used");
        assert_eq!(found.origin, origin("https://portal.example"));
        assert_eq!(resembles("https://portal.example:8443"), None);
        assert_eq!(
            list(&folder.path().join("state")).expect("readable"),
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
                .remember(&origin(text), Some([chosen; 32]), None)
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

    fn seen(fingerprint: u8, name: &str) -> Remembered {
        let json = format!(
            r#"{{"name":"{name}","organisation":null,"id":"CCCD …0001","ca":"CA Thử","not-before":"2026-01-01T00:00:00Z",
            "not-after":"2027-01-01T00:00:00Z","device":"thẻ","module":"M","keypad":false}}"#
        );
        Remembered::from_json([fingerprint; 32], &json).expect("good")
    }

    #[test]
    fn what_was_seen_of_the_certificate_is_kept_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = settings(folder.path());
        let portals = Portals::of(&settings);
        let a = origin("https://a.example");
        let check = |chosen: u8, of: u8, expected: Option<Remembered>| {
            let seen = seen(of, "LÊ THỊ THỬ");
            let written = portals.remember(&a, Some([chosen; 32]), Some(&seen));
            written.expect("written");
            let site = portals.site(&a, &settings);
            assert_eq!(
                (site.last, site.remembered),
                (Some([chosen; 32]), expected.map(Box::new))
            );
        };
        check(1, 1, Some(seen(1, "LÊ THỊ THỬ")));
        check(2, 1, None);
        let kept = list(&folder.path().join("state")).expect("readable");
        assert_eq!(kept.lines().count(), 1);
    }

    #[test]
    fn a_line_that_is_too_long_or_spoilt_behind_the_hash_offers_nothing_to_show() {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = settings(folder.path());
        std::fs::create_dir(folder.path().join("state")).expect("made");
        let long = format!("{{\"name\":\"{}\"}}", "A".repeat(LINE_MAX));
        for behind in ["{", "{}", "[[[[[[[[", "\u{0}", long.as_str()] {
            let line = format!("https://a.example {} {behind}\n", "ab".repeat(32));
            std::fs::write(folder.path().join("state/portals"), line).expect("written");
            let site = Portals::of(&settings).site(&origin("https://a.example"), &settings);
            assert_eq!((site.last, site.remembered), (Some([0xab; 32]), None));
        }
    }

    #[test]
    fn a_portal_is_forgotten_and_the_list_stays_short() {
        let folder = tempfile::tempdir().expect("a folder");
        let portals = Portals::of(&settings(folder.path()));
        let numbered = |n: usize| origin(&format!("https://n{n}.example"));
        let all: String = (0..=PORTALS_MAX + 5)
            .map(|n| format!("{}\n", numbered(n)))
            .collect();
        std::fs::create_dir(folder.path().join("state")).expect("made");
        std::fs::write(folder.path().join("state/portals"), all).expect("written");
        portals.remember(&numbered(0), None, None).expect("written");
        let used = portals.used().expect("readable");
        assert_eq!(used.len(), PORTALS_MAX);
        assert_eq!(used.first(), Some(&numbered(0)));
        portals.forget(&numbered(0)).expect("written");
        let used = portals.used().expect("readable");
        assert_eq!(used.first(), Some(&numbered(PORTALS_MAX + 5)));
    }

    #[test]
    fn a_byte_that_is_no_text_spoils_its_own_line_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let portals = Portals::of(&settings(folder.path()));
        std::fs::create_dir(folder.path().join("state")).expect("made");
        let list = b"https://a.example\nhttps://caf\xe9.example\nhttps://b.example\n";
        std::fs::write(folder.path().join("state/portals"), list).expect("written");
        let check = |expected: &[&str]| {
            let expected: Vec<_> = expected.iter().map(|text| origin(text)).collect();
            assert_eq!(portals.used().expect("readable"), expected);
        };
        check(&["https://b.example", "https://a.example"]);
        portals
            .remember(&origin("https://c.example"), None, None)
            .expect("written");
        check(&[
            "https://c.example",
            "https://b.example",
            "https://a.example",
        ]);
    }

    #[test]
    fn a_list_that_cannot_be_read_is_put_aside_by_what_comes_next_and_by_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = settings(folder.path());
        let (portals, a) = (Portals::of(&settings), origin("https://a.example"));
        let (file, aside) = (
            folder.path().join("state/portals"),
            folder.path().join("state/portals.unreadable"),
        );
        std::fs::create_dir(folder.path().join("state")).expect("made");
        let long = "x".repeat(1024 * 1024 + 1);
        std::fs::write(&file, &long).expect("written");
        assert!(portals.used().is_err());
        assert!(!portals.site(&a, &settings).known);
        assert!(portals.forget(&a).is_err());
        assert!(file.exists() && !aside.exists());
        portals.remember(&a, None, None).expect("written");
        assert_eq!(portals.used().expect("readable"), [a]);
        assert_eq!(std::fs::read_to_string(aside).expect("there"), long);
    }
}
