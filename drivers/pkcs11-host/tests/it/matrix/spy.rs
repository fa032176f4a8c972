//! OpenSC's spy between the host and a module: what was called, counted.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use kyso_pkcs11::ModuleSpec;

use super::program::first_file;

/// The spy's log of one module.
pub(crate) struct Log(PathBuf);

/// The same module behind the spy; `None` where the spy isn't installed.
pub(crate) fn between(spec: &ModuleSpec, folder: &Path) -> Option<(ModuleSpec, Log)> {
    let spy = first_file(&["*/pkcs11-spy.so", "/usr/lib64/pkcs11-spy.so"])?;
    let log = folder.join("spy.log");
    let mut spied = ModuleSpec {
        path: spy,
        ..spec.clone()
    };
    spied.environment.extend([
        ("PKCS11SPY".to_owned(), spec.path.clone().into_os_string()),
        ("PKCS11SPY_OUTPUT".to_owned(), log.clone().into_os_string()),
    ]);
    Some((spied, Log(log)))
}

impl Log {
    /// How often a function was called until now.
    pub(crate) fn calls(&self, function: &str) -> usize {
        self.text()
            .lines()
            .filter(|line| called(line) == Some(function))
            .count()
    }

    /// The names of all mechanisms by which the module made a signature.
    pub(crate) fn mechanisms(&self) -> HashSet<String> {
        let (mut named, mut signing, mut used) = (None, false, HashSet::new());
        for line in self.text().lines() {
            if let Some(function) = called(line) {
                signing = function == "C_Sign";
            } else if let Some((_, mechanism)) = line.split_once("pMechanism->type") {
                named = Some(mechanism.trim_matches([' ', '=']).to_owned());
            } else if signing && line.starts_with("Returned:") && line.contains("CKR_OK") {
                used.extend(named.clone());
            }
        }
        used
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.0).unwrap_or_default()).into_owned()
    }
}

/// The function that a line like `12: C_Login` announces.
fn called(line: &str) -> Option<&str> {
    let (number, function) = line.split_once(": ")?;
    number.parse::<u32>().ok()?;
    Some(function.trim())
}
