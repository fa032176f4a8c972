//! RSA and P-256 keys, and the raw signatures of a token: over what comes in, hashed by the caller.

use num_bigint::BigUint;
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// How an input is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Pkcs1,
    Raw,
    Pss(Hash),
    Ecdsa,
}

/// Hash of PSS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// A private key.
#[derive(Clone)]
pub(crate) enum Key {
    Rsa(Box<Rsa>),
    P256(SigningKey),
}

#[derive(Clone)]
pub(crate) struct Rsa {
    pub(crate) modulus: BigUint,
    pub(crate) exponent: BigUint,
    primes: [BigUint; 2],
    exponents: [BigUint; 2],
    coefficient: BigUint,
}

impl Key {
    /// Reads PKCS#8 (RFC 5208) with an `RSAPrivateKey` (RFC 8017, A.1.2) or an `ECPrivateKey` (RFC 5915) for P-256.
    pub(crate) fn from_pkcs8(der: &[u8]) -> Option<Self> {
        let fields = values(values(der)?.first()?.1)?;
        let inner = values(values(fields.get(2)?.1)?.first()?.1)?;
        match inner.len() {
            9 => Rsa::of(&inner).map(|key| Self::Rsa(Box::new(key))),
            _ => SigningKey::from_slice(inner.get(1)?.1).ok().map(Self::P256),
        }
    }

    /// Another key of the same kind, whose signatures are as long.
    pub(crate) fn other(&self) -> Self {
        match self {
            Self::Rsa(key) => {
                let mut other = key.clone();
                other.exponents = other.exponents.map(|exponent| exponent + 2_u8);
                Self::Rsa(other)
            }
            Self::P256(key) => {
                let mut scalar = key.to_bytes();
                if let Some(last) = scalar.last_mut() {
                    *last ^= 1;
                }
                SigningKey::from_slice(&scalar).map_or_else(|_| self.clone(), Self::P256)
            }
        }
    }

    /// The signature; nothing where key, mechanism and input don't go together.
    pub(crate) fn sign(&self, how: How, input: &[u8]) -> Option<Vec<u8>> {
        match (self, how) {
            (Self::Rsa(key), How::Pkcs1) => key.power(&pkcs1(input, key.length())?),
            (Self::Rsa(key), How::Raw) => key.power(input),
            (Self::Rsa(key), How::Pss(hash)) => key.power(&pss(input, key.length(), hash)?),
            (Self::P256(key), How::Ecdsa) => {
                let signature: p256::ecdsa::Signature = key.sign_prehash(input).ok()?;
                Some(signature.to_bytes().to_vec())
            }
            _ => None,
        }
    }

    /// The uncompressed point of an elliptic key.
    pub(crate) fn point(&self) -> Option<Vec<u8>> {
        match self {
            Self::Rsa(_) => None,
            Self::P256(key) => Some(key.verifying_key().to_sec1_point(false).as_bytes().to_vec()),
        }
    }
}

impl Rsa {
    fn of(fields: &[(u8, &[u8])]) -> Option<Self> {
        let number = |at: usize| {
            fields
                .get(at)
                .map(|(_, bytes)| BigUint::from_bytes_be(bytes))
        };
        Some(Self {
            modulus: number(1)?,
            exponent: number(2)?,
            primes: [number(4)?, number(5)?],
            exponents: [number(6)?, number(7)?],
            coefficient: number(8)?,
        })
    }

    fn length(&self) -> usize {
        usize::try_from(self.modulus.bits().div_ceil(8)).unwrap_or_default()
    }

    /// RSASP1 by the Chinese remainder theorem (RFC 8017, 5.2.1), as long as the modulus.
    fn power(&self, block: &[u8]) -> Option<Vec<u8>> {
        let message = BigUint::from_bytes_be(block);
        if message >= self.modulus {
            return None;
        }
        let [p, q] = &self.primes;
        let [dp, dq] = &self.exponents;
        let (one, two) = (message.modpow(dp, p), message.modpow(dq, q));
        let difference = (&one + p - (&two % p)) % p;
        let signed = two + (difference * &self.coefficient % p) * q;
        let bytes = signed.to_bytes_be();
        let mut padded = vec![0; self.length().checked_sub(bytes.len())?];
        padded.extend(bytes);
        Some(padded)
    }
}

/// EMSA-PKCS1-v1_5 without the hash, which the caller has put around the digest (RFC 8017, 9.2).
fn pkcs1(input: &[u8], length: usize) -> Option<Vec<u8>> {
    let padding = length
        .checked_sub(input.len() + 3)
        .filter(|padding| *padding >= 8)?;
    Some([&[0, 1][..], &vec![0xff; padding], &[0], input].concat())
}

/// EMSA-PSS with a salt as long as the hash (RFC 8017, 9.1.1), for a modulus of whole bytes. The salt comes of the
/// digest: who verifies takes any.
fn pss(digest: &[u8], length: usize, hash: Hash) -> Option<Vec<u8>> {
    let salt = hash.of(&[digest, b"salt"]);
    if digest.len() != salt.len() {
        return None;
    }
    let tag = hash.of(&[&[0; 8], digest, &salt]);
    let room = length.checked_sub(tag.len() + 1)?;
    let zeros = room.checked_sub(salt.len() + 1)?;
    let plain = [&vec![0; zeros][..], &[1], &salt].concat();
    let mask = mgf1(&tag, room, hash);
    let mut block: Vec<u8> = plain.iter().zip(&mask).map(|(a, b)| a ^ b).collect();
    *block.first_mut()? &= 0x7f;
    Some([&block[..], &tag, &[0xbc]].concat())
}

/// MGF1 (RFC 8017, B.2.1).
fn mgf1(seed: &[u8], length: usize, hash: Hash) -> Vec<u8> {
    let mut mask = Vec::new();
    for counter in 0_u32.. {
        if mask.len() >= length {
            break;
        }
        mask.extend(hash.of(&[seed, &counter.to_be_bytes()]));
    }
    mask.truncate(length);
    mask
}

impl Hash {
    fn of(self, parts: &[&[u8]]) -> Vec<u8> {
        let all = parts.concat();
        match self {
            Self::Sha256 => Sha256::digest(all).to_vec(),
            Self::Sha384 => Sha384::digest(all).to_vec(),
            Self::Sha512 => Sha512::digest(all).to_vec(),
        }
    }
}

/// The DER values that stand one after another: tag and content of each.
fn values(mut der: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut found = Vec::new();
    while let [tag, first, rest @ ..] = der {
        let (length, rest) = match first {
            0..=0x7f => (usize::from(*first), rest),
            0x81..=0x84 => {
                let (length, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
                (
                    length
                        .iter()
                        .fold(0, |all, byte| (all << 8) | usize::from(*byte)),
                    rest,
                )
            }
            _ => return None,
        };
        let (content, after) = rest.split_at_checked(length)?;
        found.push((*tag, content));
        der = after;
    }
    Some(found)
}
