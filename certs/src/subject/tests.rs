use super::*;
use proptest::prelude::*;
use x509_parser::prelude::FromDer;

const UTF8: u8 = 0x0c;
const CN: &str = "2.5.4.3";
const SERIAL_NUMBER: &str = "2.5.4.5";
const O: &str = "2.5.4.10";
const OU: &str = "2.5.4.11";
const GIVEN_NAME: &str = "2.5.4.42";
const ORGANISATION_IDENTIFIER: &str = "2.5.4.97";
const UID: &str = "0.9.2342.19200300.100.1.1";

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut out = vec![tag];
    match length {
        0..=127 => out.push(u8::try_from(length).unwrap()),
        128..=255 => out.extend([0x81, u8::try_from(length).unwrap()]),
        _ => {
            out.push(0x82);
            out.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
    }
    out.extend_from_slice(content);
    out
}

fn oid_der(oid: &str) -> Vec<u8> {
    let arcs: Vec<u32> = oid.split('.').map(|arc| arc.parse().unwrap()).collect();
    let mut out = Vec::new();
    let mut push = |arc: u32| {
        let mut septets = vec![u8::try_from(arc & 0x7f).unwrap()];
        let mut rest = arc >> 7;
        while rest > 0 {
            septets.push(0x80 | u8::try_from(rest & 0x7f).unwrap());
            rest >>= 7;
        }
        septets.reverse();
        out.extend(septets);
    };
    push(arcs[0] * 40 + arcs[1]);
    arcs[2..].iter().for_each(|arc| push(*arc));
    tlv(0x06, &out)
}

fn name_der(attributes: &[(&str, &str)]) -> Vec<u8> {
    let rdns: Vec<u8> = attributes
        .iter()
        .flat_map(|(oid, value)| {
            let pair = [oid_der(oid), tlv(UTF8, value.as_bytes())].concat();
            tlv(0x31, &tlv(0x30, &pair))
        })
        .collect();
    tlv(0x30, &rdns)
}

fn subject(attributes: &[(&str, &str)]) -> Subject {
    let der = name_der(attributes);
    let (rest, name) = X509Name::from_der(&der).unwrap();
    assert!(rest.is_empty());
    Subject::read(&name).unwrap()
}

fn ids(of: &Identity) -> Vec<String> {
    of.ids
        .iter()
        .map(|id| format!("{}:{}", id.scheme, id.value))
        .collect()
}

fn check(attributes: &[(&str, &str)], kind: Class, name: &str, expected: &[&str]) {
    let subject = subject(attributes);
    let identity = subject.identity().unwrap();
    assert_eq!((identity.kind, identity.name.as_str()), (kind, name));
    assert_eq!(ids(identity), expected);
}

fn check_refused(attributes: &[(&str, &str)], expected: &SubjectError) {
    assert_eq!(&subject(attributes).identity().unwrap_err(), expected);
}

#[test]
fn reads_an_organisation_by_its_tax_code() {
    check(
        &[
            (UID, "MST:0100000009"),
            (CN, "CÔNG TY MẪU, CHI NHÁNH \"A\""),
            (OU, "P1"),
            (OU, "P2"),
        ],
        Class::Organisation,
        "CÔNG TY MẪU, CHI NHÁNH \"A\"",
        &["MST:0100000009"],
    );
    check(
        &[
            (CN, "Chi nhánh Mẫu"),
            (O, "Công ty Mẫu"),
            (UID, "MST:0100000009-002"),
        ],
        Class::Organisation,
        "Chi nhánh Mẫu",
        &["MST:0100000009-002"],
    );
}

#[test]
fn reads_a_person_by_each_personal_number() {
    for (uid, id) in [
        ("CCCD:001099000009", "CCCD:001099000009"),
        ("CMND:001099000009", "CCCD:001099000009"),
        ("CMND:012345679", "CMND:012345679"),
        ("HC:C1234567", "HC:C1234567"),
        ("BHXH:0123456789", "BHXH:0123456789"),
        ("PID:AB-12", "PID:AB-12"),
        ("PPID:AB-12", "PPID:AB-12"),
        ("MST:001099000009", "MST12:001099000009"),
        ("cccd: 001099000009 ", "CCCD:001099000009"),
    ] {
        check(
            &[(CN, "Lê Thị Mẫu"), (UID, uid)],
            Class::Person,
            "Lê Thị Mẫu",
            &[id],
        );
    }
}

