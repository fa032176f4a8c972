//! What measurements of a resident program have in common.

pub(crate) mod memory;
pub(crate) mod trays;
