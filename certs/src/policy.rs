//! Whether a certificate is fit for a login, by what it says itself.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::anchors::WorldChoice;
use crate::certificate::Certificate;
use crate::error::{CertError, Whose};
use crate::identity_key::SubjectKind;
use crate::key::PublicKey;
use crate::login_use::login_use;
use crate::signature_kind::SignatureKind;
use crate::subject::{Class, Scheme};

/// Largest RSA modulus, in bits: verifying costs time that grows with it.
const MAX_RSA_BITS: u32 = 8192;
const MIN_RSA_BITS: u32 = 2048;
const MIN_RSA_EXPONENT: u64 = 65537;
/// OID of arbitrary depth are not needed: the longest real policy has about a dozen arcs.
const MAX_OID: usize = 128;

/// The named policies for algorithms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum PolicyName {
    /// What tokens and CAs in use can do: RSA from 2048 bits also with PKCS#1 v1.5. The verdict records which rules
    /// of the circular were not met.
    #[default]
    #[serde(rename = "interoperable")]
    Interoperable,
    /// The annex of circular 15/2025/TT-BKHCN: RSA from 2048 bits with PSS, ECDSA from 256 bits, SHA-256 or better.
    #[serde(rename = "circular-15-2025")]
    Circular15_2025,
}

impl fmt::Display for PolicyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interoperable => "interoperable",
            Self::Circular15_2025 => "circular-15-2025",
        })
    }
}

impl FromStr for PolicyName {
    type Err = String;

    /// Reads `interoperable` or `circular-15-2025`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "interoperable" => Ok(Self::Interoperable),
            "circular-15-2025" => Ok(Self::Circular15_2025),
            other => Err(format!(
                "\"{other}\" is none of interoperable, circular-15-2025"
            )),
        }
    }
}

/// The rules of the circular, by the names under which a verdict records that one was not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// An RSA signature is made with PSS. Judged where a token's algorithm is known.
    RsaWithPss,
    /// An RSA key has at least 2048 bits.
    Rsa2048,
    /// An elliptic-curve key has at least 256 bits.
    Ec256,
    /// Signatures hash with SHA-256 or better.
    Sha256,
}

impl Rule {
    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::RsaWithPss => "rsa-with-pss",
            Self::Rsa2048 => "rsa-2048",
            Self::Ec256 => "ec-256",
            Self::Sha256 => "sha-256",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a certificate is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CertPurpose {
    /// Signing in: its own uses and key are judged as well as its path.
    #[default]
    Login,
    /// The path alone.
    Any,
}

impl FromStr for CertPurpose {
    type Err = String;

    /// Reads `login` or `any`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "login" => Ok(Self::Login),
            "any" => Ok(Self::Any),
            other => Err(format!("\"{other}\" is none of login, any")),
        }
    }
}

/// How [`crate::judge`] is to judge.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// The worlds in which the path may end.
    pub world: WorldChoice,
    /// The policy for algorithms.
    pub policy: PolicyName,
    /// What the certificate is wanted for.
    pub purpose: CertPurpose,
    /// Certificate policies that are not taken, in dotted decimal: each one and all below it.
    pub disallowed_policies: Vec<String>,
}

/// Problems that show without any trust material, so that an agent can say why a certificate can't be chosen.
///
/// Order: key usage, extended key usage, key strength; validity at `at`; class for the `wanted` kind. A person in an
/// organisation is not refused for a citizen here: whether it serves is the trust file's word.
///
/// # Errors
/// The first problem, as a [`CertError`].
pub fn fit_for_login(
    cert: &Certificate,
    at: OffsetDateTime,
    policy: PolicyName,
    wanted: Option<SubjectKind>,
) -> Result<(), CertError> {
    login_use(cert)?;
    strength(cert, policy)?;
    validity(cert, at, || Whose::Subject)?;
    wanted.map_or(Ok(()), |kind| class_fits(cert, kind))
}

/// The policy step of [`crate::judge`].
pub(crate) fn check(cert: &Certificate, settings: &Settings) -> Result<(), CertError> {
    if settings.purpose == CertPurpose::Login {
        login_use(cert)?;
        strength(cert, settings.policy)?;
    }
    let disallowed = |policy: &&String| {
        settings
            .disallowed_policies
            .iter()
            .any(|d| below(policy, d))
    };
    match cert.uses().policies.iter().find(disallowed) {
        Some(policy) => Err(CertError::DisallowedPolicy(policy.clone())),
        None => Ok(()),
    }
}

/// Both ends of the validity are part of it (RFC 5280, 4.1.2.5).
pub(crate) fn validity(
    cert: &Certificate,
    at: OffsetDateTime,
    whose: impl FnOnce() -> Whose,
) -> Result<(), CertError> {
    // Certificates count in seconds: the last second is valid to its end.
    let (from, until, now) = (
        cert.not_before(),
        cert.not_after().unix_timestamp(),
        at.unix_timestamp(),
    );
    if now < from.unix_timestamp() {
        return Err(CertError::NotYetValid {
            whose: whose(),
            not_before: from,
        });
    }
    if now > until {
        return Err(CertError::Expired {
            whose: whose(),
            not_after: cert.not_after(),
        });
    }
    Ok(())
}

