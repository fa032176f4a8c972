//! The public key of a certificate, as far as signatures need it.

use x509_parser::prelude::FromDer;
use x509_parser::public_key::RSAPublicKey;
use x509_parser::signature_algorithm::RsaSsaPssParams;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use crate::error::CertificateError;

const RSA: &str = "1.2.840.113549.1.1.1";
const RSA_PSS: &str = "1.2.840.113549.1.1.10";
const MGF1: &str = "1.2.840.113549.1.1.8";
const EC: &str = "1.2.840.10045.2.1";

/// A named curve of FIPS 186-5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Curve {
    /// P-256, secp256r1.
    P256,
    /// P-384, secp384r1.
    P384,
    /// P-521, secp521r1.
    P521,
}

impl Curve {
    fn from_oid(oid: &str) -> Option<Self> {
        match oid {
            "1.2.840.10045.3.1.7" => Some(Self::P256),
            "1.3.132.0.34" => Some(Self::P384),
            "1.3.132.0.35" => Some(Self::P521),
            _ => None,
        }
    }

    /// Size of the field, in bits.
    pub fn bits(self) -> u32 {
        match self {
            Self::P256 => 256,
            Self::P384 => 384,
            Self::P521 => 521,
        }
    }

    /// Size of one coordinate, and of r and of s, in bytes.
    pub fn coordinate_len(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

/// The hash that an `id-RSASSA-PSS` key binds itself to (RFC 4055, 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PssHash {
    /// The key has no parameters: any hash.
    Any,
    /// SHA-256, also in MGF1.
    Sha256,
    /// SHA-384, also in MGF1.
    Sha384,
    /// SHA-512, also in MGF1.
    Sha512,
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// An RSA key (RFC 8017), for any padding unless `pss` says otherwise.
    Rsa {
        /// Big-endian, no leading zeros.
        modulus: Vec<u8>,
        /// Big-endian, no leading zeros.
        exponent: Vec<u8>,
        /// There for an `id-RSASSA-PSS` key only, which signs with PSS and nothing else.
        pss: Option<PssHash>,
    },
    /// A key on a named curve (RFC 5480).
    Ec {
        /// The curve.
        curve: Curve,
        /// Uncompressed SEC1 point, `04 ‖ x ‖ y`; not yet checked to be on the curve.
        point: Vec<u8>,
    },
    /// Any other key, with its algorithm's OID (for a curve that is not taken: the curve's).
    Other {
        /// Dotted decimal.
        oid: String,
    },
}

impl PublicKey {
    /// Reads the key of a certificate.
    ///
    /// # Errors
    /// [`CertificateError::Key`] where the algorithm is known and the key does not have its form.
    pub(crate) fn from_spki(spki: &SubjectPublicKeyInfo<'_>) -> Result<Self, CertificateError> {
        let oid = spki.algorithm.algorithm.to_id_string();
        let bits = spki.subject_public_key.data.as_ref();
        if spki.subject_public_key.unused_bits != 0 {
            return Err(CertificateError::Key);
        }
        match oid.as_str() {
            RSA => rsa(bits, None),
            RSA_PSS => match pss_hash(&spki.algorithm) {
                Some(hash) => rsa(bits, Some(hash)),
                None => Ok(Self::Other { oid }),
            },
            EC => ec(&spki.algorithm, bits),
            _ => Ok(Self::Other { oid }),
        }
    }

    /// The key as people call it: `RSA-2048`, `P-256`, or the OID.
    pub fn describe(&self) -> String {
        match self {
            Self::Rsa { .. } => format!("RSA-{}", self.bits()),
            Self::Ec { curve, .. } => format!("P-{}", curve.bits()),
            Self::Other { oid } => oid.clone(),
        }
    }

