//! What is known of a module's file before anything of it runs: that it is a library for this machine, that it exports
//! what a PKCS#11 module must, and that nobody but an administrator could have put it there.
//!
//! What holds: everything is judged on one opened file. The host loads the module by the path without symbolic links,
//! after it has compared device and number with what was opened here. Between the two nobody else can put another file
//! there, since nobody else may write to the file or to any folder above it. Access lists beside the mode are not read.

mod shape;

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::discovery::{Source, System};
use crate::error::Unfit;
use crate::system::{self, Owners};
use crate::wire::FileIdentity;
pub use shape::Architecture;

/// Longer than any vendor's library.
const MAX_FILE: u64 = 256 << 20;

/// A file that may be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Examined {
    /// Its path without symbolic links.
    pub(crate) path: PathBuf,
    pub(crate) identity: FileIdentity,
    pub(crate) architecture: Architecture,
}

/// Judges the file that a module's path leads to.
pub(crate) fn examine(path: &Path, source: &Source) -> Result<Examined, Unfit> {
    let path = path.canonicalize().map_err(|_| Unfit::Unreadable)?;
    let mut file = system::open(&path).map_err(|_| Unfit::Unreadable)?;
    let about = file.metadata().map_err(|_| Unfit::Unreadable)?;
    if !about.is_file() || about.len() > MAX_FILE {
        return Err(Unfit::NotALibrary);
    }
    Owners::of(source).check(&path, &about)?;
    let mut bytes = Vec::new();
    let read = Read::by_ref(&mut file)
        .take(MAX_FILE)
        .read_to_end(&mut bytes);
    read.map_err(|_| Unfit::Unreadable)?;
    Ok(Examined {
        architecture: shape::check(&bytes, System::here(), Architecture::here())?,
        identity: system::identity(&file).map_err(|_| Unfit::Unreadable)?,
        path,
    })
}

/// Whether nobody but an administrator could have written that file, or put it there.
pub(crate) fn is_administrators(path: &Path) -> Result<(), Unfit> {
    let path = path.canonicalize().map_err(|_| Unfit::Unreadable)?;
    let about = path.metadata().map_err(|_| Unfit::Unreadable)?;
    Owners::of(&Source::Administrator).check(&path, &about)
}

#[cfg(test)]
mod tests {
    use rustix::fs::Mode;

    use super::*;

    fn check(path: &Path, source: &Source, expected: &Unfit) {
        assert_eq!(examine(path, source).as_ref(), Err(expected));
    }

    #[test]
    fn refuses_what_is_no_file_or_no_library() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("text.so");
        std::fs::write(&text, "no library").unwrap();
        check(&text, &Source::Configured, &Unfit::NotALibrary);
        check(folder.path(), &Source::Configured, &Unfit::NotALibrary);
        check(
            Path::new("/dev/null"),
            &Source::Configured,
            &Unfit::NotALibrary,
        );
        check(
            Path::new("/nowhere/lib.so"),
            &Source::Configured,
            &Unfit::Unreadable,
        );
    }

    #[test]
    fn does_not_wait_for_a_named_pipe() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe.so");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            Mode::RUSR,
            0,
        )
        .unwrap();
        check(&pipe, &Source::Configured, &Unfit::NotALibrary);
    }
}
