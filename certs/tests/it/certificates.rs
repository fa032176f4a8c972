use kyso_certs::{Certificate, CertificateError, Curve, PssHash, PublicKey};
use kyso_support::{Draft, Key, KeyKind, Name, Text, oid};

use crate::world::{FROM, TO, ca, citizen, key, own, parsed, person, root};

fn check_refused(der: &[u8], expected: &CertificateError) {
    assert_eq!(&Certificate::from_der(der).unwrap_err(), expected);
}

#[test]
fn says_what_stands_in_it() {
    let root = root("Gốc", 0);
    let issued = root.issue(&person().serial(&[0x00, 0xab, 0x01])).unwrap();
    let cert = parsed(&issued);
    assert_eq!(cert.der(), issued.der());
    assert_eq!(cert.serial(), "AB01");
    assert_eq!(cert.issuer_name(), "Gốc");
    assert_eq!(cert.subject().display_name(), "Lê Thị Mẫu");
    assert_eq!((cert.not_before(), cert.not_after()), (FROM, TO));
    assert_eq!(cert.issuer_der(), own(&root).subject_der());
    assert_eq!(cert.subject_der(), citizen().to_der().unwrap());
    assert_eq!(cert.public_key().describe(), "P-256");
}

#[test]
fn reads_every_kind_of_key() {
    let root = root("Gốc", 0);
    let of = |kind| {
        let key = Key::pooled(kind, 0).unwrap();
        let issued = root.issue(&Draft::new(citizen(), &key, FROM, TO)).unwrap();
        parsed(&issued).public_key().clone()
    };
    match of(KeyKind::Rsa(2048)) {
        PublicKey::Rsa {
            modulus,
            exponent,
            pss,
        } => {
            assert_eq!((modulus.len(), exponent, pss), (256, vec![1, 0, 1], None));
        }
        other => panic!("{other:?}"),
    }
    let pss = |key| match key {
        PublicKey::Rsa { pss, .. } => pss,
        other => panic!("{other:?}"),
    };
    assert_eq!(pss(of(KeyKind::RsaPss)), Some(PssHash::Any));
    assert_eq!(pss(of(KeyKind::RsaPssSha256)), Some(PssHash::Sha256));
    for (kind, expected) in [
        (KeyKind::P256, Curve::P256),
        (KeyKind::P384, Curve::P384),
        (KeyKind::P521, Curve::P521),
    ] {
        match of(kind) {
            PublicKey::Ec { curve, point } => {
                assert_eq!(
                    (curve, point.len()),
                    (expected, 1 + 2 * curve.coordinate_len())
                );
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(
        of(KeyKind::Ed25519),
        PublicKey::Other {
            oid: "1.3.101.112".into()
        }
    );
}

#[test]
fn refuses_bytes_that_are_not_one_certificate() {
    let issued = root("Gốc", 0).issue(&person()).unwrap();
    let der = issued.der();
    check_refused(&[], &CertificateError::NotDer);
    check_refused(b"-----BEGIN CERTIFICATE-----", &CertificateError::NotDer);
    check_refused(&der[..der.len() - 1], &CertificateError::NotDer);
    check_refused(&[der, &[0]].concat(), &CertificateError::TrailingBytes);
    check_refused(
        &vec![0x30; 64 * 1024 + 1],
        &CertificateError::TooLarge { limit: 64 * 1024 },
    );
}

#[test]
fn refuses_an_extension_that_is_there_twice() {
    let oid = "1.3.6.1.4.1.32473.1";
    let draft = person()
        .extension(oid, false, &[5, 0])
        .extension(oid, false, &[5, 0]);
    let issued = root("Gốc", 0).issue(&draft).unwrap();
    check_refused(issued.der(), &CertificateError::Extension(oid.into()));
}

#[test]
fn refuses_a_key_usage_that_cannot_be_decoded() {
    let draft = Draft::new(citizen(), &key(9), FROM, TO).extension("2.5.29.15", true, &[5, 0]);
    let issued = root("Gốc", 0).issue(&draft).unwrap();
    check_refused(
        issued.der(),
        &CertificateError::Extension("2.5.29.15".into()),
    );
}

#[test]
fn reads_a_file_in_pem_or_der() {
    let root = root("Gốc", 0);
    let ca = ca(&root, "CA", 1);
    let pem = |a: &kyso_support::Authority| a.certificate().pem().unwrap();
    let both = format!("# ghi chú\n{}\n{}", pem(&root), pem(&ca));
    assert_eq!(
        Certificate::all_from_bytes(both.as_bytes()),
        Ok(vec![own(&root), own(&ca)])
    );
    assert_eq!(
        Certificate::all_from_bytes(ca.certificate().der()),
        Ok(vec![own(&ca)])
    );
    let other = "-----BEGIN X509 CRL-----\nAQ==\n-----END X509 CRL-----\n";
    assert_eq!(
        Certificate::all_from_bytes(other.as_bytes()),
        Err(CertificateError::Empty)
    );
    let broken = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
    assert_eq!(
        Certificate::all_from_bytes(broken.as_bytes()),
        Err(CertificateError::Pem)
    );
    assert_eq!(
        Certificate::all_from_bytes(b"x"),
        Err(CertificateError::NotDer)
    );
}

#[test]
fn shows_names_exactly_as_the_certificate_has_them() {
    let root = root("Gốc", 0);
    for (text, value) in [
        (Text::Bmp, "CÔNG TY \"A, B\""),
        (Text::Printable, "Công ty trong PrintableString"),
        (Text::Teletex, "Société"),
        (Text::Utf8, "e\u{302}\u{301}"),
    ] {
        let name = Name::new().with(oid::CN, text, value).uid("MST:0100000009");
        let issued = root
            .issue(&Draft::new(name, &key(9), FROM, TO).subscriber())
            .unwrap();
        assert_eq!(parsed(&issued).subject().identity().unwrap().name, value);
    }
}

#[test]
fn shows_only_a_fingerprint_in_debug_output() {
    let shown = format!("{:?}", parsed(&root("Gốc", 0).issue(&person()).unwrap()));
    assert!(
        shown.starts_with("Certificate(") && shown.len() == 12 + 64 + 1,
        "{shown}"
    );
}
