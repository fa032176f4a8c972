//! A signed update of the trust material: one text with everything in it, and a detached signature by a pinned key.
//!
//! ```toml
//! format = "kyso-trust-bundle-1"
//! version = 17                        # higher than the installed one
//! issued = 2026-11-21T07:00:00Z
//! expires = 2027-05-21T07:00:00Z
//! trust = '''
//! version = 1
//! …                                   # a trust file
//! '''
//!
//! [files]                             # what the trust file names, PEM
//! "national-root.pem" = '''
//! -----BEGIN CERTIFICATE-----
//! …
//! '''
//! ```
//!
//! The signature is Ed25519 (RFC 8032) over the text's bytes, 64 bytes in a file of its own, such as
//! `openssl pkeyutl -sign -rawin -inkey key.pem -in bundle.toml -out bundle.toml.sig` makes. The first member names the
//! format, so that the key's signature over anything else is none over a bundle.

use std::collections::BTreeMap;
use std::fmt;

use ring::signature::{ED25519, UnparsedPublicKey};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use thiserror::Error;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::anchors::TrustStore;
use crate::certificate::lower_hex;
use crate::error::TrustError;
use crate::pem::{Blocks, blocks};

/// Largest bundle, in bytes.
const MAX_BUNDLE: usize = 8 * 1024 * 1024;
const FORMAT: &str = "kyso-trust-bundle-1";
/// The DER of an Ed25519 SubjectPublicKeyInfo, up to the key's 32 bytes (RFC 8410, 4).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];

/// Why a bundle was not taken, in the order of checking.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BundleError {
    /// A pinned key is not an Ed25519 public key, PEM or DER.
    #[error("not an Ed25519 public key")]
    Key,
    /// More bytes than a bundle may have.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The limit that was passed, in bytes.
        limit: usize,
    },
    /// None of the pinned keys made the signature.
    #[error("not signed by a key that this machine trusts for updates")]
    Signature,
    /// Not the TOML that is asked for; says where.
    #[error("the bundle cannot be read: {0}")]
    Text(String),
    /// Of another format than the one that this program knows.
    #[error("a bundle of another format")]
    Format,
    /// Issued later than now.
    #[error("the bundle is of the future")]
    NotYet,
    /// Past its end.
    #[error("the bundle has expired")]
    Expired,
    /// Older than the installed one, or another of the same version.
    #[error("version {found} does not follow the installed version {installed}")]
    Rollback {
        /// The version of the bundle.
        found: u64,
        /// The version that is installed.
        installed: u64,
    },
}

/// A key that updates are taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleKey([u8; 32]);

impl BundleKey {
    /// Reads an Ed25519 public key, PEM or DER, as `openssl pkey -pubout` writes it.
    ///
    /// # Errors
    /// [`BundleError::Key`] for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BundleError> {
        let der = match blocks(bytes, &["PUBLIC KEY"]) {
            Blocks::Der => bytes.to_vec(),
            Blocks::Pem(mut found) if found.len() == 1 => found.remove(0),
            Blocks::Pem(_) | Blocks::Broken => return Err(BundleError::Key),
        };
        let key = der.strip_prefix(&SPKI).ok_or(BundleError::Key)?;
        key.try_into().map(Self).map_err(|_| BundleError::Key)
    }

    /// Whether this key made the signature (RFC 8032, 64 bytes) of a text. A text must name its own kind: what was signed
    /// as one thing is nothing else.
    #[must_use]
    pub fn signed(&self, text: &[u8], signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, self.0);
        key.verify(text, signature).is_ok()
    }

    /// The key as people name it: the first eight bytes of its SHA-256, lower-case hex.
    pub fn id(&self) -> String {
        lower_hex(Sha256::digest(self.0).get(..8).unwrap_or_default())
    }
}

/// What is known of the installed bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Installed {
    /// Its version.
    pub version: u64,
    /// SHA-256 of its text.
    pub digest: [u8; 32],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    version: u64,
    issued: toml::value::Datetime,
    expires: toml::value::Datetime,
    trust: String,
    #[serde(default)]
    files: BTreeMap<String, String>,
}

