//! The one place that turns errors into what a person sees: a code that can be read on the telephone, and two
//! sentences in each language, what happened and what to do.

mod code;
mod failure;
#[cfg(test)]
mod tests;
mod token;

pub use code::Code;
pub use failure::{Failure, NewPinFault};
use kyso_certs::{CertError, Certificate, SubjectKind};
use kyso_protocol::CheckError;
use time::OffsetDateTime;
use token::{driver, issuer, new_pin, pin, pin_change, sign};

use crate::channel::deep_link::PortalError;
use crate::channel::fetches::TooSoon;
use crate::settings::{Layer, SettingsError};
use crate::text::{self, Text};

/// What fills a placeholder of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// As it is.
    Plain(String),
    /// A word by its key.
    Word(&'static str),
    /// A fixed phrase of our own libraries, in English.
    Phrase(String),
    /// A day.
    Date(OffsetDateTime),
}

impl Value {
    fn show(&self, text: Text) -> String {
        match self {
            Self::Plain(plain) => plain.clone(),
            Self::Word(key) => text.get(key).to_owned(),
            Self::Phrase(english) => text.phrase(english),
            Self::Date(at) => text::date(*at),
        }
    }
}

/// A failure as the person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Its code.
    pub code: Code,
    /// Which of the code's sentences, where it has several.
    variant: &'static str,
    params: Vec<(&'static str, Value)>,
}

impl Problem {
    fn new(code: Code) -> Self {
        Self {
            code,
            variant: "",
            params: Vec::new(),
        }
    }

    fn variant(self, variant: &'static str) -> Self {
        Self { variant, ..self }
    }

    fn with(mut self, name: &'static str, value: Value) -> Self {
        self.params.push((name, value));
        self
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "texts and numbers alike, at many places"
    )]
    fn plain(self, name: &'static str, value: impl ToString) -> Self {
        self.with(name, Value::Plain(value.to_string()))
    }

    /// What happened.
    #[must_use]
    pub fn happened(&self, text: Text) -> String {
        self.sentence(text, "happened")
    }

    /// What to do.
    #[must_use]
    pub fn remedy(&self, text: Text) -> String {
        self.sentence(text, "remedy")
    }

    /// The portal's own code, where the portal refused ([`Code::PortalRefused`]).
    #[must_use]
    pub fn portal_code(&self) -> Option<&str> {
        let named = self.params.iter().find(|(name, _)| *name == "code");
        named.and_then(|(_, value)| match value {
            Value::Plain(code) => Some(code.as_str()),
            _ => None,
        })
    }

    /// What support may learn of it: numbers, sizes and codes, nothing that a person or a file is called.
    pub(crate) fn for_support(&self) -> Vec<(&'static str, &str)> {
        let told = |name: &str| match self.code {
            Code::DriverFailed => name == "detail",
            Code::PortalRefused => name == "code",
            Code::PinForm | Code::PinNewForm => true,
            Code::ModuleTimeout | Code::TooMany => name == "n",
            _ => false,
        };
        let params = self.params.iter().filter(|(name, _)| told(name));
        let plain = params.filter_map(|(name, value)| match value {
            Value::Plain(value) => Some((*name, value.as_str())),
            _ => None,
        });
        plain.collect()
    }

    fn sentence(&self, text: Text, which: &str) -> String {
        let shown: Vec<_> = self
            .params
            .iter()
            .map(|(name, value)| (*name, value.show(text)))
            .collect();
        let values: Vec<_> = shown
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let usual = format!("problem.{}.{which}", self.code.as_str());
        let own = format!("{usual}.{}", self.variant);
        let key = text.find(&own).map_or(usual, |_| own);
        text.fill(&key, &values)
    }
}

