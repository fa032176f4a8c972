//! Packages of the signing helper, served from a folder of the operator's with the SHA-256 of what is served.
//!
//! A request names a package; it never makes a path: what the folder holds is looked up, by exact name. A hash may take
//! seconds: one is taken at a time, only of what nobody writes any more, and only for those who asked for it.

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use tokio::task::spawn_blocking;

use crate::pages::System;

/// The file that lists all packages with their SHA-256, as `sha256sum` reads it.
pub(crate) const SUMS: &str = "SHA256SUMS";
/// The longest name of a package, in bytes.
const NAME_MAX: usize = 120;
/// The largest package, in bytes.
const LARGEST: u64 = 1 << 30;
/// Most packages that are served.
const MOST: usize = 64;
/// A file that changed within this time may still be being written.
const SETTLED: Duration = Duration::from_secs(5);

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

/// A file that is named as a package is, as it lies in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PackageFile {
    pub(crate) name: String,
    pub(crate) system: System,
    pub(crate) content_type: &'static str,
    /// Bytes.
    pub(crate) length: u64,
    modified: SystemTime,
}

impl PackageFile {
    /// A link, a folder, or another name is none.
    fn find(folder: &Path, name: &str) -> Option<Self> {
        let (system, content_type) = kind(name)?;
        let now = fs::symlink_metadata(folder.join(name)).ok()?;
        let fits = now.is_file() && now.len() <= LARGEST;
        fits.then_some(Self {
            name: name.to_owned(),
            system,
            content_type,
            length: now.len(),
            modified: now.modified().ok()?,
        })
    }

    /// A time ahead of ours is another clock's, or was set: it counts as one so far back.
    fn is_settled(&self, now: SystemTime) -> bool {
        let since = now.duration_since(self.modified);
        since.unwrap_or_else(|ahead| ahead.duration()) >= SETTLED
    }

    fn is_still(&self, now: &fs::Metadata) -> bool {
        now.is_file() && now.len() == self.length && now.modified().ok() == Some(self.modified)
    }
}

/// A package as it was when its hash was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) file: PackageFile,
    pub(crate) sha256: [u8; 32],
}

/// The folder; none where none is configured.
pub(crate) struct Downloads {
    folder: Option<PathBuf>,
    hashed: Mutex<Vec<Package>>,
    /// Whoever has it hashes; also to the end if nobody waits for it any more.
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Downloads {
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            hashed: Mutex::default(),
            turn: Arc::default(),
        }
    }

    pub(crate) fn is_configured(&self) -> bool {
        self.folder.is_some()
    }

    /// Whether something is there for that system; nothing is hashed for it.
    pub(crate) async fn has_for(&self, system: System) -> bool {
        let files = self.files().await;
        files.iter().any(|file| file.system == system)
    }

    /// What the folder holds at `now` and nobody writes any more, by name; a hash is taken anew where a file changed.
    /// Nothing where it can't be read.
    pub(crate) async fn list(self: &Arc<Self>, now: OffsetDateTime) -> Vec<Package> {
        let mut packages = Vec::new();
        for file in self.files().await {
            packages.extend(self.package(file, now).await);
        }
        packages
    }

    /// The package of exactly that name, opened, if it is still what its hash was taken of.
    pub(crate) async fn open(
        self: &Arc<Self>,
        name: &str,
        now: OffsetDateTime,
    ) -> Option<(Package, tokio::fs::File)> {
        let files = self.files().await;
        let file = files.into_iter().find(|file| file.name == name)?;
        let package = self.package(file, now).await?;
        let path = self.folder.as_ref()?.join(name);
        let opened = tokio::fs::File::open(path).await.ok()?;
        let still = package.file.is_still(&opened.metadata().await.ok()?);
        still.then_some((package, opened))
    }

    async fn files(&self) -> Vec<PackageFile> {
        let Some(folder) = self.folder.clone() else {
            return Vec::new();
        };
        match spawn_blocking(move || files(&folder)).await {
            Ok(Ok(files)) => files,
            Ok(Err(error)) => {
                tracing::error!(%error, "packages can't be read");
                Vec::new()
            }
            Err(_) => Vec::new(),
        }
    }

    async fn package(self: &Arc<Self>, file: PackageFile, now: OffsetDateTime) -> Option<Package> {
        if !file.is_settled(now.into()) {
            return None;
        }
        if let Some(known) = self.known(&file) {
            return Some(known);
        }
        let turn = Arc::clone(&self.turn).lock_owned().await;
        let own = Arc::clone(self);
        let hashed = spawn_blocking(move || {
            let _turn = turn;
            own.known(&file).or_else(|| own.hash(file))
        });
        hashed.await.ok().flatten()
    }

    fn hashed(&self) -> MutexGuard<'_, Vec<Package>> {
        self.hashed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self, file: &PackageFile) -> Option<Package> {
        let hashed = self.hashed();
        hashed.iter().find(|one| one.file == *file).cloned()
    }

    fn hash(&self, file: PackageFile) -> Option<Package> {
        let path = self.folder.as_ref()?.join(&file.name);
        let sha256 = match hash(&path, &file) {
            Ok(sha256) => sha256?,
            Err(error) => {
                tracing::error!(%error, name = file.name, "a package can't be read");
                return None;
            }
        };
        let package = Package { file, sha256 };
        let mut hashed = self.hashed();
        hashed.retain(|one| one.file.name != package.file.name);
        hashed.insert(0, package.clone());
        hashed.truncate(MOST);
        Some(package)
    }
}

