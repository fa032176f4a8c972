//! Windows.
#![expect(
    unsafe_code,
    reason = "the C library's own descriptors and loaded libraries have no safe form"
)]

use std::fs::File;
use std::io;
use std::os::windows::io::AsHandle;

use windows_sys::Win32::System::LibraryLoader::GetModuleHandleW;

/// The C library's numbers of input and output.
const STREAMS: [libc::c_int; 2] = [0, 1];

/// Nothing is closed here: a handle is inherited only where a program says so for each, and has no number that could be
/// found.
pub(crate) fn close_inherited() -> io::Result<()> {
    Ok(())
}

/// Input and output of this process, moved away from where a module could meet them; the null device is left in their
/// places. The C library does this for itself and for the system.
pub(crate) fn take_pipes() -> io::Result<(File, File)> {
    let input = io::stdin().as_handle().try_clone_to_owned()?;
    let output = io::stdout().as_handle().try_clone_to_owned()?;
    // SAFETY: the name ends in NUL; the descriptors that are replaced are used by nobody yet.
    let done = unsafe {
        let null = libc::open(c"NUL".as_ptr(), libc::O_RDWR);
        null >= 0 && STREAMS.iter().all(|stream| libc::dup2(null, *stream) == 0)
    };
    if !done {
        return Err(io::Error::last_os_error());
    }
    Ok((input.into(), output.into()))
}

/// Whether PC/SC's library is loaded in this process.
pub(crate) fn has_loaded_readers() -> bool {
    let name: Vec<u16> = "winscard.dll\0".encode_utf16().collect();
    // SAFETY: the name ends in NUL, and nothing is done with what is found.
    !unsafe { GetModuleHandleW(name.as_ptr()) }.is_null()
}
