//! How a secret is kept: its hash, with a label of its own for each kind, and compared in constant time.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

/// The kinds of secret, so that the stored hash of one never stands for another.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Code,
    Handle,
    Half,
    KnownBrowser,
    Session,
}

/// `SHA-256(label ‖ 00 ‖ secret)`.
pub(crate) fn stored(kind: Kind, secret: &[u8; 32]) -> [u8; 32] {
    let label: &[u8] = match kind {
        Kind::Code => b"kyso-portal-code",
        Kind::Handle => b"kyso-portal-handle",
        Kind::Half => b"kyso-portal-half",
        Kind::KnownBrowser => b"kyso-portal-known",
        Kind::Session => b"kyso-portal-session",
    };
    let mut hash = Sha256::new();
    hash.update(label);
    hash.update([0]);
    hash.update(secret);
    hash.finalize().into()
}

/// Whether two hashes are equal, in a time that tells nothing.
pub(crate) fn equal(one: &[u8; 32], other: &[u8; 32]) -> bool {
    one.ct_eq(other).into()
}

/// 43 characters of base64url, as a cookie holds a secret.
pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The secret in a cookie's value, if it is one.
pub(crate) fn decode(text: &str) -> Option<[u8; 32]> {
    let fits = text.len() == 43;
    fits.then(|| URL_SAFE_NO_PAD.decode(text).ok())
        .flatten()?
        .try_into()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_one_kind_of_secret_apart_from_another() {
        let secret = [7; 32];
        assert!(!equal(
            &stored(Kind::Code, &secret),
            &stored(Kind::Session, &secret)
        ));
        assert!(equal(
            &stored(Kind::Half, &secret),
            &stored(Kind::Half, &secret)
        ));
    }
}
