//! The pages that the person opens from the tray, and the first run.

use serde::{Deserialize, Serialize};

use crate::{Language, Permission, Problem, Row};

/// A page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Page {
    /// The first run.
    Welcome,
    /// Tokens and certificates.
    Identities,
    /// What was signed.
    History,
    /// Portals.
    Sites,
    /// From the cable to the certificate.
    Check,
    /// What can be set.
    Settings,
    /// The program.
    About,
}

/// The first run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Welcome {
    /// What is here.
    pub found: Found,
    /// What came of a signature that was tried.
    pub test: Option<SelfTest>,
    /// Whether the agent starts at log-in, as the desktop has it; none while nobody was asked.
    pub autostart: Option<bool>,
    /// The administrator decides that.
    pub autostart_locked: bool,
    /// The administrator decides about the language.
    pub language_locked: bool,
    /// Why the last answer wasn't kept: a sentence.
    pub problem: Option<String>,
}

/// Tokens, as they come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Found {
    /// Drivers are still listing.
    pub searching: bool,
    /// In the order in which they were found.
    pub tokens: Vec<Token>,
    /// What is missing or wrong, where nothing better was found.
    pub missing: Vec<Problem>,
}

/// One token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Token {
    /// Its name.
    pub device: String,
    /// The driver by which it is seen.
    pub driver: String,
    /// Tries that are left, where it says so.
    pub tries: crate::Tries,
    /// The PIN is typed on the device.
    pub keypad: bool,
    /// It can't be used as it is.
    pub problem: Option<Problem>,
    /// Its certificates; an act names one by its place among all rows of the screen, from 0.
    pub rows: Vec<Row>,
}

/// What came of a signature that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum SelfTest {
    /// It is right.
    Right,
    /// It isn't there or wrong.
    Wrong(Problem),
}

/// Tokens and their certificates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Identities {
    /// What is here.
    pub found: Found,
}

/// Whether a signing history is what was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Intact {
    /// Every entry follows from the one before.
    Yes,
    /// The last entry was cut off; all before it are intact.
    Unfinished,
    /// From this line on it doesn't.
    Broken {
        /// From 1.
        line: u32,
    },
    /// It can't be read.
    Unreadable,
    /// It is being read.
    Unread,
}

/// What was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct History {
    /// The newest first; at most the last 500.
    pub rows: Vec<HistoryRow>,
    /// How many there are in all.
    pub total: u32,
    /// Whether they are what was written.
    pub intact: Intact,
    /// Where the export went.
    pub exported: Option<String>,
    /// Why it went nowhere.
    pub problem: Option<String>,
}

/// One login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HistoryRow {
    /// `dd/mm/yyyy HH:mm:ss`.
    pub time: String,
    /// Origin.
    pub portal: String,
    /// In words.
    pub purpose: String,
    /// In words.
    pub method: String,
    /// Serial number of the certificate in hex, or empty.
    pub certificate: String,
    /// In words, or the problem's code.
    pub result: String,
    /// The portal accepted.
    pub accepted: bool,
}

/// The portals that were used or listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sites {
    /// By origin.
    pub rows: Vec<Site>,
    /// What was wrong with the last change: a sentence.
    pub problem: Option<String>,
}

/// One portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Site {
    /// Origin.
    pub origin: String,
    /// Its name in the agent's own list.
    pub name: Option<String>,
    /// What it may.
    pub permission: Permission,
    /// It was used here.
    pub used: bool,
    /// The administrator decides about it.
    pub locked: bool,
}

/// A value that can be set, unless the administrator did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fact<T> {
    /// What holds.
    pub value: T,
    /// The administrator set it.
    pub locked: bool,
}

/// What can be set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// The language.
    pub language: Fact<Language>,
    /// Whether the agent starts at log-in, as the desktop has it.
    pub autostart: Fact<bool>,
    /// Whether this computer is remembered until the agent quits, where there is no keychain.
    pub remember: Fact<bool>,
    /// `http://host:port`, or empty for the system's.
    pub proxy: Fact<String>,
    /// What opens the return page, a browser's value or a program; empty for the browser that asked, else the system's.
    pub browser: Fact<String>,
    /// Browsers that were found here.
    pub browsers: Vec<InstalledBrowser>,
    /// Modules beside those that are found.
    pub drivers: Vec<Driver>,
    /// Whether modules may be added here.
    pub drivers_locked: bool,
    /// What was wrong with the last change: a sentence.
    pub problem: Option<String>,
}

/// A browser that can be set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InstalledBrowser {
    /// What is set.
    pub value: String,
    /// What it is called; no two are called the same.
    pub name: String,
}

/// A module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Driver {
    /// Its name.
    pub name: String,
    /// The library.
    pub path: String,
    /// It was found, not set.
    pub found: bool,
    /// The administrator set it.
    pub locked: bool,
}

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Good.
    Ok,
    /// It may hinder.
    Warning,
    /// It hinders.
    Error,
    /// Nobody looked; that is no fault.
    Unchecked,
}

/// From the cable to the certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Check {
    /// It is still looked at.
    pub running: bool,
    /// In the order of the way.
    pub findings: Vec<Finding>,
    /// Whether a sign-in would work; none while it is looked at.
    pub works: Option<bool>,
    /// Where the report for support went.
    pub report: Option<String>,
    /// Why it went nowhere.
    pub problem: Option<String>,
}

/// One step of the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Finding {
    /// What was looked at.
    pub step: String,
    /// How it went.
    pub level: Level,
    /// What was found.
    pub found: String,
    /// What to do; may be empty.
    pub remedy: String,
}

/// The program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct About {
    /// Its version.
    pub version: String,
    /// A newer one that a signed feed named.
    pub newer: Option<String>,
    /// The administrator's file, where there is one.
    pub policy: Option<String>,
    /// The user's settings file.
    pub settings: Option<String>,
}
