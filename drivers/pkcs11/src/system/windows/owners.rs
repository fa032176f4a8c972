//! Who could have put a file where it is.
#![expect(unsafe_code, reason = "access rights and accounts have no safe form")]

use std::fs::Metadata;
use std::io;
use std::os::windows::ffi::OsStrExt;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::path::{Component, Path, Prefix};
use std::ptr::null_mut;

use windows_sys::Win32::Security::{
    DACL_SECURITY_INFORMATION, GetFileSecurityW, GetTokenInformation, OWNER_SECURITY_INFORMATION,
    TOKEN_QUERY, TOKEN_USER, TokenUser,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

use crate::discovery::Source;
use crate::error::Unfit;
use crate::system::security::{Kind, account, judge};

/// Longer than any descriptor that means well.
const MAX_DESCRIPTOR: usize = 1 << 16;
/// `SECURITY_MAX_SID_SIZE`, and what is before it.
const MAX_ACCOUNT: usize = 128;

/// Whose files may be loaded: an administrator's, and this user's too where the user named the file.
pub(crate) struct Owners {
    user: Option<String>,
}

impl Owners {
    pub(crate) fn of(source: &Source) -> Self {
        let named = matches!(source, Source::Configured);
        Self {
            user: named.then(|| user().ok()).flatten(),
        }
    }

    /// The file and every folder above it, on a drive of this computer. `path` has no symbolic links in it.
    pub(crate) fn check(&self, path: &Path, _: &Metadata) -> Result<(), Unfit> {
        let kinds = [Kind::File, Kind::Folder].into_iter();
        let kinds = kinds.chain(std::iter::repeat(Kind::Above));
        for (place, kind) in path.ancestors().zip(kinds) {
            let insecure = |why| Unfit::Insecure {
                path: place.to_owned(),
                why,
            };
            if !is_local(place) {
                return Err(insecure("lies on another computer"));
            }
            let rights = rights(place).map_err(|_| Unfit::Unreadable)?;
            judge(&rights, kind, self.user.as_deref()).map_err(insecure)?;
        }
        Ok(())
    }
}

fn is_local(path: &Path) -> bool {
    match path.components().next() {
        Some(Component::Prefix(prefix)) => {
            matches!(prefix.kind(), Prefix::Disk(_) | Prefix::VerbatimDisk(_))
        }
        _ => false,
    }
}

/// The self-relative security descriptor of a file or folder: its owner and its list.
fn rights(path: &Path) -> io::Result<Vec<u8>> {
    let name: Vec<u16> = path.as_os_str().encode_wide().chain([0]).collect();
    let mut descriptor = vec![0_u8; MAX_DESCRIPTOR];
    let mut length = 0;
    // SAFETY: the name ends in NUL, the buffer has the length that is given, and all outlive the call.
    let told = unsafe {
        GetFileSecurityW(
            name.as_ptr(),
            OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
            descriptor.as_mut_ptr().cast(),
            u32::try_from(MAX_DESCRIPTOR).unwrap_or(0),
            &raw mut length,
        )
    };
    if told == 0 {
        return Err(io::Error::last_os_error());
    }
    descriptor.truncate(usize::try_from(length).unwrap_or(0));
    Ok(descriptor)
}

/// The account that this process runs as.
fn user() -> io::Result<String> {
    let mut token = null_mut();
    // SAFETY: the handle of this process needs no closing, and the place of the token's is ours.
    if unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) } == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call above opened it, and nobody else closes it.
    let token = unsafe { OwnedHandle::from_raw_handle(token) };
    let mut told = [0_u64; MAX_ACCOUNT / 8];
    let mut length = 0;
    // SAFETY: the buffer has the length that is given and fits a TOKEN_USER's alignment; all outlive the call.
    let done = unsafe {
        GetTokenInformation(
            token.as_raw_handle(),
            TokenUser,
            told.as_mut_ptr().cast(),
            u32::try_from(MAX_ACCOUNT).unwrap_or(0),
            &raw mut length,
        )
    };
    if done == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a call that succeeds has written a whole TOKEN_USER, and it is copied.
    let written = unsafe { told.as_ptr().cast::<TOKEN_USER>().read() };
    let place = written.User.Sid.addr().checked_sub(told.as_ptr().addr());
    let bytes: Vec<u8> = told.iter().flat_map(|word| word.to_ne_bytes()).collect();
    let identifier = place.and_then(|place| account(bytes.get(place..)?));
    identifier.ok_or(io::ErrorKind::InvalidData.into())
}
