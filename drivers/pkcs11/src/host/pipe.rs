//! What a read or write of a host's pipe may take, and how it can fail.

use std::io::PipeReader;

use crate::deadline::Deadline;
use crate::wire::WireError;

/// Why nothing came or went.
#[cfg_attr(windows, expect(dead_code, reason = "no host is started there yet"))]
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
#[cfg_attr(windows, expect(dead_code, reason = "no host is started there yet"))]
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
