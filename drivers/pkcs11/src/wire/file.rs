//! Files and paths as they cross the pipe.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::FileIdentity;
use crate::system;

impl FileIdentity {
    /// That of an opened file.
    ///
    /// # Errors
    /// What the system answers.
    pub fn of(file: &File) -> io::Result<Self> {
        system::identity(file)
    }
}

/// A path as bytes: those of the system where it writes paths so, else UTF-8. `None` for a path that has no such form.
#[must_use]
pub fn path_to_bytes(path: &Path) -> Option<Vec<u8>> {
    system::path_to_bytes(path)
}

/// The path that [`path_to_bytes`] wrote; `None` for bytes that it can't have written.
#[must_use]
pub fn path_of_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    system::path_of_bytes(bytes)
}
