//! Ending a call from another thread.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::system::{Heard, Word, word};

/// Where the call that may be stopped leaves word of itself.
#[derive(Default)]
pub(crate) struct Stop(Mutex<Option<Word>>);

/// A call that may be stopped, until dropped.
pub(crate) struct Stoppable<'a> {
    stop: &'a Stop,
    /// Tells when the call is to end; `None` where the system had no pipe left for that.
    pub(crate) stopped: Option<Heard>,
}

impl Stop {
    /// Ends the call that runs now, if one does.
    pub(crate) fn now(&self) {
        *self.word() = None;
    }

    pub(crate) fn watch(&self) -> Stoppable<'_> {
        let stopped = word().ok().map(|(heard, word)| {
            *self.word() = Some(word);
            heard
        });
        Stoppable {
            stop: self,
            stopped,
        }
    }

    fn word(&self) -> MutexGuard<'_, Option<Word>> {
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
