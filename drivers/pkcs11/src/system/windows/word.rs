//! A word from one thread to another that waits for a pipe.

use std::sync::{Arc, Weak};

/// Dropping it is the word.
pub(crate) type Word = Arc<()>;

/// Whoever waits for the word finds it gone.
pub(crate) type Heard = Weak<()>;

/// A word that isn't said yet.
pub(crate) fn word() -> std::io::Result<(Heard, Word)> {
    let word = Arc::new(());
    Ok((Arc::downgrade(&word), word))
}
