//! Start at log-in (Desktop Application Autostart Specification 0.5): a desktop file in the user's own folder. Only
//! the person's yes writes it.

use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

const FILE: &str = "kyso.desktop";
/// The resident program, beside this one.
const PROGRAM: &str = "kyso-agent";

/// Has the agent start at log-in, or not.
///
/// # Errors
/// The file can't be written or removed, or this program's own place can't be told.
pub fn set(on: bool) -> io::Result<()> {
    let (folder, program) = places()?;
    set_in(&folder, on, &program)
}

/// As [`set`], except that a file which was switched off elsewhere stays off: that is the person's later word.
///
/// # Errors
/// As [`set`].
pub fn keep(on: bool) -> io::Result<()> {
    let (folder, program) = places()?;
    keep_in(&folder, on, &program)
}

/// Whether the desktop starts the agent at log-in.
pub fn is_on() -> bool {
    folder().is_some_and(|folder| found(&folder) == Found::On)
}

fn places() -> io::Result<(PathBuf, PathBuf)> {
    let folder = folder().ok_or(io::ErrorKind::NotFound)?;
    let program = std::env::current_exe()?.with_file_name(PROGRAM);
    Ok((folder, program))
}

/// `$XDG_CONFIG_HOME/autostart`, else `~/.config/autostart`.
fn folder() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let set = variable("XDG_CONFIG_HOME").filter(|path| path.is_absolute());
    let home = || variable("HOME").map(|home| home.join(".config"));
    Some(set.or_else(home)?.join("autostart"))
}

#[derive(Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    On,
    /// A desktop, or the person, switched it off.
    Off,
}

fn found(folder: &Path) -> Found {
    let text = std::fs::read_to_string(folder.join(FILE)).unwrap_or_default();
    let is_off = |line: &str| {
        let field = line
            .split_once('=')
            .map(|(key, value)| (key.trim(), value.trim()));
        let off = [("Hidden", "true"), ("X-GNOME-Autostart-enabled", "false")];
        field.is_some_and(|field| off.contains(&field))
    };
    match text.as_str() {
        "" => Found::Nothing,
        text if text.lines().any(is_off) => Found::Off,
        _ => Found::On,
    }
}

fn keep_in(folder: &Path, on: bool, program: &Path) -> io::Result<()> {
    match (on, found(folder)) {
        (true, Found::Nothing) | (false, Found::On) => set_in(folder, on, program),
        _ => Ok(()),
    }
}

fn set_in(folder: &Path, on: bool, program: &Path) -> io::Result<()> {
    let file = folder.join(FILE);
    if !on {
        return match std::fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
    }
    std::fs::create_dir_all(folder)?;
    let new = folder.join("kyso.desktop.new");
    let text = entry(program).ok_or(io::ErrorKind::InvalidFilename)?;
    let mut written = std::fs::OpenOptions::new();
    let written = written.write(true).create(true).truncate(true).mode(0o644);
    io::Write::write_all(&mut written.open(&new)?, text.as_bytes())?;
    std::fs::rename(new, file)
}

/// A path with a control character can't stand in a desktop file.
fn entry(program: &Path) -> Option<String> {
    let program = program.to_str()?;
    if program.chars().any(char::is_control) {
        return None;
    }
    Some(format!(
        "[Desktop Entry]\nType=Application\nName=Kyso\nTryExec={}\nExec={} --hidden\nIcon=kyso\nTerminal=false\nNoDisplay=true\n",
        program.replace('\\', "\\\\"),
        quoted(program)
    ))
}

/// An argument of `Exec` (Desktop Entry Specification 1.5, "The Exec key"): quoted where it must be, its quotes escaped
/// once for the argument and once more for the file's own escapes.
fn quoted(argument: &str) -> String {
    let doubled = argument.replace('%', "%%");
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+%".contains(c) || !c.is_ascii();
    if doubled.chars().all(plain) {
        return doubled;
    }
    let mut inside = String::new();
    for c in doubled.chars() {
        match c {
            '"' | '`' | '$' => inside.push_str("\\\\"),
            '\\' => inside.push_str("\\\\\\"),
            _ => {}
        }
        inside.push(c);
    }
    format!("\"{inside}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_switched_on_is_on_until_it_is_switched_off() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("config/autostart");
        assert_eq!(found(&folder), Found::Nothing);
        set_in(&folder, false, Path::new("/usr/bin/kyso-agent")).expect("nothing to remove");
        set_in(&folder, true, Path::new("/usr/bin/kyso-agent")).expect("written");
        assert_eq!(found(&folder), Found::On);
        let text = std::fs::read_to_string(folder.join(FILE)).expect("there");
        assert!(
            text.contains("\nExec=/usr/bin/kyso-agent --hidden\n"),
            "{text}"
        );
        // Where the program was removed, no desktop starts anything.
        assert!(text.contains("\nTryExec=/usr/bin/kyso-agent\n"), "{text}");
        set_in(&folder, false, Path::new("/usr/bin/kyso-agent")).expect("removed");
        assert_eq!(found(&folder), Found::Nothing);
    }

    #[test]
    fn what_was_switched_off_elsewhere_stays_off_until_it_is_set_anew() {
        let check = |line: &str| {
            let folder = tempfile::tempdir().expect("a folder");
            let folder = folder.path();
            let program = Path::new("/usr/bin/kyso-agent");
            keep_in(folder, true, program).expect("written");
            assert_eq!(found(folder), Found::On);
            let file = folder.join(FILE);
            let text = std::fs::read_to_string(&file).expect("there");
            std::fs::write(&file, format!("{text}{line}\n")).expect("written");
            keep_in(folder, true, program).expect("nothing to write");
            assert_eq!(found(folder), Found::Off, "{line}");
            set_in(folder, true, program).expect("written");
            assert_eq!(found(folder), Found::On);
            keep_in(folder, false, program).expect("removed");
            assert_eq!(found(folder), Found::Nothing);
        };
        check("Hidden=true");
        check("Hidden = true");
        check("X-GNOME-Autostart-enabled=false");
    }

    #[test]
    fn a_path_is_quoted_where_it_must_be() {
        let check = |path: &str, expected: &str| assert_eq!(quoted(path), expected);
        check("/opt/kyso/kyso-agent", "/opt/kyso/kyso-agent");
        check("/opt/Kyso 1/kyso-agent", "\"/opt/Kyso 1/kyso-agent\"");
        check("/opt/100%/a", "/opt/100%%/a");
        check("/opt/$a/b", "\"/opt/\\\\$a/b\"");
        assert_eq!(entry(Path::new("/opt/a\nExec=b")), None);
        let text = entry(Path::new("/opt/Kyso\\ 1/a")).expect("a path");
        assert!(text.contains("\nTryExec=/opt/Kyso\\\\ 1/a\n"), "{text}");
    }
}
