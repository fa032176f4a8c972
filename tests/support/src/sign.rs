//! Signatures made in software, in the form that a token answer or a certificate needs.

use std::str::FromStr;

use anyhow::{Context, Result, anyhow, bail, ensure};
use ring::rand::SystemRandom;
use ring::signature::{self as ring_sign, EcdsaKeyPair, RsaKeyPair};
use x509_cert::der::asn1::UintRef;
use x509_cert::der::{Reader, SliceReader};

use crate::key::{Key, KeyKind};
use crate::program::openssl;

/// A signature algorithm by its JOSE name (RFC 7518, 3.1); `RS1` is SHA-1 with RSA, for certificates only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are RFC 7518's own")]
pub enum Algorithm {
    RS1,
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    ES512,
}

impl FromStr for Algorithm {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        Ok(match name {
            "RS1" => Self::RS1,
            "RS256" => Self::RS256,
            "RS384" => Self::RS384,
            "RS512" => Self::RS512,
            "PS256" => Self::PS256,
            "PS384" => Self::PS384,
            "PS512" => Self::PS512,
            "ES256" => Self::ES256,
            "ES384" => Self::ES384,
            "ES512" => Self::ES512,
            _ => bail!("no signature algorithm {name}"),
        })
    }
}

impl Algorithm {
    /// The usual algorithm of a key: RS256, or the ECDSA with the hash of the curve's size.
    #[must_use]
    pub fn usual(kind: KeyKind) -> Self {
        match kind {
            KeyKind::P256 => Self::ES256,
            KeyKind::P384 => Self::ES384,
            KeyKind::P521 => Self::ES512,
            _ => Self::RS256,
        }
    }

    fn hash_option(self) -> &'static str {
        match self {
            Self::RS1 => "-sha1",
            Self::RS256 | Self::PS256 | Self::ES256 => "-sha256",
            Self::RS384 | Self::PS384 | Self::ES384 => "-sha384",
            Self::RS512 | Self::PS512 | Self::ES512 => "-sha512",
        }
    }

    fn is_pss(self) -> bool {
        matches!(self, Self::PS256 | Self::PS384 | Self::PS512)
    }

    fn ring_rsa(self) -> Option<&'static dyn ring_sign::RsaEncoding> {
        Some(match self {
            Self::RS256 => &ring_sign::RSA_PKCS1_SHA256,
            Self::RS384 => &ring_sign::RSA_PKCS1_SHA384,
            Self::RS512 => &ring_sign::RSA_PKCS1_SHA512,
            Self::PS256 => &ring_sign::RSA_PSS_SHA256,
            Self::PS384 => &ring_sign::RSA_PSS_SHA384,
            Self::PS512 => &ring_sign::RSA_PSS_SHA512,
            _ => return None,
        })
    }
}

/// Signs `message` (unhashed) as a token answer carries it: the RSA block, or r‖s for ECDSA.
///
/// `algorithm` is a JOSE name such as `ES256`. PSS uses a salt of the hash's length.
///
/// # Errors
/// If the name is unknown or doesn't fit the key.
pub fn sign_softly(key: &Key, algorithm: &str, message: &[u8]) -> Result<Vec<u8>> {
    let algorithm: Algorithm = algorithm.parse()?;
    match key.kind() {
        KeyKind::P256 if algorithm == Algorithm::ES256 => {
            ring_ecdsa(key, &ring_sign::ECDSA_P256_SHA256_FIXED_SIGNING, message)
        }
        KeyKind::P384 if algorithm == Algorithm::ES384 => {
            ring_ecdsa(key, &ring_sign::ECDSA_P384_SHA384_FIXED_SIGNING, message)
        }
        KeyKind::P256 | KeyKind::P384 | KeyKind::P521 => fixed(
            &sign_x509(key, algorithm, message)?,
            field_bytes(key.kind()),
        ),
        _ => sign_x509(key, algorithm, message),
    }
}

/// Signs `message` with an Ed25519 key, as the `openssl` program does: 64 bytes (RFC 8032).
///
/// # Errors
/// If the key is of another kind.
pub fn sign_detached(key: &Key, message: &[u8]) -> Result<Vec<u8>> {
    ensure!(key.kind() == KeyKind::Ed25519, "not an Ed25519 key");
    let folder = tempfile::tempdir()?;
    let write = |name: &str, content: &[u8]| -> Result<String> {
        let path = folder.path().join(name);
        std::fs::write(&path, content)?;
        Ok(path
            .to_str()
            .context("a temporary path in UTF-8")?
            .to_owned())
    };
    let key = write("key.pem", key.pkcs8_pem().as_bytes())?;
    // The program wants a file here: it must know the length before it begins.
    let message = write("message", message)?;
    openssl(
        &[
            "pkeyutl", "-sign", "-rawin", "-inkey", &key, "-in", &message,
        ],
        &[],
    )
}

