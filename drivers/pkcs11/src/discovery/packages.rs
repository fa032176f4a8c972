//! Modules of packages that are installed, as dpkg or rpm tell. Only packages that the catalogue names are asked for: the
//! databases have hundreds of thousands of files.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::{System, program};
use crate::catalogue::Catalogue;

const PATIENCE: Duration = Duration::from_secs(2);
/// Longest list of files that is read, in bytes.
const MAX_OUTPUT: usize = 1 << 20;

/// A program that lists the files of packages, and what it wants to be told for that.
#[derive(Clone, Debug)]
pub(super) struct Database {
    program: PathBuf,
    arguments: &'static [&'static str],
}

/// Those of this machine.
pub(super) fn databases() -> Vec<Database> {
    if !cfg!(unix) {
        return Vec::new();
    }
    let known = [
        ("/usr/bin/dpkg-query", &["--listfiles", "--"][..]),
        ("/usr/bin/rpm", &["--query", "--list", "--"]),
    ];
    let installed = known
        .into_iter()
        .filter(|(program, _)| Path::new(program).is_file());
    installed
        .map(|(program, arguments)| Database {
            program: program.into(),
            arguments,
        })
        .collect()
}

/// Module files of the catalogue's packages, and the package that the catalogue names for each.
pub(super) fn modules(
    databases: &[Database],
    catalogue: &Catalogue,
    system: System,
) -> Vec<(PathBuf, String)> {
    let packages: Vec<_> = catalogue.packages().collect();
    if packages.is_empty() {
        return Vec::new();
    }
    let listed = databases
        .iter()
        .flat_map(|database| files(database, packages.iter().map(|(package, _)| *package)));
    let of_package = |path: PathBuf| {
        let row = catalogue.row_of(path.file_name()?.to_str()?, system)?;
        let (package, _) = packages.iter().find(|(_, of)| of.name == row.name)?;
        Some((path, (*package).to_owned()))
    };
    listed.filter_map(of_package).collect()
}

/// The files of the packages that are installed; nothing where the program fails. What is missing it says elsewhere.
fn files<'a>(database: &Database, packages: impl Iterator<Item = &'a str>) -> Vec<PathBuf> {
    let mut command = Command::new(&database.program);
    command.args(database.arguments).args(packages);
    let said = program::output(command, MAX_OUTPUT, PATIENCE).unwrap_or_default();
    let text = String::from_utf8_lossy(&said);
    let lines = text.lines().filter(|line| line.starts_with('/'));
    lines.map(PathBuf::from).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn catalogue() -> Catalogue {
        Catalogue::parse(
            "[[module]]\nname = \"A\"\nconfidence = \"seen\"\npackages = [\"a-token\", \"not-there\"]\n\
             files = { linux = [\"a.so\"] }\n",
        )
        .unwrap()
    }

    /// A program that answers as `rpm -ql` does.
    fn answering(folder: &Path, script: &str) -> Database {
        let program = folder.join("rpm");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        Database {
            program,
            arguments: &["--query", "--list", "--"],
        }
    }

    #[test]
    fn finds_modules_among_a_packages_files() {
        let folder = tempfile::tempdir().unwrap();
        let rpm = answering(
            folder.path(),
            "test \"$*\" = '--query --list -- a-token not-there' || exit 2\n\
             echo /opt/a/readme; echo /opt/a/a.so; echo 'package not-there is not installed'; exit 1",
        );
        assert_eq!(
            modules(&[rpm], &catalogue(), System::Linux),
            [(PathBuf::from("/opt/a/a.so"), "a-token".to_owned())]
        );
    }

    #[test]
    fn does_not_wait_for_a_database_that_hangs_nor_read_one_that_never_ends() {
        let folder = tempfile::tempdir().unwrap();
        let begun = std::time::Instant::now();
        for script in ["exec tail -f /dev/null", "exec yes /opt/a/b.so"] {
            let rpm = answering(folder.path(), script);
            assert_eq!(modules(&[rpm], &catalogue(), System::Linux), []);
        }
        assert!(begun.elapsed() < 4 * PATIENCE, "{:?}", begun.elapsed());
    }

    #[test]
    fn asks_the_real_dpkg() {
        let databases = databases();
        let dpkg = |database: &&Database| database.program.ends_with("dpkg-query");
        if databases.iter().find(dpkg).is_none() {
            return;
        }
        let catalogue = Catalogue::built_in().unwrap();
        let found = modules(&databases, &catalogue, System::Linux);
        for (package, file) in [
            ("libsofthsm2", "libsofthsm2.so"),
            ("opensc-pkcs11", "opensc-pkcs11.so"),
        ] {
            let installed = std::fs::read_dir("/var/lib/dpkg/info")
                .unwrap()
                .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
                .any(|name| name.starts_with(package) && name.ends_with(".list"));
            let is = |(path, of): &(PathBuf, String)| path.ends_with(file) && of == package;
            assert_eq!(found.iter().any(is), installed, "{package}: {found:?}");
        }
        let none = Catalogue::parse(
            "[[module]]\nname = \"N\"\nconfidence = \"seen\"\npackages = [\"no-such-package\"]\nfiles = {}\n",
        );
        assert_eq!(modules(&databases, &none.unwrap(), System::Linux), []);
    }
}