/// The first ones by name.
fn files(folder: &Path) -> io::Result<Vec<PackageFile>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.extend(entry?.file_name().into_string().ok());
    }
    names.sort();
    let found = names
        .iter()
        .filter_map(|name| PackageFile::find(folder, name));
    Ok(found.take(MOST).collect())
}

/// Whose package a name is, and as what it is served: letters, digits and `._+~-`, a letter or digit first, and one of
/// the known endings.
fn kind(name: &str) -> Option<(System, &'static str)> {
    let mut bytes = name.bytes();
    let plain = name.len() <= NAME_MAX
        && bytes
            .next()
            .is_some_and(|byte| byte.is_ascii_alphanumeric())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"._+~-".contains(&byte));
    let known = KINDS.iter().find(|(ending, ..)| name.ends_with(ending));
    let (_, system, content_type) = known.filter(|_| plain)?;
    Some((*system, content_type))
}

/// None if it isn't that file any more, before or after.
fn hash(path: &Path, expected: &PackageFile) -> io::Result<Option<[u8; 32]>> {
    let file = fs::File::open(path)?;
    if !expected.is_still(&file.metadata()?) {
        return Ok(None);
    }
    let mut bytes = (&file).take(expected.length);
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = bytes.read(&mut buffer)?;
        match buffer.get(..read) {
            Some(bytes) if read > 0 => hash.update(bytes),
            _ => break,
        }
    }
    let still = expected.is_still(&file.metadata()?);
    Ok(still.then(|| hash.finalize().into()))
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
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-21 07:00 UTC);
    /// No machine needs so long for an empty file.
    const LONG: Duration = Duration::from_secs(60);

    fn put(folder: &Path, name: &str) {
        let file = fs::File::create(folder.join(name)).unwrap();
        file.set_modified((NOW - LONG).into()).unwrap();
    }

    fn names(packages: &[Package]) -> Vec<&str> {
        let names = packages.iter().map(|package| package.file.name.as_str());
        names.collect()
    }

    #[tokio::test]
    async fn while_a_package_is_hashed_only_those_wait_who_need_its_hash() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), "a.deb");
        let downloads = Arc::new(Downloads::new(Some(folder.path().to_owned())));
        assert_eq!(names(&downloads.list(NOW).await), ["a.deb"]);
        put(folder.path(), "b.msi");

        let turn = Arc::clone(&downloads.turn).lock_owned().await;
        let at_once = async {
            assert!(downloads.has_for(System::Windows).await);
            assert!(!downloads.has_for(System::MacOs).await);
            assert!(downloads.open("a.deb", NOW).await.is_some());
        };
        tokio::time::timeout(LONG, at_once).await.unwrap();
        let own = Arc::clone(&downloads);
        let needs_it = tokio::spawn(async move { own.open("b.msi", NOW).await.is_some() });
        drop(turn);
        assert!(needs_it.await.unwrap());
        assert_eq!(names(&downloads.list(NOW).await), ["a.deb", "b.msi"]);
    }

    #[tokio::test]
    async fn a_hash_is_taken_once_of_each_file_and_of_so_many() {
        let folder = tempfile::tempdir().unwrap();
        for number in 10..90 {
            put(folder.path(), &format!("{number}.deb"));
        }
        let downloads = Arc::new(Downloads::new(Some(folder.path().to_owned())));
        let first = downloads.list(NOW).await;
        assert_eq!((first.len(), downloads.hashed().len()), (MOST, MOST));
        assert_eq!(names(&first).last(), Some(&"73.deb"));
        let _turn = downloads.turn.lock().await;
        let again = tokio::time::timeout(LONG, downloads.list(NOW)).await;
        assert_eq!(again.unwrap(), first);
    }

    #[test]
    fn what_changed_just_now_by_either_clock_is_not_settled() {
        let check = |seconds: i64, expected: bool| {
            let modified = NOW + time::Duration::seconds(seconds);
            let file = PackageFile {
                name: "a.deb".to_owned(),
                system: System::Linux,
                content_type: "",
                length: 0,
                modified: modified.into(),
            };
            assert_eq!(file.is_settled(NOW.into()), expected, "{seconds}");
        };
        check(0, false);
        check(-4, false);
        check(-5, true);
        check(4, false);
        check(5, true);
    }

    #[test]
    fn what_is_not_the_file_that_was_found_has_no_hash() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), "a.deb");
        let found = PackageFile::find(folder.path(), "a.deb").unwrap();
        let path = folder.path().join("a.deb");
        assert!(hash(&path, &found).unwrap().is_some());
        fs::write(&path, "more").unwrap();
        assert_eq!(hash(&path, &found).unwrap(), None);
    }

    #[test]
    fn a_package_has_a_plain_name_and_a_known_ending() {
        let check = |name: &str, expected: Option<System>| {
            assert_eq!(kind(name).map(|(system, _)| system), expected, "{name}");
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
