//! The search through everything that a machine tells of its modules.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::packages::{self, Database};
use super::providers::Provider;
use super::{ModuleSpec, Source, System, p11_kit, registry};
use crate::catalogue::{Catalogue, Place, Row};
use crate::examine::Architecture;
use crate::quirks::Quirks;
use crate::system::LocalMachine;

/// Most folders that a `*` stands for.
const MAX_CHILDREN: usize = 64;

/// Where a machine tells of its modules.
pub(super) struct Machine {
    system: System,
    architecture: Architecture,
    p11_kit: Vec<PathBuf>,
    databases: Vec<Database>,
    providers: Vec<Provider>,
}

impl Machine {
    /// This machine; of another system only what the catalogue says can be looked for.
    pub(super) fn of(system: System) -> Self {
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
            providers: if here {
                registry::providers(&LocalMachine)
            } else {
                Vec::new()
            },
        }
    }

    pub(super) fn find(
        &self,
        configured: Vec<ModuleSpec>,
        catalogue: &Catalogue,
    ) -> Vec<ModuleSpec> {
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
        self.add_providers(&mut found);
        for row in built_in {
            self.add_row(row, &Source::Catalogue(row.confidence), &mut found);
        }
        found.specs
    }

    /// A module for 32-bit programs is told of only where the provider has none for this one.
    fn add_providers(&self, found: &mut Found<'_>) {
        let mut served = HashSet::new();
        for provider in &self.providers {
            if provider.narrow && served.contains(&provider.name) {
                continue;
            }
            let modules = provider.modules().into_iter().map(PathBuf::from);
            for module in modules.filter(|module| module.is_absolute()) {
                if found.add(module, Source::Provider(provider.name.clone()), None) {
                    served.insert(&provider.name);
                }
            }
        }
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
                deadlines: row.deadlines,
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
    let around = ["/*", r"\*"].map(|star| place.folder.split_once(star));
    let folders = match around.into_iter().flatten().next() {
        None => vec![PathBuf::from(place.folder)],
        Some((above, below)) => children(Path::new(above))
            .map(|child| child.join(below.trim_start_matches(['/', '\\'])))
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
