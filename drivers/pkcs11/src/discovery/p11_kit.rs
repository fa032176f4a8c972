//! The modules that p11-kit is configured with: one file each (pkcs11.conf(5)).
//!
//! The person's own folder is left out, as p11-kit does by default. `remote` modules are somebody's command, not a file,
//! and modules for trust policy hold no keys: both are left out.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The name by which `enable-in` and `disable-in` call this program.
const OURSELVES: &str = "kyso";
const MAX_FILE: u64 = 64 << 10;
const MAX_FILES: usize = 64;

/// A module that p11-kit would load.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The file that names it.
    pub(super) file: PathBuf,
    pub(super) module: PathBuf,
    pub(super) reserved: Option<String>,
}

/// The folders of module files; a file in a later one stands for that of its name in an earlier one.
pub(super) fn folders() -> Vec<PathBuf> {
    // Elsewhere these would count from the drive that happens to be the current one.
    if !cfg!(unix) {
        return Vec::new();
    }
    ["/usr/share/p11-kit/modules", "/etc/pkcs11/modules"]
        .map(PathBuf::from)
        .to_vec()
}

/// The modules of all files. Relative names count from p11-kit's own folder: the first of `beside` that has the file.
pub(super) fn modules<'a>(
    folders: &[PathBuf],
    beside: impl Iterator<Item = &'a str>,
) -> Vec<Entry> {
    let beside: Vec<&Path> = beside.map(Path::new).collect();
    let mut files: BTreeMap<OsString, PathBuf> = BTreeMap::new();
    for folder in folders {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        for entry in entries.take(MAX_FILES).filter_map(Result::ok) {
            if entry.path().extension().is_some_and(|end| end == "module") {
                files.insert(entry.file_name(), entry.path());
            }
        }
    }
    let entries = files.into_values();
    entries
        .filter_map(|file| entry(&read(&file)?, file, &beside))
        .collect()
}

fn read(file: &Path) -> Option<String> {
    let mut text = String::new();
    let opened = std::fs::File::open(file).ok()?;
    opened.take(MAX_FILE).read_to_string(&mut text).ok()?;
    Some(text)
}

fn entry(text: &str, file: PathBuf, beside: &[&Path]) -> Option<Entry> {
    let fields: BTreeMap<&str, &str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(':'))
        .map(|(key, value)| (key.trim(), value.trim()))
        .collect();
    let lists_us = |value: &&str| value.split([',', ' ']).any(|name| name == OURSELVES);
    let refused = fields.get("disable-in").is_some_and(lists_us)
        || fields
            .get("enable-in")
            .is_some_and(|value| !lists_us(value))
        || fields.get("trust-policy") == Some(&"yes")
        || fields.contains_key("remote");
    let named = Path::new(fields.get("module").filter(|name| !name.is_empty())?);
    let module = if named.is_absolute() {
        Some(named.to_owned())
    } else {
        let places = beside.iter().map(|folder| folder.join(named));
        places.into_iter().find(|place| place.is_file())
    };
    let reserved = fields
        .get("x-init-reserved")
        .filter(|text| !text.is_empty());
    (!refused).then_some(Entry {
        file,
        module: module?,
        reserved: reserved.map(|text| (*text).to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<Entry> {
        entry(text, "x.module".into(), &[])
    }

    fn check_left_out(text: &str) {
        assert_eq!(
            found(&format!("module: /opt/x.so\n{text}\n")),
            None,
            "{text}"
        );
    }

    #[test]
    fn reads_a_module_and_its_parameter_text() {
        let text = "# a comment: of ours\nmodule: /opt/x.so\ncritical: no\nx-init-reserved: configdir='/y'\n";
        let expected = Entry {
            file: "x.module".into(),
            module: "/opt/x.so".into(),
            reserved: Some("configdir='/y'".into()),
        };
        assert_eq!(found(text), Some(expected));
        assert_eq!(found("critical: no\n"), None);
        assert_eq!(found(""), None);
    }

    #[test]
    fn leaves_out_what_is_not_for_us() {
        check_left_out("disable-in: firefox, kyso");
        check_left_out("enable-in: p11-kit-proxy");
        check_left_out("trust-policy: yes");
        check_left_out("remote: |ssh elsewhere p11-kit remote");
        assert!(found("module: /opt/x.so\nenable-in: firefox,kyso\n").is_some());
    }

    #[test]
    fn a_later_folder_stands_for_an_earlier_one_and_names_may_be_relative() {
        let folder = tempfile::tempdir().unwrap();
        let [usual, etc, modules_folder] =
            ["usual", "etc", "modules"].map(|name| folder.path().join(name));
        for made in [&usual, &etc, &modules_folder] {
            std::fs::create_dir(made).unwrap();
        }
        std::fs::write(modules_folder.join("card.so"), "").unwrap();
        std::fs::write(usual.join("card.module"), "module: /old/card.so\n").unwrap();
        std::fs::write(etc.join("card.module"), "module: card.so\n").unwrap();
        std::fs::write(etc.join("notes.txt"), "module: /opt/no.so\n").unwrap();
        let found = modules(&[usual, etc.clone()], modules_folder.to_str().into_iter());
        let expected = Entry {
            file: etc.join("card.module"),
            module: modules_folder.join("card.so"),
            reserved: None,
        };
        assert_eq!(found, [expected]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_left_out(text in "(module|remote|x-init-reserved)?:? ?.{0,60}\n?.{0,60}") {
            let _ = found(&text);
        }
    }
}
