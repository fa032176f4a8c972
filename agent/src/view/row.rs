//! A certificate in a list: whom it names, by which number, and why it can't be chosen.

use kyso_certs::{CertError, Certificate, Class, Id, Identity, Scheme, SubjectKind};
use time::{Duration, OffsetDateTime};

use super::printable;
use crate::login::{Candidate, Hidden};
use crate::problem::Failure;
use crate::text::{self, Text};

/// One certificate, as it is shown.
#[derive(Debug, Clone)]
pub struct Row {
    /// The facts of the certificate; none where it can't be read.
    pub certificate: Option<Certificate>,
    /// The device that it is on.
    pub device: String,
    /// It stands for all certificates of its device: they show after the PIN.
    pub after_pin: bool,
    /// Why it can't be chosen.
    pub unfit: Option<Unfit>,
    /// The kind of subject that the ask wants; decides which number is shown.
    pub wanted: Option<SubjectKind>,
    /// This portal took it last.
    pub usual: bool,
    /// Whole days until it expires, where these are few: see [`days_left`].
    pub days_left: Option<i64>,
}

/// How long before its end a certificate is called one that expires soon.
const SOON: Duration = Duration::days(30);

/// Whole days until the certificate expires, where it is valid and 30 or fewer are left.
#[must_use]
pub fn days_left(certificate: &Certificate, now: OffsetDateTime) -> Option<i64> {
    days_until(certificate.not_after(), now)
}

/// As [`days_left`], of what ends then.
#[must_use]
pub fn days_until(end: OffsetDateTime, now: OffsetDateTime) -> Option<i64> {
    let left = end - now;
    (left >= Duration::ZERO && left <= SOON).then(|| left.whole_days())
}

impl Row {
    pub(crate) fn of(
        candidate: &Candidate,
        wanted: Option<SubjectKind>,
        usual: Option<[u8; 32]>,
        now: OffsetDateTime,
    ) -> Self {
        let known = candidate.certificate.as_ref();
        Self {
            certificate: candidate.certificate.clone(),
            usual: usual.is_some() && usual == known.map(Certificate::fingerprint),
            days_left: known.and_then(|known| days_left(known, now)),
            device: candidate.device(),
            after_pin: false,
            unfit: candidate
                .unfit
                .as_ref()
                .map(|failure| Unfit::of(failure, wanted)),
            wanted,
        }
    }
}

impl Row {
    pub(crate) fn of_hidden(hidden: &Hidden) -> Self {
        Self {
            certificate: None,
            device: hidden.device(),
            after_pin: true,
            unfit: None,
            wanted: None,
            usual: false,
            days_left: None,
        }
    }
}

/// Why a row is greyed out: the key of its sentence and what fills it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    key: &'static str,
    date: Option<String>,
    wanted: Option<SubjectKind>,
}

impl Unfit {
    fn of(failure: &Failure, wanted: Option<SubjectKind>) -> Self {
        let key = match failure {
            Failure::Certificate { error, .. } => return Self::of_certificate(error, wanted),
            Failure::NoAlgorithm => "unfit.algorithm",
            _ => "unfit.wrong-use",
        };
        Self {
            key,
            date: None,
            wanted,
        }
    }

    /// The reason for a certificate error.
    #[must_use]
    pub fn of_certificate(error: &CertError, wanted: Option<SubjectKind>) -> Self {
        let (key, date) = match error {
            CertError::Expired { not_after, .. } => ("unfit.expired", Some(text::date(*not_after))),
            CertError::NotYetValid { .. } => ("unfit.not-yet-valid", None),
            CertError::Revoked(_) => ("unfit.revoked", None),
            CertError::Untrusted(_) => ("unfit.untrusted", None),
            CertError::Weak(_) => ("unfit.weak", None),
            CertError::WrongSubject(_) if wanted.is_some() => ("unfit.wrong-subject", None),
            CertError::WrongUse(_)
            | CertError::WrongSubject(_)
            | CertError::RevocationUnknown(_) => ("unfit.wrong-use", None),
            CertError::DisallowedPolicy(_) => ("unfit.policy", None),
            CertError::Unreadable(_) => ("unfit.unreadable", None),
        };
        Self { key, date, wanted }
    }

    /// The key of the sentence.
    #[must_use]
    pub fn key(&self) -> &'static str {
        self.key
    }

    /// The sentence.
    #[must_use]
    pub fn show(&self, text: Text) -> String {
        let subject = self.wanted.map_or("", |kind| text.subject(kind));
        text.fill(
            self.key,
            &[
                ("date", self.date.as_deref().unwrap_or_default()),
                ("subject", subject),
            ],
        )
    }
}

/// The number that the ask's kind of subject goes by, with all but its last four digits hidden: `CCCD …1234`. Where no
/// kind is asked for, a person in an organisation has two.
#[must_use]
pub fn masked_id(identity: &Identity, wanted: Option<SubjectKind>) -> String {
    let own = identity.key_as_member(SubjectKind::Citizen);
    let number = |scheme: Scheme| identity.ids.iter().find(|id| id.scheme == scheme);
    let personal = own.and_then(|key| number(key.scheme));
    let shown = match (wanted, identity.kind) {
        (Some(SubjectKind::Citizen), _) => vec![personal],
        (Some(SubjectKind::Business), _) => vec![number(Scheme::Mst)],
        (None, Class::PersonInOrganisation) => vec![personal, number(Scheme::Mst)],
        (Some(SubjectKind::Agency) | None, _) => vec![],
    };
    let mut shown: Vec<&Id> = shown.into_iter().flatten().collect();
    if shown.is_empty() {
        shown.extend(identity.ids.first());
    }
    shown.into_iter().map(masked).collect::<Vec<_>>().join(", ")
}

fn masked(id: &Id) -> String {
    let digits: Vec<char> = id.value.chars().collect();
    let shown: String = digits.iter().skip(digits.len().saturating_sub(4)).collect();
    printable(&format!("{} …{shown}", id.scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_show_their_last_four_digits() {
        let id = Id {
            scheme: Scheme::Cccd,
            value: "001099000001".into(),
        };
        assert_eq!(masked(&id), "CCCD …0001");
    }

    #[test]
    fn the_number_shown_is_the_one_that_the_portal_will_use() {
        let id = |scheme, value: &str| Id {
            scheme,
            value: value.into(),
        };
        let member = Identity {
            kind: Class::PersonInOrganisation,
            name: "TRẦN VĂN THỬ".into(),
            organisation: None,
            ids: vec![
                id(Scheme::Mst, "0109000001"),
                id(Scheme::Cccd, "001099000002"),
            ],
        };
        let check = |wanted, expected: &str| assert_eq!(masked_id(&member, wanted), expected);
        check(Some(SubjectKind::Citizen), "CCCD …0002");
        check(Some(SubjectKind::Business), "MST …0001");
        check(None, "CCCD …0002, MST …0001");
    }
}
