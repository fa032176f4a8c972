//! Reading and writing a pipe by a deadline, on this thread.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;

use crate::deadline::Deadline;
use crate::host::{PipeError, Until};

/// One end of a pipe, and who holds the other.
#[derive(Clone, Copy)]
pub(super) struct End<'a, T> {
    pub(super) pipe: &'a T,
    /// Tells of the process's end, where the system can: one that it left behind may hold the pipe open.
    pub(super) process: Option<&'a OwnedFd>,
}

/// Makes reads and writes of this end return at once.
pub(super) fn never_block(pipe: impl AsFd) -> io::Result<()> {
    Ok(fcntl_setfl(&pipe, fcntl_getfl(&pipe)? | OFlags::NONBLOCK)?)
}

impl<T: AsFd> End<'_, T> {
    /// Writes everything.
    pub(super) fn write_all(&self, mut bytes: &[u8], until: Until<'_>) -> Result<(), PipeError> {
        while !bytes.is_empty() {
            match rustix::io::write(self.pipe, bytes) {
                Ok(count) => bytes = bytes.split_at_checked(count).map_or(&[], |(_, rest)| rest),
                Err(Errno::AGAIN) => self.wait(PollFlags::OUT, until)?,
                Err(Errno::INTR) => {}
                Err(_) => return Err(PipeError::Closed),
            }
        }
        Ok(())
    }

    /// Fills `buffer`.
    pub(super) fn read_exact(&self, buffer: &mut [u8], until: Until<'_>) -> Result<(), PipeError> {
        let mut filled = 0;
        while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
            match rustix::io::read(self.pipe, room) {
                Ok(0) => return Err(PipeError::Closed),
                Ok(count) => filled += count,
                Err(Errno::AGAIN) => self.wait(PollFlags::IN, until)?,
                Err(Errno::INTR) => {}
                Err(_) => return Err(PipeError::Closed),
            }
        }
        Ok(())
    }

    /// What is in the pipe goes before the end of whoever wrote it.
    fn wait(&self, for_what: PollFlags, until: Until<'_>) -> Result<(), PipeError> {
        let ready = |end: &PollFd<'_>| !end.revents().is_empty();
        let mut watched = vec![PollFd::new(self.pipe, for_what)];
        let others = [
            until.stopped.map(AsFd::as_fd),
            self.process.map(AsFd::as_fd),
        ];
        let others = others.into_iter().flatten();
        watched.extend(others.map(|end| PollFd::from_borrowed_fd(end, PollFlags::IN)));
        match poll(&mut watched, Some(&timespec(until.deadline))) {
            Ok(0) => Err(PipeError::Late),
            Ok(_) if until.stopped.is_some() && watched.get(1).is_some_and(ready) => {
                Err(PipeError::Stopped)
            }
            Ok(_) if !watched.first().is_some_and(ready) => Err(PipeError::Closed),
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(_) => Err(PipeError::Closed),
        }
    }
}

fn timespec(deadline: Deadline) -> Timespec {
    let left = deadline.left();
    Timespec {
        tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(left.subsec_nanos()),
    }
}
