//! Whom the portal believes: a trust file, or a signed bundle that must follow the one before.

mod installed;
mod shown;

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use kyso_certs::{Bundle, BundleError, BundleKey, TrustError, TrustStore};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

pub(crate) use installed::{Kept, find, keep};
pub(crate) use shown::warnings;

/// The most of a bundle that is read, in bytes; one of this length is refused when it is opened.
const BUNDLE_READ: u64 = 16 << 20;
/// The most of a signature that is read, in bytes: one more than it may have.
const SIGNATURE_READ: u64 = 65;
/// The most of a key file that is read, in bytes.
const KEY_READ: u64 = 64 << 10;

/// Where the configuration says that trust comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TrustSource {
    /// A trust file; certificates that it names stand in its own folder.
    File(PathBuf),
    /// A signed bundle.
    Bundle(BundleFiles),
}

/// A bundle's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BundleFiles {
    text: PathBuf,
    signature: PathBuf,
    keys: Vec<PathBuf>,
}

impl BundleFiles {
    /// A bundle's file, or a folder with `bundle.toml`; the signature has the same name with `.sig` behind it.
    pub(crate) fn new(place: &Path, keys: Vec<PathBuf>) -> Self {
        let text = if place.is_dir() {
            place.join("bundle.toml")
        } else {
            place.to_owned()
        };
        let mut signature = text.clone().into_os_string();
        signature.push(".sig");
        Self {
            text,
            signature: signature.into(),
            keys,
        }
    }
}

/// Why nobody can be believed.
#[derive(Debug, thiserror::Error)]
pub enum TrustFault {
    /// A file can't be read.
    #[error("{field}: {path}: {error}")]
    File {
        /// The configuration's key.
        field: &'static str,
        /// The file.
        path: String,
        /// What the system said.
        error: io::Error,
    },
    /// The trust file, alone or inside a bundle, or a certificate that it names.
    #[error("{field}: {error}")]
    Content {
        /// The configuration's key.
        field: &'static str,
        /// What is wrong with it.
        error: TrustError,
    },
    /// A file is no key that bundles could be signed with.
    #[error("trust-bundle-keys: {path}: {error}")]
    Key {
        /// The file.
        path: String,
        /// What is wrong with it.
        error: BundleError,
    },
    /// The bundle isn't taken.
    #[error("trust-bundle: {0}")]
    Bundle(BundleError),
}

/// Whom to believe, and the bundle that says so.
pub(crate) struct Trust {
    pub(crate) store: TrustStore,
    pub(crate) bundle: Option<Bundle>,
}

impl Trust {
    /// Reads what the configuration names, at a time; a bundle must follow `kept`, and `kept` itself stays in force past
    /// its end.
    ///
    /// # Errors
    /// The first thing that can't be taken.
    pub(crate) fn load(
        source: &TrustSource,
        at: OffsetDateTime,
        kept: Option<&Kept>,
    ) -> Result<Self, TrustFault> {
        match source {
            TrustSource::File(path) => of_file(path),
            TrustSource::Bundle(files) => of_bundle(files, at, kept),
        }
    }
}

fn of_file(path: &Path) -> Result<Trust, TrustFault> {
    const FIELD: &str = "trust";
    let folder = path.parent().map(ToOwned::to_owned).unwrap_or_default();
    let text = std::fs::read_to_string(path).map_err(|error| unread(FIELD, path, error))?;
    let mut read =
        |name: &str| std::fs::read(folder.join(name)).map_err(|error| format!("{name}: {error}"));
    let store = TrustStore::from_trust_file(&text, &mut read);
    Ok(Trust {
        store: store.map_err(|error| TrustFault::Content {
            field: FIELD,
            error,
        })?,
        bundle: None,
    })
}

fn of_bundle(
    files: &BundleFiles,
    at: OffsetDateTime,
    kept: Option<&Kept>,
) -> Result<Trust, TrustFault> {
    const FIELD: &str = "trust-bundle";
    let keys = files.keys.iter().map(|path| key(path));
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    let text = read(FIELD, &files.text, BUNDLE_READ)?;
    let signature = read(FIELD, &files.signature, SIGNATURE_READ)?;
    let digest: [u8; 32] = Sha256::digest(&text).into();
    let again = kept.filter(|kept| kept.installed.digest == digest);
    let at = again.map_or(at, |kept| kept.accepted_at);
    let bundle = Bundle::open(
        &text,
        &signature,
        &keys,
        at,
        kept.map(|kept| &kept.installed),
    )
    .map_err(TrustFault::Bundle)?;
    let store = bundle.store().map_err(|error| TrustFault::Content {
        field: FIELD,
        error,
    })?;
    Ok(Trust {
        store,
        bundle: Some(bundle),
    })
}

fn key(path: &Path) -> Result<BundleKey, TrustFault> {
    let bytes = read("trust-bundle-keys", path, KEY_READ)?;
    BundleKey::from_bytes(&bytes).map_err(|error| TrustFault::Key {
        path: path.display().to_string(),
        error,
    })
}

fn read(field: &'static str, path: &Path, most: u64) -> Result<Vec<u8>, TrustFault> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(most).read_to_end(&mut bytes))
        .map_err(|error| unread(field, path, error))?;
    Ok(bytes)
}

fn unread(field: &'static str, path: &Path, error: io::Error) -> TrustFault {
    TrustFault::File {
        field,
        path: path.display().to_string(),
        error,
    }
}
