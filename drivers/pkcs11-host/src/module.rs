//! The one module of this process.

use std::ffi::CString;
use std::fs::File;
use std::path::Path;

use cryptoki_sys::{CK_SLOT_ID, CK_VERSION};
use kyso_pkcs11::ModuleInfo;
use kyso_pkcs11::wire::{Cause, FileIdentity, Reply, path_of_bytes};

use crate::fault::fault;
use crate::raw::{Failed, Raw, Session};

/// A loaded and initialised module.
pub(crate) struct Module {
    pub(crate) raw: Raw,
    info: ModuleInfo,
}

impl Module {
    /// Loads and initialises the file that was examined; else the reply that says why not.
    pub(crate) fn open(
        path: Vec<u8>,
        examined: FileIdentity,
        reserved: Option<String>,
    ) -> Result<Self, Box<Reply>> {
        let path =
            path_of_bytes(path).ok_or_else(|| unloadable("its path cannot be read".to_owned()))?;
        let reserved = reserved.map(CString::new).transpose();
        let reserved =
            reserved.map_err(|_| unloadable("its parameter text has a NUL in it".to_owned()))?;
        if identity(&path) != Some(examined) {
            return Err(Box::new(Reply::FileChanged));
        }
        let raw = Raw::load(&path).map_err(unloadable)?;
        raw.initialize(reserved).map_err(failed)?;
        let info = raw.info().map_err(failed)?;
        let info = ModuleInfo {
            manufacturer: text(&info.manufacturerID),
            description: text(&info.libraryDescription),
            version: version(info.libraryVersion),
            cryptoki: version(info.cryptokiVersion),
        };
        Ok(Self { raw, info })
    }

    pub(crate) fn info(&self) -> ModuleInfo {
        self.info.clone()
    }

    /// A session that only reads: some modules refuse any other while nobody is logged in. One that could write only
    /// where reading alone is refused, though the token is there.
    pub(crate) fn session(&self, slot: CK_SLOT_ID) -> Result<Session<'_>, Failed> {
        self.raw
            .open_session(slot, false)
            .or_else(|failed| match fault(failed).cause {
                Cause::Other | Cause::InUse | Cause::ReadOnly => {
                    self.raw.open_session(slot, true).map_err(|_| failed)
                }
                _ => Err(failed),
            })
    }
}

/// The file that a path leads to.
fn identity(path: &Path) -> Option<FileIdentity> {
    FileIdentity::of(&File::open(path).ok()?).ok()
}

/// A module's padded text.
pub(crate) fn text(bytes: &[u8]) -> String {
    tidy(&String::from_utf8_lossy(bytes))
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

fn version(version: CK_VERSION) -> String {
    format!("{}.{}", version.major, version.minor)
}

fn failed(failed: Failed) -> Box<Reply> {
    Box::new(Reply::Failed(fault(failed)))
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
