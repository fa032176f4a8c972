//! Whom a subject names, as Vietnamese CAs write it.
//!
//! The numbers stand in `UID` attributes as `KIND:value`, once or twice and in any place; some CAs put them into the
//! serial number or the organisation identifier instead. Everything is read from the DER, never from a printed name:
//! names hold commas, quotes and several units.

mod ids;
mod text;

use std::fmt;

use serde::{Deserialize, Serialize};
use x509_parser::x509::X509Name;

use crate::error::{CertificateError, SubjectError};
use ids::Claims;

/// Most attributes that a subject may have.
const MAX_ATTRIBUTES: usize = 64;
/// Longest attribute of a subject, in bytes of its DER value.
const MAX_ATTRIBUTE: usize = 2048;

// Attribute types as the octets of their OIDs, which is how they are compared.
/// 2.5.4.3
const CN: &[u8] = &[0x55, 4, 3];
/// 2.5.4.4
const SURNAME: &[u8] = &[0x55, 4, 4];
/// 2.5.4.5
const SERIAL_NUMBER: &[u8] = &[0x55, 4, 5];
/// 2.5.4.10
const O: &[u8] = &[0x55, 4, 10];
/// 2.5.4.11
const OU: &[u8] = &[0x55, 4, 11];
/// 2.5.4.42
const GIVEN_NAME: &[u8] = &[0x55, 4, 42];
/// 2.5.4.97
const ORGANISATION_IDENTIFIER: &[u8] = &[0x55, 4, 97];
/// 0.9.2342.19200300.100.1.1
const UID: &[u8] = &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1];

/// The three classes of subscribers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// A person.
    Person,
    /// An organisation, with nobody named.
    Organisation,
    /// A person, named as part of an organisation.
    PersonInOrganisation,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Person => "person",
            Self::Organisation => "organisation",
            Self::PersonInOrganisation => "person-in-organisation",
        })
    }
}

/// What a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scheme {
    /// Citizen's identity number, 12 digits.
    #[serde(rename = "CCCD")]
    Cccd,
    /// The former identity number, 9 digits; one of 12 digits is a CCCD.
    #[serde(rename = "CMND")]
    Cmnd,
    /// Passport, `HC`.
    #[serde(rename = "HC")]
    Passport,
    /// Tax code of an organisation: 10 digits, or 10-3 for a branch.
    #[serde(rename = "MST")]
    Mst,
    /// A tax code of 12 digits: a person's, and never joined to that person's CCCD.
    #[serde(rename = "MST12")]
    PersonalTax,
    /// Social insurance number.
    #[serde(rename = "BHXH")]
    Bhxh,
    /// A CA's own number for a person.
    #[serde(rename = "PID")]
    Pid,
    /// A CA's own number for a person, of the second kind.
    #[serde(rename = "PPID")]
    Ppid,
}

impl Scheme {
    /// The word on the wire and in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cccd => "CCCD",
            Self::Cmnd => "CMND",
            Self::Passport => "HC",
            Self::Mst => "MST",
            Self::PersonalTax => "MST12",
            Self::Bhxh => "BHXH",
            Self::Pid => "PID",
            Self::Ppid => "PPID",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One number with its kind.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Id {
    /// What the number is.
    #[serde(rename = "type")]
    pub scheme: Scheme,
    /// The number in its one accepted form.
    pub value: String,
}

impl fmt::Debug for Id {
    /// The kind only: a person's number does not belong in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({})", self.scheme)
    }
}

/// Whom a certificate names.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Person, organisation, or person in an organisation.
    pub kind: Class,
    /// The common name exactly as the certificate has it; where it has none, the organisation's.
    pub name: String,
    /// The (first) organisation, exactly as the certificate has it.
    pub organisation: Option<String>,
    /// The numbers, each kind at most once, in the certificate's order.
    pub ids: Vec<Id>,
}

impl fmt::Debug for Identity {
    /// Class and kinds of numbers only: a name does not belong in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({}, {:?})", self.kind, self.ids)
    }
}

/// The subject of a certificate: always a name to show, and an identity or the reason why there is none.
#[derive(Clone, PartialEq, Eq)]
pub struct Subject {
    display_name: String,
    identity: Result<Identity, SubjectError>,
}

impl fmt::Debug for Subject {
    /// The identity's class only: a name does not belong in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subject({:?})", self.identity)
    }
}

impl Subject {
    /// Whom the certificate names.
    ///
    /// # Errors
    /// Why it names nobody. Two different numbers of one kind, a number without its form, or identifiers of unknown
    /// kinds only are errors, never a guess.
    pub fn identity(&self) -> Result<&Identity, SubjectError> {
        self.identity.as_ref().map_err(Clone::clone)
    }