/// The rules of the circular that the certificate itself does not meet; empty where the policy is the circular, which
/// refuses instead.
pub(crate) fn deviations(cert: &Certificate) -> Vec<String> {
    let small = |min: u32| cert.public_key().bits() < min;
    let rule = match cert.public_key() {
        PublicKey::Rsa { .. } if small(MIN_RSA_BITS) => Some(Rule::Rsa2048),
        PublicKey::Ec { .. } if small(256) => Some(Rule::Ec256),
        _ => None,
    };
    let hash = match cert.signed_with() {
        SignatureKind::Weak(_) => Some(Rule::Sha256),
        _ => None,
    };
    rule.into_iter()
        .chain(hash)
        .map(|rule| rule.name().to_owned())
        .collect()
}

/// Both policies ask the same of a certificate; they differ in the signatures that its key makes.
fn strength(cert: &Certificate, _policy: PolicyName) -> Result<(), CertError> {
    let key = cert.public_key();
    let weak = |why: &str| Err(CertError::Weak(format!("{}: {why}", key.describe())));
    match key {
        PublicKey::Rsa { .. } if key.bits() < MIN_RSA_BITS => weak("shorter than 2048 bits"),
        PublicKey::Rsa { .. } if key.bits() > MAX_RSA_BITS => weak("longer than 8192 bits"),
        PublicKey::Rsa { exponent, .. } if !exponent_fits(exponent) => {
            weak("its exponent is even, below 65537 or above 32 bits")
        }
        PublicKey::Rsa { .. } | PublicKey::Ec { .. } => signature_strength(cert),
        PublicKey::Other { .. } => weak("not a kind of key that is taken"),
    }
}

/// # Errors
/// [`CertError::Weak`] for a CA whose RSA key is too short for anything below it to be believed.
pub(crate) fn ca_key_strength(ca: &Certificate) -> Result<(), CertError> {
    match ca.public_key() {
        key @ PublicKey::Rsa { .. } if key.bits() < MIN_RSA_BITS => Err(CertError::Weak(format!(
            "{} of a CA: shorter than 2048 bits",
            key.describe()
        ))),
        _ => Ok(()),
    }
}

/// # Errors
/// [`CertError::Weak`] for a certificate signed with SHA-1 or the like.
pub(crate) fn signature_strength(cert: &Certificate) -> Result<(), CertError> {
    match cert.signed_with() {
        SignatureKind::Weak(why) => Err(CertError::Weak((*why).to_owned())),
        SignatureKind::Strong | SignatureKind::Unknown => Ok(()),
    }
}

fn exponent_fits(exponent: &[u8]) -> bool {
    let odd = exponent.last().is_some_and(|last| last & 1 == 1);
    let value = exponent
        .iter()
        .take(5)
        .fold(0u64, |sum, byte| (sum << 8) | u64::from(*byte));
    odd && exponent.len() <= 4 && value >= MIN_RSA_EXPONENT
}

fn class_fits(cert: &Certificate, kind: SubjectKind) -> Result<(), CertError> {
    let identity = cert
        .subject()
        .identity()
        .map_err(|error| CertError::WrongSubject(error.to_string()))?;
    let fits = match kind {
        SubjectKind::Citizen => identity.key_as_member(kind).is_some(),
        SubjectKind::Business => {
            identity.kind == Class::Organisation
                && identity.ids.iter().any(|id| id.scheme == Scheme::Mst)
        }
        SubjectKind::Agency => identity.kind == Class::Organisation,
    };
    if fits {
        return Ok(());
    }
    Err(CertError::WrongSubject(format!(
        "a certificate of class {} is not a {kind}'s",
        identity.kind
    )))
}

/// Whether `oid` is `parent` or stands under it.
pub(crate) fn below(oid: &str, parent: &str) -> bool {
    oid.strip_prefix(parent)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Whether `text` is an OID in dotted decimal: at least two arcs, without leading zeros.
pub(crate) fn is_oid(text: &str) -> bool {
    let arc = |arc: &str| {
        !arc.is_empty()
            && arc.bytes().all(|byte| byte.is_ascii_digit())
            && (arc == "0" || !arc.starts_with('0'))
    };
    text.len() <= MAX_OID && text.split('.').count() >= 2 && text.split('.').all(arc)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_covers_itself_and_what_is_under_it() {
        assert!(below("1.2.3", "1.2.3"));
        assert!(below("1.2.3.4", "1.2.3"));
        assert!(!below("1.2.34", "1.2.3"));
        assert!(!below("1.2", "1.2.3"));
    }

    #[test]
    fn takes_odd_exponents_from_65537_to_32_bits() {
        assert!(exponent_fits(&[1, 0, 1]));
        assert!(exponent_fits(&[0xff, 0xff, 0xff, 0xff]));
        assert!(!exponent_fits(&[3]));
        assert!(!exponent_fits(&[1, 0, 2]));
        assert!(!exponent_fits(&[1, 0, 0, 0, 1]));
        assert!(!exponent_fits(&[]));
    }

    #[test]
    fn knows_an_oid_from_other_text() {
        assert!(is_oid("1.3.6.1.4.1.10015.1.3"));
        for other in ["", "1", "1.", ".1", "1..2", "1.02", "1.a", "-1.2"] {
            assert!(!is_oid(other), "{other}");
        }
    }

    #[test]
    fn policy_names_read_as_they_are_written() {
        for policy in [PolicyName::Interoperable, PolicyName::Circular15_2025] {
            assert_eq!(policy.to_string().parse(), Ok(policy));
        }
        assert!("circular".parse::<PolicyName>().is_err());
    }
}
