//! Reads one field at a time, so that every complaint can name it.

use std::{
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

use super::ConfigError;

/// The file's keys and the variables that override them.
pub(super) struct Fields {
    table: toml::Table,
    overrides: Vec<(&'static str, String)>,
    folder: PathBuf,
}

impl Fields {
    pub(super) fn read(
        text: &str,
        shown: &str,
        folder: &Path,
        keys: &'static [&'static str],
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let table: toml::Table = toml::from_str(text).map_err(|error| ConfigError::Syntax {
            path: shown.to_owned(),
            reason: error.to_string(),
        })?;
        if let Some(field) = table.keys().find(|key| !keys.contains(&key.as_str())) {
            return Err(ConfigError::Unknown {
                field: field.clone(),
                known: keys.join(", "),
            });
        }
        let overrides = keys
            .iter()
            .filter_map(|key| Some((*key, environment(&variable(key))?)))
            .collect();
        Ok(Self {
            table,
            overrides,
            folder: std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()),
        })
    }

    fn overriding(&self, field: &str) -> Option<&str> {
        self.overrides
            .iter()
            .find(|(key, _)| *key == field)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn text(&self, field: &'static str) -> Result<Option<String>, ConfigError> {
        if let Some(value) = self.overriding(field) {
            return Ok(Some(value.to_owned()));
        }
        match self.table.get(field) {
            None => Ok(None),
            Some(toml::Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(invalid(field, "write it in quotation marks")),
        }
    }

    fn needed(&self, field: &'static str) -> Result<String, ConfigError> {
        self.text(field)?.ok_or_else(|| ConfigError::Missing {
            field,
            variable: variable(field),
        })
    }

    /// One line of at most `longest` characters; an empty one counts as absent.
    pub(super) fn line(
        &self,
        field: &'static str,
        longest: usize,
    ) -> Result<Option<String>, ConfigError> {
        let Some(text) = self.text(field)?.filter(|text| !text.trim().is_empty()) else {
            return Ok(None);
        };
        if text.chars().count() > longest || text.chars().any(char::is_control) {
            return Err(invalid(
                field,
                format!("write one line of at most {longest} characters"),
            ));
        }
        Ok(Some(text))
    }

    pub(super) fn parsed<T>(
        &self,
        field: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, ConfigError> {
        parse(&self.needed(field)?).map_err(|reason| invalid(field, reason))
    }

    pub(super) fn parsed_or<T>(
        &self,
        field: &'static str,
        default: T,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, ConfigError> {
        match self.text(field)? {
            None => Ok(default),
            Some(text) => parse(&text).map_err(|reason| invalid(field, reason)),
        }
    }

    /// A list of texts, empty where there is none; in the environment, entries stand between commas.
    pub(super) fn listed<T>(
        &self,
        field: &'static str,
        parse: impl Fn(&[String]) -> Result<T, String>,
    ) -> Result<T, ConfigError> {
        let wrong = || invalid(field, "write a list of texts in brackets");
        let entries: Vec<String> = match (self.overriding(field), self.table.get(field)) {
            (Some(text), _) => text
                .split(',')
                .map(|entry| entry.trim().to_owned())
                .collect(),
            (None, None) => Vec::new(),
            (None, Some(value)) => value.clone().try_into().map_err(|_| wrong())?,
        };
        let entries: Vec<_> = entries
            .into_iter()
            .filter(|entry| !entry.is_empty())
            .collect();
        parse(&entries).map_err(|reason| invalid(field, reason))
    }

    pub(super) fn number(
        &self,
        field: &'static str,
        default: u32,
        range: RangeInclusive<u32>,
    ) -> Result<u32, ConfigError> {
        let wrong = || {
            invalid(
                field,
                format!(
                    "write a whole number from {} to {}",
                    range.start(),
                    range.end()
                ),
            )
        };
        let number = match (self.overriding(field), self.table.get(field)) {
            (Some(text), _) => text.parse().map_err(|_| wrong())?,
            (None, Some(toml::Value::Integer(number))) => {
                u32::try_from(*number).map_err(|_| wrong())?
            }
            (None, Some(_)) => return Err(wrong()),
            (None, None) => default,
        };
        range.contains(&number).then_some(number).ok_or_else(wrong)
    }

    pub(super) fn flag(&self, field: &'static str, default: bool) -> Result<bool, ConfigError> {
        match (self.overriding(field), self.table.get(field)) {
            (Some("true"), _) => Ok(true),
            (Some("false"), _) => Ok(false),
            (None, Some(toml::Value::Boolean(flag))) => Ok(*flag),
            (None, None) => Ok(default),
            _ => Err(invalid(field, "write true or false")),
        }
    }

    pub(super) fn path(&self, field: &'static str) -> Result<PathBuf, ConfigError> {
        Ok(self.folder.join(self.needed(field)?))
    }

    pub(super) fn file(&self, field: &'static str) -> Result<PathBuf, ConfigError> {
        readable(field, self.path(field)?, Path::is_file, "there is no file")
    }

    pub(super) fn optional_file(
        &self,
        field: &'static str,
    ) -> Result<Option<PathBuf>, ConfigError> {
        self.text(field)?
            .map(|name| {
                readable(
                    field,
                    self.folder.join(name),
                    Path::is_file,
                    "there is no file",
                )
            })
            .transpose()
    }

    /// A file or a folder.
    pub(super) fn optional_place(
        &self,
        field: &'static str,
    ) -> Result<Option<PathBuf>, ConfigError> {
        self.text(field)?
            .map(|name| {
                let path = self.folder.join(name);
                readable(field, path, Path::exists, "there is no file or folder")
            })
            .transpose()
    }

    /// A list of files, as [`Fields::listed`].
    pub(super) fn files(&self, field: &'static str) -> Result<Vec<PathBuf>, ConfigError> {
        let names = self.listed(field, |names| Ok(names.to_vec()))?;
        let file = |name| {
            readable(
                field,
                self.folder.join(name),
                Path::is_file,
                "there is no file",
            )
        };
        names.into_iter().map(file).collect()
    }

    pub(super) fn optional_folder(
        &self,
        field: &'static str,
    ) -> Result<Option<PathBuf>, ConfigError> {
        self.text(field)?
            .map(|name| {
                readable(
                    field,
                    self.folder.join(name),
                    Path::is_dir,
                    "there is no folder",
                )
            })
            .transpose()
    }
}

fn readable(
    field: &'static str,
    path: PathBuf,
    exists: fn(&Path) -> bool,
    otherwise: &str,
) -> Result<PathBuf, ConfigError> {
    if exists(&path) {
        return Ok(path);
    }
    Err(invalid(field, format!("{otherwise} {}", path.display())))
}

fn invalid(field: &'static str, reason: impl Into<String>) -> ConfigError {
    ConfigError::Invalid {
        field,
        reason: reason.into(),
    }
}

fn variable(field: &str) -> String {
    format!(
        "KYSO_PORTAL_{}",
        field.replace('-', "_").to_ascii_uppercase()
    )
}
