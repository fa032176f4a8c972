//! A small authority to test with, and what every test asks of it.

use kyso_certs::{CertError, CertPurpose, Certificate, Crl, Settings, TrustStore, Verified, judge};
use kyso_support::{Authority, Draft, Issued, Key, KeyKind, Name};
use time::OffsetDateTime;
use time::macros::datetime;

pub(crate) const FROM: OffsetDateTime = datetime!(2026-01-01 00:00 UTC);
pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-21 07:00 UTC);
pub(crate) const TO: OffsetDateTime = datetime!(2030-01-01 00:00 UTC);

/// Different people get different keys of one kind by their index.
pub(crate) fn key(index: usize) -> Key {
    Key::pooled(KeyKind::P256, index).unwrap()
}

pub(crate) fn root(name: &str, index: usize) -> Authority {
    Authority::root(Name::new().o("Mẫu").cn(name), key(index), FROM, TO).unwrap()
}

pub(crate) fn ca(root: &Authority, name: &str, index: usize) -> Authority {
    root.subordinate(Name::new().o("Mẫu").cn(name), key(index), FROM, TO)
        .unwrap()
}

pub(crate) fn citizen() -> Name {
    Name::new()
        .uid("CCCD:001099000009")
        .cn("Lê Thị Mẫu")
        .c("VN")
}

/// What a CA issues to a person.
pub(crate) fn person() -> Draft {
    Draft::new(citizen(), &key(9), FROM, TO).subscriber()
}

pub(crate) fn parsed(issued: &Issued) -> Certificate {
    Certificate::from_der(issued.der()).unwrap()
}

pub(crate) fn own(authority: &Authority) -> Certificate {
    parsed(authority.certificate())
}

/// A store with these anchors and intermediates in both worlds.
pub(crate) fn store(anchors: &[&Authority], intermediates: &[&Authority]) -> TrustStore {
    let builder = anchors
        .iter()
        .fold(TrustStore::builder(), |b, a| b.anchor(None, own(a)));
    intermediates
        .iter()
        .fold(builder, |b, a| b.intermediate(None, own(a)))
        .build()
        .unwrap()
}

pub(crate) fn path_only() -> Settings {
    Settings {
        purpose: CertPurpose::Any,
        ..Settings::default()
    }
}

/// Judges for a login, now, without CRLs.
pub(crate) fn judged(cert: &Certificate, trust: &TrustStore) -> Result<Verified, CertError> {
    judge(cert, trust, &[], NOW, &Settings::default())
}

/// The code of the verdict: `accepted`, or the refusal's.
pub(crate) fn code(verdict: &Result<Verified, CertError>) -> &'static str {
    verdict
        .as_ref()
        .map_or_else(CertError::code, |_| "accepted")
}

pub(crate) fn crl(issued: &kyso_support::IssuedCrl) -> Vec<Crl> {
    Crl::all_from_bytes(issued.der()).unwrap()
}
