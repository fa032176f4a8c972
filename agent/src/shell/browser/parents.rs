//! Which browser started a process: its parents, as `/proc` tells of them, against the browsers that are installed.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::process::Pid;

use super::Browser;

/// How many parents are looked at.
const PARENTS_MAX: usize = 16;
/// Folders with programs of all kinds: that two lie there together says nothing.
const SHARED: [&str; 5] = [
    "/bin",
    "/usr/bin",
    "/usr/local/bin",
    "/usr/games",
    "/snap/bin",
];
/// What names a profile and has its value behind `=`.
const JOINED: [&str; 2] = ["--user-data-dir", "--profile-directory"];
/// What names a profile and has its value in the next word.
const APART: [&str; 4] = ["--profile", "-profile", "-P", "--P"];

/// The installed browser that is the nearest parent of this process.
pub(super) fn browser_above(process: Pid, proc: &Path, known: &[Browser]) -> Option<Browser> {
    let mut at = process.as_raw_nonzero().get();
    for _ in 0..PARENTS_MAX {
        at = parent(&proc.join(at.to_string()).join("stat")).filter(|parent| *parent > 1)?;
        let folder = proc.join(at.to_string());
        let Ok(program) = std::fs::read_link(folder.join("exe")) else {
            continue;
        };
        if let Some(browser) = known.iter().find(|browser| is(browser, &program)) {
            let line = std::fs::read(folder.join("cmdline")).unwrap_or_default();
            return Some(browser.clone().with(profile(&line)));
        }
    }
    None
}

/// The fourth field; the second one is in brackets and may hold anything (proc(5)).
fn parent(stat: &Path) -> Option<i32> {
    let line = std::fs::read(stat).ok()?;
    let behind = line.rsplit(|byte| *byte == b')').next()?;
    let fields = std::str::from_utf8(behind).ok()?;
    fields.split_ascii_whitespace().nth(1)?.parse().ok()
}

/// A desktop file often names a script or link beside the program, or one of the same name.
fn is(browser: &Browser, program: &Path) -> bool {
    let program = without_mark(program);
    let named = std::fs::canonicalize(&browser.program).unwrap_or_else(|_| browser.program.clone());
    let together = named.parent() == program.parent()
        && !SHARED
            .iter()
            .any(|folder| program.parent() == Some(Path::new(folder)));
    named == program || together || browser.program.file_name() == program.file_name()
}

/// The system marks a program that was replaced while it runs.
fn without_mark(program: &Path) -> PathBuf {
    let bytes = program.as_os_str().as_bytes();
    let bytes = bytes.strip_suffix(b" (deleted)").unwrap_or(bytes);
    PathBuf::from(OsStr::from_bytes(bytes))
}

/// The options of a browser's command line that name the profile.
fn profile(line: &[u8]) -> Vec<OsString> {
    let words = line.split(|byte| *byte == 0).map(OsStr::from_bytes);
    let mut words = words.skip(1).peekable();
    let mut kept = Vec::new();
    while let Some(word) = words.next() {
        let is_joined = |name: &&str| {
            let rest = word.as_bytes().strip_prefix(name.as_bytes());
            rest.is_some_and(|rest| rest.starts_with(b"="))
        };
        if JOINED.iter().any(is_joined) {
            kept.push(word.to_owned());
        } else if APART.iter().any(|name| word == *name) {
            // Whatever lacks its value would take the address for it.
            if let Some(value) = words.next_if(|next| is_value(next)) {
                kept.extend([word, value].map(OsStr::to_owned));
            }
        }
    }
    kept
}

fn is_value(word: &OsStr) -> bool {
    !word.is_empty() && !word.as_bytes().starts_with(b"-")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Processes as (number, parent, program, command line).
    fn proc(processes: &[(i32, i32, &str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (number, parent, program, line) in processes {
            let of = folder.path().join(number.to_string());
            std::fs::create_dir(&of).expect("made");
            let stat = format!("{number} (a ) (name) S {parent} 1 1 0");
            std::fs::write(of.join("stat"), stat).expect("written");
            std::fs::write(of.join("cmdline"), line.replace(' ', "\0")).expect("written");
            std::os::unix::fs::symlink(program, of.join("exe")).expect("linked");
        }
        folder
    }

    fn browsers() -> Vec<Browser> {
        [
            "/opt/firm/browser/start",
            "/usr/bin/chromium",
            "/usr/bin/mail",
        ]
        .map(|program| Browser::of_program(program.into()))
        .to_vec()
    }

    fn check(processes: &[(i32, i32, &str, &str)], expected: Option<&[&str]>) {
        let folder = proc(processes);
        let process = Pid::from_raw(9).expect("positive");
        let found = browser_above(process, folder.path(), &browsers());
        let command = found.map(|browser| browser.command);
        let expected = expected.map(|words| words.iter().map(OsString::from).collect());
        assert_eq!(command, expected, "{processes:?}");
    }

    #[test]
    fn the_nearest_browser_above_a_process_is_the_one() {
        let agent = (9, 8, "/usr/bin/kyso-agent", "kyso-agent");
        let opener = (8, 7, "/bin/dash", "sh xdg-open");
        let named = (7, 6, "/usr/lib/chromium/chromium", "chromium");
        let beside = (7, 6, "/opt/firm/browser/browser (deleted)", "browser");
        let other = (7, 6, "/usr/bin/terminal", "terminal");
        let shell = (6, 1, "/usr/bin/chromium", "chromium");
        check(&[agent, opener, named], Some(&["/usr/bin/chromium"]));
        check(&[agent, opener, beside], Some(&["/opt/firm/browser/start"]));
        check(&[agent, opener, other], None);
        check(&[agent, opener, other, shell], Some(&["/usr/bin/chromium"]));
        check(&[agent], None);
    }

    #[test]
    fn the_profile_goes_along_and_nothing_else_does() {
        let agent = (9, 7, "/usr/bin/kyso-agent", "kyso-agent");
        let check = |line: &str, options: &[&str]| {
            let expected = [&["/usr/bin/chromium"], options].concat();
            check(&[agent, (7, 1, "/usr/bin/chromium", line)], Some(&expected));
        };
        check(
            "chromium --no-sandbox --user-data-dir=/tmp/a --user-data-dirs=x https://a.example",
            &["--user-data-dir=/tmp/a"],
        );
        check("chromium -P work --headless", &["-P", "work"]);
        check("chromium --profile", &[]);
        check("chromium --profile ", &[]);
        check("chromium -P --headless", &[]);
        check(
            "chromium -P --user-data-dir=/tmp/a",
            &["--user-data-dir=/tmp/a"],
        );
    }

    #[test]
    fn a_circle_of_parents_has_an_end() {
        let check = |parent| check(&[(9, parent, "/bin/a", "a"), (8, 9, "/bin/b", "b")], None);
        check(9);
        check(8);
        check(0);
    }
}
