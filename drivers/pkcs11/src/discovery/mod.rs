//! Which module files are used, and who says so.

mod p11_kit;
mod packages;
mod program;
mod providers;
mod registry;
mod search;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::catalogue::{Catalogue, Confidence};
use crate::quirks::Quirks;
pub(crate) use registry::Registry;
use search::Machine;

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

/// The modules of this machine: those that were configured, whether their files exist or not; then, where their files
/// exist, those of the administrator's file, of p11-kit, of installed packages, of Windows' providers, and of the
/// catalogue's places. A file that is reached in several ways is used once, as the first says. What the catalogue knows
/// of a file's name goes with it wherever it was found. Asks `dpkg-query` or `rpm`, for two seconds at most.
#[must_use]
pub fn find(configured: Vec<ModuleSpec>, catalogue: &Catalogue, system: System) -> Vec<ModuleSpec> {
    unique(Machine::of(system).find(configured, catalogue))
}

/// The same modules, with a number behind a name that another one has already.
pub(crate) fn unique(modules: Vec<ModuleSpec>) -> Vec<ModuleSpec> {
    let mut taken: Vec<ModuleSpec> = Vec::new();
    for mut module in modules {
        let name = module.name.clone();
        let mut number = 2;
        while taken.iter().any(|other| other.name == module.name) {
            module.name = format!("{name} #{number}");
            number += 1;
        }
        taken.push(module);
    }
    taken
}
