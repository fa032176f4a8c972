//! What the agent needs from its surroundings: something that shows views and returns intents, and opens the browser.

pub mod browser;
#[cfg(test)]
pub(crate) mod recording;
pub mod terminal;
pub(crate) mod window;

use tokio::sync::mpsc;

use crate::login::Intent;
use crate::view::Shown;

/// Where a shell sends what the person wants.
pub type Intents = mpsc::Sender<Intent>;

/// What became of the return address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Returned {
    /// The browser was started with it, or is being started by a shell that tells its own owner if that fails.
    Opened,
    /// It was printed for the command that asked.
    Printed(String),
    /// Neither was possible.
    Nowhere,
}

/// A desktop, a terminal, or a test.
pub trait Shell: Send {
    /// Draws a view in the place of the one before; never blocks. Intents follow when the person acts.
    fn show(&mut self, shown: &Shown, intents: &Intents);

    /// Takes the browser to the return page. The address holds the return code: it is printed only where the PIN was
    /// given to this very command (`pin_given`).
    fn return_to(&mut self, address: &str, pin_given: bool) -> Returned;

    /// The login could not be written into the signing history.
    fn unrecorded(&mut self) {}
}
