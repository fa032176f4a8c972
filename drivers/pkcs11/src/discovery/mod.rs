//! Which module files are used, and who says so.

mod p11_kit;
mod packages;
mod program;
mod providers;

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::catalogue::{Catalogue, Confidence, Place, Row};
use crate::examine::Architecture;
use crate::quirks::Quirks;
use packages::Database;
use providers::Provider;

/// Most folders that a `*` stands for.
const MAX_CHILDREN: usize = 64;

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
    Machine::of(system).find(configured, catalogue)
}

/// Where a machine tells of its modules.
pub(crate) struct Machine {
    system: System,
    architecture: Architecture,
    p11_kit: Vec<PathBuf>,
    databases: Vec<Database>,
    providers: Vec<Provider>,
}

impl Machine {
    /// This machine; of another system only what the catalogue says can be looked for.
    fn of(system: System) -> Self {
        let here = system == System::here();
        Self {
            system,
            architecture: Architecture::here(),
            p11_kit: if here { p11_kit::folders() } else { Vec::new() },
            databases: if here {
                packages::databases()
            } else {
                Vec::new()
            },
            providers: Vec::new(),
        }
    }

    fn find(&self, configured: Vec<ModuleSpec>, catalogue: &Catalogue) -> Vec<ModuleSpec> {
        let mut found = Found {
            catalogue,
            system: self.system,
            seen: HashSet::new(),
            specs: Vec::new(),
        };
        for spec in configured {
            found.keep(spec);
        }
        let rows = catalogue.rows().iter();
        let (administrators, built_in): (Vec<_>, Vec<_>) = rows.partition(|row| row.administrators);
        for row in administrators {
            self.add_row(row, &Source::Administrator, &mut found);
        }
        for entry in p11_kit::modules(&self.p11_kit, catalogue.folders(self.system)) {
            found.add(entry.module, Source::P11Kit(entry.file), entry.reserved);
        }
        for (module, package) in packages::modules(&self.databases, catalogue, self.system) {
            found.add(module, Source::Package(package), None);
        }
        for provider in &self.providers {
            for module in provider.modules() {
                found.add(module.into(), Source::Provider(provider.name.clone()), None);
            }
        }
        for row in built_in {
            self.add_row(row, &Source::Catalogue(row.confidence), &mut found);
        }
        found.specs
    }

    /// Files of a row. A module for another processor is told of only where the row has none for this one.
    fn add_row(&self, row: &Row, source: &Source, found: &mut Found<'_>) {
        let (ours, others): (Vec<_>, Vec<_>) =
            found.catalogue.places(row, self.system).partition(|place| {
                place
                    .architecture
                    .is_none_or(|told| told == self.architecture)
            });
        let mut any = false;
        for places in [ours, others] {
            for path in places.iter().flat_map(paths) {
                any |= found.add(path, source.clone(), row.reserved.clone());
            }
            if any {
                return;
            }
        }
    }
}

/// What was found so far.
struct Found<'a> {
    catalogue: &'a Catalogue,
    system: System,
    seen: HashSet<PathBuf>,
    specs: Vec<ModuleSpec>,
}

impl<'a> Found<'a> {
    /// A module that somebody configured, with what the catalogue knows of it.
    fn keep(&mut self, spec: ModuleSpec) {
        self.seen.extend(spec.path.canonicalize());
        let row = spec.path.file_name().and_then(|name| self.row(name));
        self.specs.push(match row {
            Some(row) if spec.quirks == Quirks::default() => ModuleSpec {
                quirks: row.quirks,
                ca: row.ca.clone(),
                ..spec
            },
            _ => spec,
        });
    }

    /// Whether there is a file, seen before or not.
    fn add(&mut self, path: PathBuf, source: Source, reserved: Option<String>) -> bool {
        let Some(real) = path.canonicalize().ok().filter(|real| real.is_file()) else {
            return false;
        };
        let row = path.file_name().and_then(|name| self.row(name));
        if row.is_some_and(|row| row.only_configured && !row.administrators) {
            return false;
        }
        if self.seen.insert(real) {
            let spec = of_row(row, path, source, reserved);
            self.specs.push(spec);
        }
        true
    }

    fn row(&self, file: &OsStr) -> Option<&'a Row> {
        self.catalogue.row_of(file.to_str()?, self.system)
    }
}

/// A module that was found, with what the catalogue knows of a file of that name.
fn of_row(
    row: Option<&Row>,
    path: PathBuf,
    source: Source,
    reserved: Option<String>,
) -> ModuleSpec {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let name = row.map_or_else(
        || file.clone().into_owned(),
        |row| format!("{} ({file})", row.name),
    );
    let spec = ModuleSpec {
        reserved,
        source,
        ..ModuleSpec::configured(name, path)
    };
    match row {
        Some(row) => ModuleSpec {
            quirks: row.quirks,
            deadlines: row.deadlines,
            ca: row.ca.clone(),
            ..spec
        },
        None => spec,
    }
}

/// The place's file; in several folders where one of the folder's parts is `*`.
fn paths(place: &Place<'_>) -> Vec<PathBuf> {
    let folders = match place.folder.split_once("/*") {
        None => vec![PathBuf::from(place.folder)],
        Some((above, below)) => children(Path::new(above))
            .map(|child| child.join(below.trim_start_matches('/')))
            .collect(),
    };
    folders
        .into_iter()
        .map(|folder| folder.join(place.file))
        .collect()
}

/// Folders in a folder; not all where somebody made very many.
fn children(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries
        .take(MAX_CHILDREN)
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_dir())
}

#[cfg(test)]
mod tests;
