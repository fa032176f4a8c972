//! Which modules vendors ship and where they put them: `modules.toml`, and an administrator's file of the same form.

mod places;
#[cfg(test)]
mod tests;
mod written;

use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::discovery::{Deadlines, System};
use crate::examine::{Architecture, is_administrators};
use crate::quirks::Quirks;
use places::Lists;

const BUILT_IN: &str = include_str!("../../../modules.toml");

/// Longest administrator's file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// How well a row is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Run by this project's tests.
    Tested,
    /// Named alike by several independent sources.
    Seen,
    /// Named by one source.
    Reported,
}

/// One vendor's module, under all names that it has had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Name for people.
    pub name: String,
    /// Certification authorities that hand it out; empty for a chip's own module.
    pub ca: Vec<String>,
    /// How well the row is known.
    pub confidence: Confidence,
    /// What the module does differently.
    pub quirks: Quirks,
    /// How long its calls may take.
    pub deadlines: Deadlines,
    /// It is no USB token, or starts only with a parameter text: used where the settings or the administrator's file
    /// name it, and never just found.
    pub only_configured: bool,
    /// The parameter text.
    pub reserved: Option<String>,
    /// The row stands in the administrator's file.
    pub administrators: bool,
    packages: Vec<String>,
    files: Lists,
    folders: Lists,
}

/// A USB device that may be a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// `idVendor`.
    pub vendor: u16,
    /// `idProduct`; `None` for all of the vendor's.
    pub product: Option<u16>,
    /// Maker and chip.
    pub chip: String,
    /// Certification authorities known to hand out tokens with it. Only a certificate says which one did.
    pub ca: Vec<String>,
}

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Vietnamese.
    pub vi: String,
    /// English.
    pub en: String,
}

/// All rows, the folders in which any of them may lie, devices, and words for what is missing.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    folders: Lists,
    install: Vec<(String, Words)>,
    devices: Vec<Device>,
    rows: Vec<Row>,
}

/// A catalogue that can't be used: the line, the field where the line names one, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{}, line {line}, {}: {why}",
    file.as_ref().map_or("modules catalogue".into(), |file| file.display().to_string()),
    field.as_deref().unwrap_or("row")
)]
pub struct CatalogueError {
    /// The administrator's file; `None` for the built-in catalogue.
    pub file: Option<PathBuf>,
    /// Line, from 1; 0 where the file itself can't be read.
    pub line: usize,
    /// Field on that line.
    pub field: Option<String>,
    /// What is wrong with it.
    pub why: String,
}

/// Where a module may lie.
pub(crate) struct Place<'a> {
    pub(crate) folder: &'a str,
    pub(crate) file: &'a str,
    /// The processor that a module in this place is for, where the row or the folder says.
    pub(crate) architecture: Option<Architecture>,
}

impl Catalogue {
    /// The catalogue that is compiled in.
    ///
    /// # Errors
    /// [`CatalogueError`]; a test keeps it from happening.
    pub fn built_in() -> Result<Self, CatalogueError> {
        Self::parse(BUILT_IN)
    }

    /// The built-in catalogue, extended by that file, or without one by the administrator's file in its usual place if
    /// it is there: `/etc/kyso/modules.toml`, on macOS `/Library/Application Support/Kyso/modules.toml`, on Windows
    /// `C:\ProgramData\Kyso\modules.toml`.
    ///
    /// # Errors
    /// [`CatalogueError`], also where the file that was named can't be read, or somebody else could have written the one in
    /// the usual place: on Windows everybody may make folders there.
    pub fn of_machine(administrators: Option<&Path>) -> Result<Self, CatalogueError> {
        let usual = usual_file();
        let file = administrators.or_else(|| usual.exists().then_some(usual));
        let built_in = Self::built_in()?;
        let Some(file) = file else {
            return Ok(built_in);
        };
        let of_file = |error| CatalogueError {
            file: Some(file.to_owned()),
            ..error
        };
        if administrators.is_none() {
            safe(file).map_err(of_file)?;
        }
        let text = read(file).map_err(of_file)?;
        let theirs = Self::parse(&text).map_err(of_file)?;
        Ok(built_in.extended_by(theirs))
    }

