//! Opens the return page: in the browser that the ask came from where that is known, else in the one that was set or
//! the system's.

mod clues;
mod installed;
mod origin;
mod parents;
mod process;
mod profile;
mod running;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rustix::process::Pid;

pub use clues::Clues;
pub use installed::installed;

/// Folders with programs of all kinds: that two lie there together says nothing.
const SHARED: [&str; 5] = [
    "/bin",
    "/usr/bin",
    "/usr/local/bin",
    "/usr/games",
    "/snap/bin",
];

/// A browser as its desktop file starts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Browser {
    /// What it is called.
    pub name: String,
    /// What the settings call it: its desktop file's name, or its program.
    pub id: String,
    /// Its program.
    pub program: PathBuf,
    /// The program that is started, and what it is given before an address.
    command: Vec<OsString>,
}

impl Browser {
    /// This program, and nothing before the address.
    #[must_use]
    pub fn of_program(program: PathBuf) -> Self {
        Self {
            name: program.display().to_string(),
            id: program.display().to_string(),
            command: vec![program.clone().into()],
            program,
        }
    }

    /// The one that was set: an installed browser by its desktop file's name, or a program.
    #[must_use]
    pub fn chosen(set: &Path) -> Self {
        let is_set = |browser: &Browser| is_desktop_file(set) && set == Path::new(&browser.id);
        let found = installed().into_iter().find(is_set);
        // What was uninstalled is no program either, and gives way to the system's.
        found.unwrap_or_else(|| Self::of_program(set.to_owned()))
    }

    /// The installed browser that a link came from, with the profile that it runs with: by the processes above the one
    /// that was handed the link, by what that one knows itself, and by which browsers run where this process is.
    #[must_use]
    pub fn asking(caller: Option<Pid>, clues: &Clues) -> Option<Self> {
        let desk = origin::Desk {
            proc: Path::new("/proc"),
            variable: &|name| std::env::var_os(name),
            known: &installed(),
        };
        origin::browser(caller, clues, &desk)
    }

    /// Whether a process with this program is one of this browser's. A desktop file often names a script or link beside
    /// the program, or one of the same name.
    fn runs_as(&self, program: &Path) -> bool {
        let named = std::fs::canonicalize(&self.program).unwrap_or_else(|_| self.program.clone());
        let folder = program.parent();
        let is_shared = SHARED
            .iter()
            .any(|shared| folder == Some(Path::new(shared)));
        let together = named.parent() == folder && !is_shared;
        named == program || together || self.program.file_name() == program.file_name()
    }

    fn with(mut self, options: Vec<OsString>) -> Self {
        self.command.extend(options);
        self
    }
}

/// Whether what was set names a desktop file, and no program.
#[must_use]
pub fn is_desktop_file(set: &Path) -> bool {
    let alone = set.parent() == Some(Path::new(""));
    alone && set.extension().is_some_and(|end| end == "desktop")
}

/// How long a program that hasn't ended counts as one that will not fail.
const SETTLED: Duration = Duration::from_secs(3);

/// Opens an address: in this browser, else, where that is unknown or fails, in the system's. Blocks until the program has
/// ended well or has run for three seconds: one that finds no browser says so when it ends.
///
/// # Errors
/// None could be started, or each ended with a failure.
pub fn open(address: &str, browser: Option<&Browser>) -> io::Result<()> {
    let systems = [OsString::from(if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    })];
    let own = browser.map(|browser| browser.command.as_slice());
    first_of([own, Some(&systems)].into_iter().flatten(), address)
}

/// The first command that takes the address.
fn first_of<'a>(commands: impl Iterator<Item = &'a [OsString]>, address: &str) -> io::Result<()> {
    let mut why = io::ErrorKind::NotFound.into();
    for command in commands {
        match start(command, address) {
            Ok(()) => return Ok(()),
            Err(error) => {
                tracing::warn!(%error, "a browser could not be opened");
                why = error;
            }
        }
    }
    Err(why)
}

/// They brought our window to the front.
const SPENT: [&str; 2] = ["XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID"];

fn start(command: &[OsString], address: &str) -> io::Result<()> {
    let (program, before) = command.split_first().ok_or(io::ErrorKind::NotFound)?;
    let mut command = Command::new(program);
    // What is spent, and what tells of the browser that this process came from.
    for name in SPENT.into_iter().chain(clues::VARIABLES) {
        command.env_remove(name);
    }
    let mut child = command
        .args(before)
        .arg(address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let (tell, ended) = mpsc::channel();
    // It may stay as long as the browser does; waiting keeps no dead process behind.
    std::thread::spawn(move || tell.send(child.wait()));
    match ended.recv_timeout(SETTLED) {
        Ok(Ok(status)) if !status.success() => Err(io::Error::other(status.to_string())),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_desktop_file_is_told_from_a_program() {
        let check = |set: &str, file: bool| {
            assert_eq!(is_desktop_file(Path::new(set)), file, "{set}");
        };
        check("firefox.desktop", true);
        check("org.example.Browser.desktop", true);
        check("/usr/bin/firefox", false);
        check("/opt/firefox.desktop", false);
        check("../firefox.desktop", false);
        check("firefox", false);
        check(".desktop", false);
        check("", false);
        assert_eq!(
            Browser::chosen(Path::new("not-there.desktop")).command,
            ["not-there.desktop"]
        );
    }

    #[test]
    fn what_cannot_be_started_or_fails_gives_way_to_the_next() {
        let folder = tempfile::tempdir().expect("a folder");
        let told = folder.path().join("told");
        let writes = format!("printf %s \"$1\" > '{}'", told.display());
        let command = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
        let (absent, fails) = (command(&["/nowhere"]), command(&["/bin/false"]));
        let opens = command(&["/bin/sh", "-c", &writes, "sh"]);
        let open = |commands: &[&Vec<OsString>]| {
            let commands = commands.iter().map(|command| command.as_slice());
            first_of(commands, "https://portal.example/#code").is_ok()
        };
        assert!(!open(&[]));
        assert!(!open(&[&absent, &fails]));
        assert!(!told.exists());
        assert!(open(&[&absent, &fails, &opens]));
        let address = std::fs::read_to_string(&told).expect("written");
        assert_eq!(address, "https://portal.example/#code");
        assert!(open(&[&opens, &fails]));
    }
}
