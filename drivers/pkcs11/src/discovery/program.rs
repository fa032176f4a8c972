//! Another program's output, bounded in length and time.

use std::io;
use std::os::fd::AsFd;
use std::process::{ChildStdout, Command, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};

use crate::deadline::Deadline;

/// What the program writes on stdout until it closes it, or `None` where it doesn't start, writes more than `most` bytes
/// or isn't ready in time. It is killed then. Its words are English, and its other output is thrown away.
pub(super) fn output(mut command: Command, most: usize, patience: Duration) -> Option<Vec<u8>> {
    command
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    let stdout = child.stdout.take()?;
    let said = read(&stdout, most, Deadline::after(patience));
    let _ = child.kill();
    let _ = child.wait();
    said.ok()
}

fn read(from: &ChildStdout, most: usize, deadline: Deadline) -> io::Result<Vec<u8>> {
    let mut said = Vec::new();
    let mut some = [0; 8192];
    loop {
        let mut watched = [PollFd::new(&from, PollFlags::IN)];
        if poll(&mut watched, Some(&deadline.timespec()))? == 0 {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let count = rustix::io::read(from.as_fd(), &mut some)?;
        if count == 0 {
            return Ok(said);
        }
        said.extend(some.iter().take(count));
        if said.len() > most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
    }
}
