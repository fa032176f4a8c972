//! The name of an ask, and its tie to the browser that began it.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::{Half, IdError, encoding};

/// 128 random bits, 22 characters of base64url.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AskId([u8; 16]);

impl AskId {
    /// From 16 random bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// From its text form.
    ///
    /// # Errors
    /// Anything but 22 characters of canonical base64url.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        encoding::from_url(text).map(Self)
    }
}

impl fmt::Display for AskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&encoding::url(&self.0))
    }
}

impl fmt::Debug for AskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a statement's `browser` holds: `SHA-256("kyso-browser-v1" ‖ 00 ‖ id ‖ 00 ‖ half)`, the id as its 22
/// characters, the half as its 32 bytes. It ties the ask to one browser without telling the half.
#[must_use]
pub fn browser_binding(id: &AskId, half: &Half) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"kyso-browser-v1\0");
    hash.update(id.to_string());
    hash.update([0]);
    hash.update(half.as_bytes());
    hash.finalize().into()
}
