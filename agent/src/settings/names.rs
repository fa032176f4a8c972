//! The signed list of portals' names: what is shown beside an origin, in the words of whom the administrator trusts with
//! that.
//!
//! ```toml
//! format = "kyso-portal-names-1"
//!
//! [names]
//! "https://portal.example" = "Cổng Mẫu"
//! ```
//!
//! The signature is a trust bundle's: Ed25519 over the text's bytes, 64 bytes in a file of its own. The first member
//! names the format, so that a key's signature over anything else is none over names.

use std::collections::BTreeMap;

use kyso_certs::BundleKey;
use kyso_protocol::Origin;
use serde::Deserialize;

/// What beside an origin is shown, by origin.
pub(super) type Names = BTreeMap<Origin, String>;

const FORMAT: &str = "kyso-portal-names-1";
/// The longest name, in characters.
const NAME_MAX: usize = 80;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    format: String,
    #[serde(default)]
    names: BTreeMap<String, String>,
}

/// Nothing of the text is read before its signature was verified.
pub(super) fn open(text: &[u8], signature: &[u8], keys: &[BundleKey]) -> Result<Names, String> {
    if !keys.iter().any(|key| key.signed(text, signature)) {
        return Err("not signed by one of the keys".into());
    }
    let text = std::str::from_utf8(text).map_err(|error| error.to_string())?;
    let wire: Wire = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    if wire.format != FORMAT {
        return Err("a list of another format".into());
    }
    wire.names.into_iter().map(named).collect()
}

fn named((origin, name): (String, String)) -> Result<(Origin, String), String> {
    let read = Origin::parse(&origin).map_err(|error| format!("{origin}: {error}"))?;
    let shown = !name.trim().is_empty()
        && name.chars().count() <= NAME_MAX
        && !name.chars().any(char::is_control);
    if shown {
        Ok((read, name))
    } else {
        Err(format!(
            "{origin}: the name is empty, too long or not printable"
        ))
    }
}

#[cfg(test)]
mod tests {
    use kyso_support::{Key, KeyKind, sign_detached};

    use super::*;

    fn check(text: &str, signed_by: usize, expected: Result<usize, &str>) {
        let key = |number| Key::pooled(KeyKind::Ed25519, number).expect("openssl");
        let ours = BundleKey::from_bytes(key(0).public_key_der()).expect("a key");
        let signature = sign_detached(&key(signed_by), text.as_bytes()).expect("openssl");
        let opened = open(text.as_bytes(), &signature, &[ours]).map(|names| names.len());
        match expected {
            Ok(count) => assert_eq!(opened, Ok(count), "{text}"),
            Err(part) => {
                let error = opened.expect_err(text);
                assert!(error.contains(part), "{text}: {error}");
            }
        }
    }

    #[test]
    fn names_come_from_a_signed_list_of_this_format_alone() {
        let list = |names: &str| format!("format = \"{FORMAT}\"\n[names]\n{names}\n");
        let good = list("\"https://a.example\" = \"Cổng Mẫu\"");
        check(&good, 0, Ok(1));
        check(&list(""), 0, Ok(0));
        check(&good, 1, Err("not signed"));
        check(
            &good.replace("names-1", "names-2"),
            0,
            Err("another format"),
        );
        check(
            &list("\"http://a.example\" = \"A\""),
            0,
            Err("http://a.example"),
        );
        check(
            &list("\"https://a.example\" = \" \""),
            0,
            Err("not printable"),
        );
        let long = "ễ".repeat(NAME_MAX + 1);
        check(
            &list(&format!("\"https://a.example\" = \"{long}\"")),
            0,
            Err("too long"),
        );
        check(
            &list("\"https://a.example\" = \"a\\u0007b\""),
            0,
            Err("not printable"),
        );
        check("[names]", 0, Err("format"));
    }
}
