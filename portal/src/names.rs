//! Words of the protocol and of the certificates as columns of the database hold them.

use kyso_certs::{Method, Revocation, SubjectKind};
use kyso_protocol::Purpose;

pub(crate) fn subject(name: &str) -> Option<SubjectKind> {
    match name {
        "citizen" => Some(SubjectKind::Citizen),
        "business" => Some(SubjectKind::Business),
        "agency" => Some(SubjectKind::Agency),
        _ => None,
    }
}

pub(crate) fn of_subject(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::Citizen => "citizen",
        SubjectKind::Business => "business",
        SubjectKind::Agency => "agency",
    }
}

pub(crate) fn of_method(method: Method) -> &'static str {
    match method {
        Method::Usb => "usb",
        Method::Sim => "sim",
        Method::Remote => "remote",
    }
}

pub(crate) fn method(name: &str) -> Option<Method> {
    match name {
        "usb" => Some(Method::Usb),
        "sim" => Some(Method::Sim),
        "remote" => Some(Method::Remote),
        _ => None,
    }
}

pub(crate) fn of_revocation(revocation: Revocation) -> &'static str {
    match revocation {
        Revocation::Good => "good",
        Revocation::NotChecked => "not-checked",
        Revocation::Unknown => "unknown",
    }
}

pub(crate) fn revocation(name: &str) -> Option<Revocation> {
    [
        Revocation::Good,
        Revocation::NotChecked,
        Revocation::Unknown,
    ]
    .into_iter()
    .find(|known| of_revocation(*known) == name)
}

/// The purposes that this portal asks for.
pub(crate) fn purpose(name: &str) -> Option<Purpose> {
    Purpose::parse(name).filter(|purpose| matches!(purpose, Purpose::Login | Purpose::Register))
}
