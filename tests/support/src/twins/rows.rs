//! The profiles. What each one is a twin of stands in its word.

use super::{Expected, Row};
use crate::draft::{Draft, Ku, eku};
use crate::key::KeyKind;
use crate::name::{Name, Text, oid};
use crate::sign::Algorithm;

const MICROSOFT_DOCUMENTS: &str = "1.3.6.1.4.1.311.10.3.12";
const ADOBE: &str = "1.2.840.113583.1.1.5";
const SMART_CARD_LOGON: &str = "1.3.6.1.4.1.311.20.2.2";
const KEY_USAGE: &str = "2.5.29.15";
const NETSCAPE_TYPE: &str = "2.16.840.1.113730.1.1";

const COMPANY: &str = "CÔNG TY CỔ PHẦN MẪU VIỆT";
const PERSON: &str = "NGUYỄN THỊ THỬ NGHIỆM";

/// digitalSignature, nonRepudiation, keyEncipherment: 0xE0.
fn three_uses(draft: Draft) -> Draft {
    let uses = Ku::DigitalSignature | Ku::NonRepudiation | Ku::KeyEncipherment;
    draft.basic_constraints(false, None).key_usage(uses)
}

/// As [`three_uses`], and dataEncipherment: 0xF0.
fn four_uses(draft: Draft) -> Draft {
    let uses = Ku::DigitalSignature | Ku::NonRepudiation | Ku::KeyEncipherment;
    draft
        .basic_constraints(false, None)
        .key_usage(uses | Ku::DataEncipherment)
}

/// The same four, not critical.
fn four_loose_uses(draft: Draft) -> Draft {
    draft
        .extension(KEY_USAGE, false, &[3, 2, 4, 0xf0])
        .extension(NETSCAPE_TYPE, false, &[3, 2, 5, 0xa0])
}

fn public_ca() -> Name {
    Name::new()
        .c("VN")
        .l("Hà Nội")
        .o("Tập đoàn Mẫu")
        .cn("Mau-CA SHA2")
}

fn network_ca() -> Name {
    Name::new()
        .c("VN")
        .o("Mau Group")
        .ou("Mau-CA Trust Network")
        .cn("Mau Certification Authority")
}

fn government_ca() -> Name {
    Name::new()
        .c("VN")
        .o("Ban Mẫu Chính phủ")
        .cn("CA mẫu phục vụ các cơ quan Nhà nước")
}

fn old_government_ca() -> Name {
    Name::new()
        .c("VN")
        .o("Ban Mau Chinh phu")
        .cn("Co quan chung thuc so mau")
}

const OF_A_COMPANY: Expected = Expected {
    verdict: "accepted",
    class: "organisation",
    name: COMPANY,
    organisation: None,
    ids: &[("MST", "9900000024")],
};
const OF_A_PERSON: Expected = Expected {
    verdict: "accepted",
    class: "person",
    name: PERSON,
    organisation: None,
    ids: &[("CCCD", "099192000111")],
};
const OF_AN_EMPLOYEE: Expected = Expected {
    verdict: "accepted",
    class: "person-in-organisation",
    name: PERSON,
    organisation: Some(COMPANY),
    ids: &[("MST", "9900000024"), ("CCCD", "099192000111")],
};

const PLAIN: Row = Row {
    profile: "",
    government: false,
    ca: public_ca,
    ca_key: KeyKind::Rsa(2048),
    subject: Name::new,
    key: KeyKind::Rsa(2048),
    algorithm: None,
    dress: three_uses,
    expected: OF_A_PERSON,
};

fn company() -> Name {
    Name::new()
        .c("VN")
        .st("Tỉnh Mẫu")
        .cn(COMPANY)
        .uid("MST:9900000024")
}

fn company_uid_first() -> Name {
    Name::new()
        .uid("MST:9900000024")
        .cn(COMPANY)
        .l("Quận Mẫu")
        .st("Thành phố Mẫu")
        .c("VN")
}

fn person() -> Name {
    Name::new().c("VN").cn(PERSON).uid("CCCD:099192000111")
}

