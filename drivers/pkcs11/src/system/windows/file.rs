//! Files: their identity, and paths as bytes.
#![expect(
    unsafe_code,
    reason = "a file's number has no safe form in the standard library yet"
)]

use std::fs::File;
use std::io;
use std::os::windows::io::AsRawHandle;
use std::path::{Path, PathBuf};

use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, GetFileInformationByHandle,
};

use crate::wire::FileIdentity;

/// Opens a file to read it.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Which file that is: the volume's serial number, and the file's number there.
pub(crate) fn identity(file: &File) -> io::Result<FileIdentity> {
    let mut about = BY_HANDLE_FILE_INFORMATION::default();
    // SAFETY: the handle is open as long as `file` lives, and `about` is a whole structure that outlives the call.
    if unsafe { GetFileInformationByHandle(file.as_raw_handle(), &raw mut about) } == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(FileIdentity {
        device: about.dwVolumeSerialNumber.into(),
        number: u64::from(about.nFileIndexHigh) << 32 | u64::from(about.nFileIndexLow),
    })
}

/// A path as it crosses the pipe to a host: UTF-8; `None` where it has no such form.
pub(crate) fn path_to_bytes(path: &Path) -> Option<Vec<u8>> {
    Some(path.to_str()?.as_bytes().to_vec())
}

/// The path that these bytes are.
pub(crate) fn path_of_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    String::from_utf8(bytes).ok().map(PathBuf::from)
}