impl From<&Failure> for Problem {
    fn from(failure: &Failure) -> Self {
        match failure {
            Failure::Link(_) => Self::new(Code::LinkInvalid),
            Failure::Settings(error) => settings(error),
            Failure::Portal { host, error } => portal(host, error),
            Failure::Unanswered { host } => Self::new(Code::AnswerLost).plain("host", host),
            Failure::Statement(_) | Failure::OtherAsk => Self::new(Code::AskInvalid),
            Failure::OtherOrigin { claimed, origin } => Self::new(Code::OriginMismatch)
                .plain("claimed", claimed)
                .plain("origin", origin),
            Failure::Expired => Self::new(Code::AskExpired),
            Failure::Refused {
                code,
                certificate,
                wanted,
            } => refused(code, certificate.as_ref(), *wanted),
            Failure::Driver { module, error } => driver(module, error),
            Failure::Sign { module, ca, error } => sign(module, ca, error),
            Failure::Pin(error) => pin(*error),
            Failure::Locked { ca } => Self::new(Code::PinLocked).with("ca", issuer(ca)),
            Failure::PinChange { module, ca, error } => pin_change(module, ca, error),
            Failure::NewPin(fault) => new_pin(*fault),
            Failure::SeveralTokens => Self::new(Code::TokenSeveral),
            Failure::Certificate {
                ca,
                key,
                wanted,
                error,
            } => certificate(ca, key, *wanted, error),
            Failure::Check(error) => check(error),
            Failure::NoAlgorithm => Self::new(Code::AlgorithmRefused),
            Failure::NoToken => Self::new(Code::TokenAbsent),
            Failure::NoIdentity => {
                Self::new(Code::TokenEmpty).with("ca", Value::Word("word.ca-token"))
            }
            Failure::CertificateAbsent => Self::new(Code::CertAbsent),
            Failure::ChosenUnusable => Self::new(Code::CertAbsent).variant("chosen"),
            Failure::NoKeychain => Self::new(Code::NoKeychain),
            Failure::Busy => Self::new(Code::Busy),
            Failure::Cancelled => Self::new(Code::Cancelled),
            Failure::WindowClosed => Self::new(Code::WindowClosed),
            Failure::NoDisplay => Self::new(Code::NoDisplay),
            Failure::NoWindow => Self::new(Code::WindowAbsent),
            Failure::OtherVersion => Self::new(Code::WindowVersion),
            Failure::WindowSilent => Self::new(Code::WindowSilent),
            Failure::Unrecorded => Self::new(Code::HistoryLost),
            Failure::NoAgent => Self::new(Code::AgentAbsent),
            Failure::AgentSilent => Self::new(Code::AgentSilent),
            Failure::NoFolder(Some(folder)) => {
                Self::new(Code::Folder).plain("folder", folder.display())
            }
            Failure::NoFolder(None) => Self::new(Code::Folder).variant("unknown"),
            Failure::Internal(detail) => inside(detail),
        }
    }
}

fn settings(error: &SettingsError) -> Problem {
    let code = match error.layer {
        Layer::User => Code::SettingsInvalid,
        Layer::Policy => Code::PolicyRefused,
        Layer::Change => Code::SettingRefused,
    };
    let problem = Problem::new(code).plain("field", &error.field);
    problem.with("detail", Value::Phrase(error.detail.clone()))
}

fn portal(host: &str, error: &PortalError) -> Problem {
    let code = match error {
        PortalError::TooSoon(soon) => return too_soon(*soon),
        PortalError::Blocked => Code::OriginBlocked,
        PortalError::OriginRefused | PortalError::AddressRefused => Code::OriginRefused,
        PortalError::TlsSetup(_) | PortalError::Tls(_) => Code::PortalTls,
        PortalError::Unreachable(_) | PortalError::TimedOut => Code::PortalUnreachable,
        PortalError::AskUnknown => return Problem::new(Code::AskInvalid),
        PortalError::AskExpired => return Problem::new(Code::AskExpired),
        PortalError::AskUsed => return Problem::new(Code::AskUsed),
        PortalError::Redirected
        | PortalError::Status(_)
        | PortalError::MediaType
        | PortalError::TooLong
        | PortalError::Date
        | PortalError::Reply(_)
        | PortalError::Contradiction => Code::PortalReply,
    };
    Problem::new(code).plain("host", host)
}

/// Something of our own, with a fixed phrase.
fn inside(detail: &dyn std::fmt::Display) -> Problem {
    Problem::new(Code::Internal).with("detail", Value::Phrase(detail.to_string()))
}

fn too_soon(soon: TooSoon) -> Problem {
    match soon {
        TooSoon::Busy => Problem::new(Code::Busy),
        TooSoon::TooMany { seconds } => Problem::new(Code::TooMany)
            .variant(if seconds == 1 { "one" } else { "" })
            .plain("n", seconds),
        TooSoon::Uncounted => inside(&soon),
    }
}