    /// Reads TOML of the form that `docs/tokens.md` describes.
    ///
    /// # Errors
    /// [`CatalogueError`] with the line and field of the first mistake.
    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        written::read(text)
    }

    /// The rows; those of the administrator first.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// USB devices that may be tokens.
    #[must_use]
    pub fn devices(&self) -> &[Device] {
        &self.devices
    }

    /// What a person does who lacks the driver of that certification authority, where it isn't what everybody does: run
    /// Setup on the token's own drive, or install the authority's package.
    #[must_use]
    pub fn install(&self, ca: &str) -> Option<&Words> {
        let known = self.install.iter().find(|(name, _)| name == ca);
        known.map(|(_, words)| words)
    }

    /// A row of the administrator's takes the place of a built-in one of that name, and so do words.
    pub(crate) fn extended_by(self, theirs: Self) -> Self {
        let administrators = |row| Row {
            administrators: true,
            ..row
        };
        let mut rows: Vec<Row> = theirs.rows.into_iter().map(administrators).collect();
        for row in self.rows {
            if !rows.iter().any(|other| other.name == row.name) {
                rows.push(row);
            }
        }
        Self {
            rows,
            folders: [theirs.folders, self.folders].concat(),
            install: [theirs.install, self.install].concat(),
            devices: [theirs.devices, self.devices].concat(),
        }
    }

    /// The row that has a file of that name on that system.
    pub(crate) fn row_of(&self, file: &str, system: System) -> Option<&Row> {
        let has = |row: &&Row| places::of(&row.files, system).any(|(name, _)| name == file);
        self.rows.iter().find(has)
    }

    /// Folders in which any module may lie.
    pub(crate) fn folders(&self, system: System) -> impl Iterator<Item = &str> {
        places::of(&self.folders, system).map(|(folder, _)| folder)
    }

    /// Packages that hold modules, with the row of each.
    pub(crate) fn packages(&self) -> impl Iterator<Item = (&str, &Row)> {
        let of_row = |row| {
            let row: &Row = row;
            row.packages.iter().map(move |name| (name.as_str(), row))
        };
        self.rows.iter().flat_map(of_row)
    }

    /// Every place where a module of this row may lie.
    pub(crate) fn places<'a>(
        &'a self,
        row: &'a Row,
        system: System,
    ) -> impl Iterator<Item = Place<'a>> {
        let folders = [&row.folders, &self.folders];
        let folders = folders
            .into_iter()
            .flat_map(move |lists| places::of(lists, system));
        folders.flat_map(move |(folder, of_folder)| {
            places::of(&row.files, system).map(move |(file, of_file)| Place {
                folder,
                file,
                architecture: of_file.or(of_folder),
            })
        })
    }
}

fn usual_file() -> &'static Path {
    Path::new(match System::here() {
        System::Linux => "/etc/kyso/modules.toml",
        System::Macos => "/Library/Application Support/Kyso/modules.toml",
        System::Windows => r"C:\ProgramData\Kyso\modules.toml",
    })
}

fn unread(why: String) -> CatalogueError {
    CatalogueError {
        file: None,
        line: 0,
        field: None,
        why,
    }
}

fn safe(file: &Path) -> Result<(), CatalogueError> {
    is_administrators(file).map_err(|why| unread(why.to_string()))
}

fn read(file: &Path) -> Result<String, CatalogueError> {
    let opened = std::fs::File::open(file).map_err(|error| unread(error.to_string()))?;
    let mut text = String::new();
    let read = opened.take(MAX_FILE + 1).read_to_string(&mut text);
    match read {
        Ok(length) if length as u64 <= MAX_FILE => Ok(text),
        Ok(_) => Err(unread(format!("longer than {MAX_FILE} bytes"))),
        Err(error) => Err(unread(error.to_string())),
    }
}
