//! A host's process and the pipes to it.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};

use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, kill_process_group, pidfd_open, waitid,
};

use super::pipe::{End, never_block};
use crate::deadline::Deadline;
use crate::host::{PipeError, Until};

/// A process that is killed when this is dropped, with those that it left behind.
pub(crate) struct Process {
    child: Option<Child>,
    /// Tells of its end, where the system can.
    ended: Option<OwnedFd>,
    to: ChildStdin,
    from: ChildStdout,
}

impl Process {
    /// Has `spawn` start a program with pipes for its input and output.
    pub(crate) fn start(
        mut command: Command,
        spawn: impl FnOnce(Command) -> io::Result<Child>,
    ) -> io::Result<Self> {
        // Whatever a module prints is nobody's business: it may be a PIN.
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0);
        let mut child = spawn(command)?;
        let ends = child.stdin.take().zip(child.stdout.take());
        let (to, from) = ends.ok_or(io::ErrorKind::BrokenPipe)?;
        let process = Self {
            ended: pidfd_open(Pid::from_child(&child), PidfdFlags::empty()).ok(),
            child: Some(child),
            to,
            from,
        };
        never_block(&process.to)?;
        never_block(&process.from)?;
        Ok(process)
    }

    /// Its number.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Whether it still runs.
    pub(crate) fn is_alive(&mut self) -> bool {
        // Not reaped here: its number must stay its own until its group was killed.
        let seen = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        self.child.as_ref().is_some_and(|child| {
            matches!(waitid(WaitId::Pid(Pid::from_child(child)), seen), Ok(None))
        })
    }

    /// Writes these bytes to its input. They are not copied: they may be a PIN.
    pub(crate) fn write_all(&mut self, bytes: &[u8], until: Until<'_>) -> Result<(), PipeError> {
        let process = self.ended.as_ref();
        let pipe = &self.to;
        End { pipe, process }.write_all(bytes, until)
    }

    /// Fills `buffer` from its output.
    pub(crate) fn read_exact(
        &mut self,
        buffer: &mut [u8],
        until: Until<'_>,
    ) -> Result<(), PipeError> {
        let process = self.ended.as_ref();
        let pipe = &self.from;
        End { pipe, process }.read_exact(buffer, until)
    }

    /// Kills it, and tells how it ended where it does so by then.
    pub(crate) fn end(mut self, by: Deadline) -> Option<ExitStatus> {
        let child = self.child.take()?;
        kill(&child);
        reaped(child).recv_timeout(by.left()).ok()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            kill(&child);
            if !matches!(child.try_wait(), Ok(Some(_))) {
                drop(reaped(child));
            }
        }
    }
}

/// The signal that ended a process.
pub(crate) fn signal(status: ExitStatus) -> Option<i32> {
    status.signal()
}

/// With the processes that the module left behind: the host leads a group of its own, whose number stays its own until
/// it is reaped.
fn kill(host: &Child) {
    let _ = kill_process_group(Pid::from_child(host), Signal::KILL);
}

/// How a process ended, as soon as it did: one that is stuck in a device driver may take long, though it was killed.
fn reaped(mut child: Child) -> Receiver<ExitStatus> {
    let (tell, told) = channel();
    std::thread::spawn(move || {
        if let Ok(status) = child.wait() {
            let _ = tell.send(status);
        }
    });
    told
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn nobody_waits_for_a_process_that_does_not_end() {
        let (reader, hold) = io::pipe().unwrap();
        let cat = Command::new("cat").stdin(reader).spawn().unwrap();
        let begun = Instant::now();
        let told = reaped(cat);
        assert!(told.recv_timeout(Duration::from_millis(20)).is_err());
        assert!(begun.elapsed() < Duration::from_secs(5));
        drop(hold);
        assert!(told.recv().unwrap().success());
    }

    #[test]
    fn tells_the_signal_that_ended_it() {
        let mut process =
            Process::start(Command::new("cat"), |mut command| command.spawn()).unwrap();
        assert!(process.is_alive());
        let status = process
            .end(Deadline::after(Duration::from_secs(60)))
            .unwrap();
        assert_eq!(signal(status), Some(9));
    }
}
