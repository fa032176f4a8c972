//! A host's process, its job, and the pipes to it.
#![expect(unsafe_code, reason = "jobs have no safe form")]

use std::io::{self, Read, Write};
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::os::windows::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::ptr::{from_ref, null};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, channel, sync_channel};
use std::time::Duration;

use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION,
    JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE, JOBOBJECT_EXTENDED_LIMIT_INFORMATION,
    JobObjectExtendedLimitInformation, SetInformationJobObject, TerminateJobObject,
};
use windows_sys::Win32::System::Threading::CREATE_NO_WINDOW;

use crate::deadline::Deadline;
use crate::host::{PipeError, Until};
use crate::wire::WireError;

/// Between two looks whether somebody wants no answer any more; an answer itself is never waited for so long.
const LOOK: Duration = Duration::from_millis(20);
/// A pipe takes as much without its reader; no request is longer.
const MAX_WRITE: usize = 60 << 10;
/// Most pieces of an answer that wait to be taken.
const PIECES: usize = 16;

/// A process that is killed when this is dropped, with those that it started.
pub(crate) struct Process {
    child: Option<Child>,
    job: Job,
    to: ChildStdin,
    from: Receiver<Vec<u8>>,
    /// What came and wasn't asked for yet.
    came: Vec<u8>,
}

impl Process {
    /// Has `spawn` start a program with pipes for its input and output. It runs no code of a vendor's before it is asked
    /// to, so that nothing escapes its job.
    pub(crate) fn start(
        mut command: Command,
        spawn: impl FnOnce(Command) -> io::Result<Child>,
    ) -> io::Result<Self> {
        // Whatever a module prints is nobody's business: it may be a PIN.
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .creation_flags(CREATE_NO_WINDOW);
        let job = Job::new()?;
        let mut child = spawn(command)?;
        let ends = child.stdin.take().zip(child.stdout.take());
        if let Err(error) = job.take_in(&child) {
            let _ = child.kill();
            return Err(error);
        }
        let (to, output) = ends.ok_or(io::ErrorKind::BrokenPipe)?;
        let (pieces, from) = sync_channel(PIECES);
        std::thread::spawn(move || pass_on(output, &pieces));
        Ok(Self {
            child: Some(child),
            job,
            to,
            from,
            came: Vec::new(),
        })
    }

    /// Its number.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Whether it still runs.
    pub(crate) fn is_alive(&mut self) -> bool {
        let child = self.child.as_mut();
        child.is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Writes these bytes to its input. They are not copied: they may be a PIN.
    pub(crate) fn write_all(&mut self, bytes: &[u8], _: Until<'_>) -> Result<(), PipeError> {
        if bytes.len() > MAX_WRITE {
            return Err(WireError::TooLong.into());
        }
        self.to.write_all(bytes).map_err(|_| PipeError::Closed)
    }

    /// Fills `buffer` from its output.
    pub(crate) fn read_exact(
        &mut self,
        buffer: &mut [u8],
        until: Until<'_>,
    ) -> Result<(), PipeError> {
        while self.came.len() < buffer.len() {
            match self.from.recv_timeout(LOOK.min(until.deadline.left())) {
                Ok(piece) => self.came.extend(piece),
                Err(RecvTimeoutError::Disconnected) => return Err(PipeError::Closed),
                Err(RecvTimeoutError::Timeout) => self.go_on(until)?,
            }
        }
        let length = buffer.len();
        let wanted = self.came.drain(..length);
        buffer
            .iter_mut()
            .zip(wanted)
            .for_each(|(to, from)| *to = from);
        Ok(())
    }

    fn go_on(&mut self, until: Until<'_>) -> Result<(), PipeError> {
        if until.stopped.is_some_and(|heard| heard.strong_count() == 0) {
            return Err(PipeError::Stopped);
        }
        // One that it started may hold the pipe open.
        if !self.is_alive() {
            return Err(PipeError::Closed);
        }
        if until.deadline.left().is_zero() {
            return Err(PipeError::Late);
        }
        Ok(())
    }

    /// Kills it, and tells how it ended where it does so by then.
    pub(crate) fn end(mut self, by: Deadline) -> Option<ExitStatus> {
        let mut child = self.child.take()?;
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        self.job.kill();
        let (tell, told) = channel();
        std::thread::spawn(move || {
            if let Ok(status) = child.wait() {
                let _ = tell.send(status);
            }
        });
        told.recv_timeout(by.left()).ok()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.job.kill();
    }
}

/// Windows ends processes by a status alone.
pub(crate) fn signal(_: ExitStatus) -> Option<i32> {
    None
}

fn pass_on(mut output: ChildStdout, pieces: &SyncSender<Vec<u8>>) {
    let mut room = vec![0; 1 << 16];
    while let Ok(count @ 1..) = output.read(&mut room) {
        let piece = room.iter().copied().take(count).collect();
        if pieces.send(piece).is_err() {
            return;
        }
    }
}

/// Processes that end together, at the latest when this is dropped or this program ends.
struct Job(OwnedHandle);

impl Job {
    fn new() -> io::Result<Self> {
        // SAFETY: without attributes and name.
        let handle = unsafe { CreateJobObjectW(null(), null()) };
        if handle.is_null() {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the call above opened it, and nobody else closes it.
        let job = Self(unsafe { OwnedHandle::from_raw_handle(handle) });
        let mut limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
        limits.BasicLimitInformation.LimitFlags =
            JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION;
        let length = u32::try_from(size_of_val(&limits)).unwrap_or(0);
        // SAFETY: the structure is whole, of the kind that is said, and outlives the call.
        let set = unsafe {
            SetInformationJobObject(
                job.0.as_raw_handle(),
                JobObjectExtendedLimitInformation,
                from_ref(&limits).cast(),
                length,
            )
        };
        if set == 0 {
            Err(io::Error::last_os_error())
        } else {
            Ok(job)
        }
    }

    fn take_in(&self, child: &Child) -> io::Result<()> {
        // SAFETY: both handles are open as long as their owners live.
        let taken =
            unsafe { AssignProcessToJobObject(self.0.as_raw_handle(), child.as_raw_handle()) };
        if taken == 0 {
            Err(io::Error::last_os_error())
        } else {
            Ok(())
        }
    }

    fn kill(&self) {
        // SAFETY: the handle is open as long as this value lives.
        let _ = unsafe { TerminateJobObject(self.0.as_raw_handle(), 1) };
    }
}
