//! The string types of a name, as CAs really fill them.

use x509_parser::asn1_rs::{Any, Class, Tag};

/// The text of an attribute, exactly as it is there: no normalisation, no trimming.
///
/// UTF-8 is taken in every one-byte string type, since CAs write it into PrintableString; bytes of a TeletexString
/// that are not UTF-8 are Latin-1 (what CAs mean by it). `None` for other types and for bytes that are not text.
pub(super) fn decode(value: &Any<'_>) -> Option<String> {
    if value.class() != Class::Universal {
        return None;
    }
    match value.tag() {
        Tag::Utf8String
        | Tag::PrintableString
        | Tag::Ia5String
        | Tag::NumericString
        | Tag::VisibleString => utf8(value.data),
        Tag::T61String => utf8(value.data).or_else(|| Some(latin1(value.data))),
        Tag::BmpString => utf16(value.data),
        Tag::UniversalString => utf32(value.data),
        _ => None,
    }
}

fn utf8(bytes: &[u8]) -> Option<String> {
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn utf16(bytes: &[u8]) -> Option<String> {
    let (units, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = units.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
    rest.is_empty().then(|| String::from_utf16(&units).ok())?
}

fn utf32(bytes: &[u8]) -> Option<String> {
    let (units, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return None;
    }
    units
        .iter()
        .map(|unit| char::from_u32(u32::from_be_bytes(*unit)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use x509_parser::asn1_rs::Header;
    use x509_parser::asn1_rs::Length;

    fn check(tag: Tag, bytes: &[u8], expected: Option<&str>) {
        let header = Header::new(Class::Universal, false, tag, Length::Definite(bytes.len()));
        let value = Any::new(header, bytes);
        assert_eq!(decode(&value).as_deref(), expected, "{tag:?}");
    }

    #[test]
    fn reads_every_string_type_that_cas_use() {
        check(Tag::Utf8String, "Nguyễn".as_bytes(), Some("Nguyễn"));
        check(Tag::PrintableString, "Nguyễn".as_bytes(), Some("Nguyễn"));
        check(Tag::T61String, b"Andr\xe9", Some("André"));
        check(Tag::T61String, "Nguyễn".as_bytes(), Some("Nguyễn"));
        check(Tag::BmpString, &[0x1e, 0xc5, 0x00, 0x6e], Some("ễn"));
        check(Tag::UniversalString, &[0, 0, 0x1e, 0xc5], Some("ễ"));
    }

    #[test]
    fn keeps_a_decomposed_name_as_it_is() {
        check(
            Tag::Utf8String,
            "e\u{302}\u{303}".as_bytes(),
            Some("e\u{302}\u{303}"),
        );
    }

    #[test]
    fn refuses_what_is_not_text() {
        check(Tag::Utf8String, &[0xff], None);
        check(Tag::BmpString, &[0x00], None);
        check(Tag::BmpString, &[0xd8, 0x00], None);
        check(Tag::UniversalString, &[0, 0x11, 0, 0], None);
        check(Tag::Integer, &[1], None);
    }
}
