//! Everything that can happen to the resident agent.

use kyso_protocol::Origin;
use kyso_screens::Page;

use super::listener::Said;
use super::stage::Due;
use super::tray::Shown as TrayShown;
use super::window::{Heard, WindowId};
use crate::controller::Ended;
use crate::pages::News;
use crate::shell::Intents;
use crate::view;

/// One thing that happened.
pub(crate) enum Event {
    /// A program of this user wants something.
    Said(Said),
    /// Whoever had the login's turn has gone.
    TurnOver,
    /// The login shows a view.
    View(view::Shown, Intents),
    /// The return page of a login at this portal could be opened nowhere. May come when the login is over.
    Nowhere(Origin),
    /// The login can't be written into the signing history.
    Unrecorded,
    /// The login is over.
    Ended(Ended),
    /// The window said something, or has gone.
    Heard(WindowId, Heard),
    /// The window should have said by now that it shows what it was given.
    Due(Due),
    /// The page with this number has news.
    News(u64, News),
    /// The tray was clicked.
    Clicked(Click),
    /// A notification was clicked; with what brings a window to the front, where the desktop gave something.
    Noticed(Option<String>),
    /// The tray is there, or no more.
    Tray(Option<TrayShown>),
    /// The desktop has room for the tray, or hasn't.
    Room(bool),
    /// Whether there is a keychain is known now.
    Keychain,
    /// The program was removed from this computer.
    Removed,
    /// Whether there is a newer version was looked for.
    Newer(Newer),
    /// A token came or went: whether one is there, where somebody tells.
    Tokens(Option<bool>),
    /// What the window shows as done was shown long enough.
    Lingered(u64),
    /// The system or the person ends the program.
    End,
}

/// What is known of newer versions.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Newer {
    /// The newest one, where it is newer than this program.
    pub(crate) version: Option<String>,
    /// The person is to be told of it.
    pub(crate) tell: bool,
}

/// What can be clicked in the tray.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Click {
    /// The icon itself.
    Icon,
    /// A page.
    Page(Page),
    /// Quit.
    Quit,
}
