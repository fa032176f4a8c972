//! What each system does in its own way, under the same names on all of them.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as here;
#[cfg(windows)]
use windows as here;

pub(crate) use here::{close_inherited, has_loaded_readers, take_pipes};
