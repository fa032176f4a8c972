//! A certificate as a row.

use kyso_certs::{Certificate, Class};
use kyso_screens as shown;
use time::OffsetDateTime;

use super::brief;
use crate::login::Remembered;
use crate::text::{Text, date};
use crate::view::{Row, days_until, masked_id, printable};

/// A row of the choice.
pub(crate) fn row(row: &Row, text: Text) -> shown::Row {
    let certificate = row.certificate.as_ref();
    let identity = certificate.and_then(|known| known.subject().identity().ok());
    let member = identity.filter(|identity| identity.kind == Class::PersonInOrganisation);
    let of = |fact: fn(&Certificate) -> String| certificate.map(fact).unwrap_or_default();
    shown::Row {
        name: of(|known| brief(known.subject().display_name())),
        organisation: member.and_then(|member| member.organisation.as_deref().map(brief)),
        id: identity
            .map(|identity| masked_id(identity, row.wanted))
            .filter(|id| !id.is_empty()),
        ca: of(|known| brief(known.issuer_name())),
        valid_from: of(|known| date(known.not_before())),
        valid_to: of(|known| date(known.not_after())),
        device: row.device.clone(),
        unfit: row.unfit.as_ref().map(|unfit| printable(&unfit.show(text))),
        expires: row.days_left.map(|days| expires(days, text)),
        usual: row.usual,
        after_pin: row.after_pin,
    }
}

/// The certificate that is shown from memory.
pub(super) fn remembered(seen: &Remembered, now: OffsetDateTime, text: Text) -> shown::Remembered {
    shown::Remembered {
        row: shown::Row {
            name: seen.name.clone(),
            organisation: seen.organisation.clone(),
            id: Some(seen.id.clone()).filter(|id| !id.is_empty()),
            ca: seen.ca.clone(),
            valid_from: date(seen.not_before),
            valid_to: date(seen.not_after),
            device: seen.device.clone(),
            unfit: None,
            expires: days_until(seen.not_after, now).map(|days| expires(days, text)),
            usual: true,
            after_pin: false,
        },
        keypad: seen.keypad,
    }
}

/// That it ends in so many days.
fn expires(days: i64, text: Text) -> String {
    match days {
        0 => text.get("fit.today").to_owned(),
        1 => text.get("fit.tomorrow").to_owned(),
        days => text.fill("fit.soon", &[("n", &days.to_string())]),
    }
}