#[test]
fn reads_a_person_in_an_organisation_in_both_shapes() {
    check(
        &[
            (UID, "MST:0100000009"),
            (UID, "CCCD:001099000009"),
            (CN, "Lê Thị Mẫu"),
        ],
        Class::PersonInOrganisation,
        "Lê Thị Mẫu",
        &["MST:0100000009", "CCCD:001099000009"],
    );
    check(
        &[
            (CN, "Lê Thị Mẫu"),
            (O, "Công ty Mẫu"),
            (UID, "CCCD:001099000009"),
        ],
        Class::PersonInOrganisation,
        "Lê Thị Mẫu",
        &["CCCD:001099000009"],
    );
}

#[test]
fn reads_an_agency_without_any_number() {
    check(
        &[(O, "Cơ quan Mẫu"), (CN, "Cục Mẫu")],
        Class::Organisation,
        "Cục Mẫu",
        &[],
    );
    check(
        &[(O, "Cơ quan Mẫu")],
        Class::Organisation,
        "Cơ quan Mẫu",
        &[],
    );
}

#[test]
fn takes_a_given_name_for_a_person_where_no_number_says_more() {
    check(
        &[
            (CN, "MẪU,MỘT"),
            (GIVEN_NAME, "MỘT"),
            (SERIAL_NUMBER, "PNOEE-1"),
        ],
        Class::Person,
        "MẪU,MỘT",
        &[],
    );
}

#[test]
fn reads_numbers_outside_the_uid() {
    check(
        &[(CN, "A"), (SERIAL_NUMBER, "MST:0100000009")],
        Class::Organisation,
        "A",
        &["MST:0100000009"],
    );
    check(
        &[(CN, "A"), (ORGANISATION_IDENTIFIER, "VATVN-0100000009")],
        Class::Organisation,
        "A",
        &["MST:0100000009"],
    );
    check(
        &[
            (CN, "A"),
            (SERIAL_NUMBER, "0001234"),
            (ORGANISATION_IDENTIFIER, "NTRVN-1"),
        ],
        Class::Organisation,
        "A",
        &[],
    );
}

#[test]
fn takes_the_same_number_twice_for_one() {
    check(
        &[
            (CN, "A"),
            (UID, "MST:0100000009"),
            (SERIAL_NUMBER, "MST:0100000009"),
        ],
        Class::Organisation,
        "A",
        &["MST:0100000009"],
    );
}

#[test]
fn refuses_contradicting_numbers() {
    let mst = SubjectError::Contradiction { kind: "MST" };
    check_refused(
        &[(CN, "A"), (UID, "MST:0100000009"), (UID, "MST:0100000017")],
        &mst,
    );
    check_refused(
        &[
            (CN, "A"),
            (UID, "MST:0100000009"),
            (UID, "MST:001099000009"),
        ],
        &mst,
    );
    check_refused(
        &[
            (CN, "A"),
            (UID, "CCCD:001099000009"),
            (UID, "CMND:001099000017"),
        ],
        &SubjectError::Contradiction { kind: "CMND" },
    );
}

#[test]
fn refuses_numbers_without_their_form() {
    for (uid, kind) in [
        ("CCCD:00109900000", "CCCD"),
        ("CCCD:0010990000090", "CCCD"),
        ("CCCD:٠٠١٠٩٩٠٠٠٠٠٩", "CCCD"),
        ("CMND:0123456789", "CMND"),
        ("MST:010000000", "MST"),
        ("MST:0100000009-01", "MST"),
        ("MST:0100000009,CCCD:001099000009", "MST"),
        ("HC:", "HC"),
        ("HC:ABCDEFG", "HC"),
        ("BHXH:12", "BHXH"),
        ("PID:a b", "PID"),
    ] {
        check_refused(&[(CN, "A"), (UID, uid)], &SubjectError::Malformed { kind });
    }
    check_refused(
        &[(CN, "A"), (ORGANISATION_IDENTIFIER, "VATVN-12")],
        &SubjectError::Malformed { kind: "MST" },
    );
}

