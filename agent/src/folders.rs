//! The program's own folders (XDG Base Directory Specification 0.8), and files in them that only their owner reads.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::settings::Settings;

type Environment<'a> = &'a dyn Fn(&str) -> Option<PathBuf>;

/// Where things are kept from one login to the next: the folder of the settings, else `$XDG_STATE_HOME/kyso`, else
/// `~/.local/state/kyso`.
pub(crate) fn state(settings: &Settings) -> Option<PathBuf> {
    settings
        .state_folder
        .clone()
        .or_else(|| state_of(&variable))
}

/// Where processes of one session meet: the folder of the settings, else `$XDG_RUNTIME_DIR/kyso`, else one of this
/// computer's in the state folder, which several computers may share.
pub(crate) fn runtime(settings: &Settings) -> Option<PathBuf> {
    let set = settings.runtime_folder.clone();
    set.or_else(|| runtime_of(&variable))
        .or_else(|| state(settings).map(|state| of_computer(&state, &computer())))
}

/// The computer's name (proc(5)); empty where the system tells none.
fn computer() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default()
}

fn of_computer(state: &Path, name: &str) -> PathBuf {
    state.join(format!("run-{}", name.trim_end().replace('/', "-")))
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from)
}

fn state_of(environment: Environment<'_>) -> Option<PathBuf> {
    let state = environment("XDG_STATE_HOME").filter(|path| path.is_absolute());
    let home = || environment("HOME").map(|home| home.join(".local/state"));
    state.or_else(home).map(|folder| folder.join("kyso"))
}

fn runtime_of(environment: Environment<'_>) -> Option<PathBuf> {
    let runtime = environment("XDG_RUNTIME_DIR").filter(|path| path.is_absolute())?;
    Some(runtime.join("kyso"))
}

/// Opens a file for reading and writing, made where it isn't there, with its folder: 0600 in 0700.
///
/// # Errors
/// It can't be opened, is a link or no plain file, or belongs to somebody else.
pub(crate) fn open_own(file: &Path) -> io::Result<File> {
    if let Some(folder) = file.parent() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    let opened = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(
            OFlags::NOFOLLOW
                .union(OFlags::NONBLOCK)
                .bits()
                .cast_signed(),
        )
        .open(file)?;
    let meta = opened.metadata()?;
    if meta.is_file() && meta.uid() == rustix::process::geteuid().as_raw() {
        Ok(opened)
    } else {
        Err(io::Error::other("not a plain file of this user"))
    }
}

/// Whether a folder is this user's, and nobody else's to write in.
///
/// # Errors
/// It isn't, or can't be looked at.
pub(crate) fn check_own(folder: &Path) -> io::Result<()> {
    let meta = std::fs::metadata(folder)?;
    let own = meta.uid() == rustix::process::geteuid().as_raw();
    if meta.is_dir() && own && meta.mode() & 0o022 == 0 {
        Ok(())
    } else {
        Err(io::Error::other("not a folder of this user alone"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn environment<'a>(set: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<PathBuf> + 'a {
        |name| {
            let found = set.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| PathBuf::from(value))
        }
    }

    #[test]
    fn state_lies_in_the_users_state_folder() {
        let check = |set: &[(&str, &str)], expected: Option<&str>| {
            assert_eq!(
                state_of(&environment(set)),
                expected.map(PathBuf::from),
                "{set:?}"
            );
        };
        let home = ("HOME", "/home/an");
        check(&[("XDG_STATE_HOME", "/var/an"), home], Some("/var/an/kyso"));
        check(
            &[("XDG_STATE_HOME", "relative"), home],
            Some("/home/an/.local/state/kyso"),
        );
        check(&[home], Some("/home/an/.local/state/kyso"));
        check(&[], None);
    }

    #[test]
    fn processes_meet_in_the_runtime_folder() {
        let check = |set: &[(&str, &str)], expected: Option<&str>| {
            assert_eq!(
                runtime_of(&environment(set)),
                expected.map(PathBuf::from),
                "{set:?}"
            );
        };
        check(
            &[("XDG_RUNTIME_DIR", "/run/user/1000")],
            Some("/run/user/1000/kyso"),
        );
        check(&[("XDG_RUNTIME_DIR", "relative")], None);
        check(&[("HOME", "/home/an")], None);
    }

    #[test]
    fn computers_that_share_a_home_have_a_place_each() {
        let check = |name: &str, expected: &str| {
            let state = Path::new("/home/an/.local/state/kyso");
            assert_eq!(of_computer(state, name), state.join(expected));
        };
        check("may-1\n", "run-may-1");
        check("may-2.example", "run-may-2.example");
        check("../x", "run-..-x");
        check("", "run-");
    }

    #[test]
    fn a_file_of_our_own_is_nobody_elses_to_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("below/file");
        open_own(&file).expect("made");
        let mode =
            |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&file), 0o600);
        assert_eq!(mode(&folder.path().join("below")), 0o700);
    }

    #[test]
    fn a_link_in_the_files_place_is_not_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let (link, target) = (folder.path().join("link"), folder.path().join("target"));
        std::fs::write(&target, "").expect("written");
        std::os::unix::fs::symlink(&target, &link).expect("linked");
        assert!(open_own(&link).is_err());
        assert!(open_own(folder.path()).is_err());
    }
}
