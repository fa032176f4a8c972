//! The tokens and what is on them.

use kyso_certs::CertError;
use kyso_certs::{
    CertPurpose, Certificate, PolicyName, Settings as Wanted, UseError, WorldChoice, fit_for_login,
    judge as judge_path,
};
use kyso_pkcs11::{DriverError, KeyRef, SlotReport, TokenReport};
use time::OffsetDateTime;

use super::{Fact, Grade, Line, Lines, Says, Seen, plain};
use crate::cli::tokens::issuer;
use crate::problem::Failure;
use crate::text::date;
use crate::view::{Unfit, days_left};

/// Whether somebody could sign in with one of them.
pub(super) fn judge(seen: &Seen, now: OffsetDateTime, lines: &mut Lines) -> bool {
    let (mut any, mut usable) = (false, false);
    for slot in &seen.slots {
        match &slot.token {
            Ok(report) => {
                any = true;
                usable |= token(report, seen, now, lines);
            }
            Err(error) => silent(slot, error, lines),
        }
    }
    if !any {
        lines.problem("token", Grade::Error, &Failure::NoToken);
    }
    usable
}

/// An empty slot is none of the person's worries; a module that failed as a whole has been told of already.
fn silent(slot: &SlotReport, error: &DriverError, lines: &mut Lines) {
    let empty = matches!(
        error,
        DriverError::TokenAbsent | DriverError::TokenUninitialised
    );
    if empty || slot.slot.is_none() {
        return;
    }
    let failure = Failure::Driver {
        module: slot.module.clone(),
        error: error.clone(),
    };
    lines.problem("slot", Grade::Warning, &failure);
}

fn token(report: &TokenReport, seen: &Seen, now: OffsetDateTime, lines: &mut Lines) -> bool {
    let token = &report.token;
    let facts = vec![
        ("label", Fact::Name(token.label.clone())),
        ("model", plain(&token.model)),
        ("serial", Fact::Serial(token.serial.clone())),
    ];
    lines.say("token", Grade::Ok, "check.token-seen", facts);
    let pin = pin(report, lines);
    if report.certificates_after_pin {
        // Nobody can tell before the PIN; it is no reason to say that a sign-in fails.
        lines.say("certificate", Grade::Unchecked, "tokens.after-pin", vec![]);
        return pin;
    }
    if report.certificates.is_empty() {
        lines.problem("certificate", Grade::Error, &Failure::NoIdentity);
    }
    let fit = report
        .certificates
        .iter()
        .map(|key| certificate(key, seen, now, lines));
    let fit = fit.filter(|fit| *fit).count() > 0;
    pin && fit
}

/// Whether a PIN would be taken.
fn pin(report: &TokenReport, lines: &mut Lines) -> bool {
    let state = report.token.pin;
    let mut say = |grade, key| lines.say("pin", grade, key, vec![]);
    if state.locked {
        let ca = issuer(report);
        lines.problem("pin", Grade::Error, &Failure::Locked { ca });
    } else if state.to_be_changed {
        say(Grade::Warning, "check.pin-change");
        lines.do_this("check.pin-change-do", vec![]);
        return false;
    } else if state.final_try {
        say(Grade::Warning, "pin.last");
    } else if state.low {
        say(Grade::Warning, "pin.few");
    } else {
        say(Grade::Ok, "check.pin-ok");
    }
    !state.locked
}

fn certificate(key: &KeyRef, seen: &Seen, now: OffsetDateTime, lines: &mut Lines) -> bool {
    let Ok(certificate) = Certificate::from_der(&key.certificate_der) else {
        lines.say("certificate", Grade::Warning, "unfit.unreadable", vec![]);
        return false;
    };
    let facts = vec![
        (
            "name",
            Fact::Name(certificate.subject().display_name().to_owned()),
        ),
        ("ca", plain(certificate.issuer_name())),
        ("key", plain(certificate.public_key().describe())),
        ("serial", Fact::Serial(certificate.serial().to_owned())),
    ];
    lines.say("certificate", Grade::Ok, "check.certificate-seen", facts);
    let valid = validity(&certificate, now, lines);
    let fit = uses(&certificate, now, lines);
    let trusted = chain(&certificate, seen, now, lines);
    valid && fit && trusted
}

fn validity(certificate: &Certificate, now: OffsetDateTime, lines: &mut Lines) -> bool {
    let (from, to) = (certificate.not_before(), certificate.not_after());
    let facts = vec![("from", plain(date(from))), ("to", plain(date(to)))];
    if now < from || now > to {
        lines.say("validity", Grade::Error, "check.validity-dates", facts);
        let key = if now < from {
            "check.validity-early-do"
        } else {
            "check.validity-over-do"
        };
        lines.do_this(key, vec![("ca", plain(certificate.issuer_name()))]);
        return false;
    }
    match days_left(certificate, now) {
        None => lines.say("validity", Grade::Ok, "check.validity-dates", facts),
        Some(days) => {
            lines.say("validity", Grade::Warning, "check.validity-dates", facts);
            let facts = vec![("n", plain(days)), ("ca", plain(certificate.issuer_name()))];
            lines.do_this("check.validity-soon-do", facts);
        }
    }
    true
}

/// Uses and strength, at a time when it is valid: its dates have a line of their own.
fn uses(certificate: &Certificate, now: OffsetDateTime, lines: &mut Lines) -> bool {
    let at = now.clamp(
        certificate.not_before(),
        certificate.not_after().max(certificate.not_before()),
    );
    match fit_for_login(certificate, at, PolicyName::Interoperable, None) {
        Ok(()) => {
            lines.say("key-usage", Grade::Ok, "check.key-usage-fits", vec![]);
            true
        }
        Err(error) => {
            let why = match &error {
                CertError::WrongUse(UseError::NoDigitalSignature | UseError::NoKeyUsage) => {
                    Says::Words("check.key-usage-wrong", vec![])
                }
                error => Says::Unfit(Unfit::of_certificate(error, None)),
            };
            lines.0.push(Line {
                subject: "key-usage",
                grade: Grade::Error,
                says: why,
                remedy: Some(Says::Words("check.certificate-other-do", vec![])),
            });
            false
        }
    }
}

/// Whether the path leads to an anchor, where somebody said which are trusted; what nobody judged stops nobody.
fn chain(certificate: &Certificate, seen: &Seen, now: OffsetDateTime, lines: &mut Lines) -> bool {
    let material = match &seen.trust {
        None => {
            lines.say("chain", Grade::Unchecked, "check.chain-unchecked", vec![]);
            return true;
        }
        Some(Err(error)) => {
            let facts = vec![("says", Fact::Foreign(error.clone()))];
            lines.say("chain", Grade::Warning, "check.chain-unreadable", facts);
            return true;
        }
        Some(Ok(material)) => material,
    };
    let wanted = Wanted {
        world: WorldChoice::Any,
        policy: PolicyName::Interoperable,
        // Dates and uses have lines of their own.
        purpose: CertPurpose::Any,
        disallowed_policies: Vec::new(),
    };
    match judge_path(certificate, &material.trust, &material.crls, now, &wanted) {
        Ok(_) => {
            lines.say("chain", Grade::Ok, "check.chain-good", vec![]);
            true
        }
        Err(CertError::Expired { .. } | CertError::NotYetValid { .. }) => false,
        Err(error) => {
            let failure = Failure::Certificate {
                ca: certificate.issuer_name().to_owned(),
                key: certificate.public_key().describe(),
                wanted: None,
                error,
            };
            lines.problem("chain", Grade::Error, &failure);
            false
        }
    }
}
