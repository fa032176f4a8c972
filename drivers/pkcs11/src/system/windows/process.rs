//! What a process that may see a PIN forbids itself.
#![expect(
    unsafe_code,
    reason = "a process changes its own rights through calls without a safe form"
)]

use std::io;
use std::ptr::null_mut;

use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::Security::Authorization::{
    ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1,
};
use windows_sys::Win32::Security::{DACL_SECURITY_INFORMATION, SetKernelObjectSecurity};
use windows_sys::Win32::System::Diagnostics::Debug::{
    SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX, SEM_NOOPENFILEERRORBOX, SetErrorMode,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, TerminateProcess};

/// Its owner, the system and administrators may end this process, wait for it and ask for its state, and no more: above
/// all not read its memory (`PROCESS_TERMINATE`, `SYNCHRONIZE`, `PROCESS_QUERY_LIMITED_INFORMATION`).
const RIGHTS: &str = "D:P(A;;0x101001;;;S-1-3-4)(A;;0x101001;;;SY)(A;;0x101001;;;BA)";

/// Makes this process unreadable for other processes of the same user and keeps Windows from writing down what it holds
/// when it fails. Call it first thing in `main`.
///
/// # Errors
/// What the system answers; a program that handles PINs should then stop.
pub fn harden() -> io::Result<()> {
    // SAFETY: it takes a number and changes how failures of this process are told.
    unsafe {
        SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX)
    };
    let text: Vec<u16> = RIGHTS.encode_utf16().chain([0]).collect();
    let mut descriptor = null_mut();
    // SAFETY: the text ends in NUL, and the place of the descriptor's address is ours.
    let read = unsafe {
        ConvertStringSecurityDescriptorToSecurityDescriptorW(
            text.as_ptr(),
            SDDL_REVISION_1,
            &raw mut descriptor,
            null_mut(),
        )
    };
    if read == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call above made the descriptor; the handle of this process needs no closing.
    let set = unsafe {
        SetKernelObjectSecurity(GetCurrentProcess(), DACL_SECURITY_INFORMATION, descriptor)
    };
    let told = io::Error::last_os_error();
    // SAFETY: the descriptor was allocated for us, and isn't used any more.
    unsafe { LocalFree(descriptor) };
    if set == 0 { Err(told) } else { Ok(()) }
}

/// Nothing is to be done here: whoever starts a host puts it into a job that ends with the one who holds it.
///
/// # Errors
/// None.
pub fn die_with_parent() -> io::Result<()> {
    Ok(())
}

/// Ends this process at once: what libraries do when a process ends by itself may hang or crash.
pub fn end_at_once() {
    // SAFETY: the handle of this process needs no closing.
    let _ = unsafe { TerminateProcess(GetCurrentProcess(), 0) };
}