pub(super) const ROWS: &[Row] = &[
    Row {
        profile: "organisation of 2020: RSA-1024, SHA-1, UID first, list by a named issuer",
        subject: company_uid_first,
        key: KeyKind::Rsa(1024),
        algorithm: Some(Algorithm::RS1),
        dress: |draft| {
            three_uses(draft)
                .authority_information("http://ocsp.kyso.example", None)
                .crl_of("http://crl.kyso.example/v3.crl", public_ca())
        },
        expected: Expected {
            verdict: "CERT-WEAK",
            ..OF_A_COMPANY
        },
        ..PLAIN
    },
    Row {
        profile: "organisation of 2024: RSA-1024 under SHA-256",
        subject: company,
        key: KeyKind::Rsa(1024),
        dress: |draft| three_uses(draft).crl_at("http://crl.kyso.example/sha2.crl"),
        expected: Expected {
            verdict: "CERT-WEAK",
            ..OF_A_COMPANY
        },
        ..PLAIN
    },
    Row {
        profile: "organisation: four extended uses, documentSigning among them",
        subject: company,
        dress: |draft| {
            three_uses(draft)
                .extended_key_usage(&[
                    eku::CLIENT_AUTH,
                    eku::EMAIL_PROTECTION,
                    MICROSOFT_DOCUMENTS,
                    eku::DOCUMENT_SIGNING,
                ])
                .crl_at("http://crl.kyso.example/sha2-2.crl")
        },
        expected: OF_A_COMPANY,
        ..PLAIN
    },
    Row {
        profile: "person, remote signing: CMND of twelve digits, no extended uses",
        subject: || Name::new().c("VN").cn(PERSON).uid("CMND:099192000111"),
        ..PLAIN
    },
    Row {
        profile: "organisation, remote signing: a title as unit",
        subject: || {
            Name::new()
                .c("VN")
                .ou("TỔNG GIÁM ĐỐC")
                .cn(COMPANY)
                .uid("MST:9900000024")
        },
        dress: |draft| {
            three_uses(draft).extended_key_usage(&[eku::CLIENT_AUTH, eku::EMAIL_PROTECTION])
        },
        expected: OF_A_COMPANY,
        ..PLAIN
    },
    Row {
        profile: "organisation of 2017: SHA-1, Adobe's use, a policy, OCSP",
        ca: network_ca,
        subject: company,
        algorithm: Some(Algorithm::RS1),
        dress: |draft| {
            four_uses(draft)
                .extended_key_usage(&[
                    eku::CLIENT_AUTH,
                    eku::EMAIL_PROTECTION,
                    MICROSOFT_DOCUMENTS,
                    ADOBE,
                ])
                .policies(&["1.3.6.1.4.1.32473.3.1"])
                .authority_information(
                    "http://ocsp.kyso.example/responder",
                    Some("http://pub.kyso.example/ca.cer"),
                )
                .crl_at("http://crl.kyso.example/ca.crl")
        },
        expected: Expected {
            verdict: "CERT-WEAK",
            ..OF_A_COMPANY
        },
        ..PLAIN
    },
    Row {
        profile: "person in an organisation, remote signing: a title, no clientAuth",
        ca: network_ca,
        subject: || {
            Name::new()
                .cn(PERSON)
                .t("Kế toán trưởng")
                .o(COMPANY)
                .st("Tỉnh Mẫu")
                .l("Quận Mẫu")
                .c("VN")
                .uid("CCCD:099192000111")
        },
        dress: |draft| {
            four_uses(draft)
                .extended_key_usage(&[eku::EMAIL_PROTECTION, MICROSOFT_DOCUMENTS])
                .authority_information(
                    "http://ocsp.kyso.example/responder",
                    Some("http://pub.kyso.example/rs.cer"),
                )
                .crl_at("http://crl.kyso.example/rs.crl")
        },
        expected: Expected {
            ids: &[("CCCD", "099192000111")],
            ..OF_AN_EMPLOYEE
        },
        ..PLAIN
    },
    Row {
        profile: "person in an organisation: two UIDs",
        subject: || {
            Name::new()
                .uid("MST:9900000024")
                .uid("CCCD:099192000111")
                .o(COMPANY)
                .cn(PERSON)
        },
        expected: OF_AN_EMPLOYEE,
        ..PLAIN
    },
    Row {
        profile: "physician of a hospital: CMND of nine digits, MST, a title with blanks",
        subject: || {
            Name::new()
                .uid("CMND:099000111")
                .uid("MST:9900000024")
                .cn(PERSON)
                .t("BS CK II")
                .o("BỆNH VIỆN MẪU")
                .st("Tỉnh Mẫu")
        },
        expected: Expected {
            organisation: Some("BỆNH VIỆN MẪU"),
            ids: &[("CMND", "099000111"), ("MST", "9900000024")],
            ..OF_AN_EMPLOYEE
        },
        ..PLAIN
    },
    Row {
        profile: "agency of the second generation: no UID, CA of 4096 bits, smart card logon",
        government: true,
        ca: government_ca,
        ca_key: KeyKind::Rsa(4096),
        subject: || Name::new().c("VN").o("BỘ MẪU").cn("CỤC THỬ NGHIỆM"),
        dress: |draft| {
            four_uses(draft)
                .extended_key_usage(&[eku::CLIENT_AUTH, eku::EMAIL_PROTECTION, SMART_CARD_LOGON])
                .policies(&["2.16.704.1.1.1.1.1"])
                .authority_information(
                    "http://ocsp.kyso.example",
                    Some("http://ca.kyso.example/g2.crt"),
                )
                .crl_at("http://ca.kyso.example/g2.crl")
        },
        expected: Expected {
            verdict: "accepted",
            class: "organisation",
            name: "CỤC THỬ NGHIỆM",
            organisation: Some("BỘ MẪU"),
            ids: &[],
        },
        ..PLAIN
    },
    Row {
        profile: "agency of a ministry: branch MST, two units, uses not critical, Netscape's extension",
        government: true,
        ca: old_government_ca,
        subject: || {
            Name::new()
                .c("VN")
                .o("BO MAU")
                .ou("CUC MAU")
                .ou("PHONG THU")
                .cn("CHI CUC THU NGHIEM")
                .uid("MST:9900000024-029")
        },
        dress: |draft| {
            four_loose_uses(draft)
                .extended_key_usage(&[eku::CLIENT_AUTH, eku::EMAIL_PROTECTION, SMART_CARD_LOGON])
                .email_address("thu@mau.example")
                .authority_information(
                    "http://ocsp.ca.example/",
                    Some("http://ca.kyso.example/btc.crt"),
                )
                .crl_at("http://ca.kyso.example/btc.crl")
        },
        expected: Expected {
            verdict: "accepted",
            class: "organisation",
            name: "CHI CUC THU NGHIEM",
            organisation: Some("BO MAU"),
            ids: &[("MST", "9900000024-029")],
        },
        ..PLAIN
    },
    Row {
        profile: "foreigner: a passport, e-mail in the subject",
        subject: || {
            Name::new()
                .c("VN")
                .cn("JOHN MAU")
                .email("john@mau.example")
                .uid("HC:X9900011")
        },
        expected: Expected {
            name: "JOHN MAU",
            ids: &[("HC", "X9900011")],
            ..OF_A_PERSON
        },
        ..PLAIN
    },
    Row {
        profile: "organisation by its serial number, with a telephone number",
        subject: || {
            Name::new()
                .c("VN")
                .cn(COMPANY)
                .with(oid::TELEPHONE, Text::Printable, "02499000000")
                .with(oid::SERIAL_NUMBER, Text::Printable, "MST:9900000024")
        },
        expected: OF_A_COMPANY,
        ..PLAIN
    },
    Row {
        profile: "organisation by the European identifier",
        subject: || {
            Name::new().c("VN").cn(COMPANY).with(
                oid::ORGANIZATION_IDENTIFIER,
                Text::Utf8,
                "VATVN-9900000024",
            )
        },
        expected: OF_A_COMPANY,
        ..PLAIN
    },
    Row {
        profile: "person whose name has commas and quotes",
        subject: || {
            Name::new()
                .cn("NGUYỄN THỊ \"MẪU\", A101")
                .uid("CCCD:099192000111")
        },
        expected: Expected {
            name: "NGUYỄN THỊ \"MẪU\", A101",
            ..OF_A_PERSON
        },
        ..PLAIN
    },
    Row {
        profile: "UTF-8 in a PrintableString, UID in a PrintableString",
        subject: || {
            Name::new().with(oid::CN, Text::Printable, PERSON).with(
                oid::UID,
                Text::Printable,
                "CCCD:099192000111",
            )
        },
        ..PLAIN
    },
    Row {
        profile: "BMPString",
        subject: || {
            Name::new().with(oid::CN, Text::Bmp, PERSON).with(
                oid::UID,
                Text::Bmp,
                "CCCD:099192000111",
            )
        },
        ..PLAIN
    },
    Row {
        profile: "TeletexString",
        subject: || {
            Name::new().with(oid::CN, Text::Teletex, "ANDRÉ MAU").with(
                oid::UID,
                Text::Teletex,
                "CCCD:099192000111",
            )
        },
        expected: Expected {
            name: "ANDRÉ MAU",
            ..OF_A_PERSON
        },
        ..PLAIN
    },
    Row {
        profile: "elliptic curves, NULL parameters in the algorithm identifier",
        ca_key: KeyKind::P384,
        key: KeyKind::P256,
        subject: person,
        dress: |draft| three_uses(draft).with_null_parameters(),
        ..PLAIN
    },
];
