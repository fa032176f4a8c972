//! The moment by which a call must have answered.

use std::time::{Duration, Instant};

use crate::error::DriverError;

/// A moment, and the time that was granted until it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    at: Instant,
    granted: Duration,
}

impl Deadline {
    pub(crate) fn after(granted: Duration) -> Self {
        Self {
            at: Instant::now() + granted,
            granted,
        }
    }

    /// Time that is left; zero when it has passed.
    pub(crate) fn left(self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    /// An equal share of what is left, for the first of `parts` calls that must all end by this deadline.
    pub(crate) fn share(self, parts: usize) -> Self {
        Self::after(self.left() / u32::try_from(parts.max(1)).unwrap_or(u32::MAX))
    }

    /// This deadline, or that time from now where it comes first.
    pub(crate) fn at_most(self, granted: Duration) -> Self {
        Self::after(self.left().min(granted))
    }

    pub(crate) fn passed(self) -> DriverError {
        DriverError::ModuleTimeout {
            seconds: self
                .granted
                .as_millis()
                .div_ceil(1000)
                .try_into()
                .unwrap_or(u64::MAX),
        }
    }
}
