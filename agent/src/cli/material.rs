//! Trust material from files and folders. A file that was named must be readable; in a folder other files are named
//! and skipped.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use kyso_certs::{Certificate, Crl, TrustError, TrustStore, World};
use thiserror::Error;

/// The largest file that is read, in bytes; national CRLs have a few mebibytes.
const SIZE_MAX: u64 = 64 * 1024 * 1024;
/// The most files of one folder.
const FILES_MAX: usize = 20_000;

/// Why a question could not be judged at all.
#[derive(Debug, Error)]
pub(crate) enum Unjudged {
    /// A file or folder can't be read.
    #[error("{path}: {error}")]
    Read {
        /// Which.
        path: String,
        /// Why.
        error: io::Error,
    },
    /// A file that was named holds something else.
    #[error("{path}: {reason}")]
    Content {
        /// Which.
        path: String,
        /// Why.
        reason: String,
    },
    /// The trust material as a whole.
    #[error("--trust: {0}")]
    Trust(#[from] TrustError),
    /// An option.
    #[error("{option}: {reason}")]
    Option {
        /// Which.
        option: &'static str,
        /// Why.
        reason: String,
    },
}

/// A file of a folder that was passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Skipped {
    pub(crate) path: String,
    pub(crate) reason: String,
}

/// What the options `--trust`, `--intermediates` and `--crl` name.
#[derive(Debug)]
pub(crate) struct Material {
    pub(crate) trust: TrustStore,
    pub(crate) crls: Vec<Crl>,
    pub(crate) skipped: Vec<Skipped>,
}

impl Material {
    /// Reads everything; every certificate under `trust` is an anchor, self-signed or not.
    pub(crate) fn read(
        trust: &[PathBuf],
        intermediates: &[PathBuf],
        crls: &[PathBuf],
    ) -> Result<Self, Unjudged> {
        let mut skipped = Vec::new();
        let anchors = all(trust, &mut skipped, Certificate::all_from_bytes)?;
        let between = all(intermediates, &mut skipped, Certificate::all_from_bytes)?;
        let lists = all(crls, &mut skipped, Crl::all_from_bytes)?;
        let crls = lists.into_iter().map(|(_, crl)| crl).collect();
        let trust = store(anchors, between, &mut skipped)?;
        Ok(Self {
            trust,
            crls,
            skipped,
        })
    }
}

/// The most certificates that are left out before the whole is given up.
const UNUSABLE_MAX: usize = 100;

/// Certificates that read but that no path can use are left out and named: one such file in a folder hides no other.
fn store(
    mut anchors: Placed,
    mut between: Placed,
    skipped: &mut Vec<Skipped>,
) -> Result<TrustStore, TrustError> {
    let mut left = UNUSABLE_MAX;
    loop {
        let builder = anchors
            .iter()
            .cloned()
            .fold(TrustStore::builder(), |b, (world, c)| b.anchor(world, c));
        let builder = between
            .iter()
            .cloned()
            .fold(builder, |b, (world, c)| b.intermediate(world, c));
        match builder.build() {
            Err(TrustError::Unusable { fingerprint }) if left > 0 => {
                left -= 1;
                let usable = |(_, c): &(Option<World>, Certificate)| {
                    !super::draw::fingerprint(c).eq_ignore_ascii_case(&fingerprint)
                };
                anchors.retain(usable);
                between.retain(usable);
                skipped.push(Skipped {
                    path: format!("SHA-256 {fingerprint}"),
                    reason: "not strict DER".into(),
                });
            }
            other => return other,
        }
    }
}

type Placed = Vec<(Option<World>, Certificate)>;

/// A file of at most `max` bytes, or standard input for `-`.
pub(super) fn read_input(path: &Path, max: u64) -> Result<Vec<u8>, Unjudged> {
    let unread = |error| Unjudged::Read {
        path: path.display().to_string(),
        error,
    };
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin()
            .lock()
            .take(max + 1)
            .read_to_end(&mut bytes)
            .map_err(unread)?;
    } else {
        std::fs::File::open(path)
            .and_then(|file| file.take(max + 1).read_to_end(&mut bytes))
            .map_err(unread)?;
    }
    Ok(bytes)
}

