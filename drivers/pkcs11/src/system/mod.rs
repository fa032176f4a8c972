//! What each system does in its own way, under the same names on all of them. What a system doesn't do yet is answered
//! with an error that says so.

#[cfg(any(windows, test))]
mod security;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as here;
#[cfg(windows)]
use windows as here;

pub(crate) use here::child::{Process, signal};
pub(crate) use here::devices::Devices;
pub(crate) use here::file::{identity, open, path_of_bytes, path_to_bytes};
pub(crate) use here::owners::Owners;
pub(crate) use here::page::Page;
pub use here::process::{die_with_parent, end_at_once, harden};
pub(crate) use here::registry::LocalMachine;
pub(crate) use here::word::{Heard, Word, word};
