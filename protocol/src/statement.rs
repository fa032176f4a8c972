//! The statement: what the person agrees to, as bytes that travel and are never written anew.

use kyso_certs::SubjectKind;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::macros::format_description;

use crate::limits::{ASK_SECONDS_MAX, STATEMENT_MAX};
use crate::text::{Language, StatementText};
use crate::{
    Algorithm, AskId, Nonce, Origin, StatementError, VERSION, encoding, json, matching_code,
};

/// What a signature is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Open a session.
    Login,
    /// Begin an account.
    Register,
    /// Add a way of signing in to an account.
    AddMethod,
    /// Agree to a text.
    Confirm,
}

impl Purpose {
    const ALL: [Self; 4] = [Self::Login, Self::Register, Self::AddMethod, Self::Confirm];

    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Register => "register",
            Self::AddMethod => "add-method",
            Self::Confirm => "confirm",
        }
    }

    /// From the name on the wire.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|purpose| purpose.as_str() == name)
    }
}

/// The members of a version 1 statement, all of them checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Who asks.
    pub portal: Origin,
    /// For what.
    pub purpose: Purpose,
    /// The ask's name.
    pub ask: AskId,
    /// 32 random bytes of the portal.
    pub challenge: [u8; 32],
    /// See [`crate::browser_binding`].
    pub browser: [u8; 32],
    /// By the portal's clock, whole seconds of UTC.
    pub issued: OffsetDateTime,
    /// At most five minutes after `issued`.
    pub expires: OffsetDateTime,
    /// With `register`, `add-method` and `confirm`, and only there.
    pub subject: Option<SubjectKind>,
    /// What the portal takes, so that no PIN is spent in vain.
    pub algorithms: Vec<Algorithm>,
    /// With `confirm`, and only there.
    pub text: Option<StatementText>,
}

/// A statement's exact bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementBytes(Vec<u8>);

impl StatementBytes {
    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
    /// See [`Nonce::of_statement`].
    #[must_use]
    pub fn nonce(&self) -> Nonce {
        Nonce::of_statement(&self.0)
    }
    /// See [`matching_code`].
    #[must_use]
    pub fn matching_code(&self) -> String {
        matching_code(&self.0)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    v: u64,
    max: u64,
    portal: String,
    purpose: String,
    ask: String,
    challenge: String,
    browser: String,
    issued: String,
    expires: String,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "json::present"
    )]
    subject: Option<WireSubject>,
    algorithms: Vec<String>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "json::present"
    )]
    text: Option<WireText>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireSubject {
    kind: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireText {
    lang: String,
    value: String,
}

impl Statement {
    /// Reads a statement of at most 2048 bytes.
    ///
    /// # Errors
    /// One variant a cause; see [`StatementError`]. A version above ours is refused, and so is one below ours where
    /// `max` says that the portal could have spoken ours.
    pub fn parse(bytes: &[u8]) -> Result<Self, StatementError> {
        let value = json::parse(bytes, 2..=STATEMENT_MAX)?;
        check_version(&value)?;
        let wire: Wire = serde_json::from_value(value)
            .map_err(|error| crate::JsonError::Members(error.to_string()))?;
        let statement = Self {
            portal: Origin::parse(&wire.portal)?,
            purpose: Purpose::parse(&wire.purpose).ok_or(StatementError::Purpose)?,
            ask: AskId::parse(&wire.ask).map_err(named("ask"))?,
            challenge: encoding::from_url(&wire.challenge).map_err(named("challenge"))?,
            browser: encoding::from_url(&wire.browser).map_err(named("browser"))?,
            issued: parse_time("issued", &wire.issued)?,
            expires: parse_time("expires", &wire.expires)?,
            subject: wire.subject.as_ref().map(parse_subject).transpose()?,
            algorithms: parse_algorithms(&wire.algorithms)?,
            text: wire.text.as_ref().map(parse_text).transpose()?,
        };
        statement.check()?;
        Ok(statement)
    }

    /// Writes the bytes that travel. A portal calls this once and keeps them.
    ///
    /// # Errors
    /// The rules of [`Statement::parse`] hold for what is written too.
    pub fn to_bytes(&self) -> Result<StatementBytes, StatementError> {
        let bytes = serde_json::to_vec(&self.to_wire()?)
            .map_err(|error| crate::JsonError::Syntax(error.to_string()))?;
        Self::parse(&bytes)?;
        Ok(StatementBytes(bytes))
    }

    /// Whether `at`, by the portal's clock, lies in the life of the ask.
    #[must_use]
    pub fn is_fresh(&self, at: OffsetDateTime) -> bool {
        // A reply's `Date` is cut to the second.
        self.issued - time::Duration::SECOND <= at && at < self.expires
    }

    fn check(&self) -> Result<(), StatementError> {
        let life = (self.expires - self.issued).whole_seconds();
        if !(1..=ASK_SECONDS_MAX).contains(&life) {
            return Err(StatementError::Life);
        }
        if self.subject.is_some() != (self.purpose != Purpose::Login) {
            return Err(StatementError::NotForPurpose { member: "subject" });
        }
        if self.text.is_some() != (self.purpose == Purpose::Confirm) {
            return Err(StatementError::NotForPurpose { member: "text" });
        }
        Ok(())
    }

    fn to_wire(&self) -> Result<Wire, StatementError> {
        Ok(Wire {
            v: VERSION.into(),
            max: VERSION.into(),
            portal: self.portal.to_string(),
            purpose: self.purpose.as_str().to_owned(),
            ask: self.ask.to_string(),
            challenge: encoding::url(&self.challenge),
            browser: encoding::url(&self.browser),
            issued: write_time("issued", self.issued)?,
            expires: write_time("expires", self.expires)?,
            subject: self.subject.map(|kind| WireSubject {
                kind: kind.to_string(),
            }),
            algorithms: self.algorithms.iter().map(ToString::to_string).collect(),
            text: self.text.as_ref().map(|text| WireText {
                lang: text.language().as_str().to_owned(),
                value: text.value().to_owned(),
            }),
        })
    }
}

/// The version comes first: another one may have other members.
fn check_version(value: &serde_json::Value) -> Result<(), StatementError> {
    let number = |member: &'static str| {
        value
            .get(member)
            .and_then(serde_json::Value::as_u64)
            .ok_or_else(|| crate::JsonError::Members(format!("{member} is missing or no number")))
    };
    let (v, max) = (number("v")?, number("max")?);
    let ours = u64::from(VERSION);
    if v == ours && max >= v {
        Ok(())
    } else {
        Err(StatementError::Version { v, max })
    }
}

