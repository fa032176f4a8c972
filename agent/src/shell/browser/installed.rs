//! The browsers that are installed: desktop files that open `https` (Desktop Entry Specification 1.5).

use std::ffi::OsString;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::Browser;

/// Most files that are looked at in one folder.
const FILES_MAX: usize = 4096;
/// The largest desktop file that is read, in bytes.
const SIZE_MAX: u64 = 256 * 1024;

/// Every browser, each command once, those of the user first; no two are called the same.
#[must_use]
pub fn installed() -> Vec<Browser> {
    let variable = |name: &str| std::env::var_os(name);
    let path = variable("PATH").unwrap_or_default();
    of_folders(&folders(&variable), &path)
}

fn of_folders(folders: &[PathBuf], path: &OsString) -> Vec<Browser> {
    let mut found: Vec<Browser> = Vec::new();
    for mut browser in folders.iter().flat_map(|folder| of_folder(folder, path)) {
        let is_known = |known: &Browser| known.id == browser.id || known.command == browser.command;
        if found.iter().any(is_known) {
            continue;
        }
        if found.iter().any(|known| known.name == browser.name) {
            browser.name = format!("{} ({})", browser.name, browser.id);
        }
        found.push(browser);
    }
    found
}

/// `$XDG_DATA_HOME` and `$XDG_DATA_DIRS` with their defaults (XDG Base Directory Specification 0.8).
fn folders(variable: &dyn Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let home = || set("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    let own = set("XDG_DATA_HOME").map(PathBuf::from).or_else(home);
    let shared = set("XDG_DATA_DIRS").unwrap_or_else(|| "/usr/local/share:/usr/share".into());
    own.into_iter()
        .chain(std::env::split_paths(&shared))
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join("applications"))
        .collect()
}

fn of_folder(folder: &Path, path: &OsString) -> Vec<Browser> {
    let Ok(files) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let files = files.take(FILES_MAX).filter_map(Result::ok);
    let mut files: Vec<_> = files
        .map(|file| file.path())
        .filter(|file| file.extension().is_some_and(|end| end == "desktop"))
        .collect();
    files.sort();
    let read = |file: &PathBuf| {
        let id = file.file_name()?.to_str()?;
        of_text(&text(file)?, id, path)
    };
    files.iter().filter_map(read).collect()
}

fn text(file: &Path) -> Option<String> {
    let mut text = String::new();
    let file = std::fs::File::open(file).ok()?;
    file.take(SIZE_MAX).read_to_string(&mut text).ok()?;
    Some(text)
}

fn of_text(text: &str, id: &str, path: &OsString) -> Option<Browser> {
    let entry = text.split("\n[").find_map(|group| {
        let group = group.trim_start().trim_start_matches('[');
        group.strip_prefix("Desktop Entry]")
    })?;
    let value = |key: &str| {
        let mut lines = entry.lines().filter_map(|line| line.split_once('='));
        let found = lines.find(|(name, _)| name.trim_end() == key);
        found.map(|(_, value)| value.trim())
    };
    let opens = value("MimeType")?.split(';');
    if value("Hidden") == Some("true")
        || !opens
            .into_iter()
            .any(|kind| kind == "x-scheme-handler/https")
    {
        return None;
    }
    let words = words(value("Exec")?)?;
    let program = words.iter().find(|word| !is_prelude(word))?;
    Some(Browser {
        name: value("Name").unwrap_or(program).to_owned(),
        id: id.to_owned(),
        program: resolved(program, path)?,
        command: words.into_iter().map(OsString::from).collect(),
    })
}

/// `env NAME=value` before the program.
fn is_prelude(word: &str) -> bool {
    word == "env" || word == "/usr/bin/env" || word.contains('=')
}

/// The words of `Exec` without its field codes and the marks around them.
fn words(exec: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut letters = exec.chars().peekable();
    while let Some(letter) = letters.peek().copied() {
        if letter == ' ' {
            letters.next();
            continue;
        }
        let quoted = letter == '"';
        if quoted {
            letters.next();
        }
        let mut word = String::new();
        loop {
            match letters.next() {
                None if quoted => return None,
                None => break,
                Some('"') if quoted => break,
                Some(' ') if !quoted => break,
                Some('\\') if quoted => word.push(letters.next()?),
                Some(letter) => word.push(letter),
            }
        }
        if quoted || !(word.starts_with('%') || word.starts_with("@@")) {
            words.push(word);
        }
    }
    Some(words)
}

