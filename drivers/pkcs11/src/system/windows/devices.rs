//! USB devices aren't watched on Windows yet.

use crate::watch::Teller;

/// A thread that there can't be.
pub(crate) struct Devices(std::convert::Infallible);

impl Devices {
    /// `None`, always.
    pub(crate) fn watch(_: Teller) -> Option<Self> {
        tracing::warn!("USB devices are not watched on Windows");
        None
    }
}
