//! Packages of the signing helper, served from a folder of the operator's with the SHA-256 of what is served.
//!
//! A request names a package; it never makes a path: what the folder holds is looked up, by exact name.

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use sha2::{Digest as _, Sha256};

use crate::pages::System;

/// The file that lists all packages with their SHA-256, as `sha256sum` reads it.
pub(crate) const SUMS: &str = "SHA256SUMS";
/// The longest name of a package, in bytes.
const NAME_MAX: usize = 120;
/// The largest package, in bytes.
const LARGEST: u64 = 1 << 30;
/// Most packages that are served.
const MOST: usize = 64;

/// What packages are called, whose they are, and as what they are served.
const KINDS: [(&str, System, &str); 6] = [
    (
        ".deb",
        System::Linux,
        "application/vnd.debian.binary-package",
    ),
    (".rpm", System::Linux, "application/x-rpm"),
    (".msi", System::Windows, "application/x-msi"),
    (
        ".exe",
        System::Windows,
        "application/vnd.microsoft.portable-executable",
    ),
    (".dmg", System::MacOs, "application/x-apple-diskimage"),
    (".pkg", System::MacOs, "application/vnd.apple.installer+xml"),
];

/// A package as it was when its hash was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) system: System,
    pub(crate) content_type: &'static str,
    /// Bytes.
    pub(crate) length: u64,
    pub(crate) sha256: [u8; 32],
    modified: SystemTime,
}

/// The folder; none where none is configured.
pub(crate) struct Downloads {
    folder: Option<PathBuf>,
    known: Mutex<Vec<Package>>,
}

impl Downloads {
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            known: Mutex::default(),
        }
    }

    pub(crate) fn is_configured(&self) -> bool {
        self.folder.is_some()
    }

    /// What the folder holds now, by name; a hash is taken anew where a file changed. Nothing where it can't be read.
    pub(crate) async fn list(self: &Arc<Self>) -> Vec<Package> {
        let own = Arc::clone(self);
        let listed = tokio::task::spawn_blocking(move || own.look());
        match listed.await {
            Ok(Ok(packages)) => packages,
            Ok(Err(error)) => {
                tracing::error!(%error, "packages can't be read");
                Vec::new()
            }
            Err(_) => Vec::new(),
        }
    }

    fn look(&self) -> io::Result<Vec<Package>> {
        let Some(folder) = &self.folder else {
            return Ok(Vec::new());
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if let Some(package) = package(&entry, &known)? {
                found.push(package);
            }
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        found.truncate(MOST);
        known.clone_from(&found);
        Ok(found)
    }

    /// The package of exactly that name, opened, if it is still what its hash was taken of.
    pub(crate) async fn open(self: &Arc<Self>, name: &str) -> Option<(Package, tokio::fs::File)> {
        let listed = self.list().await;
        let package = listed.into_iter().find(|package| package.name == name)?;
        let path = self.folder.as_ref()?.join(&package.name);
        let file = tokio::fs::File::open(path).await.ok()?;
        let now = file.metadata().await.ok()?;
        let same = now.is_file()
            && now.len() == package.length
            && now.modified().ok() == Some(package.modified);
        same.then_some((package, file))
    }
}

/// What a file of the folder is, if it is a package: a link, a folder, or another name is none.
fn package(entry: &fs::DirEntry, known: &[Package]) -> io::Result<Option<Package>> {
    let name = entry.file_name();
    let Some((name, system, content_type)) = name.to_str().and_then(kind) else {
        return Ok(None);
    };
    let now = fs::symlink_metadata(entry.path())?;
    if !now.is_file() || now.len() > LARGEST {
        return Ok(None);
    }
    let (length, modified) = (now.len(), now.modified()?);
    let same =
        |one: &&Package| one.name == name && one.length == length && one.modified == modified;
    let sha256 = match known.iter().find(same) {
        Some(same) => same.sha256,
        None => hash(&entry.path())?,
    };
    Ok(Some(Package {
        name: name.to_owned(),
        system,
        content_type,
        length,
        sha256,
        modified,
    }))
}

/// Whose package a name is: letters, digits and `._+~-`, a letter or digit first, and one of the known endings.
fn kind(name: &str) -> Option<(&str, System, &'static str)> {
    let mut bytes = name.bytes();
    let plain = name.len() <= NAME_MAX
        && bytes
            .next()
            .is_some_and(|byte| byte.is_ascii_alphanumeric())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"._+~-".contains(&byte));
    let known = KINDS.iter().find(|(ending, ..)| name.ends_with(ending));
    let (_, system, content_type) = known.filter(|_| plain)?;
    Some((name, *system, content_type))
}

fn hash(path: &Path) -> io::Result<[u8; 32]> {
    let mut file = fs::File::open(path)?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut buffer)?;
        match buffer.get(..read) {
            Some(bytes) if read > 0 => hash.update(bytes),
            _ => return Ok(hash.finalize().into()),
        }
    }
}

/// Hexadecimal, in lower case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let digit = |digit| char::from_digit(digit, 16).unwrap_or('0');
        text.push(digit(u32::from(byte >> 4)));
        text.push(digit(u32::from(byte & 15)));
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_has_a_plain_name_and_a_known_ending() {
        let check = |name: &str, expected: Option<System>| {
            assert_eq!(kind(name).map(|(_, system, _)| system), expected, "{name}");
        };
        check("kyso_0.1.0~rc1_amd64.deb", Some(System::Linux));
        check("kyso-0.1.0-1.x86_64.rpm", Some(System::Linux));
        check("Kyso-0.1.0.msi", Some(System::Windows));
        check("Kyso.dmg", Some(System::MacOs));
        for name in [
            "",
            ".deb",
            ".a.deb",
            "-a.deb",
            "a b.deb",
            "../a.deb",
            "a/b.deb",
            "a\\b.deb",
            "a\u{202e}.deb",
            "á.deb",
            "a.deb.sig",
            "a.zip",
            "SHA256SUMS",
            "a\n.deb",
            "a.DEB",
        ] {
            check(name, None);
        }
        check(&format!("{}.deb", "a".repeat(117)), None);
    }

    #[test]
    fn hexadecimal_has_two_digits_a_byte() {
        assert_eq!(hex(&[0, 0x0a, 0xff]), "000aff");
    }
}