fn named(member: &'static str) -> impl Fn(crate::IdError) -> StatementError {
    move |error| StatementError::Encoding { member, error }
}

const TIME: &[time::format_description::BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");

fn parse_time(member: &'static str, text: &str) -> Result<OffsetDateTime, StatementError> {
    let refused = StatementError::Time(member);
    let time = time::PrimitiveDateTime::parse(text, TIME)
        .map_err(|_| refused.clone())?
        .assume_utc();
    if write_time(member, time)? == text {
        Ok(time)
    } else {
        Err(refused)
    }
}

fn write_time(member: &'static str, time: OffsetDateTime) -> Result<String, StatementError> {
    time.to_offset(time::UtcOffset::UTC)
        .format(TIME)
        .map_err(|_| StatementError::Time(member))
}

fn parse_subject(wire: &WireSubject) -> Result<SubjectKind, StatementError> {
    [
        SubjectKind::Citizen,
        SubjectKind::Business,
        SubjectKind::Agency,
    ]
    .into_iter()
    .find(|kind| kind.to_string() == wire.kind)
    .ok_or(StatementError::Subject)
}

fn parse_algorithms(names: &[String]) -> Result<Vec<Algorithm>, StatementError> {
    let mut algorithms = Vec::new();
    for name in names.iter().take(Algorithm::ALL.len() + 1) {
        let algorithm = name.parse().map_err(|()| StatementError::Algorithms)?;
        if algorithms.contains(&algorithm) {
            return Err(StatementError::Algorithms);
        }
        algorithms.push(algorithm);
    }
    if algorithms.is_empty() {
        Err(StatementError::Algorithms)
    } else {
        Ok(algorithms)
    }
}

fn parse_text(wire: &WireText) -> Result<StatementText, StatementError> {
    let language = match wire.lang.as_str() {
        "vi" => Language::Vi,
        "en" => Language::En,
        _ => return Err(StatementError::Text("a language other than vi and en")),
    };
    StatementText::new(language, &wire.value)
}
