//! The signing history, for the person: one entry for each login whose request was shown, each bound to the one before.
//!
//! A line is `<hash> <entry>`: the entry is JSON, the hash the lower-case hex of
//! SHA-256("kyso-journal-v1" ‖ 00 ‖ hash of the line before, 64 zeros for the first ‖ 00 ‖ entry). A line that was
//! changed, taken out or put in is found so; whoever may write the file can make a whole new one.
//! Never in an entry: PIN, nonce, return code, signature, names, identity numbers.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use crate::folders;
use crate::login::{Noted, Outcome};
use crate::problem::Problem;
use crate::settings::Settings;
use crate::text::Text;
use crate::view::printable;

const DOMAIN: &[u8] = b"kyso-journal-v1";
/// Stands for the line before the first.
const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// The largest history that is read, in bytes: some hundred thousand logins.
const SIZE_MAX: u64 = 64 * 1024 * 1024;
/// No line is longer: a text to confirm has 1400 bytes at most.
const LINE_MAX: u64 = 16 * 1024;

/// One login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Entry {
    /// When it ended, in UTC.
    #[serde(with = "time::serde::rfc3339")]
    pub time: OffsetDateTime,
    /// The origin that asked; `kyso:self-test` where the person tried a signature.
    pub portal: String,
    /// `login`, `register`, `add-method`, `confirm` or `self-test`.
    pub purpose: String,
    /// `citizen`, `business` or `agency`, where the ask named one.
    pub subject: Option<String>,
    /// `usb`.
    pub method: String,
    /// Serial number of the chosen certificate, in hex.
    pub certificate: Option<String>,
    /// A signature was made and sent.
    pub signed: bool,
    /// `accepted`, `tried`, or the problem's code.
    pub outcome: String,
    /// The four digits that were shown; empty where nobody asked.
    pub matching_code: String,
    /// The text that was shown, as it was shown.
    pub text: Option<String>,
    /// Logins before this one could not be written down.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gap: bool,
}

impl Entry {
    pub(crate) fn of(noted: &Noted, outcome: &Outcome, time: OffsetDateTime) -> Self {
        let outcome = match outcome {
            Outcome::Accepted { .. } => "accepted",
            Outcome::Tried => "tried",
            Outcome::Failed(failure) => Problem::from(failure).code.as_str(),
        };
        let certificate = noted.certificate.as_ref();
        Self {
            time,
            portal: noted.portal.clone(),
            purpose: noted.aim.as_str().to_owned(),
            subject: noted.subject.map(|kind| kind.as_str().to_owned()),
            method: "usb".to_owned(),
            certificate: certificate.map(|certificate| certificate.serial().to_owned()),
            signed: noted.signed,
            outcome: outcome.to_owned(),
            matching_code: noted.matching_code.clone(),
            text: noted.text.as_ref().map(|text| text.value().to_owned()),
            gap: false,
        }
    }
}

impl Entry {
    /// A member in words (`purpose`, `method`, `outcome`); what has none as it is.
    pub(crate) fn words(kind: &str, code: &str, text: Text) -> String {
        let found = text.find(&format!("history.{kind}.{code}"));
        found.map_or_else(|| printable(code), str::to_owned)
    }
}

/// The history as it was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The entries that can be read, the oldest first.
    pub entries: Vec<Entry>,
    /// Lines of the file.
    pub lines: usize,
    /// The first line that doesn't follow from those before it, from 1.
    pub broken: Option<usize>,
    /// The last line was never finished: the computer stopped in the middle of it.
    pub unfinished: bool,
    /// There were logins that could not be written down.
    pub gap: bool,
}

/// The history of this user.
#[derive(Debug, Clone)]
pub struct Journal {
    file: Option<PathBuf>,
}

impl Journal {
    /// The one in the state folder.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        let folder = folders::state(settings);
        Self {
            file: folder.map(|folder| folder.join("history")),
        }
    }

    /// Adds an entry; when this returns, it is on the disk. Other processes wait. Where it can't be written an empty file
    /// beside the history says so, which a full disk still takes, until the next entry says it.
    ///
    /// # Errors
    /// The file can't be locked, read or written.
    pub fn append(&self, entry: &Entry) -> io::Result<()> {
        let Some(path) = &self.file else {
            return Ok(());
        };
        let gap = gap(path);
        let entry = Entry {
            gap: gap.exists(),
            ..entry.clone()
        };
        let written = write(path, &entry);
        match &written {
            Ok(()) if entry.gap => std::fs::remove_file(gap)?,
            Ok(()) => {}
            // The person is told in any case.
            Err(_) => drop(folders::open_own(&gap)),
        }
        written
    }

    /// Reads and checks the whole.
    ///
    /// # Errors
    /// The file can't be read, or is larger than any that this program wrote.
    pub fn read(&self) -> io::Result<History> {
        let Some(path) = &self.file else {
            return Ok(History::default());
        };
        let gap = gap(path).exists();
        if !path.exists() {
            return Ok(History {
                gap,
                ..History::default()
            });
        }
        let file = folders::open_own(path)?;
        file.lock_shared()?;
        let mut text = Vec::new();
        (&file).take(SIZE_MAX + 1).read_to_end(&mut text)?;
        if text.len() as u64 > SIZE_MAX {
            return Err(too_long());
        }
        let mut history = check(&String::from_utf8_lossy(&text));
        history.gap |= gap;
        Ok(history)
    }
}

