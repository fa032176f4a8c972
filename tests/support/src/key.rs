//! Private keys: made by the `openssl` program, since `ring` makes no RSA keys.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use x509_cert::der::{Document, pem};

use crate::program::openssl;

/// What kind of key to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyKind {
    /// RSA with the given number of bits and the exponent 65537.
    Rsa(u32),
    /// RSA-2048 with the exponent 3, which no check should take.
    RsaExponent3,
    /// An `id-RSASSA-PSS` key of 2048 bits without parameters (RFC 4055, 1.2).
    RsaPss,
    /// An `id-RSASSA-PSS` key of 2048 bits that allows SHA-256 only.
    RsaPssSha256,
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
    /// Ed25519, which no Vietnamese CA issues and no check here should take.
    Ed25519,
}

impl KeyKind {
    fn options(self) -> Vec<String> {
        let rsa = |algorithm: &str, bits: u32| {
            vec![
                "-algorithm".to_owned(),
                algorithm.to_owned(),
                "-pkeyopt".to_owned(),
                format!("rsa_keygen_bits:{bits}"),
            ]
        };
        let more = |mut options: Vec<String>, extra: &[&str]| {
            for option in extra {
                options.extend(["-pkeyopt".to_owned(), (*option).to_owned()]);
            }
            options
        };
        let curve = |name: &str| {
            vec![
                "-algorithm".to_owned(),
                "EC".to_owned(),
                "-pkeyopt".to_owned(),
                format!("ec_paramgen_curve:{name}"),
            ]
        };
        match self {
            Self::Rsa(bits) => rsa("RSA", bits),
            Self::RsaExponent3 => more(rsa("RSA", 2048), &["rsa_keygen_pubexp:3"]),
            Self::RsaPss => rsa("RSA-PSS", 2048),
            Self::RsaPssSha256 => more(
                rsa("RSA-PSS", 2048),
                &[
                    "rsa_pss_keygen_md:sha256",
                    "rsa_pss_keygen_mgf1_md:sha256",
                    "rsa_pss_keygen_saltlen:32",
                ],
            ),
            Self::P256 => curve("P-256"),
            Self::P384 => curve("P-384"),
            Self::P521 => curve("P-521"),
            Self::Ed25519 => vec!["-algorithm".to_owned(), "ED25519".to_owned()],
        }
    }
}

/// A private key with its public half. Cheap to clone.
#[derive(Clone)]
pub struct Key(Arc<Inner>);

struct Inner {
    kind: KeyKind,
    pkcs8_pem: String,
    pkcs8_der: Vec<u8>,
    public_key_der: Vec<u8>,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:?})", self.0.kind)
    }
}

type Slot = Arc<Mutex<Option<Key>>>;
static POOL: Mutex<BTreeMap<(KeyKind, usize), Slot>> = Mutex::new(BTreeMap::new());

impl Key {
    /// Makes a new key.
    ///
    /// # Errors
    /// If the `openssl` program is missing or refuses.
    pub fn generate(kind: KeyKind) -> Result<Self> {
        let mut arguments = vec!["genpkey".to_owned()];
        arguments.extend(kind.options());
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let pem = String::from_utf8(openssl(&arguments, &[])?).context("a key in PEM")?;
        Self::from_pkcs8_pem(kind, pem)
    }

    /// The `index`th key of this kind in this process, made at the first call: for tests that don't care which.
    ///
    /// # Errors
    /// As [`Key::generate`].
    pub fn pooled(kind: KeyKind, index: usize) -> Result<Self> {
        let slot = POOL
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry((kind, index))
            .or_default()
            .clone();
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        match &*slot {
            Some(key) => Ok(key.clone()),
            None => Ok(slot.insert(Self::generate(kind)?).clone()),
        }
    }

    /// Makes several keys at once, on as many threads.
    ///
    /// # Errors
    /// As [`Key::generate`].
    pub fn generate_all(kinds: &[KeyKind]) -> Result<Vec<Self>> {
        std::thread::scope(|scope| {
            let threads: Vec<_> = kinds
                .iter()
                .map(|kind| scope.spawn(|| Self::generate(*kind)))
                .collect();
            threads
                .into_iter()
                .map(|thread| {
                    thread
                        .join()
                        .unwrap_or_else(|_| anyhow::bail!("a key thread died"))
                })
                .collect()
        })
    }

    fn from_pkcs8_pem(kind: KeyKind, pkcs8_pem: String) -> Result<Self> {
        let public_key_der = openssl(
            &["pkey", "-pubout", "-outform", "DER"],
            pkcs8_pem.as_bytes(),
        )?;
        let (_, document) = Document::from_pem(&pkcs8_pem)
            .map_err(|error: x509_cert::der::Error| anyhow::anyhow!(error))?;
        Ok(Self(Arc::new(Inner {
            kind,
            pkcs8_der: document.into_vec(),
            pkcs8_pem,
            public_key_der,
        })))
    }

    /// The kind that was asked for.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.0.kind
    }

    /// PKCS#8, PEM, unencrypted: what `softhsm2-util --import` takes.
    #[must_use]
    pub fn pkcs8_pem(&self) -> &str {
        &self.0.pkcs8_pem
    }

    /// PKCS#8, DER, unencrypted.
    #[must_use]
    pub fn pkcs8_der(&self) -> &[u8] {
        &self.0.pkcs8_der
    }

    /// The public half as a DER SubjectPublicKeyInfo.
    #[must_use]
    pub fn public_key_der(&self) -> &[u8] {
        &self.0.public_key_der
    }
}

/// PEM of `der` under `label`, lines of 64 characters.
pub(crate) fn to_pem(label: &'static str, der: &[u8]) -> Result<String> {
    pem::encode_string(label, pem::LineEnding::LF, der)
        .map_err(|error| anyhow::anyhow!("PEM: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_key_is_read_back_by_openssl() {
        for (kind, shown) in [
            (KeyKind::Rsa(1024), "1024 bit"),
            (KeyKind::Rsa(2048), "2048 bit"),
            (KeyKind::RsaExponent3, "Exponent: 3 (0x3)"),
            (KeyKind::RsaPss, "No PSS parameter restrictions"),
            (KeyKind::RsaPssSha256, "Minimum Salt Length: 32"),
            (KeyKind::P256, "P-256"),
            (KeyKind::P384, "P-384"),
            (KeyKind::P521, "P-521"),
            (KeyKind::Ed25519, "ED25519"),
        ] {
            let key = Key::pooled(kind, 0).unwrap();
            let text =
                openssl(&["pkey", "-noout", "-text_pub"], key.pkcs8_pem().as_bytes()).unwrap();
            let text = String::from_utf8(text).unwrap();
            assert!(text.contains(shown), "{kind:?}: {text}");
        }
    }

    #[test]
    fn the_pool_gives_one_key_for_one_place() {
        let first = Key::pooled(KeyKind::P256, 1).unwrap();
        let again = Key::pooled(KeyKind::P256, 1).unwrap();
        let other = Key::pooled(KeyKind::P256, 2).unwrap();
        assert_eq!(first.pkcs8_der(), again.pkcs8_der());
        assert_ne!(first.pkcs8_der(), other.pkcs8_der());
    }

    #[test]
    fn debug_shows_no_key() {
        let key = Key::pooled(KeyKind::P256, 1).unwrap();
        assert_eq!(format!("{key:?}"), "Key(P256)");
    }
}
