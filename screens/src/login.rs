//! The screens of one login, in their order.

use serde::{Deserialize, Serialize};

/// What a portal wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Sign in.
    Login,
    /// Register.
    Register,
    /// Add a method to an account.
    AddMethod,
    /// Confirm a text.
    Confirm,
    /// The site didn't say.
    Unknown,
    /// Nobody asks: a signature is tried, and no portal accepts it.
    SelfTest,
}

/// The kind of account that a portal wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// A person.
    Citizen,
    /// A company.
    Business,
    /// An agency of the state.
    Agency,
}

/// An origin in three parts which together are the whole: the middle one is the registrable domain, which is emphasised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OriginShown {
    /// `https://` and the labels before the registrable domain, with their dot.
    pub before: String,
    /// The registrable domain, or the whole host where it has none.
    pub domain: String,
    /// The port with its colon, where it isn't 443; else empty.
    pub after: String,
}

/// A text to confirm, as the portal wrote it. Plain text, never markup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TextShown {
    /// `vi` or `en`.
    pub language: super::Language,
    /// At most 12 lines and 600 characters.
    pub value: String,
}

/// A certificate in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Row {
    /// Whom it names; empty where it can't be read or shows only after the PIN.
    pub name: String,
    /// The organisation, where it names a person in one.
    pub organisation: Option<String>,
    /// The number by which it names them, as it may be shown: `CCCD …1234`, `MST 0101234567`.
    pub id: Option<String>,
    /// Who issued it.
    pub ca: String,
    /// `dd/mm/yyyy`, or empty.
    pub valid_from: String,
    /// `dd/mm/yyyy`, or empty.
    pub valid_to: String,
    /// The device that it is on.
    pub device: String,
    /// Why it can't be chosen, a sentence.
    pub unfit: Option<String>,
    /// That it ends soon, a sentence.
    pub expires: Option<String>,
    /// This portal took it last.
    pub usual: bool,
    /// It stands for all certificates of its device: they show after the PIN.
    pub after_pin: bool,
}

/// How many tries are left, as far as tokens tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Tries {
    /// Nobody says that a wrong one was entered.
    Untold,
    /// A wrong PIN was entered since the last right one.
    Few,
    /// The next wrong PIN locks the token.
    Last,
}

/// Who asks, for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Consent {
    /// Who asks, as the channel saw it.
    pub origin: OriginShown,
    /// Its name in the agent's own list.
    pub name: Option<String>,
    /// Never used here before.
    pub new_site: bool,
    /// The host as it would be read, where it has letters that look like others.
    pub look_alike: Option<String>,
    /// That it is easily mistaken for a portal that is known here: a sentence that names that one.
    pub resembles: Option<String>,
    /// What for.
    pub purpose: Purpose,
    /// For which kind of account.
    pub subject: Option<Subject>,
    /// The four digits that the waiting page shows too.
    pub matching_code: String,
    /// A text to confirm.
    pub text: Option<TextShown>,
    /// The certificate that this portal took last: with it this is the only screen.
    pub remembered: Option<Remembered>,
    /// What is asked or said of remembering this computer, where that is open: it has no keychain.
    pub no_keychain: Option<NoKeychain>,
}

/// Whether this computer, which has no keychain, is remembered until the agent quits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum NoKeychain {
    /// The person is asked.
    Asked,
    /// They have just said yes.
    Remembered,
    /// They have just said no.
    NotRemembered,
}

/// A certificate as it was when a portal took it last. No token was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Remembered {
    /// The certificate.
    pub row: Row,
    /// The PIN is typed on the device, not here.
    pub keypad: bool,
}

/// The identities found so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Choose {
    /// What for.
    pub purpose: Purpose,
    /// Drivers are still listing.
    pub searching: bool,
    /// In the order in which they were found; an act names one by its place, from 0.
    pub rows: Vec<Row>,
    /// Why the remembered certificate, to which the person agreed, does not sign. Its PIN was not used.
    pub problem: Option<Problem>,
}

/// Asks for the PIN.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pin {
    /// What for; names the button.
    pub purpose: Purpose,
    /// The device.
    pub device: String,
    /// Whom the certificate names; empty where it shows only after the PIN.
    pub certificate: String,
    /// Tries that are left.
    pub tries: Tries,
    /// What was wrong with the PIN before this one.
    pub last: Option<Problem>,
}

/// What the person waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "for", rename_all = "kebab-case")]
pub enum Waiting {
    /// The request is fetched and checked.
    Ask {
        /// From here.
        origin: String,
    },
    /// The token with the remembered certificate is looked for.
    Searching,
    /// The token opens, to show its certificates.
    Unlocking,
    /// The PIN, on the device's own keys.
    Keypad,
    /// The token signs.
    Signing,
    /// A telephone. The code is shown large.
    Phone {
        /// The four digits that the telephone shows too.
        code: String,
    },
    /// The answer is on its way.
    Answer {
        /// To here.
        origin: String,
    },
}

/// A login that the portal accepted, or a signature that was only tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Done {
    /// Where the browser goes on; none for a signature that was only tried.
    pub origin: Option<String>,
    /// No browser could be opened: a sentence that says what to do.
    pub no_browser: Option<String>,
}

/// A failure in the window's language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Problem {
    /// Short, stable, the same in every language.
    pub code: String,
    /// What happened.
    pub happened: String,
    /// What to do; may be empty.
    pub remedy: String,
}

/// The end of a login that came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Failed {
    /// Why.
    pub problem: Problem,
    /// What support needs to know, without names, numbers and secrets; for the clipboard.
    pub report: String,
    /// The same request can be tried again.
    pub again: bool,
}
