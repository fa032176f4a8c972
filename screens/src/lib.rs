//! What the agent tells its window, and what the window says back: screens, acts, and the frames of the pipe between
//! the two processes.
//!
//! A screen holds facts, and sentences that the agent has put together in the window's language. Fixed labels are the
//! window's own business. Nothing here decides anything.

mod act;
pub mod ends;
mod login;
mod pages;
mod pipe;
#[cfg(test)]
mod typescript;

pub use act::{Act, Permission, Setting};
pub use login::{
    Choose, Consent, Done, Failed, NoKeychain, OriginShown, Pin, Problem, Purpose, Remembered, Row,
    Subject, TextShown, Tries, Waiting,
};
pub use pages::{
    About, Check, Driver, Fact, Finding, Found, History, HistoryRow, Identities, InstalledBrowser,
    Intact, Level, Page, SelfTest, Settings, Site, Sites, Token, Welcome,
};
pub use pipe::{
    FRAME_MAX, FromWindow, PIN_MAX, PipeError, ToWindow, read_act, read_order, write_act,
    write_drawn, write_order, write_pin,
};
use serde::{Deserialize, Serialize};

/// The window's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// Vietnamese.
    Vi,
    /// English.
    En,
}

/// A screen, with what an act on it must name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Shown {
    /// Counts what this agent has shown, from 1; an act on an older one is dropped. Below 2^53.
    #[cfg_attr(test, ts(type = "number"))]
    pub number: u64,
    /// The language of its sentences.
    pub language: Language,
    /// The screen.
    pub screen: Screen,
}

/// One screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "screen", rename_all = "kebab-case")]
pub enum Screen {
    /// The first start: what is here, what is missing, a signature to try.
    Welcome(Welcome),
    /// Agree or refuse; with a remembered certificate, the PIN as well.
    Consent(Box<Consent>),
    /// Choose a certificate.
    Choose(Choose),
    /// Enter the PIN.
    Pin(Pin),
    /// Something else is at work.
    Waiting(Waiting),
    /// Back to the browser.
    Done(Done),
    /// What happened, what to do, code.
    Failed(Failed),
    /// Tokens and their certificates.
    Identities(Identities),
    /// What was signed.
    History(History),
    /// The portals that were used, and what they may.
    Sites(Sites),
    /// What can be set.
    Settings(Settings),
    /// From the cable to the certificate.
    Check(Check),
    /// The program.
    About(About),
}
