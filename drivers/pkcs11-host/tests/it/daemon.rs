//! Programs that run beside a test and end with it.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Until a program has started, noticed or forgotten something.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A program that is killed when it is dropped.
pub(crate) struct Daemon(Child);

impl Daemon {
    /// Starts it, silent.
    pub(crate) fn start(command: &mut Command) -> io::Result<Self> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.spawn().map(Self)
    }
}

/// A port where this moment nobody listens, and nobody on the next one either.
pub(crate) fn two_free_ports() -> u16 {
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    loop {
        let first = bind(0).unwrap();
        let port = first.local_addr().unwrap().port();
        if port < u16::MAX && bind(port + 1).is_ok() {
            return port;
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits for an event that only asking again can tell.
pub(crate) fn until(what: &str, mut happened: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::yield_now();
    }
}

/// Whether this process may have a mount namespace of its own. Packages can be installed, that right can't: its absence
/// is said, and never a failure.
#[expect(clippy::print_stderr, reason = "the test's reader must see it")]
pub(crate) fn may_unshare(what_for: &str) -> bool {
    let tried = Command::new("unshare")
        .args(["-m", "true"])
        .stderr(Stdio::null())
        .status();
    let may = tried.is_ok_and(|status| status.success());
    if !may {
        eprintln!("skipped: {what_for} needs the right to make a mount namespace");
    }
    may
}
