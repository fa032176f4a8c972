//! A host's process: none is started on Windows yet.

use std::convert::Infallible;
use std::io;
use std::process::{Child, Command, ExitStatus};

use crate::deadline::Deadline;
use crate::host::{PipeError, Until};

/// A process that there can't be.
pub(crate) struct Process(Infallible);

impl Process {
    /// [`io::ErrorKind::Unsupported`], always.
    pub(crate) fn start(
        _: Command,
        _: impl FnOnce(Command) -> io::Result<Child>,
    ) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn id(&self) -> Option<u32> {
        match self.0 {}
    }

    pub(crate) fn is_alive(&self) -> bool {
        match self.0 {}
    }

    pub(crate) fn write_all(&mut self, _: &[u8], _: Until<'_>) -> Result<(), PipeError> {
        match self.0 {}
    }

    pub(crate) fn read_exact(&mut self, _: &mut [u8], _: Until<'_>) -> Result<(), PipeError> {
        match self.0 {}
    }

    pub(crate) fn end(self, _: Deadline) -> Option<ExitStatus> {
        match self.0 {}
    }
}

/// Windows ends processes by a status alone.
pub(crate) fn signal(_: ExitStatus) -> Option<i32> {
    None
}