    /// Common name, else organisation, else unit, else the first attribute; `?` for an empty subject.
    pub fn display_name(&self) -> &str {
        &self.display_name
    }

    /// # Errors
    /// [`CertificateError::SubjectTooLarge`] past the limits; anything else is kept for [`Subject::identity`].
    pub(crate) fn read(name: &X509Name<'_>) -> Result<Self, CertificateError> {
        let large = |value: &[u8]| value.len() > MAX_ATTRIBUTE;
        if name.iter_attributes().count() > MAX_ATTRIBUTES
            || name.iter_attributes().any(|a| large(a.as_slice()))
        {
            return Err(CertificateError::SubjectTooLarge);
        }
        Ok(Self {
            display_name: name_of(name),
            identity: attributes(name).and_then(|read| identity(&read)),
        })
    }
}

/// Common name, else organisation, else unit, else the first attribute that is text; `?` where there is none.
pub(crate) fn name_of(name: &X509Name<'_>) -> String {
    let by_oid = |oid: &[u8]| {
        let mut found = name
            .iter_attributes()
            .filter(|a| a.attr_type().as_bytes() == oid);
        found.find_map(|a| text::decode(a.attr_value()))
    };
    [CN, O, OU]
        .into_iter()
        .find_map(by_oid)
        .or_else(|| {
            name.iter_attributes()
                .find_map(|a| text::decode(a.attr_value()))
        })
        .unwrap_or_else(|| "?".into())
}

/// An attribute's text for comparing names; its bytes in hex where it is none.
pub(crate) fn text_of(value: &x509_parser::asn1_rs::Any<'_>) -> String {
    let hex = || {
        value
            .data
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    };
    text::decode(value).unwrap_or_else(hex)
}

/// The attributes that identify, in the certificate's order.
struct Attributes(Vec<(&'static [u8], String)>);

impl Attributes {
    fn of<'a>(&'a self, oid: &'a [u8]) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(name, _)| *name == oid)
            .map(|(_, value)| value.as_str())
    }
}

const READ: [&[u8]; 8] = [
    CN,
    O,
    OU,
    UID,
    SERIAL_NUMBER,
    ORGANISATION_IDENTIFIER,
    SURNAME,
    GIVEN_NAME,
];

fn attributes(name: &X509Name<'_>) -> Result<Attributes, SubjectError> {
    let known = |oid: &[u8]| READ.into_iter().find(|read| *read == oid);
    name.iter_attributes()
        .filter_map(|a| known(a.attr_type().as_bytes()).map(|oid| (oid, a.attr_value())))
        .map(|(oid, value)| {
            text::decode(value)
                .map(|value| (oid, value))
                .ok_or(SubjectError::NotText)
        })
        .collect::<Result<_, _>>()
        .map(Attributes)
}

fn identity(read: &Attributes) -> Result<Identity, SubjectError> {
    let mut claims = Claims::default();
    for value in read.of(UID) {
        claims.prefixed(value)?;
    }
    for value in read.of(SERIAL_NUMBER) {
        claims.serial_number(value)?;
    }
    for value in read.of(ORGANISATION_IDENTIFIER) {
        claims.organisation_identifier(value)?;
    }
    let ids = claims.finish()?;
    let organisation = read.of(O).next().map(str::to_owned);
    Ok(Identity {
        kind: class(&ids, organisation.is_some(), names_a_person(read)),
        name: one_name(read)?,
        organisation,
        ids,
    })
}

fn one_name(read: &Attributes) -> Result<String, SubjectError> {
    let mut names = read.of(CN);
    let Some(name) = names.next() else {
        let other = read
            .of(O)
            .chain(read.of(OU))
            .find(|name| !name.trim().is_empty());
        return other.map(str::to_owned).ok_or(SubjectError::NoName);
    };
    if names.any(|other| other != name) {
        return Err(SubjectError::TwoNames);
    }
    if name.trim().is_empty() {
        return Err(SubjectError::NoName);
    }
    Ok(name.to_owned())
}

fn names_a_person(read: &Attributes) -> bool {
    read.of(SURNAME).chain(read.of(GIVEN_NAME)).next().is_some()
}

/// A person's number makes a person, and with a tax code or an organisation a person in it. Without any person's
/// number it is the organisation's seal, unless it has a surname or a given name.
fn class(ids: &[Id], organisation: bool, named: bool) -> Class {
    let company = ids.iter().any(|id| id.scheme == Scheme::Mst);
    let person = ids.iter().any(|id| id.scheme != Scheme::Mst) || (ids.is_empty() && named);
    match (person, company || organisation) {
        (true, true) => Class::PersonInOrganisation,
        (true, false) => Class::Person,
        (false, _) => Class::Organisation,
    }
}

#[cfg(test)]
mod tests;
