//! What the system tells of processes (proc(5)). What can't be read isn't there.

use std::ffi::{OsStr, OsString};
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The most that is read of a process's command line or variables, in bytes.
const BYTES_MAX: u64 = 256 * 1024;
/// How many processes are looked at.
const PROCESSES_MAX: usize = 65_536;

/// One process.
#[derive(Debug)]
pub(super) struct Process {
    /// Its number.
    pub(super) number: i32,
    folder: PathBuf,
}

impl Process {
    /// The one with this number below `proc`.
    pub(super) fn of(number: i32, proc: &Path) -> Self {
        let folder = proc.join(number.to_string());
        Self { number, folder }
    }

    /// Every process of this user that may be looked at.
    pub(super) fn all(proc: &Path) -> Vec<Self> {
        let Ok(folders) = std::fs::read_dir(proc) else {
            return Vec::new();
        };
        let own = rustix::process::geteuid().as_raw();
        let is_own = |process: &Self| {
            std::fs::metadata(&process.folder).is_ok_and(|folder| folder.uid() == own)
        };
        let numbers = folders
            .filter_map(Result::ok)
            .filter_map(|folder| folder.file_name().to_str()?.parse().ok());
        numbers
            .take(PROCESSES_MAX)
            .map(|number| Self::of(number, proc))
            .filter(is_own)
            .collect()
    }

    /// The number of its parent; none for the first process and its children, whose parents may be gone.
    pub(super) fn parent(&self) -> Option<i32> {
        self.status(1).filter(|parent| *parent > 1)
    }

    /// The number of its process group.
    pub(super) fn group(&self) -> Option<i32> {
        self.status(2)
    }

    /// A number among those that follow the name, which is in brackets and may hold anything.
    fn status(&self, place: usize) -> Option<i32> {
        let line = self.read("stat")?;
        let behind = line.rsplit(|byte| *byte == b')').next()?;
        let fields = std::str::from_utf8(behind).ok()?;
        fields.split_ascii_whitespace().nth(place)?.parse().ok()
    }

    /// Its program, also one that was replaced while it runs.
    pub(super) fn program(&self) -> Option<PathBuf> {
        let program = std::fs::read_link(self.folder.join("exe")).ok()?;
        let bytes = program.as_os_str().as_bytes();
        let bytes = bytes.strip_suffix(b" (deleted)").unwrap_or(bytes);
        Some(PathBuf::from(OsStr::from_bytes(bytes)))
    }

    /// Its command line, each word ended by NUL; of a program that wrote a title there, that.
    pub(super) fn line(&self) -> Vec<u8> {
        self.read("cmdline").unwrap_or_default()
    }

    /// What it found in its environment when it began, unless it wrote a title over it.
    pub(super) fn variable(&self, name: &str) -> Option<OsString> {
        let variables = self.read("environ")?;
        let mut variables = variables.split(|byte| *byte == 0);
        let value = variables.find_map(|one| one.strip_prefix(name.as_bytes())?.strip_prefix(b"="));
        value.map(|value| OsStr::from_bytes(value).to_owned())
    }

    fn read(&self, name: &str) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let file = std::fs::File::open(self.folder.join(name)).ok()?;
        file.take(BYTES_MAX).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }
}

/// Processes that are played.
#[cfg(test)]
pub(super) mod played {
    use std::os::unix::fs::symlink;

    /// Number, parent, program, command line, and variables, these two with a space between. Each leads a group.
    pub(in super::super) type Played<'a> = (i32, i32, &'a str, &'a str, &'a str);

    pub(in super::super) fn proc(processes: &[Played<'_>]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("sys")).expect("made");
        for (number, parent, program, line, variables) in processes {
            let of = folder.path().join(number.to_string());
            std::fs::create_dir(&of).expect("made");
            let write = |name: &str, text: &str| {
                std::fs::write(of.join(name), text).expect("written");
            };
            write(
                "stat",
                &format!("{number} (a ) (name) S {parent} {number} 1 0"),
            );
            write("cmdline", &line.replace(' ', "\0"));
            write("environ", &variables.replace(' ', "\0"));
            symlink(program, of.join("exe")).expect("linked");
        }
        folder
    }
}

#[cfg(test)]
mod tests {
    use super::played::proc;
    use super::*;

    #[test]
    fn a_variable_is_found_by_its_whole_name() {
        let folder = proc(&[(7, 1, "/bin/a", "a", "XDISPLAY=:1 DISPLAY=:2 DISPLAY_=:3 E=")]);
        let process = Process::of(7, folder.path());
        let check = |name: &str, expected: Option<&str>| {
            assert_eq!(
                process.variable(name),
                expected.map(OsString::from),
                "{name}"
            );
        };
        check("DISPLAY", Some(":2"));
        check("E", Some(""));
        check("DISP", None);
        assert_eq!(Process::of(8, folder.path()).variable("E"), None);
    }

    #[test]
    fn only_processes_are_processes() {
        let folder = proc(&[(7, 1, "/bin/a", "a", ""), (8, 7, "/bin/b", "b", "")]);
        let mut numbers: Vec<_> = Process::all(folder.path())
            .iter()
            .map(|process| process.number)
            .collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [7, 8]);
    }
}