/// A portal's code in our own words, where we know it and have what the words need; no portal puts words of its own
/// into a window.
fn refused(code: &str, sent: Option<&Certificate>, wanted: Option<SubjectKind>) -> Problem {
    let known = Code::ALL
        .iter()
        .copied()
        .find(|known| known.as_str() == code);
    let plain = known
        .filter(|code| TOLD_ALONE.contains(code))
        .map(Problem::new);
    let about = || about_certificate(known?, sent?, wanted);
    plain
        .or_else(about)
        .unwrap_or_else(|| Problem::new(Code::PortalRefused).plain("code", code))
}

/// A portal's codes whose sentences need nothing more.
const TOLD_ALONE: [Code; 8] = [
    Code::AskExpired,
    Code::AskUsed,
    Code::AskInvalid,
    Code::AccountNone,
    Code::CertWrongUse,
    Code::CertPolicy,
    Code::RevocationUnknown,
    Code::AlgorithmRefused,
];

fn about_certificate(
    code: Code,
    sent: &Certificate,
    wanted: Option<SubjectKind>,
) -> Option<Problem> {
    let problem = Problem::new(code);
    let ca = sent.issuer_name();
    Some(match code {
        Code::CertRevoked | Code::CertUntrusted | Code::CertUnreadable => problem.plain("ca", ca),
        Code::CertWeak => problem
            .plain("key", sent.public_key().describe())
            .plain("ca", ca),
        Code::CertExpired => problem
            .with("date", Value::Date(sent.not_after()))
            .plain("ca", ca),
        Code::CertNotYetValid => problem.with("date", Value::Date(sent.not_before())),
        Code::CertWrongSubject => wrong_subject(wanted),
        _ => return None,
    })
}

fn wrong_subject(wanted: Option<SubjectKind>) -> Problem {
    let problem = Problem::new(Code::CertWrongSubject);
    match wanted {
        Some(kind) => problem.with("subject", Value::Word(text::subject_key(kind))),
        None => problem.variant("any"),
    }
}

fn certificate(ca: &str, key: &str, wanted: Option<SubjectKind>, error: &CertError) -> Problem {
    match error {
        CertError::Unreadable(_) => {
            Problem::new(Code::CertUnreadable).with("ca", Value::Word("word.ca"))
        }
        CertError::Expired { not_after, .. } => Problem::new(Code::CertExpired)
            .with("date", Value::Date(*not_after))
            .plain("ca", ca),
        CertError::NotYetValid { not_before, .. } => {
            Problem::new(Code::CertNotYetValid).with("date", Value::Date(*not_before))
        }
        CertError::Revoked(_) => Problem::new(Code::CertRevoked).plain("ca", ca),
        CertError::Untrusted(_) => Problem::new(Code::CertUntrusted).plain("ca", ca),
        CertError::Weak(_) => Problem::new(Code::CertWeak)
            .plain("key", key)
            .plain("ca", ca),
        CertError::WrongUse(_) => Problem::new(Code::CertWrongUse),
        CertError::WrongSubject(_) => wrong_subject(wanted),
        CertError::DisallowedPolicy(_) => Problem::new(Code::CertPolicy),
        CertError::RevocationUnknown(_) => Problem::new(Code::RevocationUnknown),
    }
}

/// Our own check stops at the signature: everything before it can only mean that the token or its module erred.
fn check(error: &CheckError) -> Problem {
    match error {
        CheckError::AlgorithmNotOffered
        | CheckError::AlgorithmKey
        | CheckError::AlgorithmPolicy
        | CheckError::Key(_) => Problem::new(Code::AlgorithmRefused),
        CheckError::Certificate(_) => {
            Problem::new(Code::CertUnreadable).with("ca", Value::Word("word.ca"))
        }
        CheckError::Token(_)
        | CheckError::SignatureDer
        | CheckError::SignatureLength { .. }
        | CheckError::SignatureRange
        | CheckError::Signature => Problem::new(Code::SignatureInvalid),
        CheckError::Device(_) => inside(&"this computer's own proof is wrong"),
        CheckError::Judged(_)
        | CheckError::NotSpokenFor(_)
        | CheckError::WrongSubject(_)
        | CheckError::NotGovernment => Problem::new(Code::CertWrongUse),
    }
}
