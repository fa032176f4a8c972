//! With which profile a browser runs, as its command line says.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;

/// What names a profile and has its value behind `=`.
const JOINED: [&str; 2] = ["--user-data-dir", "--profile-directory"];
/// What names a profile and has its value in the next word.
const APART: [&str; 4] = ["--profile", "-profile", "-P", "--P"];

/// The options of a command line that name the profile; each word of it is ended by NUL, or it is a title, as Chromium may
/// write one in its place: there words are apart by spaces, which they may also hold.
pub(super) fn options(line: &[u8]) -> Vec<OsString> {
    let end = line.iter().rposition(|byte| *byte != 0);
    let line = end.and_then(|end| line.get(..=end)).unwrap_or_default();
    if line.contains(&0) {
        of_words(line)
    } else {
        of_title(&String::from_utf8_lossy(line))
    }
}

fn of_words(line: &[u8]) -> Vec<OsString> {
    let words = line.split(|byte| *byte == 0).map(OsStr::from_bytes);
    let mut words = words.skip(1).peekable();
    let mut kept = Vec::new();
    while let Some(word) = words.next() {
        if is_joined(word.as_bytes()) {
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

/// What an address follows may be any value's end.
fn of_title(title: &str) -> Vec<OsString> {
    let options = title.split(" --").skip(1).map(|rest| format!("--{rest}"));
    options
        .filter(|option| is_joined(option.as_bytes()) && !option.contains("://"))
        .map(OsString::from)
        .collect()
}

fn is_joined(word: &[u8]) -> bool {
    JOINED.iter().any(|name| {
        let rest = word.strip_prefix(name.as_bytes());
        rest.is_some_and(|rest| rest.starts_with(b"="))
    })
}

fn is_value(word: &OsStr) -> bool {
    !word.is_empty() && !word.as_bytes().starts_with(b"-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_goes_along_and_nothing_else_does() {
        let check = |line: &str, expected: &[&str]| {
            let words = line.replace(' ', "\0");
            assert_eq!(options(words.as_bytes()), expected, "{line}");
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
    fn a_title_names_the_profile_too() {
        let check = |line: &str, expected: &[&str]| {
            assert_eq!(options(line.as_bytes()), expected, "{line}");
        };
        let two = [
            "--user-data-dir=/home/an b/c",
            "--profile-directory=Profile 1",
        ];
        check(
            "/opt/dove --a --user-data-dir=/home/an b/c --profile-directory=Profile 1 --z\0\0",
            &two,
        );
        check("/opt/dove --user-data-dir=/c https://a.example\0", &[]);
        check("/opt/dove\0", &[]);
        check("", &[]);
    }
}
