//! What a process that may see a PIN forbids itself.

use std::io;

/// Not written for Windows yet.
///
/// # Errors
/// [`io::ErrorKind::Unsupported`], always: a program that handles PINs must stop.
pub fn harden() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Not written for Windows yet.
///
/// # Errors
/// [`io::ErrorKind::Unsupported`], always.
pub fn die_with_parent() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
