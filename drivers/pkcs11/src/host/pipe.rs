//! Reading and writing a pipe by a deadline, on this thread.

use std::io::{self, PipeReader};
use std::os::fd::{AsFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;

use crate::deadline::Deadline;
use crate::wire::WireError;

/// Why nothing came or went.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PipeError {
    /// The deadline passed.
    Late,
    /// Somebody wants no answer any more.
    Stopped,
    /// The other end is gone.
    Closed,
    /// What came is no message.
    Wire(WireError),
}

impl From<WireError> for PipeError {
    fn from(error: WireError) -> Self {
        Self::Wire(error)
    }
}

/// How long is waited.
#[derive(Clone, Copy)]
pub(crate) struct Until<'a> {
    pub(crate) deadline: Deadline,
    /// Where its other end closes, nobody waits any longer.
    pub(crate) stopped: Option<&'a PipeReader>,
    /// The process at the other end, where the system tells of its end: one that it left behind may hold the pipe open.
    pub(super) process: Option<&'a OwnedFd>,
}

impl<'a> Until<'a> {
    /// A call that ends early where the other end of `stopped` closes.
    pub(crate) fn or_stopped(deadline: Deadline, stopped: Option<&'a PipeReader>) -> Self {
        Self {
            deadline,
            stopped,
            process: None,
        }
    }
}

impl From<Deadline> for Until<'_> {
    fn from(deadline: Deadline) -> Self {
        Self::or_stopped(deadline, None)
    }
}

/// Makes reads and writes of this end return at once.
pub(super) fn never_block(pipe: impl AsFd) -> io::Result<()> {
    Ok(fcntl_setfl(&pipe, fcntl_getfl(&pipe)? | OFlags::NONBLOCK)?)
}

/// Writes one frame. Its body is not copied: it may be a PIN.
pub(super) fn write_frame(pipe: impl AsFd, body: &[u8], until: Until<'_>) -> Result<(), PipeError> {
    let length = u32::try_from(body.len()).map_err(|_| WireError::TooLong)?;
    write_all(&pipe, &length.to_le_bytes(), until)?;
    write_all(&pipe, body, until)
}

fn write_all(pipe: impl AsFd, mut bytes: &[u8], until: Until<'_>) -> Result<(), PipeError> {
    while !bytes.is_empty() {
        match rustix::io::write(&pipe, bytes) {
            Ok(count) => bytes = bytes.split_at_checked(count).map_or(&[], |(_, rest)| rest),
            Err(Errno::AGAIN) => wait(&pipe, PollFlags::OUT, until)?,
            Err(Errno::INTR) => {}
            Err(_) => return Err(PipeError::Closed),
        }
    }
    Ok(())
}

/// Fills `buffer`.
pub(super) fn read_exact(
    pipe: impl AsFd,
    buffer: &mut [u8],
    until: Until<'_>,
) -> Result<(), PipeError> {
    let mut filled = 0;
    while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
        match rustix::io::read(&pipe, room) {
            Ok(0) => return Err(PipeError::Closed),
            Ok(count) => filled += count,
            Err(Errno::AGAIN) => wait(&pipe, PollFlags::IN, until)?,
            Err(Errno::INTR) => {}
            Err(_) => return Err(PipeError::Closed),
        }
    }
    Ok(())
}

/// What is in the pipe goes before the end of whoever wrote it.
fn wait(pipe: impl AsFd, for_what: PollFlags, until: Until<'_>) -> Result<(), PipeError> {
    let ready = |end: &PollFd<'_>| !end.revents().is_empty();
    let mut watched = vec![PollFd::new(&pipe, for_what)];
    let others = [
        until.stopped.map(AsFd::as_fd),
        until.process.map(AsFd::as_fd),
    ];
    let others = others.into_iter().flatten();
    watched.extend(others.map(|end| PollFd::from_borrowed_fd(end, PollFlags::IN)));
    match poll(&mut watched, Some(&until.deadline.timespec())) {
        Ok(0) => Err(PipeError::Late),
        Ok(_) if until.stopped.is_some() && watched.get(1).is_some_and(ready) => {
            Err(PipeError::Stopped)
        }
        Ok(_) if !watched.first().is_some_and(ready) => Err(PipeError::Closed),
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(_) => Err(PipeError::Closed),
    }
}
