//! Distinguished names in whatever order and string type a CA might choose.

use anyhow::{Context, Result, ensure};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::der::asn1::Any;
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::{Decode, Encode, Tag};
use x509_cert::name::{RdnSequence, RelativeDistinguishedName};

/// Attribute types in dotted form (X.520, RFC 4519).
pub mod oid {
    /// commonName
    pub const CN: &str = "2.5.4.3";
    /// serialNumber
    pub const SERIAL_NUMBER: &str = "2.5.4.5";
    /// countryName
    pub const C: &str = "2.5.4.6";
    /// localityName
    pub const L: &str = "2.5.4.7";
    /// stateOrProvinceName
    pub const ST: &str = "2.5.4.8";
    /// organizationName
    pub const O: &str = "2.5.4.10";
    /// organizationalUnitName
    pub const OU: &str = "2.5.4.11";
    /// title
    pub const T: &str = "2.5.4.12";
    /// telephoneNumber
    pub const TELEPHONE: &str = "2.5.4.20";
    /// organizationIdentifier (ETSI EN 319 412-1)
    pub const ORGANIZATION_IDENTIFIER: &str = "2.5.4.97";
    /// userId: where Vietnamese CAs write `CCCD:…`, `MST:…`
    pub const UID: &str = "0.9.2342.19200300.100.1.1";
    /// emailAddress
    pub const EMAIL: &str = "1.2.840.113549.1.9.1";
}

/// The ASN.1 string type of one attribute's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// UTF8String, what RFC 5280 wants
    Utf8,
    /// PrintableString; the characters are not checked, so that a wrong one can be made
    Printable,
    /// TeletexString, taken as Latin-1 as all old programs do
    Teletex,
    /// BMPString, UTF-16 big-endian without surrogates
    Bmp,
    /// IA5String; not checked either
    Ia5,
}

impl Text {
    fn encode(self, value: &str) -> Result<Any> {
        let (tag, bytes) = match self {
            Self::Utf8 => (Tag::Utf8String, value.as_bytes().to_vec()),
            Self::Printable => (Tag::PrintableString, value.as_bytes().to_vec()),
            Self::Ia5 => (Tag::Ia5String, value.as_bytes().to_vec()),
            Self::Teletex => (Tag::TeletexString, latin1(value)?),
            Self::Bmp => (
                Tag::BmpString,
                value.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            ),
        };
        Any::new(tag, bytes).context("an attribute's value")
    }
}

fn latin1(value: &str) -> Result<Vec<u8>> {
    value
        .chars()
        .map(|c| u8::try_from(u32::from(c)).with_context(|| format!("{c} is not in Latin-1")))
        .collect()
}

type Attribute = (String, Text, String);

/// A distinguished name; attributes stand in the order of the calls, and the same one may come twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name(Vec<Vec<Attribute>>);

macro_rules! attributes {
    ($($method:ident $oid:ident $text:ident $what:literal),+ $(,)?) => {$(
        #[doc = concat!("Adds ", $what, ".")]
        #[must_use]
        pub fn $method(self, value: &str) -> Self {
            self.with(oid::$oid, Text::$text, value)
        }
    )+};
}

impl Name {
    /// The empty name.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    attributes! {
        cn CN Utf8 "a commonName",
        o O Utf8 "an organizationName",
        ou OU Utf8 "an organizationalUnitName",
        l L Utf8 "a localityName",
        st ST Utf8 "a stateOrProvinceName",
        c C Printable "a countryName",
        t T Utf8 "a title",
        uid UID Utf8 "a userId, prefix and all (`CCCD:…`)",
        email EMAIL Ia5 "an emailAddress",
    }

    /// Adds one attribute of any type (dotted), as its own RDN.
    #[must_use]
    pub fn with(mut self, oid: &str, text: Text, value: &str) -> Self {
        self.0.push(vec![(oid.to_owned(), text, value.to_owned())]);
        self
    }

    /// Adds one RDN that holds several attributes.
    #[must_use]
    pub fn with_several(mut self, attributes: &[(&str, Text, &str)]) -> Self {
        let rdn = attributes
            .iter()
            .map(|(oid, text, value)| ((*oid).to_owned(), *text, (*value).to_owned()));
        self.0.push(rdn.collect());
        self
    }

    /// DER of the name.
    ///
    /// # Errors
    /// If an attribute type is no OID or a value can't be written in its string type.
    pub fn to_der(&self) -> Result<Vec<u8>> {
        let rdns: Vec<_> = self
            .0
            .iter()
            .map(|rdn| relative(rdn))
            .collect::<Result<_>>()?;
        Ok(RdnSequence::from(rdns).to_der()?)
    }

    pub(crate) fn to_x509(&self) -> Result<x509_cert::name::Name> {
        Ok(x509_cert::name::Name::from_der(&self.to_der()?)?)
    }
}

fn relative(rdn: &[Attribute]) -> Result<RelativeDistinguishedName> {
    ensure!(!rdn.is_empty(), "an RDN without attributes");
    let attributes: Vec<_> = rdn.iter().map(attribute).collect::<Result<_>>()?;
    Ok(attributes.try_into()?)
}

fn attribute((oid, text, value): &Attribute) -> Result<AttributeTypeAndValue> {
    Ok(AttributeTypeAndValue {
        oid: ObjectIdentifier::new(oid).with_context(|| format!("{oid} is no OID"))?,
        value: text.encode(value)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::openssl;

    fn shown(name: &Name) -> String {
        let der = name.to_der().unwrap();
        String::from_utf8_lossy(&openssl(&["asn1parse", "-inform", "DER"], &der).unwrap())
            .into_owned()
    }

    #[test]
    fn keeps_the_order_of_attributes_and_both_uids() {
        let text = shown(
            &Name::new()
                .uid("MST:9900000017")
                .cn("Tên")
                .uid("CCCD:099185000123"),
        );
        let place = |what: &str| {
            text.find(what)
                .unwrap_or_else(|| panic!("{what} in {text}"))
        };
        assert!(place("MST:9900000017") < place("commonName"));
        assert!(place("commonName") < place("CCCD:099185000123"));
        assert_eq!(text.matches(":userId").count(), 2);
    }

    #[test]
    fn writes_each_string_type() {
        for (text, value, tag) in [
            (Text::Utf8, "Nguyễn", "UTF8STRING"),
            (Text::Printable, "VN", "PRINTABLESTRING"),
            (Text::Teletex, "Café", "T61STRING"),
            (Text::Bmp, "Nguyễn", "BMPSTRING"),
            (Text::Ia5, "a@b.example", "IA5STRING"),
        ] {
            let parsed = shown(&Name::new().with(oid::CN, text, value));
            assert!(parsed.contains(tag), "{text:?}: {parsed}");
        }
    }

    #[test]
    fn puts_several_attributes_into_one_rdn() {
        let several = [
            (oid::CN, Text::Utf8, "A"),
            (oid::UID, Text::Utf8, "MST:9900000017"),
        ];
        let parsed = shown(&Name::new().with_several(&several));
        assert_eq!(parsed.matches("cons: SET").count(), 1, "{parsed}");
    }

    #[test]
    fn refuses_what_latin_1_cannot_say() {
        let name = Name::new().with(oid::CN, Text::Teletex, "Nguyễn");
        assert!(name.to_der().is_err());
    }
}
