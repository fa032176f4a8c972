//! Reading and writing a pipe by a deadline, on this thread.

use std::io::{self, PipeReader};
use std::os::fd::AsFd;

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
}

impl From<Deadline> for Until<'_> {
    fn from(deadline: Deadline) -> Self {
        Self {
            deadline,
            stopped: None,
        }
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

fn wait(pipe: impl AsFd, for_what: PollFlags, until: Until<'_>) -> Result<(), PipeError> {
    let mut watched = vec![PollFd::new(&pipe, for_what)];
    watched.extend(
        until
            .stopped
            .map(|stopped| PollFd::new(stopped, PollFlags::IN)),
    );
    match poll(&mut watched, Some(&until.deadline.timespec())) {
        Ok(0) => Err(PipeError::Late),
        Ok(_) if watched.iter().skip(1).any(|end| !end.revents().is_empty()) => {
            Err(PipeError::Stopped)
        }
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(_) => Err(PipeError::Closed),
    }
}
