//! Twins of the certificate profiles of Vietnamese CAs: subject, key, uses, places and encodings as the real ones have
//! them, every name and number invented; each with what a reader must make of it.

mod rows;

use anyhow::Result;
use time::OffsetDateTime;

use crate::draft::Draft;
use crate::issue::{Authority, Issued};
use crate::key::{Key, KeyKind};
use crate::name::Name;
use crate::sign::Algorithm;

/// What must be read from a twin.
#[derive(Clone, Copy, Debug)]
pub struct Expected {
    /// `accepted`, or the code of the refusal for a login.
    pub verdict: &'static str,
    /// `person`, `organisation` or `person-in-organisation`.
    pub class: &'static str,
    /// The name to show.
    pub name: &'static str,
    /// The organisation, where the certificate has one.
    pub organisation: Option<&'static str>,
    /// Kind and number of each identifier, in order.
    pub ids: &'static [(&'static str, &'static str)],
}

/// One twin, issued.
#[derive(Debug)]
pub struct Twin {
    /// Which profile, for messages.
    pub profile: &'static str,
    /// Whether its CA is the government's.
    pub government: bool,
    /// The CA, self-signed.
    pub ca: Authority,
    /// The certificate.
    pub certificate: Issued,
    /// What must be read from it.
    pub expected: Expected,
}

/// A profile as a row.
struct Row {
    profile: &'static str,
    government: bool,
    ca: fn() -> Name,
    ca_key: KeyKind,
    subject: fn() -> Name,
    key: KeyKind,
    algorithm: Option<Algorithm>,
    dress: fn(Draft) -> Draft,
    expected: Expected,
}

impl Twin {
    /// Every twin, valid from `from` to `to`.
    ///
    /// # Errors
    /// If the `openssl` program, which makes the keys, is missing.
    pub fn all(from: OffsetDateTime, to: OffsetDateTime) -> Result<Vec<Self>> {
        let issue = |row: &Row| {
            let ca = Authority::root((row.ca)(), Key::pooled(row.ca_key, 0)?, from, to)?;
            let draft = Draft::new((row.subject)(), &Key::pooled(row.key, 1)?, from, to);
            let draft = match row.algorithm {
                Some(algorithm) => draft.signed_with(algorithm),
                None => draft,
            };
            Ok(Self {
                profile: row.profile,
                government: row.government,
                certificate: ca.issue(&(row.dress)(draft))?,
                ca,
                expected: row.expected,
            })
        };
        rows::ROWS.iter().map(issue).collect()
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::program::openssl;

    #[test]
    fn openssl_verifies_every_twin_under_its_ca() {
        let (from, to) = (
            datetime!(2026-01-01 00:00 UTC),
            datetime!(2055-01-01 00:00 UTC),
        );
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, certificate: &Issued| {
            let path = folder.path().join(name);
            std::fs::write(&path, certificate.pem().unwrap()).unwrap();
            path.to_str().unwrap().to_owned()
        };
        for twin in Twin::all(from, to).unwrap() {
            let ca = write("ca.pem", twin.ca.certificate());
            let own = write("own.pem", &twin.certificate);
            // The level is for the weak ones among them, which must be what they seem.
            let arguments = ["verify", "-auth_level", "0", "-CAfile", &ca, &own];
            let verified = openssl(&arguments, &[]);
            assert!(verified.is_ok(), "{}: {verified:?}", twin.profile);
        }
    }
}