fn resolved(program: &str, path: &OsString) -> Option<PathBuf> {
    let program = Path::new(program);
    if program.is_absolute() {
        return program.exists().then(|| program.to_owned());
    }
    let mut there = std::env::split_paths(path).map(|folder| folder.join(program));
    there.find(|file| file.exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTTPS: &str = "MimeType=text/html;x-scheme-handler/https;\n";

    fn check(text: &str, expected: Option<(&str, &[&str])>) {
        let found = of_text(text, "b.desktop", &"/bin".into());
        let found = found.map(|browser| (browser.program, browser.command));
        let expected = expected.map(|(program, command)| {
            let command = command.iter().map(OsString::from).collect::<Vec<_>>();
            (PathBuf::from(program), command)
        });
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_browser_is_what_opens_https() {
        let entry = |lines: &str| format!("[Desktop Entry]\nName=B\n{lines}");
        let sh = Some(("/bin/sh", ["/bin/sh"].as_slice()));
        check(&entry(&format!("{HTTPS}Exec=/bin/sh %U")), sh);
        check(&entry(&format!("Exec=\"/bin/sh\" %u\n{HTTPS}")), sh);
        check(
            &entry(&format!("{HTTPS}Exec=sh")),
            Some(("/bin/sh", &["sh"])),
        );
        check(&entry("MimeType=text/html;\nExec=/bin/sh %U"), None);
        check(&entry(&format!("{HTTPS}Hidden=true\nExec=/bin/sh")), None);
        check(&entry(&format!("{HTTPS}Exec=/bin/not-there %u")), None);
        check(&entry(&format!("{HTTPS}Exec=\"/bin/sh")), None);
        check(&format!("[Other]\n{HTTPS}Exec=/bin/sh"), None);
        let action = "[Desktop Action new]\nExec=/bin/false";
        check(&entry(&format!("{HTTPS}Exec=/bin/sh\n{action}")), sh);
    }

    #[test]
    fn what_stands_before_and_behind_the_program_is_kept() {
        let text = |exec: &str| format!("[Desktop Entry]\n{HTTPS}Exec={exec}");
        check(
            &text("env HINT=/a/b.desktop /bin/sh %u"),
            Some(("/bin/sh", &["env", "HINT=/a/b.desktop", "/bin/sh"])),
        );
        check(
            &text("/bin/sh run --file-forwarding org.example @@u %u @@"),
            Some((
                "/bin/sh",
                &["/bin/sh", "run", "--file-forwarding", "org.example"],
            )),
        );
    }

    #[test]
    fn browsers_that_one_program_starts_are_told_apart_by_their_desktop_files() {
        let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        let entry = |folder: usize, id: &str, name: &str, exec: &str| {
            let text = format!("[Desktop Entry]\nName={name}\n{HTTPS}Exec={exec}\n");
            std::fs::write(folders[folder].path().join(id), text).expect("written");
        };
        entry(0, "a.desktop", "Dove", "/bin/sh run a %u");
        entry(0, "b.desktop", "Dove", "/bin/sh run b %u");
        entry(1, "a.desktop", "Older", "/bin/sh run older %u");
        entry(1, "c.desktop", "Dove", "/bin/sh run a %U");
        let folders = folders.each_ref().map(|folder| folder.path().to_owned());
        let found = of_folders(&folders, &"/bin".into());
        let found: Vec<_> = found
            .iter()
            .map(|b| (b.id.as_str(), b.name.as_str()))
            .collect();
        assert_eq!(
            found,
            [("a.desktop", "Dove"), ("b.desktop", "Dove (b.desktop)")]
        );
    }

    #[test]
    fn desktop_files_are_looked_for_where_the_specification_says() {
        let check = |set: &[(&str, &str)], expected: &[&str]| {
            let variable = |name: &str| {
                let found = set.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| OsString::from(value))
            };
            let expected: Vec<_> = expected.iter().map(PathBuf::from).collect();
            assert_eq!(folders(&variable), expected, "{set:?}");
        };
        check(
            &[("HOME", "/home/an")],
            &[
                "/home/an/.local/share/applications",
                "/usr/local/share/applications",
                "/usr/share/applications",
            ],
        );
        check(
            &[("XDG_DATA_HOME", "/d"), ("XDG_DATA_DIRS", "/a:relative:/b")],
            &["/d/applications", "/a/applications", "/b/applications"],
        );
    }
}