    /// Size of the modulus or the field in bits, zero where it is not known.
    pub fn bits(&self) -> u32 {
        match self {
            Self::Rsa { modulus, .. } => bit_length(modulus),
            Self::Ec { curve, .. } => curve.bits(),
            Self::Other { .. } => 0,
        }
    }
}

fn bit_length(number: &[u8]) -> u32 {
    let Some(first) = number.first() else {
        return 0;
    };
    let bytes = u32::try_from(number.len()).unwrap_or(u32::MAX / 8);
    bytes * 8 - first.leading_zeros()
}

fn rsa(bits: &[u8], pss: Option<PssHash>) -> Result<PublicKey, CertificateError> {
    let (rest, key) = RSAPublicKey::from_der(bits).map_err(|_| CertificateError::Key)?;
    if !rest.is_empty() {
        return Err(CertificateError::Key);
    }
    Ok(PublicKey::Rsa {
        modulus: positive(key.modulus)?,
        exponent: positive(key.exponent)?,
        pss,
    })
}

/// A DER INTEGER's octets without the sign octet; negative and zero are refused.
fn positive(octets: &[u8]) -> Result<Vec<u8>, CertificateError> {
    if octets.first().is_none_or(|first| first & 0x80 != 0) {
        return Err(CertificateError::Key);
    }
    let digits: Vec<u8> = octets.iter().copied().skip_while(|b| *b == 0).collect();
    if digits.is_empty() {
        return Err(CertificateError::Key);
    }
    Ok(digits)
}

/// `None` for parameters that no signature of this program can meet.
fn pss_hash(algorithm: &AlgorithmIdentifier<'_>) -> Option<PssHash> {
    let Some(any) = algorithm.parameters() else {
        return Some(PssHash::Any);
    };
    let params = RsaSsaPssParams::try_from(any).ok()?;
    let mask = params.mask_gen_algorithm().ok()?;
    let hash = params.hash_algorithm_oid().to_id_string();
    if mask.mgf.to_id_string() != MGF1
        || mask.hash.to_id_string() != hash
        || params.trailer_field() != 1
    {
        return None;
    }
    let (hash, longest) = match hash.as_str() {
        "2.16.840.1.101.3.4.2.1" => (PssHash::Sha256, 32),
        "2.16.840.1.101.3.4.2.2" => (PssHash::Sha384, 48),
        "2.16.840.1.101.3.4.2.3" => (PssHash::Sha512, 64),
        _ => return None,
    };
    // RFC 4055, 3.3: the salt length of a key is a minimum, and ours is the hash's length.
    (params.salt_length() <= longest).then_some(hash)
}

fn ec(algorithm: &AlgorithmIdentifier<'_>, bits: &[u8]) -> Result<PublicKey, CertificateError> {
    let oid = algorithm
        .parameters()
        .and_then(|any| any.as_oid().ok())
        .map(|oid| oid.to_id_string());
    let Some(oid) = oid else {
        return Ok(PublicKey::Other { oid: EC.into() });
    };
    let Some(curve) = Curve::from_oid(&oid) else {
        return Ok(PublicKey::Other { oid });
    };
    if bits.first() != Some(&4) || bits.len() != 1 + 2 * curve.coordinate_len() {
        return Err(CertificateError::Key);
    }
    Ok(PublicKey::Ec {
        curve,
        point: bits.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_the_bits_of_a_modulus_without_leading_zeros() {
        assert_eq!(bit_length(&[]), 0);
        assert_eq!(bit_length(&[0x01]), 1);
        assert_eq!(bit_length(&[0x80, 0x00]), 16);
        assert_eq!(bit_length(&[0x7f, 0xff]), 15);
    }

    #[test]
    fn refuses_a_negative_or_zero_number() {
        assert_eq!(positive(&[0x80]), Err(CertificateError::Key));
        assert_eq!(positive(&[0x00]), Err(CertificateError::Key));
        assert_eq!(positive(&[]), Err(CertificateError::Key));
        assert_eq!(positive(&[0x00, 0x80, 0x01]), Ok(vec![0x80, 0x01]));
    }
}
