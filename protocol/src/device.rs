//! The device proof: a second signature, by a key that stays with one agent, over the statement and the token. It tells
//! an answer of a known device from one by whoever else could get the certificate's key to sign.

use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{CheckError, DeviceError, Token, encoding, key};

/// What every device proof's message begins with; a zero byte follows.
const PREFIX: &[u8; 14] = b"kyso-device-v1";
/// A [`DeviceProof::message`], in bytes.
const MESSAGE_LEN: usize = PREFIX.len() + 1 + 3 * 32;
/// An uncompressed point of P-256, in bytes (SEC 1, 2.3.3).
const POINT_LEN: usize = 65;
/// DER of a P-256 key's `SubjectPublicKeyInfo` (RFC 5480, section 2) up to the point: everything but the point is the
/// same for each.
const SPKI_HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The public key of one agent for one portal: a point of P-256. That it lies on the curve is known once a proof by it
/// was verified.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DeviceKey([u8; POINT_LEN]);

impl DeviceKey {
    /// From the DER of a `SubjectPublicKeyInfo`: named curve, uncompressed point, 91 bytes.
    ///
    /// # Errors
    /// [`DeviceError::Key`] for everything else.
    pub fn from_spki(der: &[u8]) -> Result<Self, DeviceError> {
        let point = der.strip_prefix(&SPKI_HEAD).ok_or(DeviceError::Key)?;
        Self::from_point(point)
    }

    /// From the uncompressed point: `04 ‖ x ‖ y`, 65 bytes.
    ///
    /// # Errors
    /// [`DeviceError::Key`] for everything else.
    pub fn from_point(point: &[u8]) -> Result<Self, DeviceError> {
        let point: [u8; POINT_LEN] = point.try_into().map_err(|_| DeviceError::Key)?;
        if point.starts_with(&[0x04]) {
            Ok(Self(point))
        } else {
            Err(DeviceError::Key)
        }
    }

    /// DER of its `SubjectPublicKeyInfo`, 91 bytes.
    #[must_use]
    pub fn to_spki(&self) -> Vec<u8> {
        [SPKI_HEAD.as_slice(), &self.0].concat()
    }
}

/// A device's proof, not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceProof {
    key: DeviceKey,
    signature: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    key: String,
    signature: String,
}

impl DeviceProof {
    /// From its parts: the signature is ES256 over [`DeviceProof::message`], as `r‖s`, 64 bytes.
    #[must_use]
    pub fn new(key: DeviceKey, signature: Vec<u8>) -> Self {
        Self { key, signature }
    }

    /// What the device key signs with ES256, not yet hashed: the statement's exact bytes, the certificate and the
    /// signature of the token that answers it, each by its SHA-256.
    #[must_use]
    pub fn message(statement: &[u8], token: &Token) -> Vec<u8> {
        let mut message = Vec::with_capacity(MESSAGE_LEN);
        message.extend_from_slice(PREFIX);
        message.push(0);
        for part in [statement, token.unverified_certificate(), token.signature()] {
            message.extend_from_slice(&Sha256::digest(part));
        }
        message
    }

    /// Whether the device key signed this statement and token. It says nothing of the token, nor whose device it is.
    ///
    /// # Errors
    /// [`CheckError::Device`] with what is wrong with the signature.
    pub fn verify(&self, statement: &[u8], token: &Token) -> Result<&DeviceKey, CheckError> {
        self.verify_message(&Self::message(statement, token))
    }

    pub(crate) fn verify_message(&self, message: &[u8]) -> Result<&DeviceKey, CheckError> {
        let verified = key::verify_es256(&self.key.0, message, &self.signature);
        verified
            .map(|()| &self.key)
            .map_err(|error| CheckError::Device(Box::new(error)))
    }

    /// The key that is said to have signed.
    #[must_use]
    pub fn key(&self) -> &DeviceKey {
        &self.key
    }

    pub(crate) fn from_value(value: Value) -> Result<Self, DeviceError> {
        let wire: Wire = serde_json::from_value(value)
            .map_err(|error| DeviceError::Members(error.to_string()))?;
        let key = bytes(&wire.key, "key")?;
        Ok(Self {
            key: DeviceKey::from_spki(&key)?,
            signature: bytes(&wire.signature, "signature")?,
        })
    }

    pub(crate) fn to_value(&self) -> Value {
        json!({
            "key": encoding::standard(&self.key.to_spki()),
            "signature": encoding::standard(&self.signature),
        })
    }
}

fn bytes(text: &str, member: &'static str) -> Result<Vec<u8>, DeviceError> {
    encoding::from_standard(text).ok_or(DeviceError::Base64(member))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_encoding() {
        let check = |der: &[u8], good: bool| {
            assert_eq!(DeviceKey::from_spki(der).is_ok(), good, "{der:02x?}");
        };
        let good = [SPKI_HEAD.as_slice(), &[4; POINT_LEN]].concat();
        check(&good, true);
        check(&[good.as_slice(), &[0]].concat(), false);
        check(&good[..90], false);
        check(&[SPKI_HEAD.as_slice(), &[2; 33]].concat(), false);
        check(&[SPKI_HEAD.as_slice(), &[2; POINT_LEN]].concat(), false);
        check(&[4; POINT_LEN], false);
        check(&[], false);
        let key = DeviceKey::from_spki(&good).unwrap();
        assert_eq!(key.to_spki(), good);
    }

    #[test]
    fn the_message_has_its_form() {
        let token = Token::new(b"c".to_vec(), crate::Algorithm::ES256, b"s".to_vec(), None);
        let message = DeviceProof::message(b"{}", &token);
        assert_eq!(message.len(), MESSAGE_LEN);
        assert!(message.starts_with(b"kyso-device-v1\0"));
        assert!(message.ends_with(&Sha256::digest(b"s")));
    }
}
