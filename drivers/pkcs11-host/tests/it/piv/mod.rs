//! A PIV card of our own in a virtual reader, behind OpenSC.

mod cards;
pub(crate) mod reader;
mod watching;
