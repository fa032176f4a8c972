//! One struct a state, with exactly what is valid in it; consuming it makes a stale state unusable.

mod absent;
mod asking;
mod choosing;
mod found;
mod posting;
mod seeking;
mod signing;
mod unlocking;

pub(super) use absent::Absent;
pub(super) use asking::{Checking, Consent};
pub(super) use choosing::Choosing;
pub(super) use posting::{Ending, Posting};
pub(super) use seeking::Seeking;
pub(super) use signing::{EnteringPin, Signing};
pub(super) use unlocking::{Opening, Unlocking};
