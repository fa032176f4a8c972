//! Programs that run beside a test and end with it.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// Until a program has started, noticed or forgotten something.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A program that is killed when it is dropped.
pub struct Daemon(Child);

impl Daemon {
    /// Starts it, silent.
    ///
    /// # Errors
    /// If the program is missing.
    pub fn start(command: &mut Command) -> Result<Self> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Self::spawn(command)
    }

    /// Starts it and waits for the first line that it writes.
    ///
    /// # Errors
    /// If the program is missing, or ends without a line.
    pub fn announcing(command: &mut Command) -> Result<(Self, String)> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut daemon = Self::spawn(command)?;
        let output = daemon.0.stdout.as_mut().context("a pipe")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        ensure!(!line.is_empty(), "{:?} said nothing", command.get_program());
        Ok((daemon, line.trim().to_owned()))
    }

    fn spawn(command: &mut Command) -> Result<Self> {
        let child = command.spawn();
        child
            .map(Self)
            .with_context(|| format!("cannot start {:?}", command.get_program()))
    }

    /// Starts it, silent, with something for it to read.
    ///
    /// # Errors
    /// If the program is missing.
    pub fn start_fed(command: &mut Command) -> Result<(Self, ChildStdin)> {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start {:?}", command.get_program()))?;
        let stdin = child.stdin.take();
        let daemon = Self(child);
        Ok((daemon, stdin.context("nothing to write to")?))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits for an event that only asking again can tell.
///
/// # Errors
/// If it doesn't come within [`PATIENCE`].
pub fn until(what: &str, mut happened: impl FnMut() -> bool) -> Result<()> {
    let begun = Instant::now();
    while !happened() {
        ensure!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::yield_now();
    }
    Ok(())
}

/// Whether this process may have a mount namespace of its own. Packages can be installed, that right can't: its absence
/// is said, and never a failure.
#[must_use]
pub fn may_unshare(what_for: &str) -> bool {
    let tried = Command::new("unshare")
        .args(["-m", "true"])
        .stderr(Stdio::null())
        .status();
    let may = tried.is_ok_and(|status| status.success());
    if !may {
        crate::missing::skipped(&format!(
            "{what_for} needs the right to make a mount namespace"
        ));
    }
    may
}

/// A port of 127.0.0.1 where this moment nobody listens, and nobody on the next one either.
///
/// # Errors
/// If the system gives no port.
pub fn two_free_ports() -> Result<u16> {
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    loop {
        let first = bind(0)?;
        let port = first.local_addr()?.port();
        if let Some(next) = port.checked_add(1)
            && bind(next).is_ok()
        {
            return Ok(port);
        }
    }
}
