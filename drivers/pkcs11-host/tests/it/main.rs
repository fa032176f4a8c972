//! The library and its host against real modules, and one that misbehaves on purpose.
//!
//! They stand with the host because only here does Cargo build the host program for them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that stumbles shall fall"
)]

mod changes;
mod hosts;
mod listing;
mod matrix;
mod pins;
mod piv;
mod quirks;
mod rig;
mod signing;
mod surroundings;
