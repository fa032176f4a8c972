//! The one module of this process.

use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use cryptoki::context::Pkcs11;
use cryptoki::error::Error;
use kyso_pkcs11::ModuleInfo;
use kyso_pkcs11::wire::Reply;

use crate::fault;
use crate::raw::{Raw, initialize_args};

/// A loaded and initialised module.
pub(crate) struct Module {
    pub(crate) calls: Pkcs11,
    pub(crate) raw: Raw,
    info: ModuleInfo,
}

impl Module {
    /// Loads and initialises it; else the reply that says why not.
    pub(crate) fn open(path: &[u8], reserved: Option<String>) -> Result<Self, Box<Reply>> {
        let path = Path::new(OsStr::from_bytes(path));
        let reserved = reserved.map(CString::new).transpose();
        let reserved =
            reserved.map_err(|_| unloadable("its parameter text has a NUL in it".to_owned()))?;
        let raw = Raw::load(path).map_err(unloadable)?;
        let calls = Pkcs11::new(path).map_err(|error| failed(&error))?;
        calls
            .initialize(initialize_args(reserved))
            .map_err(|error| failed(&error))?;
        let info = calls.get_library_info().map_err(|error| failed(&error))?;
        let info = ModuleInfo {
            manufacturer: tidy(info.manufacturer_id()),
            description: tidy(info.library_description()),
            version: info.library_version().to_string(),
            cryptoki: info.cryptoki_version().to_string(),
        };
        Ok(Self { calls, raw, info })
    }

    pub(crate) fn info(&self) -> ModuleInfo {
        self.info.clone()
    }
}

/// Text of a module without padding and control characters; some pad with NUL.
pub(crate) fn tidy(text: &str) -> String {
    text.trim_end_matches(['\0', ' '])
        .chars()
        .filter(|c| !c.is_control())
        .collect::<String>()
        .trim()
        .to_owned()
}

fn failed(error: &Error) -> Box<Reply> {
    match error {
        Error::LibraryLoading(why) => unloadable(why.to_string()),
        other => Box::new(Reply::Failed(fault::of(other))),
    }
}

fn unloadable(why: String) -> Box<Reply> {
    Box::new(Reply::LoadFailed(why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_lose_padding_and_control_characters() {
        assert_eq!(tidy("token\0\0\0"), "token");
        assert_eq!(tidy("to\u{1b}ken   "), "token");
        assert_eq!(tidy("\0 \0"), "");
    }
}
