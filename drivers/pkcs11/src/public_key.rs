//! The public half of a certificate's key, as PKCS#11 writes it, to match keys with certificates.

use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

/// What tells one key from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicValue {
    /// Modulus, big-endian, without leading zeros (`CKA_MODULUS`).
    Rsa(Vec<u8>),
    /// Uncompressed SEC1 point (inside `CKA_EC_POINT`).
    Ec(Vec<u8>),
}

impl PublicValue {
    /// The key in a certificate; `None` where the certificate can't be read or has a key of another kind.
    pub(crate) fn of_certificate(der: &[u8]) -> Option<Self> {
        let (rest, certificate) = X509Certificate::from_der(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        match certificate.public_key().parsed().ok()? {
            PublicKey::RSA(key) => Some(Self::Rsa(trimmed(key.modulus).to_vec())),
            PublicKey::EC(point) => Some(Self::Ec(point.data().to_vec())),
            _ => None,
        }
    }

    /// Length in bytes of a signature by this key: the modulus, or r‖s.
    pub(crate) fn signature_len(&self) -> usize {
        match self {
            Self::Rsa(modulus) => modulus.len(),
            Self::Ec(point) => point.len().saturating_sub(1),
        }
    }
}

/// A big-endian number without leading zeros; modules differ in whether they write one.
pub fn trimmed(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.split_at(zeros).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_how_long_signatures_are() {
        assert_eq!(PublicValue::Rsa(vec![1; 256]).signature_len(), 256);
        assert_eq!(PublicValue::Ec(vec![4; 65]).signature_len(), 64);
        assert_eq!(PublicValue::Ec(vec![4; 133]).signature_len(), 132);
    }

    #[test]
    fn finds_no_key_in_what_is_no_certificate() {
        assert_eq!(PublicValue::of_certificate(b""), None);
        assert_eq!(PublicValue::of_certificate(&[0x30, 0x82, 0xff, 0xff]), None);
    }
}
