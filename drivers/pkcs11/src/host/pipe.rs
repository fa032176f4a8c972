//! What a read or write of a host's pipe may take, and how it can fail.

use crate::deadline::Deadline;
use crate::system::Heard;
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
    /// Tells when nobody waits any longer.
    pub(crate) stopped: Option<&'a Heard>,
}

impl From<Deadline> for Until<'_> {
    fn from(deadline: Deadline) -> Self {
        Self {
            deadline,
            stopped: None,
        }
    }
}
