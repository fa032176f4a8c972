//! Reading and writing a pipe by a deadline, on this thread.

use std::io;
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

/// Makes reads and writes of this end return at once.
pub(super) fn never_block(pipe: impl AsFd) -> io::Result<()> {
    Ok(fcntl_setfl(&pipe, fcntl_getfl(&pipe)? | OFlags::NONBLOCK)?)
}

/// Writes one frame whose body is these parts, without bringing them together in memory that nobody wipes.
pub(super) fn write_frame(
    pipe: impl AsFd,
    parts: &[&[u8]],
    deadline: Deadline,
) -> Result<(), PipeError> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let length = u32::try_from(length).map_err(|_| WireError::TooLong)?;
    write_all(&pipe, &length.to_le_bytes(), deadline)?;
    parts
        .iter()
        .try_for_each(|part| write_all(&pipe, part, deadline))
}

fn write_all(pipe: impl AsFd, mut bytes: &[u8], deadline: Deadline) -> Result<(), PipeError> {
    while !bytes.is_empty() {
        match rustix::io::write(&pipe, bytes) {
            Ok(count) => bytes = bytes.split_at_checked(count).map_or(&[], |(_, rest)| rest),
            Err(Errno::AGAIN) => wait(&pipe, PollFlags::OUT, deadline)?,
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
    deadline: Deadline,
) -> Result<(), PipeError> {
    let mut filled = 0;
    while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
        match rustix::io::read(&pipe, room) {
            Ok(0) => return Err(PipeError::Closed),
            Ok(count) => filled += count,
            Err(Errno::AGAIN) => wait(&pipe, PollFlags::IN, deadline)?,
            Err(Errno::INTR) => {}
            Err(_) => return Err(PipeError::Closed),
        }
    }
    Ok(())
}

fn wait(pipe: impl AsFd, for_what: PollFlags, deadline: Deadline) -> Result<(), PipeError> {
    let mut watched = [PollFd::new(&pipe, for_what)];
    match poll(&mut watched, Some(&deadline.timespec())) {
        Ok(0) => Err(PipeError::Late),
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(_) => Err(PipeError::Closed),
    }
}
