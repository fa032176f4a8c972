//! From the cable to the card service.

use kyso_pkcs11::{Catalogue, Words};

use super::readers::Reader;
use super::usb::{self, TokenDevice};
use super::{Grade, Lines, Seen, plain};

/// `certificate_read`: a certificate tells the CA, and nobody guesses any more.
pub(super) fn judge(seen: &Seen, certificate_read: bool, lines: &mut Lines) {
    let tokens = seen.usb.as_deref();
    let tokens = tokens.map(|all| usb::tokens(all, &seen.catalogue));
    match &tokens {
        None => lines.say("usb", Grade::Unchecked, "check.usb-unknown", vec![]),
        Some(tokens) if tokens.is_empty() => nothing(seen, lines),
        Some(tokens) => {
            for token in tokens {
                device(token, certificate_read, lines);
            }
        }
    }
    let tokens = tokens.unwrap_or_default();
    for token in tokens.iter().filter(|token| token.device.is_drive()) {
        drive(token, lines);
    }
    card_service(seen, &tokens, lines);
    match &seen.readers {
        Some(readers) => {
            let any = readers.iter().any(|reader| reader.card);
            readers.iter().for_each(|seen| reader(seen, any, lines));
        }
        None => readers_by_cable(&tokens, lines),
    }
}

/// An empty reader is worth a warning where no other holds a card.
fn reader(reader: &Reader, any_card: bool, lines: &mut Lines) {
    let name = vec![("name", plain(&reader.name))];
    if reader.card {
        lines.say("reader", Grade::Ok, "check.reader-card", name);
    } else {
        let grade = if any_card { Grade::Ok } else { Grade::Warning };
        lines.say("reader", grade, "check.reader-empty", name);
    }
}

/// Without PC/SC a reader is no more than a device that says to be one.
fn readers_by_cable(tokens: &[TokenDevice], lines: &mut Lines) {
    for token in tokens.iter().filter(|token| token.device.is_reader()) {
        let name = vec![("name", plain(token.device.own_name()))];
        lines.say("reader", Grade::Unchecked, "check.reader-seen", name);
    }
}

/// No device that looks like one is no fault where a module sees a token all the same.
fn nothing(seen: &Seen, lines: &mut Lines) {
    let any = seen.slots.iter().any(|slot| slot.token.is_ok());
    let grade = if any { Grade::Ok } else { Grade::Warning };
    lines.say("usb", grade, "check.usb-none", vec![]);
    if !any {
        lines.do_this("check.usb-none-do", vec![]);
    }
}

fn device(token: &TokenDevice, certificate_read: bool, lines: &mut Lines) {
    let name = token
        .chip
        .clone()
        .unwrap_or_else(|| token.device.own_name());
    let mut facts = vec![("name", plain(name)), ("ids", plain(token.device.ids()))];
    if certificate_read || token.cas.is_empty() {
        return lines.say("usb", Grade::Ok, "check.usb-seen", facts);
    }
    facts.push(("cas", plain(token.cas.join(", "))));
    lines.say("usb", Grade::Ok, "check.usb-one-of", facts);
}

/// Many tokens carry a small drive with the maker's installer; some are nothing else until a driver has spoken to them.
fn drive(token: &TokenDevice, lines: &mut Lines) {
    let name = vec![("name", plain(token.device.own_name()))];
    let alone = token.device.classes.len() == 1;
    let grade = if alone { Grade::Warning } else { Grade::Ok };
    let key = if alone {
        "check.drive-alone"
    } else {
        "check.drive-seen"
    };
    lines.say("drive", grade, key, name);
    lines.do_this("check.drive-do", vec![]);
}

/// A token that is plugged in and that no driver sees: what each CA that hands it out says to install.
pub(super) fn unseen(seen: &Seen, lines: &mut Lines) {
    let any = seen.slots.iter().any(|slot| slot.token.is_ok());
    let devices = seen.usb.as_deref().unwrap_or_default();
    let devices = usb::tokens(devices, &seen.catalogue);
    for token in devices.iter().filter(|token| !any && token.chip.is_some()) {
        let name = plain(token.chip.as_deref().unwrap_or_default());
        lines.say(
            "driver",
            Grade::Error,
            "check.driver-blind",
            vec![("name", name)],
        );
        lines.install(words(token, &seen.catalogue));
    }
}

fn words(token: &TokenDevice, catalogue: &Catalogue) -> Vec<(String, Option<Words>)> {
    let words = |ca: &String| (ca.clone(), catalogue.install(ca).cloned());
    token.cas.iter().map(words).collect()
}

/// Tokens that are no card readers are reached by their modules directly.
fn card_service(seen: &Seen, tokens: &[TokenDevice], lines: &mut Lines) {
    let needed = tokens.iter().any(|token| token.device.is_reader());
    match (seen.card_service, needed) {
        (true, _) => lines.say("card-service", Grade::Ok, "check.card-service-runs", vec![]),
        (false, true) => {
            lines.say(
                "card-service",
                Grade::Error,
                "check.card-service-silent",
                vec![],
            );
            lines.do_this("check.card-service-do", vec![]);
        }
        (false, false) => {
            lines.say(
                "card-service",
                Grade::Unchecked,
                "check.card-service-unneeded",
                vec![],
            );
        }
    }
}
