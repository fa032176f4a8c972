//! Programs of the workspace as processes that end with their owner.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result};
use tokio::process::{Child, Command};

/// A program in the folder that `KYSO_BENCH_PROGRAMS` names (measurements take what is shipped), else of the same build as
/// this one.
///
/// # Errors
/// If it was not built; the text says how.
pub fn program(name: &str) -> Result<PathBuf> {
    let me = std::env::current_exe()?;
    let folder = me.parent().context("a program lies in a folder")?;
    let named = std::env::var_os("KYSO_BENCH_PROGRAMS").map(PathBuf::from);
    // Test binaries lie one folder deeper than programs.
    let own = [folder.to_owned(), folder.join("..")];
    named
        .into_iter()
        .chain(own)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
        .with_context(|| format!("{name} is not built: cargo build --workspace --all-features"))
}

/// A running process; killed when this is dropped.
pub struct Running {
    child: Child,
}

impl Running {
    /// Starts `command` with its output in `log`.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(command: &mut Command, log: &Path) -> Result<Self> {
        let out = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)?;
        let err = out.try_clone()?;
        let child = command
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .kill_on_drop(true)
            .spawn()?;
        Ok(Self { child })
    }

    /// Its number; none once it was seen to have ended.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Whether it has ended by itself, and how.
    ///
    /// # Errors
    /// If the system does not tell.
    pub fn ended(&mut self) -> Result<Option<std::process::ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Ends it without asking (SIGKILL) and waits until it is gone.
    ///
    /// # Errors
    /// If the system refuses.
    pub async fn kill(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }
}
