//! One certificate revocation list, read; whether it is to be believed is the chain's word.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use time::OffsetDateTime;
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::pkix::name::{GeneralName, GeneralNames};
use x509_parser::asn1_rs::{Oid, oid};
use x509_parser::extensions::{ParsedExtension, X509Extension};
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::{CertificateRevocationList, RevokedCertificate};

use super::points::Scope;
use crate::error::CrlError;
use crate::name_key::name_key;
use crate::pem::{Blocks, blocks};

/// Largest CRL, in bytes: the largest Vietnamese ones have a few MiB.
const MAX_CRL: usize = 32 * 1024 * 1024;
/// Most CRLs that one file may hold.
const MAX_IN_FILE: usize = 256;
/// Most keys of which it is remembered whether they made the signature.
const MAX_REMEMBERED: usize = 64;

const DELTA_INDICATOR: Oid<'static> = oid!(2.5.29.27);
const ISSUING_DISTRIBUTION_POINT: Oid<'static> = oid!(2.5.29.28);
const CERTIFICATE_ISSUER: Oid<'static> = oid!(2.5.29.29);
/// What a list may say critically: its number, its part, whose key signed it, where the deltas are.
const UNDERSTOOD: [Oid<'static>; 4] = [
    oid!(2.5.29.20),
    ISSUING_DISTRIBUTION_POINT,
    oid!(2.5.29.35),
    oid!(2.5.29.46),
];
/// What an entry may say critically: reason, what to do with a held certificate, since when, whose it is.
const UNDERSTOOD_OF_ENTRIES: [Oid<'static>; 4] = [
    oid!(2.5.29.21),
    oid!(2.5.29.23),
    oid!(2.5.29.24),
    CERTIFICATE_ISSUER,
];

/// A parsed CRL (RFC 5280, 5). Cheap to clone.
#[derive(Clone)]
pub struct Crl(Arc<Parsed>);

struct Parsed {
    der: Vec<u8>,
    issuer_key: String,
    this_update: OffsetDateTime,
    next_update: Option<OffsetDateTime>,
    scope: Scope,
    understood: bool,
    /// Serial numbers as [`serial_key`] writes them, sorted, each with the place of its issuer among `issuers`.
    entries: Vec<(Box<[u8]>, u32)>,
    /// Keys of the names of those whose certificates are listed; the list's own issuer first.
    issuers: Vec<String>,
    /// Whether the key of a certificate made the signature, by the certificate's fingerprint.
    signers: RwLock<HashMap<[u8; 32], bool>>,
}

impl Crl {
    /// Reads a file of CRLs: PEM with one or more, or one in DER, of at most 32 MiB.
    ///
    /// # Errors
    /// A [`CrlError`] for the first that cannot be taken; [`CrlError::Delta`] for a delta CRL.
    pub fn all_from_bytes(bytes: &[u8]) -> Result<Vec<Self>, CrlError> {
        if bytes.len() > MAX_CRL {
            return Err(CrlError::TooLarge { limit: MAX_CRL });
        }
        let found = match blocks(bytes, &["X509 CRL", "CRL"]) {
            Blocks::Der => return Self::from_der(bytes).map(|one| vec![one]),
            Blocks::Broken => return Err(CrlError::Pem),
            Blocks::Pem(found) if found.is_empty() => return Err(CrlError::Empty),
            Blocks::Pem(found) => found,
        };
        if found.len() > MAX_IN_FILE {
            return Err(CrlError::TooMany { limit: MAX_IN_FILE });
        }
        found.iter().map(|der| Self::from_der(der)).collect()
    }

    fn from_der(der: &[u8]) -> Result<Self, CrlError> {
        let (rest, crl) = CertificateRevocationList::from_der(der).map_err(|_| CrlError::NotDer)?;
        if !rest.is_empty() || crl.signature_algorithm != crl.tbs_cert_list.signature {
            return Err(CrlError::NotDer);
        }
        let scope = scope(&crl)?;
        let issuer_key = name_key(crl.issuer().as_raw());
        let listed = Listed::read(&crl, &issuer_key)?;
        let unknown = |one: &X509Extension<'_>| one.critical && !UNDERSTOOD.contains(&one.oid);
        Ok(Self(Arc::new(Parsed {
            der: der.to_vec(),
            issuer_key,
            this_update: crl.last_update().to_datetime(),
            next_update: crl.next_update().map(|time| time.to_datetime()),
            scope,
            understood: listed.understood && !crl.extensions().iter().any(unknown),
            entries: listed.entries,
            issuers: listed.issuers,
            signers: RwLock::default(),
        })))
    }

    /// When it was made.
    pub fn this_update(&self) -> OffsetDateTime {
        self.0.this_update
    }

    /// When the next one is made at the latest, if the list says so.
    pub fn next_update(&self) -> Option<OffsetDateTime> {
        self.0.next_update
    }

    pub(crate) fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The issuer's name as names are sought by.
    pub(crate) fn issuer_key(&self) -> &str {
        &self.0.issuer_key
    }

    /// What part of the revocations it holds.
    pub(crate) fn scope(&self) -> &Scope {
        &self.0.scope
    }

