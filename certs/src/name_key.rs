//! Names in the form in which issuers are sought.

use x509_parser::prelude::FromDer;
use x509_parser::x509::{RelativeDistinguishedName, X509Name};

use crate::subject::text_of;

/// A name in the form in which names are compared when paths are sought: case and runs of blanks don't count
/// (RFC 5280, 7.1). Coarser than the final comparison, which the engine makes.
pub(crate) fn name_key(der: &[u8]) -> String {
    let Ok((_, name)) = X509Name::from_der(der) else {
        return String::new();
    };
    name.iter().map(rdn_key).collect()
}

/// One step of a [`name_key`]: a name's key is its steps' keys, one after the other.
pub(crate) fn rdn_key(rdn: &RelativeDistinguishedName<'_>) -> String {
    let mut pairs: Vec<String> = rdn
        .iter()
        .map(|pair| {
            let text = text_of(pair.attr_value());
            let folded: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
            format!("{}={}", pair.attr_type().to_id_string(), folded.join(" "))
        })
        .collect();
    pairs.sort();
    pairs.join("\u{1}") + "\0"
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `CN=<text>` in one RDN, in the string type with this tag.
    fn name(tag: u8, text: &str) -> Vec<u8> {
        let length = u8::try_from(text.len()).unwrap();
        let head = [0x30, length + 11, 0x31, length + 9, 0x30, length + 7];
        let pair = [0x06, 0x03, 0x55, 0x04, 0x03, tag, length];
        [&head[..], &pair[..], text.as_bytes()].concat()
    }

    #[test]
    fn case_blanks_and_string_type_do_not_count() {
        let key = name_key(&name(0x0c, "Cơ quan  Mẫu"));
        assert!(!key.is_empty());
        assert_eq!(key, name_key(&name(0x13, " CƠ QUAN Mẫu ")));
        assert_ne!(key, name_key(&name(0x0c, "Cơ quan Mẫu 2")));
    }
}
