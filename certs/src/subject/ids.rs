//! The numbers in a subject, each in its one form.

use super::{Id, Scheme};
use crate::error::SubjectError;

/// Identifiers found so far.
#[derive(Default)]
pub(super) struct Claims {
    ids: Vec<Id>,
    unknown: bool,
}

impl Claims {
    /// A `UID`: `KIND:value`. A kind that is not known counts as an identifier that says nothing.
    pub(super) fn prefixed(&mut self, text: &str) -> Result<(), SubjectError> {
        match split(text) {
            Some((kind, value)) => self.add(kind.read(value)?, kind.word()),
            None => {
                self.unknown = true;
                Ok(())
            }
        }
    }

    /// A serial number, where it has a known prefix; otherwise it is a CA's own running number.
    pub(super) fn serial_number(&mut self, text: &str) -> Result<(), SubjectError> {
        split(text).map_or(Ok(()), |(kind, value)| {
            self.add(kind.read(value)?, kind.word())
        })
    }

    /// An organisation identifier `VATVN-…` (ETSI EN 319 412-1, 5.1.4) is a tax code; others say nothing here.
    pub(super) fn organisation_identifier(&mut self, text: &str) -> Result<(), SubjectError> {
        text.strip_prefix("VATVN-").map_or(Ok(()), |value| {
            self.add(Kind::Mst.read(value)?, Kind::Mst.word())
        })
    }

    fn add(&mut self, id: Id, kind: &'static str) -> Result<(), SubjectError> {
        // One tax code, whichever form: an organisation's beside a person's cannot be told apart.
        let tax = |scheme| matches!(scheme, Scheme::Mst | Scheme::PersonalTax);
        let same = |known: &&Id| known.scheme == id.scheme || (tax(known.scheme) && tax(id.scheme));
        match self.ids.iter().find(same) {
            Some(known) if *known == id => Ok(()),
            Some(_) => Err(SubjectError::Contradiction { kind }),
            None => {
                self.ids.push(id);
                Ok(())
            }
        }
    }

    pub(super) fn finish(self) -> Result<Vec<Id>, SubjectError> {
        if self.ids.is_empty() && self.unknown {
            return Err(SubjectError::UnknownIds);
        }
        Ok(self.ids)
    }
}

/// A prefix as CAs write it.
#[derive(Clone, Copy)]
enum Kind {
    Mst,
    Cccd,
    Cmnd,
    Passport,
    Bhxh,
    Pid,
    Ppid,
}

const KINDS: [Kind; 7] = [
    Kind::Mst,
    Kind::Cccd,
    Kind::Cmnd,
    Kind::Passport,
    Kind::Bhxh,
    Kind::Pid,
    Kind::Ppid,
];

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Mst => "MST",
            Self::Cccd => "CCCD",
            Self::Cmnd => "CMND",
            Self::Passport => "HC",
            Self::Bhxh => "BHXH",
            Self::Pid => "PID",
            Self::Ppid => "PPID",
        }
    }

    fn read(self, value: &str) -> Result<Id, SubjectError> {
        let scheme = match self {
            Self::Mst => tax_code(value),
            Self::Cccd => digits(value, 12).then_some(Scheme::Cccd),
            Self::Cmnd if digits(value, 12) => Some(Scheme::Cccd),
            Self::Cmnd => digits(value, 9).then_some(Scheme::Cmnd),
            Self::Passport => passport(value).then_some(Scheme::Passport),
            Self::Bhxh => digits(value, 10).then_some(Scheme::Bhxh),
            Self::Pid => word(value).then_some(Scheme::Pid),
            Self::Ppid => word(value).then_some(Scheme::Ppid),
        };
        scheme
            .map(|scheme| Id {
                scheme,
                value: value.to_owned(),
            })
            .ok_or(SubjectError::Malformed { kind: self.word() })
    }
}

/// Splits `KIND:value`. Blanks around the value and the prefix's case are the only freedom that is taken.
fn split(text: &str) -> Option<(Kind, &str)> {
    let (prefix, value) = text.split_once(':')?;
    let prefix = prefix.trim_matches(' ');
    let kind = KINDS
        .into_iter()
        .find(|kind| kind.word().eq_ignore_ascii_case(prefix))?;
    Some((kind, value.trim_matches(' ')))
}

fn tax_code(value: &str) -> Option<Scheme> {
    let whole = digits(value, 10);
    let branch = || {
        value
            .split_once('-')
            .is_some_and(|(a, b)| digits(a, 10) && digits(b, 3))
    };
    if whole || branch() {
        return Some(Scheme::Mst);
    }
    digits(value, 12).then_some(Scheme::PersonalTax)
}

fn digits(value: &str, count: usize) -> bool {
    value.len() == count && value.bytes().all(|byte| byte.is_ascii_digit())
}

fn passport(value: &str) -> bool {
    let upper = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
    (6..=12).contains(&value.len())
        && value.bytes().all(upper)
        && value.bytes().any(|byte| byte.is_ascii_digit())
}

fn word(value: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=64).contains(&value.len()) && value.bytes().all(allowed)
}