    /// Whether everything critical in it is understood (RFC 5280, 5.2 and 5.3: otherwise it may not be used at all).
    pub(crate) fn understood(&self) -> bool {
        self.0.understood
    }

    /// Whether it names a certificate, by [`serial_key`] and the key of its issuer's name.
    pub(crate) fn names(&self, serial: &[u8], issuer: &str) -> bool {
        let entries = &self.0.entries;
        let first = entries.partition_point(|(other, _)| other.as_ref() < serial);
        let of = |place: u32| self.0.issuers.get(place as usize).map(String::as_str);
        entries
            .iter()
            .skip(first)
            .take_while(|(other, _)| other.as_ref() == serial)
            .any(|(_, place)| of(*place) == Some(issuer))
    }

    /// Whether the key of the certificate with this fingerprint made the signature; `verify` is asked once.
    pub(crate) fn signed_by(&self, signer: [u8; 32], verify: impl FnOnce() -> bool) -> bool {
        let known = self
            .0
            .signers
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(outcome) = known.get(&signer) {
            return *outcome;
        }
        drop(known);
        let outcome = verify();
        let signers = self.0.signers.write();
        let mut signers = signers.unwrap_or_else(PoisonError::into_inner);
        if signers.len() < MAX_REMEMBERED {
            signers.insert(signer, outcome);
        }
        outcome
    }
}

/// The octets of a serial number in their shortest form (two's complement, as in DER).
pub(crate) fn serial_key(mut octets: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = octets
        && rest.first().is_some_and(|next| next & 0x80 == 0)
    {
        octets = rest;
    }
    octets
}

/// # Errors
/// [`CrlError::Delta`] for a delta CRL, [`CrlError::Extension`] for an extension twice or undecodable.
fn scope(crl: &CertificateRevocationList<'_>) -> Result<Scope, CrlError> {
    let mut seen = HashSet::new();
    let mut scope = Scope::WHOLE;
    for extension in crl.extensions() {
        if !seen.insert(&extension.oid) {
            return Err(CrlError::Extension);
        }
        if extension.oid == DELTA_INDICATOR {
            return Err(CrlError::Delta);
        }
        match extension.parsed_extension() {
            ParsedExtension::ParseError { .. } => return Err(CrlError::Extension),
            _ if extension.oid == ISSUING_DISTRIBUTION_POINT => {
                scope = Scope::read(extension.value).ok_or(CrlError::Extension)?;
            }
            _ => {}
        }
    }
    Ok(scope)
}

/// The entries of a list.
struct Listed {
    entries: Vec<(Box<[u8]>, u32)>,
    issuers: Vec<String>,
    understood: bool,
}

impl Listed {
    fn read(crl: &CertificateRevocationList<'_>, issuer: &str) -> Result<Self, CrlError> {
        let mut listed = Self {
            entries: Vec::new(),
            issuers: vec![issuer.to_owned()],
            understood: true,
        };
        let mut current = 0;
        for entry in crl.iter_revoked_certificates() {
            if let Some(other) = listed.extensions(entry)? {
                current = listed.place(other)?;
            }
            let serial = serial_key(entry.raw_serial());
            listed.entries.push((serial.into(), current));
        }
        listed.entries.sort_unstable();
        Ok(listed)
    }

    /// The issuer that an entry names, for itself and those after it (RFC 5280, 5.3.3).
    fn extensions(&mut self, entry: &RevokedCertificate<'_>) -> Result<Option<String>, CrlError> {
        let mut issuer = None;
        for extension in entry.extensions() {
            if extension.oid == CERTIFICATE_ISSUER {
                issuer = Some(certificate_issuer(extension.value).ok_or(CrlError::Extension)?);
            }
            let known = UNDERSTOOD_OF_ENTRIES.contains(&extension.oid);
            self.understood &= known || !extension.critical;
        }
        Ok(issuer)
    }

    fn place(&mut self, issuer: String) -> Result<u32, CrlError> {
        let known = self.issuers.iter().position(|other| *other == issuer);
        let place = known.unwrap_or_else(|| {
            self.issuers.push(issuer);
            self.issuers.len() - 1
        });
        if place > MAX_IN_FILE {
            return Err(CrlError::TooMany { limit: MAX_IN_FILE });
        }
        u32::try_from(place).map_err(|_| CrlError::Extension)
    }
}

fn certificate_issuer(value: &[u8]) -> Option<String> {
    let names = GeneralNames::from_der(value).ok()?;
    names.iter().find_map(|name| match name {
        GeneralName::DirectoryName(name) => name.to_der().ok().map(|der| name_key(&der)),
        _ => None,
    })
}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crl({} bytes)", self.0.der.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_has_one_form_and_keeps_its_sign() {
        for (octets, expected) in [
            (&[0x00, 0x00, 0x7f][..], &[0x7f][..]),
            (&[0x00, 0x80], &[0x00, 0x80]),
            (&[0x80], &[0x80]),
            (&[0x00], &[0x00]),
            (&[], &[]),
        ] {
            assert_eq!(serial_key(octets), expected);
        }
        assert_eq!(serial_key(&[0; 100_000]), [0]);
    }
}
