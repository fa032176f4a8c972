//! A word from one thread to another that waits for a pipe.

use std::io::{PipeReader, PipeWriter, pipe};

/// Dropping it is the word.
pub(crate) type Word = PipeWriter;

/// Whoever waits for the word sees this end close.
pub(crate) type Heard = PipeReader;

/// A word that isn't said yet.
pub(crate) fn word() -> std::io::Result<(Heard, Word)> {
    pipe()
}
