//! Which modules vendors ship and where they put them: `modules.toml`, and an administrator's file of the same form.

use serde::Deserialize;
use toml::Spanned;

use crate::discovery::System;

const BUILT_IN: &str = include_str!("../../modules.toml");

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
    /// The module starts only with a parameter text, so that it is used where configured and never just found.
    pub needs_reserved: bool,
    files: PerSystem,
    folders: PerSystem,
}

/// All rows, and the folders in which any of them may lie.
#[derive(Clone, Debug)]
pub struct Catalogue {
    folders: PerSystem,
    rows: Vec<Row>,
}

/// A catalogue that can't be used: the line, the field where the line names one, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("modules catalogue, line {line}, {}: {why}", field.as_deref().unwrap_or("row"))]
pub struct CatalogueError {
    /// Line, from 1.
    pub line: usize,
    /// Field on that line.
    pub field: Option<String>,
    /// What is wrong with it.
    pub why: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PerSystem {
    linux: Vec<String>,
    macos: Vec<String>,
    windows: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WrittenRow {
    name: Spanned<String>,
    #[serde(default)]
    ca: Vec<String>,
    confidence: Confidence,
    #[serde(default)]
    needs_reserved: bool,
    files: Spanned<PerSystem>,
    #[serde(default)]
    folders: PerSystem,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    folders: PerSystem,
    #[serde(default)]
    module: Vec<WrittenRow>,
}

impl Catalogue {
    /// The catalogue that is compiled in.
    ///
    /// # Errors
    /// [`CatalogueError`]; a test keeps it from happening.
    pub fn built_in() -> Result<Self, CatalogueError> {
        Self::parse(BUILT_IN)
    }

    /// Reads TOML: `[folders]` with lists `linux`, `macos`, `windows`; `[[module]]` with `name`, `ca`, `confidence`
    /// (`tested`, `seen`, `reported`), `needs-reserved`, `[module.files]` and `[module.folders]` of the same three lists.
    ///
    /// # Errors
    /// [`CatalogueError`] with the line and field of the first mistake.
    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        let at = |span: Option<std::ops::Range<usize>>, why: String| {
            error_at(text, span.map_or(0, |span| span.start), why)
        };
        let written: Written =
            toml::from_str(text).map_err(|error| at(error.span(), error.message().to_owned()))?;
        let mut rows: Vec<Row> = Vec::new();
        for row in written.module {
            if let Some(why) = fault(&row, &rows) {
                return Err(at(Some(row.name.span()), why));
            }
            if let Some(file) = odd_file(row.files.get_ref()) {
                return Err(at(
                    Some(row.files.span()),
                    format!("{file:?} is no plain file name"),
                ));
            }
            rows.push(row.into());
        }
        Ok(Self {
            folders: written.folders,
            rows,
        })
    }

    /// The rows, in the file's order.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Folder and file name of every place where a module of this row may lie.
    pub(crate) fn places<'a>(
        &'a self,
        row: &'a Row,
        system: System,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let folders = row.folders.of(system).iter().chain(self.folders.of(system));
        folders.flat_map(move |folder| {
            row.files
                .of(system)
                .iter()
                .map(move |file| (folder.as_str(), file.as_str()))
        })
    }
}

impl PerSystem {
    fn of(&self, system: System) -> &[String] {
        match system {
            System::Linux => &self.linux,
            System::Macos => &self.macos,
            System::Windows => &self.windows,
        }
    }
}

impl From<WrittenRow> for Row {
    fn from(row: WrittenRow) -> Self {
        Self {
            name: row.name.into_inner(),
            ca: row.ca,
            confidence: row.confidence,
            needs_reserved: row.needs_reserved,
            files: row.files.into_inner(),
            folders: row.folders,
        }
    }
}

fn fault(row: &WrittenRow, before: &[Row]) -> Option<String> {
    let name = row.name.get_ref();
    if name.trim().is_empty() {
        return Some("the name is empty".to_owned());
    }
    before
        .iter()
        .any(|other| &other.name == name)
        .then(|| format!("{name:?} stands there twice"))
}

/// A file name with a folder in it would be looked for where nobody expects it.
fn odd_file(files: &PerSystem) -> Option<&String> {
    let mut all = files.linux.iter().chain(&files.macos).chain(&files.windows);
    all.find(|file| file.is_empty() || file.contains(['/', '\\']) || file.as_str() == "..")
}

fn error_at(text: &str, offset: usize, why: String) -> CatalogueError {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let field = text
        .lines()
        .nth(line - 1)
        .and_then(|line| line.split_once('='))
        .map(|(key, _)| key.trim().to_owned());
    CatalogueError { line, field, why }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_refused(text: &str, line: usize, field: Option<&str>) {
        let error = Catalogue::parse(text).unwrap_err();
        assert_eq!(
            (error.line, error.field.as_deref()),
            (line, field),
            "{error}"
        );
    }

    #[test]
    fn the_built_in_catalogue_is_sound() {
        let catalogue = Catalogue::built_in().unwrap();
        let softhsm = catalogue
            .rows()
            .iter()
            .find(|row| row.name == "SoftHSM2")
            .unwrap();
        assert!(
            catalogue
                .places(softhsm, System::Linux)
                .any(|place| place == ("/usr/lib/softhsm", "libsofthsm2.so"))
        );
        for row in catalogue.rows() {
            let systems = [System::Linux, System::Macos, System::Windows];
            assert!(
                systems
                    .iter()
                    .any(|system| !row.files.of(*system).is_empty()),
                "{} has no file",
                row.name
            );
        }
    }

    #[test]
    fn a_broken_row_is_named_by_line_and_field() {
        check_refused(
            "[[module]]\nname = \"A\"\nconfidence = \"sure\"\nfiles = {}\n",
            3,
            Some("confidence"),
        );
        check_refused(
            "[[module]]\nname = 7\nconfidence = \"seen\"\nfiles = {}\n",
            2,
            Some("name"),
        );
        check_refused(
            "[[module]]\nname = \"\"\nconfidence = \"seen\"\nfiles = {}\n",
            2,
            Some("name"),
        );
        check_refused("[[module]]\nname = \"A\"\nconfidence = \"seen\"\n", 1, None);
        check_refused(
            "[[module]]\nname = \"A\"\nconfidence = \"seen\"\nfiles = {}\nextra = 1\n",
            5,
            Some("extra"),
        );
        check_refused(
            "[[module]]\nname = \"A\"\nconfidence = \"seen\"\nfiles = { linux = [\"../x.so\"] }\n",
            4,
            Some("files"),
        );
    }

    #[test]
    fn refuses_a_name_that_stands_there_twice() {
        let row = "[[module]]\nname = \"A\"\nconfidence = \"seen\"\nfiles = {}\n";
        check_refused(&format!("{row}{row}"), 6, Some("name"));
    }
}
