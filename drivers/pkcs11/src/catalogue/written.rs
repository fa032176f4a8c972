//! The catalogue as it is written, and every way in which it can be wrong.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::places::{self, List, Lists};
use super::{Catalogue, CatalogueError, Confidence, Device, Row, Words};
use crate::discovery::{Deadlines, System};
use crate::quirks::{Quirk, Quirks};

/// A list whose members know where they stand.
type Named = BTreeMap<Spanned<String>, Vec<Spanned<String>>>;

/// Longest time that a row may give a module, in seconds.
const MAX_SECONDS: u64 = 600;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    folders: Named,
    #[serde(default)]
    ca: Vec<WrittenCa>,
    #[serde(default)]
    device: Vec<WrittenDevice>,
    #[serde(default)]
    module: Vec<WrittenRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCa {
    name: Spanned<String>,
    install: Words,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenDevice {
    vendor: u16,
    product: Option<u16>,
    chip: Spanned<String>,
    #[serde(default)]
    ca: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WrittenRow {
    name: Spanned<String>,
    #[serde(default)]
    ca: Vec<String>,
    confidence: Confidence,
    #[serde(default)]
    quirks: Vec<Quirk>,
    #[serde(default)]
    seconds: Seconds,
    #[serde(default)]
    only_configured: bool,
    reserved: Option<String>,
    #[serde(default)]
    packages: Vec<Spanned<String>>,
    files: Named,
    #[serde(default)]
    folders: Named,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seconds {
    list: Option<Spanned<u64>>,
    sign: Option<Spanned<u64>>,
}

/// Reads a whole catalogue.
pub(super) fn read(text: &str) -> Result<Catalogue, CatalogueError> {
    let at = |broken: Broken| error_at(text, broken);
    let written: Written = toml::from_str(text).map_err(|error| {
        at(Broken {
            span: error.span().unwrap_or_default(),
            why: error.message().to_owned(),
        })
    })?;
    let folders = lists(written.folders, folder).map_err(at)?;
    let mut catalogue = Catalogue {
        folders,
        ..Catalogue::default()
    };
    for ca in written.ca {
        catalogue.install.push(of_ca(ca, &catalogue).map_err(at)?);
    }
    for device in written.device {
        catalogue.devices.push(of_device(device).map_err(at)?);
    }
    for row in written.module {
        catalogue.rows.push(of_row(row, &catalogue).map_err(at)?);
    }
    Ok(catalogue)
}

/// A value that can't be used, and why.
struct Broken {
    span: Range<usize>,
    why: String,
}

impl Broken {
    fn at<T>(value: &Spanned<T>, why: impl Into<String>) -> Self {
        Self {
            span: value.span(),
            why: why.into(),
        }
    }
}

fn of_ca(ca: WrittenCa, before: &Catalogue) -> Result<(String, Words), Broken> {
    let twice = before.install(ca.name.get_ref()).is_some();
    Ok((unique(ca.name, twice)?, ca.install))
}

fn of_device(device: WrittenDevice) -> Result<Device, Broken> {
    Ok(Device {
        vendor: device.vendor,
        product: device.product,
        chip: unique(device.chip, false)?,
        ca: device.ca,
    })
}

fn of_row(row: WrittenRow, before: &Catalogue) -> Result<Row, Broken> {
    let twice = before
        .rows
        .iter()
        .any(|other| &other.name == row.name.get_ref());
    let packages = row.packages.into_iter().map(package);
    Ok(Row {
        name: unique(row.name, twice)?,
        ca: row.ca,
        confidence: row.confidence,
        quirks: Quirks::from_iter(row.quirks),
        deadlines: row.seconds.deadlines()?,
        only_configured: row.only_configured,
        reserved: row.reserved,
        administrators: false,
        packages: packages.collect::<Result<_, _>>()?,
        files: lists(row.files, file)?,
        folders: lists(row.folders, folder)?,
    })
}

fn unique(name: Spanned<String>, twice: bool) -> Result<String, Broken> {
    match name.get_ref().trim() {
        "" => Err(Broken::at(&name, "it is empty")),
        _ if twice => Err(Broken::at(&name, "it stands there twice")),
        _ => Ok(name.into_inner()),
    }
}

fn lists(written: Named, judge: fn(System, &str) -> Result<(), String>) -> Result<Lists, Broken> {
    let one = |(key, names): (Spanned<String>, Vec<Spanned<String>>)| {
        let Some((system, architecture)) = places::key(key.get_ref()) else {
            let why = format!("{:?} is no system", key.get_ref());
            return Err(Broken::at(&key, why));
        };
        for name in &names {
            judge(system, name.get_ref()).map_err(|why| Broken::at(name, why))?;
        }
        Ok(List {
            system,
            architecture,
            names: names.into_iter().map(Spanned::into_inner).collect(),
        })
    };
    written.into_iter().map(one).collect()
}

/// A file name with a folder in it would be looked for where nobody expects it.
fn file(_: System, name: &str) -> Result<(), String> {
    if name.is_empty() || name.contains(['/', '\\', '\0']) || name == ".." {
        return Err(format!("{name:?} is no plain file name"));
    }
    Ok(())
}

/// A folder that depends on where a program was started could be anybody's.
fn folder(system: System, name: &str) -> Result<(), String> {
    let absolute = match system {
        System::Linux | System::Macos => name.starts_with('/'),
        System::Windows => matches!(name.as_bytes(), [b'A'..=b'Z', b':', b'\\', ..]),
    };
    let upwards = name.split(['/', '\\']).any(|part| part == "..");
    if !absolute || upwards || name.contains('\0') {
        return Err(format!("{name:?} is no absolute folder"));
    }
    Ok(())
}

/// A package's name goes into another program's arguments.
fn package(name: Spanned<String>) -> Result<String, Broken> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+-._".contains(c);
    let begins = name
        .get_ref()
        .starts_with(|c: char| c.is_ascii_alphanumeric());
    if !begins || !name.get_ref().chars().all(allowed) {
        let why = format!("{:?} is no package's name", name.get_ref());
        return Err(Broken::at(&name, why));
    }
    Ok(name.into_inner())
}

impl Seconds {
    fn deadlines(self) -> Result<Deadlines, Broken> {
        let usual = Deadlines::default();
        Ok(Deadlines {
            list: duration(self.list, usual.list)?,
            sign: duration(self.sign, usual.sign)?,
            ..usual
        })
    }
}

fn duration(seconds: Option<Spanned<u64>>, usual: Duration) -> Result<Duration, Broken> {
    match seconds {
        None => Ok(usual),
        Some(seconds) if (1..=MAX_SECONDS).contains(seconds.get_ref()) => {
            Ok(Duration::from_secs(seconds.into_inner()))
        }
        Some(seconds) => Err(Broken::at(&seconds, format!("1 to {MAX_SECONDS} seconds"))),
    }
}

fn error_at(text: &str, broken: Broken) -> CatalogueError {
    let before = text.get(..broken.span.start).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let until_here: Vec<&str> = text.lines().take(line).collect();
    CatalogueError {
        file: None,
        line,
        field: field(&until_here),
        why: broken.why,
    }
}

/// The field that the last of these lines belongs to: lists go over several lines.
fn field(lines: &[&str]) -> Option<String> {
    let row = lines.iter().rev().take_while(|line| !line.starts_with('['));
    let key = |line: &&str| {
        let (key, _) = line.split_once('=')?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let key = key.trim();
        let outermost = key.split('.').next().filter(|name| !name.is_empty())?;
        key.chars().all(plain).then(|| outermost.to_owned())
    };
    row.filter_map(key).next()
}
