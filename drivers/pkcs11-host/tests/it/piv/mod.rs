//! A PIV card of our own in a virtual reader, behind OpenSC: real PIN tries, a real lock, a key that asks every time.

mod apdu;
pub(crate) mod card;
mod cards;
pub(crate) mod reader;
mod watching;
