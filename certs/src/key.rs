//! The public key of a certificate, as far as signatures need it.

use serde::Deserialize;
use x509_parser::asn1_rs::{Oid, oid};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::RSAPublicKey;
use x509_parser::signature_algorithm::RsaSsaPssParams;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use crate::error::CertificateError;

const RSA: Oid<'static> = oid!(1.2.840.113549.1.1.1);
const RSA_PSS: Oid<'static> = oid!(1.2.840.113549.1.1.10);
const MGF1: Oid<'static> = oid!(1.2.840.113549.1.1.8);
const EC: Oid<'static> = oid!(1.2.840.10045.2.1);
const P256: Oid<'static> = oid!(1.2.840.10045.3.1.7);
const P384: Oid<'static> = oid!(1.3.132.0.34);
const P521: Oid<'static> = oid!(1.3.132.0.35);
const SHA256: Oid<'static> = oid!(2.16.840.1.101.3.4.2.1);
const SHA384: Oid<'static> = oid!(2.16.840.1.101.3.4.2.2);
const SHA512: Oid<'static> = oid!(2.16.840.1.101.3.4.2.3);

/// A named curve of FIPS 186-5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
pub enum Curve {
    /// P-256, secp256r1.
    #[serde(rename = "P-256")]
    P256,
    /// P-384, secp384r1.
    #[serde(rename = "P-384")]
    P384,
    /// P-521, secp521r1.
    #[serde(rename = "P-521")]
    P521,
}

impl Curve {
    fn from_oid(oid: &Oid<'_>) -> Option<Self> {
        let known = [(P256, Self::P256), (P384, Self::P384), (P521, Self::P521)];
        let found = known.into_iter().find(|(of, _)| of == oid);
        found.map(|(_, curve)| curve)
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
        let oid = &spki.algorithm.algorithm;
        let bits = spki.subject_public_key.data.as_ref();
        if spki.subject_public_key.unused_bits != 0 {
            return Err(CertificateError::Key);
        }
        if *oid == RSA {
            return rsa(bits, None);
        }
        if *oid == EC {
            return ec(&spki.algorithm, bits);
        }
        if *oid == RSA_PSS
            && let Some(hash) = pss_hash(&spki.algorithm)
        {
            return rsa(bits, Some(hash));
        }
        Ok(Self::Other {
            oid: oid.to_id_string(),
        })
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
    let hash = params.hash_algorithm_oid();
    if mask.mgf != MGF1 || mask.hash != *hash || params.trailer_field() != 1 {
        return None;
    }
    let known = [
        (SHA256, PssHash::Sha256, 32),
        (SHA384, PssHash::Sha384, 48),
        (SHA512, PssHash::Sha512, 64),
    ];
    let (_, hash, longest) = known.into_iter().find(|(oid, ..)| oid == hash)?;
    // RFC 4055, 3.3: the salt length of a key is a minimum, and ours is the hash's length.
    (params.salt_length() <= longest).then_some(hash)
}

fn ec(algorithm: &AlgorithmIdentifier<'_>, bits: &[u8]) -> Result<PublicKey, CertificateError> {
    let oid = algorithm.parameters().and_then(|any| any.as_oid().ok());
    let Some(curve) = oid.as_ref().and_then(Curve::from_oid) else {
        return Ok(PublicKey::Other {
            oid: oid.unwrap_or(EC).to_id_string(),
        });
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
