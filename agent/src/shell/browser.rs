//! Opens the return page: in the browser that the ask came from where that is known, else in the one that was set or
//! the system's.

mod installed;
mod parents;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::Pid;

pub use installed::installed;

/// A browser as its desktop file starts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Browser {
    /// What it is called.
    pub name: String,
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
            command: vec![program.clone().into()],
            program,
        }
    }

    /// The browser under whose processes this one runs, with the profile that it runs with.
    #[must_use]
    pub fn above(process: Pid) -> Option<Self> {
        parents::browser_above(process, Path::new("/proc"), &installed())
    }

    fn with(mut self, options: Vec<OsString>) -> Self {
        self.command.extend(options);
        self
    }
}

/// Starts the browser with an address: this one, else the system's.
///
/// # Errors
/// The program can't be started.
pub fn open(address: &str, browser: Option<&Browser>) -> io::Result<()> {
    let systems = [OsString::from(if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    })];
    let words = browser.map_or(systems.as_slice(), |browser| &browser.command);
    let (program, before) = words.split_first().ok_or(io::ErrorKind::NotFound)?;
    let mut child = Command::new(program)
        .args(before)
        .arg(address)
        // They brought our window to the front, and are spent.
        .env_remove("XDG_ACTIVATION_TOKEN")
        .env_remove("DESKTOP_STARTUP_ID")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    // It may stay as long as the browser does; waiting only keeps no dead process behind.
    std::thread::spawn(move || child.wait());
    Ok(())
}
