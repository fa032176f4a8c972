//! Ending a call from another thread.

use std::io::{PipeReader, PipeWriter, pipe};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Where the call that may be stopped leaves word of itself.
#[derive(Default)]
pub(crate) struct Stop(Mutex<Option<PipeWriter>>);

/// A call that may be stopped, until dropped.
pub(crate) struct Stoppable<'a> {
    stop: &'a Stop,
    /// Its other end closes when the call is to end; `None` where the system had no pipe left.
    pub(crate) stopped: Option<PipeReader>,
}

impl Stop {
    /// Ends the call that runs now, if one does.
    pub(crate) fn now(&self) {
        *self.word() = None;
    }

    pub(crate) fn watch(&self) -> Stoppable<'_> {
        let stopped = pipe().ok().map(|(reader, writer)| {
            *self.word() = Some(writer);
            reader
        });
        Stoppable {
            stop: self,
            stopped,
        }
    }

    fn word(&self) -> MutexGuard<'_, Option<PipeWriter>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stoppable<'_> {
    /// Whether somebody wants this call to end.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.is_some() && self.stop.word().is_none()
    }
}

impl Drop for Stoppable<'_> {
    fn drop(&mut self) {
        self.stop.now();
    }
}
