//! Files that only an administrator could have written. One that somebody else may change is refused, and nothing goes on.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::plain;

const BY_GROUP_OR_OTHERS: u32 = 0o022;
/// In such a folder nobody replaces what isn't theirs.
const STICKY: u32 = 0o1000;
const ROOT: u32 = 0;

/// Where the administrator's file is, and who that is. No variable of the environment changes either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Administrator {
    /// The file.
    pub file: PathBuf,
    /// The number of the user to whom it belongs.
    pub owner: u32,
}

impl Default for Administrator {
    fn default() -> Self {
        Self {
            file: "/etc/kyso/policy.toml".into(),
            owner: ROOT,
        }
    }
}

impl Administrator {
    /// The text of the file; none where there is no such file.
    pub(super) fn text(&self) -> Result<Option<String>, String> {
        match std::fs::symlink_metadata(&self.file) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.to_string()),
            Ok(_) => {}
        }
        let text = String::from_utf8(self.load(&self.file)?);
        text.map(Some).map_err(|error| error.to_string())
    }

    /// A file that the administrator named.
    pub(super) fn load(&self, path: &Path) -> Result<Vec<u8>, String> {
        let path = path.canonicalize().map_err(|error| error.to_string())?;
        for folder in path.ancestors().skip(1) {
            let about = folder.symlink_metadata().map_err(|e| e.to_string())?;
            self.judge(folder, &about)?;
        }
        let at = |error| format!("{}: {error}", path.display());
        let (file, about) = plain::open(&path, false).map_err(at)?;
        self.judge(&path, &about)?;
        plain::whole(file).map_err(at)
    }

    fn judge(&self, path: &Path, about: &Metadata) -> Result<(), String> {
        let at = path.display();
        if about.uid() != self.owner && about.uid() != ROOT {
            return Err(format!("{at} does not belong to the administrator"));
        }
        let replaceable = !about.is_dir() || about.mode() & STICKY == 0;
        if replaceable && about.mode() & BY_GROUP_OR_OTHERS != 0 {
            return Err(format!("{at} can be changed by others"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn administrator(file: &Path) -> Administrator {
        Administrator {
            file: file.to_owned(),
            owner: rustix::process::geteuid().as_raw(),
        }
    }

    fn write(file: &Path, mode: u32) {
        std::fs::write(file, "language = \"vi\"").expect("written");
        std::fs::set_permissions(file, Permissions::from_mode(mode)).expect("set");
    }

    #[test]
    fn no_file_is_no_policy() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = administrator(&folder.path().join("policy.toml")).text();
        assert_eq!(text, Ok(None));
    }

    #[test]
    fn a_file_that_others_may_change_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("policy.toml");
        let check = |mode, good: bool| {
            write(&file, mode);
            assert_eq!(administrator(&file).text().is_ok(), good, "{mode:o}");
        };
        check(0o644, true);
        check(0o600, true);
        check(0o664, false);
        check(0o646, false);
    }

    #[test]
    fn a_file_in_a_folder_that_others_may_change_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let open = folder.path().join("open");
        std::fs::create_dir(&open).expect("made");
        let file = open.join("policy.toml");
        write(&file, 0o644);
        let check = |mode, good: bool| {
            std::fs::set_permissions(&open, Permissions::from_mode(mode)).expect("set");
            assert_eq!(administrator(&file).text().is_ok(), good, "{mode:o}");
        };
        check(0o755, true);
        check(0o777, false);
        check(0o1777, true);
    }

    #[test]
    fn a_file_of_another_user_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("policy.toml");
        write(&file, 0o644);
        let ours = rustix::process::geteuid().as_raw();
        // Only an administrator can give a file away; anybody else's own is another's to the usual owner.
        let owner = if std::os::unix::fs::chown(&file, Some(12_345), None).is_ok() {
            ours
        } else {
            ROOT
        };
        let refused = Administrator { file, owner }.text().expect_err("another's");
        assert!(refused.contains("does not belong"), "{refused}");
    }

    #[test]
    fn whoever_may_change_what_a_link_leads_to_changes_the_policy() {
        let folder = tempfile::tempdir().expect("a folder");
        let (link, target) = (folder.path().join("policy.toml"), folder.path().join("t"));
        symlink(&target, &link).expect("linked");
        assert!(administrator(&link).text().is_err(), "it leads nowhere");
        write(&target, 0o646);
        assert!(administrator(&link).text().is_err());
        write(&target, 0o644);
        assert!(administrator(&link).text().is_ok());
    }

    #[test]
    fn a_policy_that_is_too_large_or_no_file_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("policy.toml");
        std::fs::write(&file, vec![b'#'; 256 * 1024 + 1]).expect("written");
        assert!(administrator(&file).text().is_err());
        assert!(administrator(folder.path()).text().is_err());
    }
}
