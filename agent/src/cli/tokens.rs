//! `kyso tokens`: the tokens of this computer and the certificates on them.

use std::io;
use std::process::ExitCode;

use kyso_certs::{Certificate, CertificateError, PolicyName, fit_for_login};
use kyso_pkcs11::{DriverError, KeyRef, SlotReport, TokenReport};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Surroundings;
use super::draw;
use super::output::failed;
use super::style::{Style, Tone, table};
use crate::drivers::Drivers;
use crate::problem::{Failure, Problem};
use crate::text::Text;
use crate::view::{Unfit, days_left, printable};

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    #[arg(long)]
    watch: bool,
}

pub(super) fn run(options: &Options, surroundings: &Surroundings) -> io::Result<ExitCode> {
    let output = surroundings.output;
    let drivers = match Drivers::find(&surroundings.settings) {
        Ok(drivers) => drivers,
        Err(error) => {
            output.failure(&Problem::from(&Failure::Settings(error)))?;
            return Ok(ExitCode::FAILURE);
        }
    };
    if options.watch {
        return super::watch::run(&drivers, &surroundings.settings, output);
    }
    let slots: Vec<_> = drivers
        .list()
        .into_iter()
        .filter(|slot| !is_empty(slot))
        .collect();
    let now = OffsetDateTime::now_utc();
    if output.json {
        output.json(&as_json(&slots, surroundings.text, now))?;
    } else {
        output.words(&as_words(&slots, surroundings.text, now))?;
    }
    let any = slots.iter().any(|slot| slot.token.is_ok());
    Ok(if any {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn is_empty(slot: &SlotReport) -> bool {
    matches!(
        slot.token,
        Err(DriverError::TokenAbsent | DriverError::TokenUninitialised)
    )
}

/// A certificate of a token with what is wrong with it, as far as that shows without trust material.
fn judged(
    key: &KeyRef,
    now: OffsetDateTime,
) -> Result<(Certificate, Option<Unfit>), CertificateError> {
    let certificate = Certificate::from_der(&key.certificate_der)?;
    let unfit = fit_for_login(&certificate, now, PolicyName::Interoperable, None).err();
    Ok((
        certificate,
        unfit.map(|error| Unfit::of_certificate(&error, None)),
    ))
}

pub(super) fn problem(slot: &SlotReport, error: &DriverError) -> Problem {
    Problem::from(&Failure::Driver {
        module: slot.module.clone(),
        error: error.clone(),
    })
}

fn as_words(slots: &[SlotReport], text: Text, now: OffsetDateTime) -> String {
    if slots.is_empty() {
        return text.get("tokens.none").to_owned();
    }
    let style = Style::of_output();
    let parts = slots.iter().map(|slot| match &slot.token {
        Ok(token) => token_words(slot, token, text, style, now),
        Err(error) => format!(
            "{}\n{}",
            style.paint(Tone::Strong, &printable(&slot.module)),
            draw::problem(&problem(slot, error), text, style)
        ),
    });
    parts.collect::<Vec<_>>().join("\n\n")
}

fn token_words(
    slot: &SlotReport,
    report: &TokenReport,
    text: Text,
    style: Style,
    now: OffsetDateTime,
) -> String {
    let token = &report.token;
    let name = text.fill(
        "check.token-seen",
        &[
            ("label", &token.label),
            ("model", &token.model),
            ("serial", &token.serial),
        ],
    );
    let head = format!(
        "{} – {}",
        style.paint(Tone::Strong, &printable(&name)),
        printable(&slot.module)
    );
    let head = [Some(head), pin_words(report, text, style)];
    let head = head.into_iter().flatten().collect::<Vec<_>>().join("\n");
    if report.certificates.is_empty() {
        let key = if report.certificates_after_pin {
            "tokens.after-pin"
        } else {
            "tokens.empty"
        };
        return format!("{head}\n{}", text.get(key));
    }
    format!("{head}\n{}", table(&rows(report, text, now)))
}

fn rows(report: &TokenReport, text: Text, now: OffsetDateTime) -> Vec<Vec<String>> {
    let heads = [
        "column.name",
        "column.id",
        "column.ca",
        "column.from",
        "column.to",
        "column.key",
        "column.serial",
        "column.use",
    ];
    let one = |key: &KeyRef| match judged(key, now) {
        Ok((certificate, unfit)) => row(&certificate, unfit.as_ref(), text, now),
        Err(_) => vec![
            printable(&key.label),
            text.get("unfit.unreadable").to_owned(),
        ],
    };
    let heads = heads.map(|key| text.get(key).to_owned()).to_vec();
    let certificates = report.certificates.iter().map(one);
    std::iter::once(heads).chain(certificates).collect()
}

/// What is to be said of the PIN, if anything is: a locked one with whom to ask.
fn pin_words(report: &TokenReport, text: Text, style: Style) -> Option<String> {
    let state = report.token.pin;
    if state.locked {
        let ca = issuer(report);
        let locked = Problem::from(&Failure::Locked { ca });
        return Some(draw::problem(&locked, text, style));
    }
    let key = match (state.to_be_changed, state.final_try, state.low) {
        (true, ..) => "tokens.pin-change",
        (_, true, _) => "pin.last",
        (_, _, true) => "pin.few",
        _ => return None,
    };
    Some(style.paint(Tone::Warning, text.get(key)))
}

/// Who issued the first certificate that can be read; empty where none can.
pub(crate) fn issuer(report: &TokenReport) -> String {
    let mut certificates = report.certificates.iter();
    let first = certificates.find_map(|key| Certificate::from_der(&key.certificate_der).ok());
    first
        .map(|first| first.issuer_name().to_owned())
        .unwrap_or_default()
}

fn row(
    certificate: &Certificate,
    unfit: Option<&Unfit>,
    text: Text,
    now: OffsetDateTime,
) -> Vec<String> {
    let mut cells = draw::certificate(certificate, None);
    cells.push(certificate.public_key().describe());
    cells.push(certificate.serial().to_owned());
    cells.push(draw::usable(
        unfit,
        days_left(certificate, now),
        false,
        text,
    ));
    cells
}

pub(super) fn as_json(slots: &[SlotReport], text: Text, now: OffsetDateTime) -> Value {
    let tokens = slots.iter().filter_map(|slot| {
        slot.token
            .as_ref()
            .ok()
            .map(|token| token_json(slot, token, text, now))
    });
    let problems = slots.iter().filter_map(|slot| {
        let problem = problem(slot, slot.token.as_ref().err()?);
        let mut value = failed(&problem, text);
        if let Value::Object(members) = &mut value {
            members.remove("outcome");
            members.insert("module".into(), slot.module.clone().into());
            members.insert("slot".into(), slot.slot.into());
        }
        Some(value)
    });
    json!({"tokens": tokens.collect::<Vec<_>>(), "problems": problems.collect::<Vec<_>>()})
}

fn token_json(slot: &SlotReport, report: &TokenReport, text: Text, now: OffsetDateTime) -> Value {
    let token = &report.token;
    let pin = json!({"low": token.pin.low, "final-try": token.pin.final_try, "locked": token.pin.locked, "to-be-changed": token.pin.to_be_changed});
    json!({
        "module": slot.module,
        "slot": slot.slot,
        "label": token.label,
        "serial": token.serial,
        "model": token.model,
        "manufacturer": token.manufacturer,
        "pin": pin,
        "keypad": token.protected_path,
        "certificates-after-pin": report.certificates_after_pin,
        "certificates": report.certificates.iter().map(|key| certificate_json(key, text, now)).collect::<Vec<_>>(),
    })
}

fn certificate_json(key: &KeyRef, text: Text, now: OffsetDateTime) -> Value {
    let Ok((certificate, unfit)) = judged(key, now) else {
        return json!({"label": key.label, "usable": false, "reason": text.get("unfit.unreadable")});
    };
    let time = |at: OffsetDateTime| at.format(&Rfc3339).unwrap_or_default();
    json!({
        "label": key.label,
        "sha256": draw::fingerprint(&certificate),
        "serial": certificate.serial(),
        "name": certificate.subject().display_name(),
        "identity": certificate.subject().identity().ok(),
        "ca": certificate.issuer_name(),
        "valid-from": time(certificate.not_before()),
        "valid-to": time(certificate.not_after()),
        "key": certificate.public_key().describe(),
        "days-left": days_left(&certificate, now),
        "usable": unfit.is_none(),
        "reason": unfit.map(|unfit| unfit.show(text)),
    })
}
