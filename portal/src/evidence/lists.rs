//! Revocation lists given as files. The folder is read at the start and again whenever a file in it changed.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
    time::SystemTime,
};

use kyso_certs::Crl;

/// The lists of one folder; none where no folder is configured.
pub(super) struct Lists {
    folder: Option<PathBuf>,
    read: Mutex<Read>,
}

#[derive(Default)]
struct Read {
    stamps: Vec<Stamp>,
    crls: Arc<Vec<Crl>>,
}

/// By which a changed file is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Stamp {
    path: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
}

/// A list can't be read.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct EvidenceError {
    path: String,
    reason: String,
}

impl EvidenceError {
    /// What requests for evidence need isn't there.
    pub(super) fn set_up(reason: &dyn std::fmt::Display) -> Self {
        Self {
            path: "requests for evidence".to_owned(),
            reason: reason.to_string(),
        }
    }

    fn new(path: &Path, reason: impl std::fmt::Display) -> Self {
        Self {
            path: path.display().to_string(),
            reason: reason.to_string(),
        }
    }
}

/// The largest list that is read, in bytes; public CAs' lists stay far below.
const LARGEST: u64 = 64 << 20;

impl Lists {
    /// Reads the folder for the first time.
    pub(super) fn open(folder: Option<PathBuf>) -> Result<Self, EvidenceError> {
        let read = folder.as_deref().map(read).transpose()?.unwrap_or_default();
        Ok(Self {
            folder,
            read: Mutex::new(read),
        })
    }

    /// Whether there is a folder of lists.
    pub(super) fn is_configured(&self) -> bool {
        self.folder.is_some()
    }

    /// Reads the folder whether or not it looks changed.
    ///
    /// # Errors
    /// A file is no list; the lists of before stay.
    pub(super) fn reload(&self) -> Result<(), EvidenceError> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        let fresh = read(folder)?;
        *self.known(folder)? = fresh;
        Ok(())
    }

    fn known(&self, folder: &Path) -> Result<MutexGuard<'_, Read>, EvidenceError> {
        let broken = |_| EvidenceError::new(folder, "an earlier reading was cut off");
        self.read.lock().map_err(broken)
    }

    /// The lists as the folder has them now.
    ///
    /// # Errors
    /// A file is no list. Judging by what was there before would take a withdrawn list for a current one.
    pub(super) fn current(&self) -> Result<Arc<Vec<Crl>>, EvidenceError> {
        let Some(folder) = &self.folder else {
            return Ok(Arc::default());
        };
        let mut known = self.known(folder)?;
        if stamps(folder)? != known.stamps {
            *known = read(folder)?;
        }
        Ok(Arc::clone(&known.crls))
    }
}

fn read(folder: &Path) -> Result<Read, EvidenceError> {
    let stamps = stamps(folder)?;
    let mut crls = Vec::new();
    for Stamp { path, length, .. } in &stamps {
        if *length > LARGEST {
            return Err(EvidenceError::new(path, "larger than 64 MiB"));
        }
        let bytes = fs::read(path).map_err(|error| EvidenceError::new(path, error))?;
        crls.extend(Crl::all_from_bytes(&bytes).map_err(|error| EvidenceError::new(path, error))?);
    }
    Ok(Read {
        stamps,
        crls: Arc::new(crls),
    })
}

/// The folder's lists in a fixed order; files that don't end in `.crl`, `.pem` or `.der` are none.
fn stamps(folder: &Path) -> Result<Vec<Stamp>, EvidenceError> {
    let wrong = |error| EvidenceError::new(folder, error);
    let mut stamps = Vec::new();
    for entry in fs::read_dir(folder).map_err(wrong)? {
        let path = entry.map_err(wrong)?.path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        if matches!(ending, Some("crl" | "pem" | "der")) {
            let found = fs::metadata(&path).map_err(|error| EvidenceError::new(&path, error))?;
            stamps.push(Stamp {
                length: found.len(),
                modified: found.modified().ok(),
                path,
            });
        }
    }
    stamps.sort();
    Ok(stamps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_a_file_that_is_no_list() {
        let folder = tempfile::tempdir().unwrap();
        let lists = Lists::open(Some(folder.path().to_owned())).unwrap();
        assert!(lists.current().unwrap().is_empty());
        fs::write(folder.path().join("readme.txt"), "x").unwrap();
        assert!(lists.current().unwrap().is_empty());
        fs::write(folder.path().join("a.crl"), "x").unwrap();
        assert!(lists.current().is_err());
    }
}
