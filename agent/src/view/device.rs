//! What a device is called.

use kyso_pkcs11::TokenInfo;

use super::printable;

/// Characters of a serial number that are shown, unless more are needed.
const END_MIN: usize = 4;

/// Its label, else its model.
pub(crate) fn device(token: &TokenInfo) -> String {
    printable(if token.label.is_empty() {
        &token.model
    } else {
        &token.label
    })
}

/// The same, with what tells it from another of that name.
pub(crate) fn device_apart(token: &TokenInfo, apart: Option<&str>) -> String {
    match apart {
        None => device(token),
        Some(end) => format!("{} ({})", device(token), printable(end)),
    }
}

/// What tells a token from others of the same name: the end of its serial number, as long as that takes. None where no
/// other has its name, or its own number can't tell it.
pub(crate) fn apart<'a>(
    token: &TokenInfo,
    all: impl IntoIterator<Item = &'a TokenInfo>,
) -> Option<String> {
    let same = |other: &&TokenInfo| device(other) == device(token) && other.serial != token.serial;
    let others: Vec<&TokenInfo> = all.into_iter().filter(same).collect();
    let length = token.serial.chars().count();
    if others.is_empty() || length == 0 {
        return None;
    }
    let tells = |shown: &usize| {
        let end = end(&token.serial, *shown);
        others
            .iter()
            .all(|other| self::end(&other.serial, *shown) != end)
    };
    match (END_MIN..length).find(tells) {
        Some(shown) => Some(format!("…{}", end(&token.serial, shown))),
        None => Some(token.serial.clone()),
    }
}

fn end(serial: &str, characters: usize) -> &str {
    let from = serial
        .char_indices()
        .rev()
        .nth(characters.saturating_sub(1));
    serial
        .get(from.map_or(0, |(at, _)| at)..)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::people::slot;

    fn token(label: &str, serial: &str) -> TokenInfo {
        let report = slot(label, kyso_pkcs11::PinState::default(), &[]);
        TokenInfo {
            serial: serial.into(),
            ..report.token.expect("a token").token
        }
    }

    #[test]
    fn the_end_of_the_serial_number_tells_tokens_of_one_name_apart() {
        let check = |serial: &str, others: &[(&str, &str)], expected: &str| {
            let token = token("USB", serial);
            let others = others
                .iter()
                .map(|(label, serial)| self::token(label, serial));
            let all: Vec<_> = others.chain([token.clone()]).collect();
            let found = apart(&token, &all);
            assert_eq!(device_apart(&token, found.as_deref()), expected, "{all:?}");
        };
        check("0001234567", &[], "USB");
        check("0001234567", &[("USB 2", "0001234568")], "USB");
        check("0001234567", &[("USB", "0001234567")], "USB");
        check("0001234567", &[("USB", "0001234568")], "USB (…4567)");
        check("0001234567", &[("USB", "0009934567")], "USB (…234567)");
        check("1234567", &[("USB", "0001234567")], "USB (1234567)");
        check("0001234567", &[("USB", "234567")], "USB (…1234567)");
        check("12", &[("USB", "34")], "USB (12)");
        check("", &[("USB", "34")], "USB");
        check("34", &[("USB", "")], "USB (34)");
        check("số ễ1", &[("USB", "số ễ2")], "USB (…ố ễ1)");
        check("a\u{202e}bcdef", &[("USB", "x")], "USB (…cdef)");
        check("abc\u{202e}def", &[("USB", "x")], "USB (…\u{fffd}def)");
    }
}
