//! A login's shell where the agent is resident: what is shown goes to the owner of the window, and the return page to
//! the browser that the ask came from.

use kyso_protocol::Origin;
use tokio::sync::mpsc;

use super::browser::{self, Browser};
use super::{Intents, Returned, Shell};
use crate::resident::Event;
use crate::view::Shown;

/// The window, as a login sees it.
pub(crate) struct Window {
    events: mpsc::UnboundedSender<Event>,
    browser: Option<Browser>,
    /// The portal, where there is one.
    origin: Option<Origin>,
}

impl Window {
    /// For one login. Its return page opens in this browser, or else in the system's.
    pub(crate) fn new(
        events: mpsc::UnboundedSender<Event>,
        browser: Option<Browser>,
        origin: Option<Origin>,
    ) -> Self {
        Self {
            events,
            browser,
            origin,
        }
    }
}

impl Shell for Window {
    fn show(&mut self, shown: &Shown, intents: &Intents) {
        // Without an owner there is no window any more.
        let _ = self
            .events
            .send(Event::View(shown.clone(), intents.clone()));
    }

    /// Whether the browser came up is told later, to the owner: the login waits for no other program.
    fn return_to(&mut self, address: &str, _: bool) -> Returned {
        let (address, browser) = (address.to_owned(), self.browser.take());
        let (origin, events) = (self.origin.take(), self.events.clone());
        std::thread::spawn(move || {
            if let (Err(_), Some(origin)) = (browser::open(&address, browser.as_ref()), origin) {
                let _ = events.send(Event::Nowhere(origin));
            }
        });
        Returned::Opened
    }

    fn unrecorded(&mut self) {
        let _ = self.events.send(Event::Unrecorded);
    }
}