type Parse<T, E> = fn(&[u8]) -> Result<Vec<T>, E>;

fn all<T, E: ToString>(
    paths: &[PathBuf],
    skipped: &mut Vec<Skipped>,
    parse: Parse<T, E>,
) -> Result<Vec<(Option<World>, T)>, Unjudged> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            folder(path, None, &mut found, skipped, parse)?;
        } else {
            let parsed = parse(&read_input(path, SIZE_MAX)?);
            let parsed = parsed.map_err(|e| Unjudged::Content {
                path: path.display().to_string(),
                reason: e.to_string(),
            })?;
            found.extend(parsed.into_iter().map(|item| (None, item)));
        }
    }
    Ok(found)
}

/// A folder that is named counts for both worlds; its sub-folders `public` and `government` for one each. A folder that
/// is itself named `public` or `government` counts for both, because it is not a sub-folder of what was named.
fn folder<T, E: ToString>(
    path: &Path,
    world: Option<World>,
    found: &mut Vec<(Option<World>, T)>,
    skipped: &mut Vec<Skipped>,
    parse: Parse<T, E>,
) -> Result<(), Unjudged> {
    for entry in entries(path)? {
        let below = if entry.is_dir() {
            world_of(&entry)
        } else {
            None
        };
        if let (Some(below), None) = (below, world) {
            folder(&entry, Some(below), found, skipped, parse)?;
            continue;
        }
        let parsed = if entry.is_file() {
            parse(&read_input(&entry, SIZE_MAX)?).map_err(|e| e.to_string())
        } else {
            Err("not a file".into())
        };
        match parsed {
            Ok(items) => found.extend(items.into_iter().map(|item| (world, item))),
            Err(reason) => skipped.push(Skipped {
                path: entry.display().to_string(),
                reason,
            }),
        }
    }
    Ok(())
}

fn world_of(folder: &Path) -> Option<World> {
    match folder.file_name()?.to_str()? {
        "public" => Some(World::Public),
        "government" => Some(World::Government),
        _ => None,
    }
}

/// In the order of their names, so that two runs say the same.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Unjudged> {
    let unread = |error| Unjudged::Read {
        path: folder.display().to_string(),
        error,
    };
    let list = std::fs::read_dir(folder).map_err(unread)?;
    let mut entries = list
        .take(FILES_MAX + 1)
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(unread)?;
    if entries.len() > FILES_MAX {
        return Err(Unjudged::Content {
            path: folder.display().to_string(),
            reason: format!("more than {FILES_MAX} files"),
        });
    }
    entries.sort();
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Result<Vec<String>, String> {
        let text = String::from_utf8(bytes.to_vec()).map_err(|e| e.to_string())?;
        if text.starts_with("other") {
            Err("no".into())
        } else {
            Ok(vec![text])
        }
    }

    #[test]
    fn sub_folders_name_the_world_and_other_files_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            let file = folder.path().join(name);
            std::fs::create_dir_all(file.parent().expect("inside")).expect("made");
            std::fs::write(file, text).expect("written");
        };
        write("both", "b");
        write("public/p", "p");
        write("government/g", "g");
        write("government/README", "other");
        write("elsewhere/x", "x");
        let mut skipped = Vec::new();
        let mut found = all(&[folder.path().to_owned()], &mut skipped, lines).expect("readable");
        found.sort_by(|a, b| a.1.cmp(&b.1));
        assert_eq!(
            found,
            [
                (None, "b".into()),
                (Some(World::Government), "g".into()),
                (Some(World::Public), "p".into())
            ]
        );
        let skipped: Vec<_> = skipped
            .iter()
            .map(|s| s.path.rsplit('/').next().expect("a name"))
            .collect();
        assert_eq!(skipped, ["elsewhere", "README"]);
    }

    #[test]
    fn a_named_file_must_be_there_and_right() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("x");
        assert!(matches!(
            all(std::slice::from_ref(&file), &mut Vec::new(), lines),
            Err(Unjudged::Read { .. })
        ));
        std::fs::write(&file, "other").expect("written");
        assert!(matches!(
            all(&[file], &mut Vec::new(), lines),
            Err(Unjudged::Content { .. })
        ));
    }
}
