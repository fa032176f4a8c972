//! The agent starts itself anew, in the same process: where its program was replaced by another version, and where the
//! person is in another session than the one that it began in.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use kyso_screens::Page;

use super::surroundings::Surroundings;

/// What the system puts behind the name of a program whose file is no more (proc(5), `/proc/pid/exe`).
const DELETED: &[u8] = b" (deleted)";

/// How the next one begins.
#[derive(Debug)]
pub(super) struct Anew {
    program: PathBuf,
    surroundings: Surroundings,
    /// What it shows.
    page: Option<Page>,
}

impl Anew {
    /// Whether the agent must start anew before it does what somebody wants who is `there`.
    pub(super) fn wanted(there: Option<&Surroundings>, page: Option<Page>) -> Option<Self> {
        let here = Surroundings::own();
        let moved = there.and_then(|there| here.moved_to(there));
        let (program, replaced) = program(std::env::current_exe().ok()?)?;
        (replaced || moved.is_some()).then(|| Self {
            program,
            surroundings: moved.unwrap_or(here),
            page,
        })
    }

    /// Becomes the next one; returns only where the system refuses.
    pub(super) fn begin(&self, settings_file: Option<&Path>) -> std::io::Error {
        tracing::info!("starting anew");
        let mut command = Command::new(&self.program);
        match self.page {
            Some(page) => command.arg(super::page_option(page)),
            None => command.arg("--hidden"),
        };
        self.surroundings.give_to(&mut command);
        for spent in ["XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID"] {
            command.env_remove(spent);
        }
        if let Some(file) = settings_file {
            command.env("KYSO_CONFIG", file);
        }
        command.exec()
    }
}

/// Whether this program was removed, and none came in its place.
pub(super) fn is_removed() -> bool {
    std::env::current_exe().is_ok_and(|running| program(running).is_none())
}

/// The file of the program that runs as this, and whether it is another one by now; none, where there is none.
fn program(running: PathBuf) -> Option<(PathBuf, bool)> {
    let (program, replaced) = match running.as_os_str().as_bytes().strip_suffix(DELETED) {
        Some(before) => (OsString::from_vec(before.to_vec()).into(), true),
        None => (running, false),
    };
    program.is_file().then_some((program, replaced))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_was_replaced_where_another_file_has_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("kyso-agent");
        let gone = folder.path().join("kyso-agent (deleted)");
        assert_eq!(program(gone.clone()), None);
        std::fs::write(&file, "").expect("written");
        assert_eq!(program(gone), Some((file.clone(), true)));
        assert_eq!(program(file.clone()), Some((file, false)));
    }
}
