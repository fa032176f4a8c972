//! The real window program driven by WebKit's WebDriver; and an agent that is played, to tell the program what to show and
//! to hear what it says.

mod played;
mod window;

pub use played::PlayedAgent;
pub use window::{Window, Windows};
