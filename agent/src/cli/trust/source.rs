//! Where trust is read from: a trust file, a signed bundle, the folders that the settings name.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use kyso_certs::{Bundle, BundleKey, Installed, TrustStore};
use serde::Deserialize;
use time::OffsetDateTime;

use super::No;
use super::shown::Shown;
use crate::cli::material::{Material, Skipped, Unjudged, read_input};
use crate::settings::Trust;

/// The most that is read of a bundle, a trust file or a certificate file, in bytes; what is as long is refused.
const SIZE_MAX: u64 = 16 * 1024 * 1024;
/// The most that is read of a key or of what was installed, in bytes.
const SMALL_MAX: u64 = 64 * 1024;
/// An Ed25519 signature (RFC 8032), in bytes.
const SIGNATURE: u64 = 64;

/// A bundle and how to judge it.
pub(super) struct BundleAt<'a> {
    pub(super) file: &'a Path,
    pub(super) keys: &'a [PathBuf],
    pub(super) installed: Option<Installed>,
    pub(super) at: OffsetDateTime,
}

impl BundleAt<'_> {
    /// Opens it; its signature is the file of the same name with `.sig` behind it.
    pub(super) fn open(&self) -> Result<Shown, No> {
        let keys = self.keys.iter().map(|path| key(path));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        let mut beside = self.file.as_os_str().to_owned();
        beside.push(".sig");
        let text = read_input(self.file, SIZE_MAX)?;
        let signature = read_input(Path::new(&beside), SIGNATURE)?;
        let bundle = Bundle::open(&text, &signature, &keys, self.at, self.installed.as_ref())?;
        Ok(Shown {
            sources: vec![self.file.to_owned()],
            store: bundle.store()?,
            bundle: Some(bundle),
            at: self.at,
        })
    }
}

fn key(path: &Path) -> Result<BundleKey, Unjudged> {
    BundleKey::from_bytes(&read_input(path, SMALL_MAX)?).map_err(|error| unread(path, &error))
}

/// A trust file; what it names stands in its own folder.
pub(super) fn of_file(path: &Path, at: OffsetDateTime) -> Result<Shown, No> {
    let text = String::from_utf8(read_input(path, SIZE_MAX)?);
    let text = text.map_err(|error| unread(path, &error))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut read = |name: &str| beside(&folder.join(name)).map_err(|error| error.to_string());
    Ok(Shown {
        sources: vec![path.to_owned()],
        store: TrustStore::from_trust_file(&text, &mut read)?,
        bundle: None,
        at,
    })
}

fn beside(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(SIZE_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What the settings name; a file in a folder that is no certificate is passed over. Settings without anchors are no
/// source: then a file must be named.
pub(super) fn of_settings(trust: &Trust, at: OffsetDateTime) -> Result<(Shown, Vec<Skipped>), No> {
    if trust.anchors.is_empty() {
        let (option, reason) = ("--trust-file", "is missing".to_owned());
        return Err(Unjudged::Option { option, reason }.into());
    }
    let material = match Material::read(&trust.anchors, &trust.intermediates, &[]) {
        Err(Unjudged::Trust(error)) => return Err(error.into()),
        read => read?,
    };
    let shown = Shown {
        sources: trust.anchors.clone(),
        store: material.trust,
        bundle: None,
        at,
    };
    Ok((shown, material.skipped))
}

/// What an accepted bundle was, as `trust check --json` says it.
#[derive(Deserialize)]
struct Before {
    bundle: BeforeBundle,
}

#[derive(Deserialize)]
struct BeforeBundle {
    version: u64,
    #[serde(rename = "sha-256")]
    digest: String,
}

/// Reads what `trust check --json` wrote of the installed bundle.
pub(super) fn installed(path: &Path) -> Result<Installed, Unjudged> {
    let bytes = read_input(path, SMALL_MAX * 16)?;
    let before: Before = serde_json::from_slice(&bytes).map_err(|error| unread(path, &error))?;
    let digest = digest(&before.bundle.digest).ok_or_else(|| unread(path, &"no SHA-256"))?;
    Ok(Installed {
        version: before.bundle.version,
        digest,
    })
}

fn digest(hex: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    if hex.len() != 64 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (at, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(digest)
}

fn unread(path: &Path, reason: &dyn Display) -> Unjudged {
    Unjudged::Content {
        path: path.display().to_string(),
        reason: reason.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_64_hexadecimal_digits() {
        let whole = "0f".repeat(32);
        assert_eq!(digest(&whole), Some([15; 32]));
        for wrong in [
            "",
            &whole[1..],
            &format!("{whole}0"),
            &whole.replace('f', "+"),
        ] {
            assert_eq!(digest(wrong), None, "{wrong}");
        }
    }
}