#[test]
fn refuses_identifiers_of_unknown_kinds_only() {
    check_refused(&[(CN, "A"), (UID, "MNS:123")], &SubjectError::UnknownIds);
    check_refused(&[(CN, "A"), (UID, "user1")], &SubjectError::UnknownIds);
    check(
        &[(CN, "A"), (UID, "MNS:123"), (UID, "MST:0100000009")],
        Class::Organisation,
        "A",
        &["MST:0100000009"],
    );
}

#[test]
fn refuses_a_subject_with_no_name_or_two() {
    check_refused(&[(UID, "CCCD:001099000009")], &SubjectError::NoName);
    check_refused(
        &[(CN, " "), (UID, "CCCD:001099000009")],
        &SubjectError::NoName,
    );
    check_refused(&[(CN, "A"), (CN, "B")], &SubjectError::TwoNames);
}

#[test]
fn always_has_a_name_to_show() {
    assert_eq!(subject(&[]).display_name(), "?");
    assert_eq!(subject(&[(UID, "CCCD:1")]).display_name(), "CCCD:1");
    assert_eq!(subject(&[(OU, "U"), (O, "Ô")]).display_name(), "Ô");
}

#[test]
fn refuses_more_attributes_than_any_subject_has() {
    let der = name_der(&vec![(OU, "x"); MAX_ATTRIBUTES + 1]);
    let (_, name) = X509Name::from_der(&der).unwrap();
    assert_eq!(
        Subject::read(&name).unwrap_err(),
        CertificateError::SubjectTooLarge
    );
    let long = "x".repeat(MAX_ATTRIBUTE + 1);
    let der = name_der(&[(OU, &long)]);
    let (_, name) = X509Name::from_der(&der).unwrap();
    assert_eq!(
        Subject::read(&name).unwrap_err(),
        CertificateError::SubjectTooLarge
    );
}

#[test]
fn shows_no_number_and_no_name_in_debug_output() {
    let shown = format!(
        "{:?}",
        subject(&[(CN, "Lê Thị Mẫu"), (UID, "CCCD:001099000009")]).identity()
    );
    assert!(
        !shown.contains("001099") && !shown.contains("Mẫu"),
        "{shown}"
    );
}

proptest! {
    #[test]
    fn any_bytes_give_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok((_, name)) = X509Name::from_der(&bytes) {
            let _ = Subject::read(&name).map(|subject| subject.display_name().len());
        }
    }

    #[test]
    fn the_order_of_the_attributes_changes_nothing(
        digits in "[0-9]{12}", tax in "[0-9]{10}(-[0-9]{3})?", name in "\\PC{1,40}", turn in 0usize..4,
    ) {
        prop_assume!(!name.trim().is_empty());
        let person = format!("CCCD:{digits}");
        let company = format!("MST:{tax}");
        let mut attributes = vec![(CN, name.as_str()), (UID, person.as_str()), (UID, company.as_str()), (O, "Ô")];
        let straight = subject(&attributes).identity().unwrap().clone();
        attributes.rotate_left(turn);
        let turned = subject(&attributes).identity().unwrap().clone();
        prop_assert_eq!(straight.kind, Class::PersonInOrganisation);
        prop_assert_eq!(&straight.name, &turned.name);
        prop_assert_eq!(&straight.name, &name);
        let (mut a, mut b) = (ids(&straight), ids(&turned));
        a.sort();
        b.sort();
        prop_assert_eq!(a, b);
    }

    #[test]
    fn a_number_that_is_read_has_its_form(prefix in "(MST|CCCD|CMND|HC)", value in "[0-9A-Z-]{0,16}") {
        let uid = format!("{prefix}:{value}");
        if let Ok(identity) = subject(&[(CN, "A"), (UID, &uid)]).identity() {
            let id = &identity.ids[0];
            let length = id.value.len();
            let fits = match id.scheme {
                Scheme::Cccd | Scheme::PersonalTax => length == 12,
                Scheme::Cmnd => length == 9,
                Scheme::Mst => length == 10 || length == 14,
                Scheme::Passport => (6..=12).contains(&length),
                _ => false,
            };
            prop_assert!(fits, "{}", uid);
            prop_assert_eq!(&id.value, &value);
        }
    }
}
