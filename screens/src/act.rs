//! What the person does.

use serde::{Deserialize, Serialize};

use crate::{Language, Page};

/// An act on the screen that is shown. The PIN isn't one: it has a frame of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum Act {
    /// Agree to what was shown.
    Agree,
    /// Agree, and have the remembered certificate sign; the PIN is typed on the device.
    AgreeRemembered,
    /// Refuse it, or stop.
    Refuse,
    /// The row with this place, from 0.
    Choose {
        /// The place.
        row: u32,
    },
    /// No further PIN will come.
    GiveUp,
    /// Try the same request again.
    Again,
    /// Open a page.
    Open {
        /// Which.
        page: Page,
    },
    /// Look again.
    Refresh,
    /// Have the certificate in this row sign a statement that no portal accepts.
    TryOut {
        /// The place, from 0.
        row: u32,
    },
    /// Set something.
    Set(Setting),
    /// Say what a portal may.
    Permit {
        /// The portal.
        origin: String,
        /// What it may.
        permission: Permission,
    },
    /// Forget a portal.
    Forget {
        /// The portal.
        origin: String,
    },
    /// Write the history to a file.
    Export,
    /// Write a report for support to a file.
    Report,
    /// Not the person's: the window could not come to the front.
    NotInFront,
    /// Close the window.
    Close,
}

/// One setting with its new value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "setting", rename_all = "kebab-case")]
pub enum Setting {
    /// The language.
    Language {
        /// The new one.
        value: Language,
    },
    /// Start at log-in.
    Autostart {
        /// Whether.
        value: bool,
    },
    /// Remember this computer until the agent quits, where there is no keychain.
    Remember {
        /// Whether.
        value: bool,
    },
    /// The proxy; empty for the system's.
    Proxy {
        /// `http://host:port`.
        value: String,
    },
    /// The program that opens the return page; empty for none.
    Browser {
        /// A path.
        value: String,
    },
    /// One more module.
    AddDriver {
        /// The library.
        value: String,
    },
    /// One module less.
    RemoveDriver {
        /// The library.
        value: String,
    },
}

/// What a portal may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Permission {
    /// Ask.
    Allowed,
    /// Nothing: it isn't even fetched.
    Blocked,
}
