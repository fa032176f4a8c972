//! Start at log-in (Desktop Application Autostart Specification 0.5): a desktop file in the user's own folder. Only
//! the person's yes writes it.

use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

const FILE: &str = "kyso.desktop";
/// The resident program, beside this one.
const PROGRAM: &str = "kyso-agent";

/// Whether the agent starts at log-in by this user's wish.
#[must_use]
pub fn is_on() -> bool {
    folder().is_some_and(|folder| is_on_in(&folder))
}

/// Has the agent start at log-in, or not.
///
/// # Errors
/// The file can't be written or removed, or this program's own place can't be told.
pub fn set(on: bool) -> io::Result<()> {
    let folder = folder().ok_or(io::ErrorKind::NotFound)?;
    let program = std::env::current_exe()?.with_file_name(PROGRAM);
    set_in(&folder, on, &program)
}

/// `$XDG_CONFIG_HOME/autostart`, else `~/.config/autostart`.
fn folder() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let set = variable("XDG_CONFIG_HOME").filter(|path| path.is_absolute());
    let home = || variable("HOME").map(|home| home.join(".config"));
    Some(set.or_else(home)?.join("autostart"))
}

/// A file that a desktop switched off counts as none.
fn is_on_in(folder: &Path) -> bool {
    let text = std::fs::read_to_string(folder.join(FILE)).unwrap_or_default();
    let off = ["Hidden=true", "X-GNOME-Autostart-enabled=false"];
    !text.is_empty() && !text.lines().any(|line| off.contains(&line.trim()))
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
        "[Desktop Entry]\nType=Application\nName=Kyso\nExec={} --hidden\nIcon=kyso\nTerminal=false\nNoDisplay=true\n",
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
        assert!(!is_on_in(&folder));
        set_in(&folder, false, Path::new("/usr/bin/kyso-agent")).expect("nothing to remove");
        set_in(&folder, true, Path::new("/usr/bin/kyso-agent")).expect("written");
        assert!(is_on_in(&folder));
        let text = std::fs::read_to_string(folder.join(FILE)).expect("there");
        assert!(
            text.contains("\nExec=/usr/bin/kyso-agent --hidden\n"),
            "{text}"
        );
        set_in(&folder, false, Path::new("/usr/bin/kyso-agent")).expect("removed");
        assert!(!is_on_in(&folder));
    }

    #[test]
    fn what_a_desktop_switched_off_is_off() {
        let folder = tempfile::tempdir().expect("a folder");
        set_in(folder.path(), true, Path::new("/usr/bin/kyso-agent")).expect("written");
        let file = folder.path().join(FILE);
        let text = std::fs::read_to_string(&file).expect("there");
        std::fs::write(&file, text + "X-GNOME-Autostart-enabled=false\n").expect("written");
        assert!(!is_on_in(folder.path()));
    }

    #[test]
    fn a_path_is_quoted_where_it_must_be() {
        let check = |path: &str, expected: &str| assert_eq!(quoted(path), expected);
        check("/opt/kyso/kyso-agent", "/opt/kyso/kyso-agent");
        check("/opt/Kyso 1/kyso-agent", "\"/opt/Kyso 1/kyso-agent\"");
        check("/opt/100%/a", "/opt/100%%/a");
        check("/opt/$a/b", "\"/opt/\\\\$a/b\"");
        assert_eq!(entry(Path::new("/opt/a\nExec=b")), None);
    }
}
