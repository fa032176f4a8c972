//! The directory of units: which state agencies there are. Here a CSV file, read once.

use std::{collections::HashMap, path::Path};

/// A unit of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Its code, as `000.00.17.G22`.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The unit that governs it.
    pub governing_unit: String,
    /// Its address.
    pub address: String,
}

/// Where units are looked up.
pub trait UnitDirectory: Send + Sync {
    /// The unit with that code.
    fn unit(&self, code: &str) -> Option<Unit>;
}

/// Why the file was refused.
#[derive(Debug, thiserror::Error)]
pub enum UnitsError {
    /// The file can't be read.
    #[error("units: {path}: {reason}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// A line isn't a unit.
    #[error("units: line {line}: {reason}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// Units read from a CSV file (RFC 4180, UTF-8): `code,name,governing unit,address`, the first line a heading.
#[derive(Debug, Default)]
pub struct UnitFile {
    units: HashMap<String, Unit>,
}

impl UnitFile {
    /// Reads the file.
    ///
    /// # Errors
    /// It can't be read, or a line isn't a unit.
    pub fn load(path: &Path) -> Result<Self, UnitsError> {
        let text = std::fs::read_to_string(path).map_err(|error| UnitsError::File {
            path: path.display().to_string(),
            reason: error.to_string(),
        })?;
        Self::from_text(&text)
    }

    /// Reads the file's text.
    ///
    /// # Errors
    /// A line isn't a unit.
    pub fn from_text(text: &str) -> Result<Self, UnitsError> {
        let mut units = HashMap::new();
        let lines = text
            .trim_start_matches('\u{feff}')
            .lines()
            .enumerate()
            .skip(1);
        for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let wrong = |reason| UnitsError::Line {
                line: index + 1,
                reason,
            };
            let unit = unit(line).map_err(wrong)?;
            if units.insert(unit.code.clone(), unit).is_some() {
                return Err(wrong("this code was there before"));
            }
        }
        Ok(Self { units })
    }
}

impl UnitDirectory for UnitFile {
    fn unit(&self, code: &str) -> Option<Unit> {
        self.units.get(code).cloned()
    }
}

fn unit(line: &str) -> Result<Unit, &'static str> {
    let [code, name, governing_unit, address] = <[String; 4]>::try_from(cells(line)?)
        .map_err(|_| "write code, name, governing unit and address")?;
    let code_fits = code.len() <= 40
        && !code.is_empty()
        && code
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    match (code_fits, name.is_empty()) {
        (false, _) => Err("the code has letters, digits, dots and hyphens only"),
        (_, true) => Err("the name is empty"),
        (true, false) => Ok(Unit {
            code,
            name,
            governing_unit,
            address,
        }),
    }
}

/// One line's cells; a quoted cell may hold commas and doubled quotation marks, but no line break.
fn cells(line: &str) -> Result<Vec<String>, &'static str> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut characters = line.trim_end_matches('\r').chars().peekable();
    while let Some(character) = characters.next() {
        let cell = cells.last_mut().ok_or("no cell")?;
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => cell.extend(characters.next()),
            '"' if quoted || cell.is_empty() => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            other => cell.push(other),
        }
    }
    if quoted {
        return Err("a quotation mark isn't closed");
    }
    Ok(cells
        .into_iter()
        .map(|cell| cell.trim().to_owned())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_quoted_cells() {
        let file = UnitFile::from_text(
            "code,name,governing,address\r\nS01.2,\"Sở \"\"Mẫu\"\", cơ sở 2\",UBND tỉnh Mẫu,Số 1\r\n",
        )
        .unwrap();
        let unit = file.unit("S01.2").unwrap();
        assert_eq!(unit.name, "Sở \"Mẫu\", cơ sở 2");
        assert_eq!(unit.governing_unit, "UBND tỉnh Mẫu");
        assert_eq!(file.unit("S01"), None);
    }

    fn check(text: &str, expected: &str) {
        let error = UnitFile::from_text(&format!("heading\n{text}")).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }

    #[test]
    fn names_the_line_that_is_wrong() {
        check("A,B,C", "line 2: write code");
        check("A,B,C,D\nA,B,C,D", "line 3: this code was there before");
        check("A,\"B,C,D", "line 2: a quotation mark");
        check("A B,B,C,D", "line 2: the code");
    }
}