/// A bundle that a pinned key signed, and that follows what is installed.
#[derive(Clone)]
pub struct Bundle {
    installed: Installed,
    issued: OffsetDateTime,
    expires: OffsetDateTime,
    signer: BundleKey,
    trust: String,
    files: BTreeMap<String, String>,
}

impl Bundle {
    /// Takes a bundle's text with its signature, at a time.
    ///
    /// `installed` is what the last accepted bundle was, if there was one; the caller keeps it.
    ///
    /// # Errors
    /// A [`BundleError`]; nothing of the text is read before its signature was verified.
    pub fn open(
        text: &[u8],
        signature: &[u8],
        keys: &[BundleKey],
        at: OffsetDateTime,
        installed: Option<&Installed>,
    ) -> Result<Self, BundleError> {
        if text.len() > MAX_BUNDLE {
            return Err(BundleError::TooLarge { limit: MAX_BUNDLE });
        }
        let signer = keys.iter().find(|key| key.signed(text, signature));
        let signer = signer.ok_or(BundleError::Signature)?;
        let bundle = Self::read(text, signer.clone())?;
        bundle.current(at)?;
        bundle.follows(installed)?;
        Ok(bundle)
    }

    fn read(bytes: &[u8], signer: BundleKey) -> Result<Self, BundleError> {
        let unreadable = |error: &dyn fmt::Display| BundleError::Text(error.to_string());
        let text = std::str::from_utf8(bytes).map_err(|error| unreadable(&error))?;
        let mut whole: toml::Table = toml::from_str(text).map_err(|error| unreadable(&error))?;
        let format = whole.remove("format");
        if format.as_ref().and_then(toml::Value::as_str) != Some(FORMAT) {
            return Err(BundleError::Format);
        }
        let read: Text = whole.try_into().map_err(|error| unreadable(&error))?;
        let time = |time: &toml::value::Datetime| {
            OffsetDateTime::parse(&time.to_string(), &Rfc3339).map_err(|error| unreadable(&error))
        };
        Ok(Self {
            installed: Installed {
                version: read.version,
                digest: Sha256::digest(bytes).into(),
            },
            issued: time(&read.issued)?,
            expires: time(&read.expires)?,
            signer,
            trust: read.trust,
            files: read.files,
        })
    }

    fn current(&self, at: OffsetDateTime) -> Result<(), BundleError> {
        if at < self.issued {
            return Err(BundleError::NotYet);
        }
        if at > self.expires {
            return Err(BundleError::Expired);
        }
        Ok(())
    }

    fn follows(&self, installed: Option<&Installed>) -> Result<(), BundleError> {
        match installed {
            Some(before) if self.installed.version < before.version => {}
            Some(before) if self.installed.version == before.version => {
                if self.installed.digest == before.digest {
                    return Ok(());
                }
            }
            _ => return Ok(()),
        }
        Err(BundleError::Rollback {
            found: self.installed.version,
            installed: installed.map_or(0, |before| before.version),
        })
    }

    /// The trust material in it, ready for use.
    ///
    /// # Errors
    /// A [`TrustError`], as for a trust file on a disk.
    pub fn store(&self) -> Result<TrustStore, TrustError> {
        TrustStore::from_trust_file(&self.trust, &mut |name| {
            let file = self.files.get(name);
            file.map(|text| text.clone().into_bytes())
                .ok_or_else(|| "is not in the bundle".to_owned())
        })
    }

    /// What to keep, so that no older bundle is taken after this one.
    pub fn installed(&self) -> Installed {
        self.installed
    }

    /// When it was issued.
    pub fn issued(&self) -> OffsetDateTime {
        self.issued
    }

    /// Until when it may be installed. What is installed stays in force.
    pub fn expires(&self) -> OffsetDateTime {
        self.expires
    }

    /// The key that signed it.
    pub fn signer(&self) -> &BundleKey {
        &self.signer
    }
}

impl fmt::Debug for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (version, signer) = (self.installed.version, self.signer.id());
        write!(f, "Bundle(version {version}, by {signer})")
    }
}