/// Stands beside the history from a login that could not be written down to the next that could.
fn gap(history: &Path) -> PathBuf {
    history.with_extension("gap")
}

fn write(path: &Path, entry: &Entry) -> io::Result<()> {
    let mut file = folders::open_own(path)?;
    file.lock()?;
    let (end, before) = end(&mut file)?;
    let entry = serde_json::to_string(entry)?;
    let line = format!("{} {entry}\n", hash(&before, &entry));
    // What a crash left behind the last whole line goes.
    file.set_len(end)?;
    file.seek(SeekFrom::Start(end))?;
    let written = file.write_all(line.as_bytes());
    if written.is_err() {
        // Half a line is none.
        let _ = file.set_len(end);
    }
    written.and_then(|()| file.sync_data())
}

fn check(text: &str) -> History {
    let mut history = History {
        unfinished: !text.is_empty() && !text.ends_with('\n'),
        ..History::default()
    };
    let mut before = NOTHING.to_owned();
    for line in text
        .split_inclusive('\n')
        .filter_map(|line| line.strip_suffix('\n'))
    {
        history.lines += 1;
        let (found, entry) = line.split_once(' ').unwrap_or((line, ""));
        let read = serde_json::from_str::<Entry>(entry).ok();
        if (read.is_none() || found != hash(&before, entry)) && history.broken.is_none() {
            history.broken = Some(history.lines);
        }
        history.gap |= read.as_ref().is_some_and(|entry| entry.gap);
        history.entries.extend(read);
        found.clone_into(&mut before);
    }
    history
}

