//! Files: their identity, and opening one that may be none.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use crate::wire::FileIdentity;

/// Opens a file to read it. A named pipe in its place makes nobody wait.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

/// Which file that is.
pub(crate) fn identity(file: &File) -> io::Result<FileIdentity> {
    let about = file.metadata()?;
    Ok(FileIdentity {
        device: about.dev(),
        number: about.ino(),
    })
}

/// A path as it crosses the pipe to a host; `None` where it can't.
pub(crate) fn path_to_bytes(path: &Path) -> Option<Vec<u8>> {
    Some(path.as_os_str().as_bytes().to_vec())
}

/// The path that these bytes are.
pub(crate) fn path_of_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    Some(OsString::from_vec(bytes).into())
}
