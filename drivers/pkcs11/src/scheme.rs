//! The signatures that a token is asked for.

/// Hash that made the digest, and that PSS uses inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// SHA-256, 32 bytes.
    Sha256,
    /// SHA-384, 48 bytes.
    Sha384,
    /// SHA-512, 64 bytes.
    Sha512,
}

impl Hash {
    /// Length of its digest in bytes.
    #[must_use]
    pub fn digest_len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// How a digest is signed. The hash is made on our side: not every token can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017, 8.2).
    RsaPkcs1(Hash),
    /// RSASSA-PSS, MGF1 with the same hash, salt as long as the hash (RFC 8017, 8.1).
    RsaPss(Hash),
    /// ECDSA over the digest, answered as r‖s, each as long as the curve's field.
    Ecdsa,
}

/// A signature, and how it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The one of the ways that were asked for.
    pub scheme: Scheme,
    /// RSA as long as the modulus; ECDSA as r‖s.
    pub bytes: Vec<u8>,
}

impl Scheme {
    /// Whether a digest of that many bytes can belong to this scheme.
    pub(crate) fn takes(self, digest: usize) -> bool {
        match self {
            Self::RsaPkcs1(hash) | Self::RsaPss(hash) => digest == hash.digest_len(),
            Self::Ecdsa => matches!(digest, 32 | 48 | 64),
        }
    }
}
