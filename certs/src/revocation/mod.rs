//! Evidence of revocation: what is wanted, what is given, and how strict its judge is. It is never fetched here.

mod crl;
mod doubt;
pub(crate) mod ocsp;
pub(crate) mod points;
mod wanted;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

pub use crl::Crl;
pub(crate) use crl::serial_key;
pub use doubt::{CrlDoubt, Doubt, OcspError};
pub use ocsp::{OcspAnswer, OcspResponse};
pub(crate) use wanted::link as wanted_link;
pub use wanted::{NONCE_LEN, Wanted};

use crate::error::Whose;

/// What is known about a certificate's revocation, where it was accepted; revoked is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Revocation {
    /// Fresh evidence that covers it does not name it.
    Good,
    /// No evidence about it was given.
    NotChecked,
    /// Evidence was given and none settles it; accepted by [`RevocationRule::SoftFail`] only.
    Unknown,
}

impl fmt::Display for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Good => "good",
            Self::NotChecked => "not-checked",
            Self::Unknown => "unknown",
        })
    }
}

/// What kind of evidence it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// An OCSP response.
    Ocsp,
    /// A revocation list.
    Crl,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ocsp => "ocsp",
            Self::Crl => "crl",
        })
    }
}

/// The evidence that settled a certificate's revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SaidBy {
    /// Its kind.
    pub source: Source,
    /// When it was known to be true.
    pub this_update: OffsetDateTime,
    /// When newer evidence is there at the latest, if it says so.
    pub next_update: Option<OffsetDateTime>,
}

/// What one OCSP response says about one certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answered {
    /// Whether the certificate is revoked; otherwise it is good.
    pub revoked: bool,
    /// When that was known.
    pub said_by: SaidBy,
}

/// What is known about one certificate of an accepted path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkStatus {
    /// The certificate.
    pub whose: Whose,
    /// What is known.
    pub revocation: Revocation,
    /// By what, where it is known.
    pub said_by: Option<SaidBy>,
    /// Why the evidence that was not used was not.
    pub doubts: Vec<Doubt>,
}

/// What missing or unusable evidence means. Evidence that says *revoked* refuses under each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RevocationRule {
    /// None given: accepted as not checked. Given and unusable: refused.
    #[default]
    IfGiven,
    /// Every certificate below the anchor must be known to be good.
    HardFail,
    /// Accepted; the verdict says what is not known, and why.
    SoftFail,
}

impl FromStr for RevocationRule {
    type Err = String;

    /// Reads `if-given`, `hard-fail` or `soft-fail`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "if-given" => Ok(Self::IfGiven),
            "hard-fail" => Ok(Self::HardFail),
            "soft-fail" => Ok(Self::SoftFail),
            other => Err(format!(
                "\"{other}\" is none of if-given, hard-fail, soft-fail"
            )),
        }
    }
}

/// How evidence is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevocationSettings {
    /// What missing or unusable evidence means.
    pub rule: RevocationRule,
    /// Evidence whose `thisUpdate` is longer ago counts as stale, whatever it says itself.
    pub max_age: Option<Duration>,
    /// How far a responder's clock may differ from the caller's. Lists, which are made ahead, have none.
    pub skew: Duration,
    /// How long an OCSP response without `nextUpdate` counts.
    pub without_end: Duration,
    /// Whether a response to a request with a nonce must repeat it. A wrong nonce is always refused; many responders
    /// answer with responses made ahead, without one.
    pub nonce_required: bool,
}

impl Default for RevocationSettings {
    /// [`RevocationRule::IfGiven`], no limit of age but the evidence's own, five minutes of skew, a day without end.
    fn default() -> Self {
        Self {
            rule: RevocationRule::default(),
            max_age: None,
            skew: Duration::minutes(5),
            without_end: Duration::DAY,
            nonce_required: false,
        }
    }
}

/// The evidence that a caller has, and how it is to be judged.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evidence<'a> {
    /// Revocation lists, of whatever issuers.
    pub crls: &'a [Crl],
    /// OCSP responses, to whatever requests.
    pub ocsp: &'a [OcspAnswer],
    /// How it is judged.
    pub settings: RevocationSettings,
}

impl Evidence<'_> {
    /// Whether there is nothing to judge and nothing demanded.
    pub(crate) fn is_empty(&self) -> bool {
        self.crls.is_empty()
            && self.ocsp.is_empty()
            && self.settings.rule == RevocationRule::IfGiven
    }
}

impl<'a> From<&'a [Crl]> for Evidence<'a> {
    fn from(crls: &'a [Crl]) -> Self {
        Self {
            crls,
            ..Self::default()
        }
    }
}

impl<'a> From<&'a Vec<Crl>> for Evidence<'a> {
    fn from(crls: &'a Vec<Crl>) -> Self {
        Self::from(crls.as_slice())
    }
}

impl<'a> From<&'a Arc<Vec<Crl>>> for Evidence<'a> {
    fn from(crls: &'a Arc<Vec<Crl>>) -> Self {
        Self::from(crls.as_slice())
    }
}

impl<'a, const N: usize> From<&'a [Crl; N]> for Evidence<'a> {
    fn from(crls: &'a [Crl; N]) -> Self {
        Self::from(crls.as_slice())
    }
}
