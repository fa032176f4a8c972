//! What is signed beside the origin: the text that stands for a statement.

use sha2::{Digest as _, Sha256};

use crate::limits::{NONCE_MAX, NONCE_MIN};
use crate::{Algorithm, NonceError, Origin, encoding};

/// A challenge nonce as Web eID hashes it: its characters, not what they encode.
#[derive(Clone, PartialEq, Eq)]
pub struct Nonce(String);

impl Nonce {
    /// `"kyso1." + base64url(SHA-256(statement bytes))`, 49 characters. No base64 nonce contains a dot, so no plain
    /// ask can be answered with a token made for a statement, or the other way about.
    #[must_use]
    pub fn of_statement(statement: &[u8]) -> Self {
        Self(format!(
            "kyso1.{}",
            encoding::url(&Sha256::digest(statement))
        ))
    }

    /// A nonce that came from a page, as any Web eID portal makes it.
    ///
    /// # Errors
    /// Refuses other sizes and characters, and every nonce of the form `kyso<digits>.…`.
    pub fn plain(text: &str) -> Result<Self, NonceError> {
        if !(NONCE_MIN..=NONCE_MAX).contains(&text.len()) {
            return Err(NonceError::Size);
        }
        if !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(NonceError::Characters);
        }
        if is_reserved(text) {
            Err(NonceError::Reserved)
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// A nonce that a verifier stored: either form.
    ///
    /// # Errors
    /// Refuses other sizes and characters.
    pub fn stored(text: &str) -> Result<Self, NonceError> {
        match Self::plain(text) {
            Err(NonceError::Reserved) => Ok(Self(text.to_owned())),
            other => other,
        }
    }

    /// The characters that are hashed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `H(origin) ‖ H(nonce)`, the message of a Web eID token; the hash is the algorithm's.
    #[must_use]
    pub fn message(&self, algorithm: Algorithm, origin: &Origin) -> Vec<u8> {
        self.message_for(algorithm, origin.as_str())
    }

    pub(crate) fn message_for(&self, algorithm: Algorithm, portal: &str) -> Vec<u8> {
        let hash = algorithm.hash();
        let mut message = hash.digest(portal.as_bytes());
        message.extend(hash.digest(self.0.as_bytes()));
        message
    }

    /// The hash of [`Nonce::message`], which the token's key signs.
    #[must_use]
    pub fn digest(&self, algorithm: Algorithm, origin: &Origin) -> Vec<u8> {
        algorithm.hash().digest(&self.message(algorithm, origin))
    }
}

fn is_reserved(text: &str) -> bool {
    text.strip_prefix("kyso")
        .and_then(|rest| rest.split_once('.'))
        .is_some_and(|(digits, _)| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// The four digits that the waiting page and the agent both show, *mã đối chiếu*:
/// `u16be(SHA-256("kyso-code" ‖ statement bytes)[30..32]) mod 10000`. They tell two windows apart and prove nothing.
#[must_use]
pub fn matching_code(statement: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(b"kyso-code");
    hash.update(statement);
    let [.., high, low] = <[u8; 32]>::from(hash.finalize());
    format!("{:04}", u16::from_be_bytes([high, low]) % 10_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_nonce_never_stands_for_a_statement() {
        let check = |text: &str, expected: Result<(), NonceError>| {
            assert_eq!(Nonce::plain(text).map(drop), expected, "{text}");
        };
        let of_statement = Nonce::of_statement(b"{}");
        assert_eq!(of_statement.as_str().len(), 49);
        check(of_statement.as_str(), Err(NonceError::Reserved));
        check(
            &format!("kyso27.{}", "A".repeat(43)),
            Err(NonceError::Reserved),
        );
        check(&"A".repeat(44), Ok(()));
        check(&format!("kyso.{}", "A".repeat(43)), Ok(()));
        check(&"A".repeat(43), Err(NonceError::Size));
        check(&"A".repeat(129), Err(NonceError::Size));
        check(&format!("{} ", "A".repeat(43)), Err(NonceError::Characters));
        check(&"ắ".repeat(20), Err(NonceError::Characters));
    }
}
