//! The one window and what it shows now.

use std::time::Duration;

use kyso_screens::{Language, Screen, Shown, ToWindow};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::event::Event;
use super::window::{NoWindow, Window, WindowId};
use crate::screens;
use crate::settings::Settings;
use crate::text::Text;

/// How long a new window may take until its first screen stands.
const FIRST: Duration = Duration::from_secs(20);
/// How long a window may take until the next one does.
const NEXT: Duration = Duration::from_secs(10);
/// How long windows are waited for that were told to close; each is killed before.
const CLOSING: Duration = Duration::from_secs(4);

/// What a window was given, and what it had said before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Due {
    window: WindowId,
    number: u64,
    said: u64,
}

/// Where screens are shown, in one process after another.
pub(super) struct Stage {
    events: mpsc::UnboundedSender<Event>,
    window: Option<Window>,
    /// A PIN went through the window's process.
    touched: bool,
    windows: u64,
    numbers: u64,
    /// Labels are the window's own, so that a language may be all that is new.
    current: Option<(Language, Screen)>,
    /// For the next window that comes up.
    token: Option<String>,
    /// The screen that stands in the window; none before the first.
    drawn: Option<u64>,
    /// How often the window has said that one stands.
    said: u64,
    /// Held for every window's process; nothing comes over it.
    living: (mpsc::Sender<()>, mpsc::Receiver<()>),
}

impl Stage {
    pub(super) fn new(events: mpsc::UnboundedSender<Event>) -> Self {
        Self {
            events,
            window: None,
            touched: false,
            windows: 0,
            numbers: 0,
            current: None,
            token: None,
            drawn: None,
            said: 0,
            living: mpsc::channel(1),
        }
    }

    /// Has a window, opened if there is none, and brings it to the front with what the system gave for that.
    ///
    /// # Errors
    /// One variant a cause.
    pub(super) fn raise(
        &mut self,
        settings: &Settings,
        token: Option<String>,
    ) -> Result<(), NoWindow> {
        if self.window.is_some() {
            self.front(token);
            return Ok(());
        }
        self.token = token;
        self.open(settings)
    }

    /// Brings the window to the front, where there is one.
    pub(super) fn front(&self, token: Option<String>) {
        if let Some(window) = &self.window {
            window.order(ToWindow::Front { token });
            // A page that still loads is waited for already.
            if let Some(number) = self.drawn {
                self.expect(number);
            }
        }
    }

    /// Shows a screen in the place of the one before. What is shown already isn't sent again.
    ///
    /// # Errors
    /// One variant a cause.
    pub(super) fn show(
        &mut self,
        screen: Screen,
        text: Text,
        settings: &Settings,
    ) -> Result<(), NoWindow> {
        let current = (screens::language(text.language()), screen);
        if self.window.is_some() && self.current.as_ref() == Some(&current) {
            return Ok(());
        }
        self.open(settings)?;
        self.numbers += 1;
        let (language, screen) = current.clone();
        let shown = Shown {
            number: self.numbers,
            language,
            screen,
        };
        self.current = Some(current);
        if let Some(window) = &self.window {
            window.order(ToWindow::Show(Box::new(shown)));
            self.expect(self.numbers);
        }
        Ok(())
    }

    fn open(&mut self, settings: &Settings) -> Result<(), NoWindow> {
        if self.window.is_some() {
            return Ok(());
        }
        self.windows += 1;
        let id = WindowId(self.windows);
        let token = self.token.take();
        let window = Window::open(
            id,
            settings,
            token.as_deref(),
            self.events.clone(),
            self.living.0.clone(),
        )?;
        self.window = Some(window);
        (self.drawn, self.said) = (None, 0);
        Ok(())
    }

    /// Has the window say in time that this or a later screen stands.
    fn expect(&self, number: u64) {
        let (window, said) = (WindowId(self.windows), self.said);
        let patience = self.drawn.map_or(FIRST, |_| NEXT);
        let due = Due {
            window,
            number,
            said,
        };
        let events = self.events.clone();
        tokio::spawn(async move {
            sleep(patience).await;
            let _ = events.send(Event::Due(due));
        });
    }

    /// The window has drawn this screen.
    pub(super) fn drawn(&mut self, number: u64) {
        self.drawn = self.drawn.max(Some(number));
        self.said += 1;
    }

    /// Whether the window hasn't said what is due; it is killed then.
    pub(super) fn is_silent(&self, due: Due) -> bool {
        let silent = self.drawn < Some(due.number) || self.said == due.said;
        let hangs = self
            .window
            .as_ref()
            .filter(|window| silent && window.id == due.window);
        if let Some(window) = hangs {
            tracing::warn!(window = due.window.0, "the window shows nothing");
            window.kill();
        }
        hangs.is_some()
    }

    /// Ends the window, and waits until no process of one is left.
    pub(super) async fn end(mut self) {
        self.close();
        let (living, mut gone) = self.living;
        drop(living);
        if timeout(CLOSING, gone.recv()).await.is_err() {
            tracing::warn!("a window's process stays");
        }
    }

    /// A PIN came out of the window.
    pub(super) fn touch(&mut self) {
        self.touched = true;
    }

    /// Ends a process through which a PIN went; what is shown next has a new one.
    pub(super) fn renew(&mut self) {
        if self.touched {
            self.close();
        }
    }

    /// Ends the window.
    pub(super) fn close(&mut self) {
        self.window = None;
        self.touched = false;
        self.current = None;
    }

    /// Whether this is the window that is open now.
    pub(super) fn is_open(&self, id: WindowId) -> bool {
        self.window.as_ref().is_some_and(|window| window.id == id)
    }

    /// Whether any window is open.
    pub(super) fn has_window(&self) -> bool {
        self.window.is_some()
    }

    /// Whether an act on the screen with this number is meant for what is shown now.
    pub(super) fn is_shown(&self, number: u64) -> bool {
        self.current.is_some() && number == self.numbers
    }

    /// What is shown.
    pub(super) fn screen(&self) -> Option<&Screen> {
        self.current.as_ref().map(|(_, screen)| screen)
    }

    /// The number of what was shown last.
    pub(super) fn number(&self) -> u64 {
        self.numbers
    }
}