fn hash(before: &str, entry: &str) -> String {
    let mut hash = Sha256::new();
    for part in [DOMAIN, &[0], before.as_bytes(), &[0], entry.as_bytes()] {
        hash.update(part);
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Where the last whole line ends, and its hash. Looks back as far as it takes: what stands there in the place of lines may
/// be long.
fn end(file: &mut File) -> io::Result<(u64, String)> {
    let length = file.metadata()?.len();
    let mut look_at = 2 * LINE_MAX;
    loop {
        let from = length.saturating_sub(look_at);
        file.seek(SeekFrom::Start(from))?;
        let mut tail = Vec::new();
        (&mut *file).take(look_at).read_to_end(&mut tail)?;
        if let Some((whole, hash)) = last_line(&tail, from == 0) {
            return Ok((from + whole as u64, hash));
        }
        if look_at > SIZE_MAX {
            return Err(too_long());
        }
        look_at *= 8;
    }
}

/// Where the last whole line of a tail ends, and its hash. None where it begins before the tail.
fn last_line(tail: &[u8], from_start: bool) -> Option<(usize, String)> {
    let end = tail.iter().rposition(|byte| *byte == b'\n');
    let before = end.and_then(|end| tail.get(..end)).unwrap_or_default();
    let begin = before.iter().rposition(|byte| *byte == b'\n');
    let begin = begin.map(|at| at + 1).or(from_start.then_some(0))?;
    let line = String::from_utf8_lossy(before.get(begin..)?);
    let hash = match end {
        Some(_) => line.split(' ').next().unwrap_or_default(),
        None => NOTHING,
    };
    Some((end.map_or(0, |end| end + 1), hash.to_owned()))
}

fn too_long() -> io::Error {
    io::Error::other("the history is too long")
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn entry(portal: &str) -> Entry {
        Entry {
            time: datetime!(2026-11-21 07:00 UTC),
            portal: portal.to_owned(),
            purpose: "login".into(),
            subject: None,
            method: "usb".into(),
            certificate: Some("0A1B".into()),
            signed: true,
            outcome: "accepted".into(),
            matching_code: "0042".into(),
            text: Some("Dòng một\ndòng hai".into()),
            gap: false,
        }
    }

    struct Kept {
        folder: tempfile::TempDir,
        journal: Journal,
    }

    fn kept(portals: &[&str]) -> Kept {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = Journal {
            file: Some(folder.path().join("state/history")),
        };
        for portal in portals {
            journal.append(&entry(portal)).expect("written");
        }
        Kept { folder, journal }
    }

    impl Kept {
        fn change(&self, change: impl FnOnce(String) -> String) {
            let file = self.folder.path().join("state/history");
            let text = std::fs::read_to_string(&file).expect("there");
            std::fs::write(file, change(text)).expect("written");
        }

        fn check(&self, lines: usize, broken: Option<usize>, unfinished: bool) {
            let history = self.journal.read().expect("readable");
            assert_eq!(
                (history.lines, history.broken, history.unfinished),
                (lines, broken, unfinished)
            );
        }
    }

    #[test]
    fn what_was_written_is_read_and_intact() {
        let kept = kept(&["a", "b", "c"]);
        kept.check(3, None, false);
        let history = kept.journal.read().expect("readable");
        assert_eq!(history.entries, ["a", "b", "c"].map(entry));
    }

    #[test]
    fn nothing_written_is_an_empty_history() {
        kept(&[]).check(0, None, false);
    }

    #[test]
    fn a_changed_entry_is_named() {
        let kept = kept(&["a", "b", "c"]);
        kept.change(|text| text.replace("\"b\"", "\"x\""));
        kept.check(3, Some(2), false);
    }

    #[test]
    fn a_missing_an_added_and_a_moved_entry_are_named() {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let joined = |lines: Vec<String>| lines.join("\n") + "\n";
        let cut = kept(&["a", "b", "c"]);
        cut.change(|text| {
            let mut lines = lines(&text);
            lines.remove(1);
            joined(lines)
        });
        cut.check(2, Some(2), false);
        let twice = kept(&["a", "b"]);
        twice.change(|text| joined([lines(&text), lines(&text)].concat()));
        twice.check(4, Some(3), false);
        let junk = kept(&["a"]);
        junk.change(|text| format!("{text}junk\n"));
        junk.check(2, Some(2), false);
    }

    #[test]
    fn an_entry_that_a_crash_cut_off_is_replaced_by_the_next() {
        let kept = kept(&["a", "b"]);
        kept.change(|text| format!("{text}{}", text.get(..100).expect("long enough")));
        kept.check(2, None, true);
        kept.journal.append(&entry("c")).expect("written");
        kept.check(3, None, false);
    }

    #[test]
    fn what_could_not_be_written_down_leaves_a_gap_that_the_next_entry_tells() {
        let kept = kept(&["a"]);
        let file = kept.folder.path().join("state/history");
        let gap = || kept.journal.read().expect("readable").gap;
        assert!(!gap());
        let aside = file.with_extension("aside");
        std::fs::rename(&file, &aside).expect("moved");
        std::fs::create_dir(&file).expect("made");
        for _ in 0..2 {
            assert!(kept.journal.append(&entry("b")).is_err());
        }
        std::fs::remove_dir(&file).expect("removed");
        assert!(gap(), "before anything else is written");
        std::fs::rename(&aside, &file).expect("moved back");
        assert!(gap());
        kept.journal.append(&entry("c")).expect("written");
        kept.journal.append(&entry("d")).expect("written");
        let history = kept.journal.read().expect("readable");
        let gaps: Vec<_> = history.entries.iter().map(|entry| entry.gap).collect();
        assert_eq!(gaps, [false, true, false]);
        assert!(history.gap && history.broken.is_none());
        kept.change(|text| text.replace(",\"gap\":true", ""));
        kept.check(3, Some(2), false);
    }

    #[test]
    fn junk_behind_the_last_line_goes_however_long_it_is() {
        for length in [1, 40_000, 1_000_000] {
            let kept = kept(&["a", "b"]);
            kept.change(|text| text + &"\0".repeat(length));
            kept.check(2, None, true);
            kept.journal.append(&entry("c")).expect("written");
            kept.check(3, None, false);
        }
    }

    #[test]
    fn a_long_line_of_junk_is_a_break_and_nothing_before_it_goes() {
        let kept = kept(&["a", "b"]);
        kept.change(|text| text + &"x".repeat(100_000) + "\n");
        kept.journal.append(&entry("c")).expect("written");
        kept.check(4, Some(3), false);
    }

    #[test]
    fn junk_alone_is_replaced_by_the_first_entry() {
        let kept = kept(&["a"]);
        kept.change(|_| "\0".repeat(100_000));
        kept.journal.append(&entry("b")).expect("written");
        kept.check(1, None, false);
    }

    #[test]
    fn a_break_stays_where_it_is_when_more_is_written() {
        let kept = kept(&["a", "b"]);
        kept.change(|text| text.replace("\"a\"", "\"x\""));
        kept.journal.append(&entry("c")).expect("written");
        kept.check(3, Some(1), false);
    }

    #[test]
    fn two_at_once_both_write_and_the_chain_holds() {
        let kept = kept(&[]);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    (0..25).for_each(|_| kept.journal.append(&entry("a")).expect("written"));
                });
            }
        });
        kept.check(100, None, false);
    }
}
