//! Which module files are used: those that were configured, then those that the catalogue's places hold.

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::catalogue::{Catalogue, Confidence, Row};
use crate::quirks::Quirks;

/// The systems whose file names the catalogue has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// Linux.
    Linux,
    /// macOS.
    Macos,
    /// Windows.
    Windows,
}

impl System {
    /// The system that this program was built for.
    #[must_use]
    pub fn here() -> Self {
        if cfg!(target_os = "windows") {
            Self::Windows
        } else if cfg!(target_os = "macos") {
            Self::Macos
        } else {
            Self::Linux
        }
    }
}

/// Where a module's path came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The settings, the person's own among them.
    Configured,
    /// The administrator's file of modules.
    Administrator,
    /// A module file of p11-kit.
    P11Kit(PathBuf),
    /// A package that dpkg or rpm has installed.
    Package(String),
    /// A Windows cryptographic provider of that name.
    Provider(String),
    /// The catalogue.
    Catalogue(Confidence),
}

/// How long a module may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// To list everything, start included.
    pub list: Duration,
    /// To make a signature with a PIN that is there.
    pub sign: Duration,
    /// To make a signature while the person types the PIN on the device.
    pub pin_pad: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            list: Duration::from_secs(5),
            sign: Duration::from_secs(30),
            pin_pad: Duration::from_secs(120),
        }
    }
}

/// One module to be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleSpec {
    /// Name for people; a [`crate::KeyRef`] names its module by it.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// Parameter text for `C_Initialize`, for modules that want one (NSS).
    pub reserved: Option<String>,
    /// Environment variables that only this module's process sees, as `SOFTHSM2_CONF`.
    pub environment: Vec<(String, OsString)>,
    /// How long its calls may take.
    pub deadlines: Deadlines,
    /// Where the path came from.
    pub source: Source,
    /// Certification authorities that hand it out, where the catalogue says.
    pub ca: Vec<String>,
    /// What it does differently.
    pub quirks: Quirks,
}

impl ModuleSpec {
    /// A module that somebody configured.
    #[must_use]
    pub fn configured(name: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self {
            name: name.into(),
            path: path.into(),
            reserved: None,
            environment: Vec::new(),
            deadlines: Deadlines::default(),
            source: Source::Configured,
            ca: Vec::new(),
            quirks: Quirks::default(),
        }
    }
}

/// The configured modules, whether their files exist or not, then those of the catalogue whose files exist. A file that
/// is reached under several names is used once.
#[must_use]
pub fn find(configured: Vec<ModuleSpec>, catalogue: &Catalogue, system: System) -> Vec<ModuleSpec> {
    let mut seen: HashSet<PathBuf> = configured
        .iter()
        .filter_map(|spec| spec.path.canonicalize().ok())
        .collect();
    let mut found = configured;
    for row in catalogue.rows().iter().filter(|row| !row.needs_reserved) {
        for (folder, file) in catalogue.places(row, system) {
            let path = Path::new(folder).join(file);
            if let Ok(real) = path.canonicalize()
                && real.is_file()
                && seen.insert(real)
            {
                found.push(of_row(row, file, path));
            }
        }
    }
    found
}

fn of_row(row: &Row, file: &str, path: PathBuf) -> ModuleSpec {
    ModuleSpec {
        source: Source::Catalogue(row.confidence),
        ..ModuleSpec::configured(format!("{} ({file})", row.name), path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue(folder: &Path, extra: &str) -> Catalogue {
        let folder = folder.display();
        Catalogue::parse(&format!(
            "[folders]\nlinux = [\"{folder}\"]\n[[module]]\nname = \"A\"\nconfidence = \"seen\"\n{extra}\n\
             files = {{ linux = [\"a.so\", \"b.so\", \"c.so\"] }}\n"
        ))
        .unwrap()
    }

    fn names(found: &[ModuleSpec]) -> Vec<&str> {
        found.iter().map(|spec| spec.name.as_str()).collect()
    }

    #[test]
    fn finds_files_that_exist_once_each() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.so"), b"").unwrap();
        std::os::unix::fs::symlink(folder.path().join("a.so"), folder.path().join("b.so")).unwrap();
        let found = find(Vec::new(), &catalogue(folder.path(), ""), System::Linux);
        assert_eq!(names(&found), ["A (a.so)"]);
        assert_eq!(
            find(Vec::new(), &catalogue(folder.path(), ""), System::Windows),
            []
        );
    }

    #[test]
    fn keeps_configured_modules_first_and_even_if_they_are_missing() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("c.so"), b"").unwrap();
        let configured = vec![
            ModuleSpec::configured("mine", folder.path().join("c.so")),
            ModuleSpec::configured("gone", "/nowhere/x.so"),
        ];
        let found = find(configured, &catalogue(folder.path(), ""), System::Linux);
        assert_eq!(names(&found), ["mine", "gone"]);
    }

    #[test]
    fn leaves_out_modules_that_need_a_parameter() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.so"), b"").unwrap();
        assert_eq!(
            find(
                Vec::new(),
                &catalogue(folder.path(), "needs-reserved = true"),
                System::Linux
            ),
            []
        );
    }
}
