//! Files that the person takes elsewhere: in the folder for downloads, for nobody else to read, over no other file.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;
use time::macros::format_description;

/// Files of one name and second that may be there already.
const SAME_MAX: u32 = 100;

/// Writes a new file; says where it is.
///
/// # Errors
/// There is no such folder, or nothing can be written there.
pub(super) fn write(
    folder: &Path,
    name: &str,
    ending: &str,
    now: OffsetDateTime,
    bytes: &[u8],
) -> std::io::Result<PathBuf> {
    let stamp = format_description!("[year][month][day]-[hour][minute][second]");
    let stamp = now.to_offset(crate::text::ZONE).format(stamp);
    let stem = format!("{name}-{}", stamp.unwrap_or_default());
    let (mut file, path) = create(folder, &stem, ending)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    Ok(path)
}

fn create(folder: &Path, stem: &str, ending: &str) -> std::io::Result<(File, PathBuf)> {
    for number in 1..SAME_MAX {
        let again = if number > 1 {
            format!("-{number}")
        } else {
            String::new()
        };
        let path = folder.join(format!("{stem}{again}.{ending}"));
        let mut options = OpenOptions::new();
        let opened = options.write(true).create_new(true).mode(0o600).open(&path);
        match opened {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            opened => return opened.map(|file| (file, path)),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// Where the person finds it: the folder for downloads (xdg-user-dirs 0.18, `user-dirs.dirs`), else the home folder.
pub(super) fn folder() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let home = variable("HOME").filter(|home| home.is_absolute())?;
    let configured = variable("XDG_CONFIG_HOME").filter(|path| path.is_absolute());
    let configured = configured.unwrap_or_else(|| home.join(".config"));
    let list = std::fs::read_to_string(configured.join("user-dirs.dirs"));
    let downloads = downloads(&list.unwrap_or_default(), &home);
    Some(downloads.filter(|path| path.is_dir()).unwrap_or(home))
}

/// `XDG_DOWNLOAD_DIR="$HOME/…"` or an absolute path.
fn downloads(list: &str, home: &Path) -> Option<PathBuf> {
    let line = |line: &str| Some(line.trim().strip_prefix("XDG_DOWNLOAD_DIR=")?.to_owned());
    let value = list.lines().rev().find_map(line)?;
    let value = value.trim_matches('"');
    match value.strip_prefix("$HOME/") {
        Some(below) => Some(home.join(below)),
        None => Some(PathBuf::from(value)).filter(|path| path.is_absolute()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;
    use time::macros::datetime;

    #[test]
    fn a_file_is_its_owners_and_replaces_no_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = datetime!(2026-11-21 07:00:01 UTC);
        let written =
            |bytes: &[u8]| write(folder.path(), "kyso", "csv", now, bytes).expect("written");
        let (first, second) = (written(b"one"), written(b"two"));
        let name = |path: &Path| path.file_name().expect("a name").to_owned();
        assert_eq!(name(&first), "kyso-20261121-140001.csv");
        assert_eq!(name(&second), "kyso-20261121-140001-2.csv");
        assert_eq!(std::fs::read(&first).expect("there"), b"one");
        let mode = std::fs::metadata(&second).expect("there").permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
    }

    #[test]
    fn a_link_in_its_place_is_not_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("target");
        std::os::unix::fs::symlink(&target, folder.path().join("a.csv")).expect("linked");
        let (_, path) = create(folder.path(), "a", "csv").expect("beside it");
        assert_eq!(path, folder.path().join("a-2.csv"));
        assert!(!target.exists());
    }

    #[test]
    fn downloads_are_where_the_person_keeps_them() {
        let check = |list: &str, expected: Option<&str>| {
            let found = downloads(list, Path::new("/home/an"));
            assert_eq!(found, expected.map(PathBuf::from), "{list}");
        };
        check(
            "# c\nXDG_DESKTOP_DIR=\"$HOME/D\"\nXDG_DOWNLOAD_DIR=\"$HOME/Tải về\"\n",
            Some("/home/an/Tải về"),
        );
        check("XDG_DOWNLOAD_DIR=\"/srv/an\"", Some("/srv/an"));
        check("XDG_DOWNLOAD_DIR=\"relative\"", None);
        check("", None);
    }
}
