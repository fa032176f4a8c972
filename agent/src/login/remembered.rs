//! The certificate that a portal took last, as it was seen then: shown before any token is asked.

use kyso_certs::Certificate;
use kyso_protocol::Purpose;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::candidate::Candidate;
use crate::view::{device, masked_id, printable};

/// Facts that are shown, and how the token is found again. Numbers keep their last four digits only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Remembered {
    /// SHA-256 of the certificate; stands outside of the JSON.
    #[serde(skip)]
    pub fingerprint: [u8; 32],
    /// Whom it names.
    pub name: String,
    /// The organisation, where it names a person in one.
    pub organisation: Option<String>,
    /// `CCCD …1234`; empty where it names no number.
    pub id: String,
    /// Who issued it.
    pub ca: String,
    /// Valid from.
    #[serde(with = "time::serde::rfc3339")]
    pub not_before: OffsetDateTime,
    /// Valid to.
    #[serde(with = "time::serde::rfc3339")]
    pub not_after: OffsetDateTime,
    /// The device that it was on.
    pub device: String,
    /// That device's serial number, whole; shown nowhere.
    #[serde(default)]
    pub serial: String,
    /// The module that saw it.
    pub module: String,
    /// The PIN is typed on the device.
    pub keypad: bool,
}

/// The longest text in it, in bytes.
const TEXT_MAX: usize = 512;

impl Remembered {
    /// None for what can't be read.
    pub(super) fn of(candidate: &Candidate) -> Option<Self> {
        let certificate = candidate.certificate.as_ref()?;
        let identity = certificate.subject().identity().ok();
        let remembered = Self {
            fingerprint: certificate.fingerprint(),
            name: printable(certificate.subject().display_name()),
            organisation: identity
                .and_then(|identity| identity.organisation.as_deref())
                .map(printable),
            id: identity
                .map(|identity| masked_id(identity, None))
                .unwrap_or_default(),
            ca: printable(certificate.issuer_name()),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            device: device(&candidate.token),
            serial: candidate.token.serial.clone(),
            module: candidate.key.module.clone(),
            keypad: candidate.token.protected_path,
        };
        remembered.is_small().then_some(remembered)
    }

    /// From what [`Remembered::to_json`] wrote; whoever spoilt the file gets nothing shown but plain text.
    #[must_use]
    pub fn from_json(fingerprint: [u8; 32], json: &str) -> Option<Self> {
        let read: Self = serde_json::from_str(json).ok()?;
        let shown = Self {
            fingerprint,
            name: printable(&read.name),
            organisation: read.organisation.as_deref().map(printable),
            id: printable(&read.id),
            ca: printable(&read.ca),
            device: printable(&read.device),
            ..read
        };
        shown.is_small().then_some(shown)
    }

    /// One line.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Whether it is offered: a new account or method wants a certificate that the person chooses.
    pub(super) fn serves(&self, purpose: Purpose, now: OffsetDateTime) -> bool {
        matches!(purpose, Purpose::Login | Purpose::Confirm)
            && self.not_before <= now
            && now <= self.not_after
    }

    /// Whether this is the device that was seen then, as far as devices tell. Anybody can copy a certificate to another.
    pub(super) fn was_on(&self, candidate: &Candidate) -> bool {
        self.module == candidate.key.module
            && self.device == device(&candidate.token)
            && self.serial == candidate.token.serial
    }

    fn is_small(&self) -> bool {
        let organisation = self.organisation.as_deref().unwrap_or_default();
        [
            &self.name,
            &self.id,
            &self.ca,
            &self.device,
            &self.serial,
            &self.module,
            organisation,
        ]
        .iter()
        .all(|text| text.len() <= TEXT_MAX)
    }
}

/// Whether this is the certificate with this SHA-256.
pub(super) fn is(certificate: Option<&Certificate>, fingerprint: &[u8; 32]) -> bool {
    certificate.is_some_and(|certificate| certificate.fingerprint() == *fingerprint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn remembered() -> Remembered {
        Remembered {
            fingerprint: [7; 32],
            name: "TRẦN VĂN THỬ".into(),
            organisation: None,
            id: "CCCD …0001".into(),
            ca: "CA Thử nghiệm".into(),
            not_before: datetime!(2026-01-01 00:00 UTC),
            not_after: datetime!(2026-12-31 00:00 UTC),
            device: "thẻ".into(),
            serial: "1".into(),
            module: "M".into(),
            keypad: false,
        }
    }

    #[test]
    fn what_was_written_comes_back_on_one_line() {
        let json = remembered().to_json();
        assert!(!json.contains('\n'));
        assert_eq!(Remembered::from_json([7; 32], &json), Some(remembered()));
    }

    #[test]
    fn what_was_written_without_a_serial_number_is_still_shown() {
        let json = remembered().to_json().replace(r#""serial":"1","#, "");
        let read = Remembered::from_json([7; 32], &json).expect("shown");
        assert_eq!(read.serial, "");
    }

    #[test]
    fn spoilt_text_is_shown_as_plain_text_or_not_at_all() {
        let with = |name: &str| {
            let spoilt = Remembered {
                name: name.to_owned(),
                ..remembered()
            };
            let read = Remembered::from_json([7; 32], &spoilt.to_json());
            read.map(|read| read.name)
        };
        assert_eq!(
            with("A\u{202e}B\u{1b}[2J").as_deref(),
            Some("A\u{fffd}B\u{fffd}[2J")
        );
        assert_eq!(with(&"A".repeat(513)), None);
        for junk in ["", "{}", "[]", "null", "{\"name\":1}"] {
            assert_eq!(Remembered::from_json([7; 32], junk), None, "{junk}");
        }
    }

    #[test]
    fn it_is_offered_while_valid_and_to_sign_in_or_confirm_only() {
        let check = |purpose, at, expected| {
            assert_eq!(
                remembered().serves(purpose, at),
                expected,
                "{purpose:?} {at}"
            );
        };
        let now = datetime!(2026-11-21 07:00 UTC);
        check(Purpose::Login, now, true);
        check(Purpose::Confirm, now, true);
        check(Purpose::Register, now, false);
        check(Purpose::AddMethod, now, false);
        check(Purpose::Login, datetime!(2027-01-01 00:00 UTC), false);
        check(Purpose::Login, datetime!(2025-12-31 00:00 UTC), false);
    }
}
