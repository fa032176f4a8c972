//! Who could have put a file where it is.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::discovery::Source;
use crate::error::Unfit;

const ADMINISTRATOR: u32 = 0;
/// Groups of administrators: macOS has `admin`, which may write to /Applications.
const ADMINISTRATORS: &[u32] = if cfg!(target_os = "macos") {
    &[0, 80]
} else {
    &[0]
};
const BY_GROUP: u32 = 0o020;
const BY_OTHERS: u32 = 0o002;
/// In such a folder nobody replaces what isn't theirs.
const STICKY: u32 = 0o1000;

/// Whose files may be loaded: an administrator's, and this user's too where the user named the file.
pub(crate) struct Owners {
    user: Option<(u32, u32)>,
}

impl Owners {
    pub(crate) fn of(source: &Source) -> Self {
        let own = || {
            let user = rustix::process::geteuid().as_raw();
            (user, rustix::process::getegid().as_raw())
        };
        Self {
            user: matches!(source, Source::Configured).then(own),
        }
    }

    /// The file and every folder above it. `path` has no symbolic links in it.
    pub(crate) fn check(&self, path: &Path, file: &Metadata) -> Result<(), Unfit> {
        self.judge(path, file)?;
        for folder in path.ancestors().skip(1) {
            let about = folder.symlink_metadata().map_err(|_| Unfit::Unreadable)?;
            self.judge(folder, &about)?;
        }
        Ok(())
    }

    fn judge(&self, path: &Path, about: &Metadata) -> Result<(), Unfit> {
        let insecure = |why| Unfit::Insecure {
            path: path.to_owned(),
            why,
        };
        let own = self.user.filter(|(user, _)| *user == about.uid());
        if about.uid() != ADMINISTRATOR && own.is_none() {
            return Err(insecure("belongs to another user"));
        }
        let mode = about.mode();
        if about.is_dir() && mode & STICKY != 0 {
            return Ok(());
        }
        if mode & BY_OTHERS != 0 {
            return Err(insecure("can be changed by everybody"));
        }
        // A group that has the user's own number is the user's alone; others share theirs, such as "users".
        let group_is_fine = ADMINISTRATORS.contains(&about.gid())
            || own.is_some_and(|(user, group)| group == about.gid() && group == user);
        if mode & BY_GROUP != 0 && !group_is_fine {
            return Err(insecure("can be changed by a group of users"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::{PermissionsExt, chown};

    use super::*;
    use crate::catalogue::Confidence;

    const FOUND: Source = Source::Catalogue(Confidence::Seen);

    fn judged(path: &Path, source: &Source) -> Result<(), Unfit> {
        Owners::of(source).check(path, &path.metadata().unwrap())
    }

    fn file(folder: &Path, mode: u32) -> std::path::PathBuf {
        let path = folder.canonicalize().unwrap().join("lib.so");
        std::fs::write(&path, "").unwrap();
        set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn takes_the_users_own_file_where_the_user_named_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path(), 0o755);
        assert_eq!(judged(&path, &Source::Configured), Ok(()));
        assert!(matches!(
            judged(&file(folder.path(), 0o757), &Source::Configured),
            Err(Unfit::Insecure { path: refused, .. }) if refused == path
        ));
    }

    #[test]
    fn refuses_a_file_that_is_found_and_no_administrators() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path(), 0o755);
        if chown(&path, Some(12_345), Some(12_345)).is_err() {
            // Without the right to give files away this user's own file is the other's.
            assert!(judged(&path, &FOUND).is_err());
            return;
        }
        for source in [FOUND, Source::Configured] {
            assert!(matches!(
                judged(&path, &source),
                Err(Unfit::Insecure { .. })
            ));
        }
    }

    #[test]
    fn refuses_what_a_shared_group_can_write() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path(), 0o775);
        let check = |group, insecure| {
            // Only an administrator can give a file away.
            if chown(&path, Some(12_345), Some(group)).is_ok() {
                let user = Some((12_345, group));
                let judged = Owners { user }.judge(&path, &path.metadata().unwrap());
                assert_eq!(judged.is_err(), insecure, "{group}");
            }
        };
        check(100, true);
        check(12_345, false);
    }

    #[test]
    fn refuses_a_folder_that_others_can_write() {
        let folder = tempfile::tempdir().unwrap();
        let open = folder.path().join("open");
        std::fs::create_dir(&open).unwrap();
        set_permissions(&open, Permissions::from_mode(0o777)).unwrap();
        let path = file(&open, 0o755);
        assert!(matches!(
            judged(&path, &Source::Configured),
            Err(Unfit::Insecure { path, .. }) if path.ends_with("open")
        ));
        set_permissions(&open, Permissions::from_mode(0o1777)).unwrap();
        assert_eq!(judged(&path, &Source::Configured), Ok(()));
    }

    #[test]
    fn the_systems_own_libraries_are_an_administrators() {
        let here = Path::new("/bin/sh").canonicalize().unwrap();
        assert_eq!(judged(&here, &FOUND), Ok(()));
    }
}
