//! What the portal takes from the machine besides files: the time and randomness. Tests bring their own.

use time::OffsetDateTime;

/// The clock and the source of randomness.
pub trait Ambient: Send + Sync {
    /// The time, UTC.
    fn now(&self) -> OffsetDateTime;

    /// Fills `bytes` with randomness fit for secrets.
    ///
    /// # Errors
    /// The system's source can't be read; nothing may be made from `bytes` then.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness>;
}

/// The system gave no randomness.
#[derive(Debug, thiserror::Error)]
#[error("the system gave no randomness")]
pub struct NoRandomness;

/// The machine's own clock and randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl Ambient for System {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        getrandom::fill(bytes).map_err(|_| NoRandomness)
    }
}

/// `N` fresh random bytes.
pub(crate) fn random<const N: usize>(ambient: &dyn Ambient) -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    ambient.fill(&mut bytes)?;
    Ok(bytes)
}
