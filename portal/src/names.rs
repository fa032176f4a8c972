//! Words of the protocol and of the certificates as columns of the database hold them.

use kyso_certs::{Method, SubjectKind};
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

/// The purposes that this portal asks for.
pub(crate) fn purpose(name: &str) -> Option<Purpose> {
    Purpose::parse(name).filter(|purpose| matches!(purpose, Purpose::Login | Purpose::Register))
}