/// Signs `message` as a certificate carries it: the RSA block, or the DER `ECDSA-Sig-Value` (RFC 3279, 2.2.3).
pub(crate) fn sign_x509(key: &Key, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>> {
    let elliptic = matches!(key.kind(), KeyKind::P256 | KeyKind::P384 | KeyKind::P521);
    let wants_elliptic = matches!(
        algorithm,
        Algorithm::ES256 | Algorithm::ES384 | Algorithm::ES512
    );
    ensure!(
        elliptic == wants_elliptic,
        "{algorithm:?} doesn't fit {:?}",
        key.kind()
    );
    match (key.kind(), algorithm) {
        (KeyKind::P256, Algorithm::ES256) => {
            ring_ecdsa(key, &ring_sign::ECDSA_P256_SHA256_ASN1_SIGNING, message)
        }
        (KeyKind::P384, Algorithm::ES384) => {
            ring_ecdsa(key, &ring_sign::ECDSA_P384_SHA384_ASN1_SIGNING, message)
        }
        (KeyKind::Rsa(bits), _) if bits >= 2048 => match algorithm.ring_rsa() {
            Some(encoding) => ring_rsa(key, encoding, message),
            None => by_openssl(key, algorithm, message),
        },
        (KeyKind::Ed25519, _) => bail!("no JOSE name for Ed25519 here"),
        _ => by_openssl(key, algorithm, message),
    }
}

fn ring_ecdsa(
    key: &Key,
    algorithm: &'static ring_sign::EcdsaSigningAlgorithm,
    message: &[u8],
) -> Result<Vec<u8>> {
    let random = SystemRandom::new();
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, key.pkcs8_der(), &random)
        .map_err(|error| anyhow!("{error}"))?;
    let signature = pair
        .sign(&random, message)
        .map_err(|_| anyhow!("ring failed to sign"))?;
    Ok(signature.as_ref().to_vec())
}

fn ring_rsa(
    key: &Key,
    encoding: &'static dyn ring_sign::RsaEncoding,
    message: &[u8],
) -> Result<Vec<u8>> {
    let pair = RsaKeyPair::from_pkcs8(key.pkcs8_der()).map_err(|error| anyhow!("{error}"))?;
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(encoding, &SystemRandom::new(), message, &mut signature)
        .map_err(|_| anyhow!("ring failed to sign"))?;
    Ok(signature)
}

/// For what `ring` refuses: short keys, SHA-1, P-521, a hash that isn't the curve's usual one.
fn by_openssl(key: &Key, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("key.pem");
    std::fs::write(&path, key.pkcs8_pem())?;
    let path = path.to_str().context("a temporary path in UTF-8")?;
    let mut arguments = vec!["dgst", algorithm.hash_option(), "-sign", path];
    if algorithm.is_pss() {
        arguments.extend([
            "-sigopt",
            "rsa_padding_mode:pss",
            "-sigopt",
            "rsa_pss_saltlen:digest",
        ]);
    }
    openssl(&arguments, message)
}

fn field_bytes(kind: KeyKind) -> usize {
    match kind {
        KeyKind::P256 => 32,
        KeyKind::P384 => 48,
        _ => 66,
    }
}

/// DER `ECDSA-Sig-Value` to r‖s, each `size` bytes.
fn fixed(der: &[u8], size: usize) -> Result<Vec<u8>> {
    let mut reader = SliceReader::new(der)?;
    let (r, s) = reader.sequence(|inner| {
        Ok::<_, x509_cert::der::Error>((
            inner.decode::<UintRef<'_>>()?,
            inner.decode::<UintRef<'_>>()?,
        ))
    })?;
    let mut out = Vec::with_capacity(2 * size);
    for number in [r, s] {
        let bytes = number.as_bytes();
        let padding = size
            .checked_sub(bytes.len())
            .context("a number longer than the curve")?;
        out.resize(out.len() + padding, 0);
        out.extend_from_slice(bytes);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: KeyKind, algorithm: &str, length: usize) {
        let key = Key::pooled(kind, 0).unwrap();
        let signature = sign_softly(&key, algorithm, b"message").unwrap();
        assert_eq!(signature.len(), length, "{kind:?} {algorithm}");
    }

    #[test]
    fn signs_with_each_algorithm_that_fits_the_key() {
        for algorithm in ["RS1", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] {
            check(KeyKind::Rsa(2048), algorithm, 256);
        }
        check(KeyKind::Rsa(1024), "RS256", 128);
        check(KeyKind::P256, "ES256", 64);
        check(KeyKind::P384, "ES384", 96);
        check(KeyKind::P521, "ES512", 132);
    }

    #[test]
    fn refuses_an_algorithm_that_does_not_fit() {
        let key = Key::pooled(KeyKind::P256, 0).unwrap();
        assert!(sign_softly(&key, "RS256", b"message").is_err());
        assert!(sign_softly(&key, "HS256", b"message").is_err());
    }

    #[test]
    fn openssl_accepts_what_was_signed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        for (kind, algorithm, options) in [
            (KeyKind::Rsa(2048), Algorithm::RS256, &[][..]),
            (
                KeyKind::Rsa(2048),
                Algorithm::PS256,
                &[
                    "-sigopt",
                    "rsa_padding_mode:pss",
                    "-sigopt",
                    "rsa_pss_saltlen:digest",
                ],
            ),
            (KeyKind::P256, Algorithm::ES256, &[]),
            (KeyKind::P521, Algorithm::ES512, &[]),
        ] {
            let key = Key::pooled(kind, 0).unwrap();
            std::fs::write(at("key"), key.pkcs8_pem()).unwrap();
            std::fs::write(
                at("signature"),
                sign_x509(&key, algorithm, b"message").unwrap(),
            )
            .unwrap();
            let (path, signature) = (at("key"), at("signature"));
            let mut arguments = vec![
                "dgst",
                algorithm.hash_option(),
                "-prverify",
                &path,
                "-signature",
                &signature,
            ];
            arguments.extend(options);
            openssl(&arguments, b"message")
                .unwrap_or_else(|error| panic!("{algorithm:?}: {error}"));
        }
    }
}
