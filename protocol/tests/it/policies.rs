use kyso_certs::{
    CaEntry, Certificate, Method, Scheme, Settings, SubjectKind, TrustStore, World, judge,
};
use kyso_protocol::{CheckError, check};
use kyso_support::{Authority, Draft, Key, KeyKind, Name};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

const NOW: OffsetDateTime = datetime!(2026-01-01 00:00 UTC);

/// Whether a CA whose entry demands `demanded` speaks for a certificate that names `named`.
fn check(named: &[&str], demanded: &[&str], expected: bool) {
    let (from, to) = (NOW - Duration::DAY, NOW + Duration::DAY);
    let key = |number| Key::pooled(KeyKind::P256, number).unwrap();
    let ca = Authority::root(Name::new().cn("CA Mẫu"), key(0), from, to).unwrap();
    let name = Name::new().cn("NGUYỄN VĂN MẪU").uid("CCCD:099085000001");
    let mut draft = Draft::new(name, &key(1), from, to).subscriber();
    if !named.is_empty() {
        draft = draft.policies(named);
    }
    let issuer = Certificate::from_der(ca.certificate().der()).unwrap();
    let trust = TrustStore::builder()
        .anchor(Some(World::Public), issuer.clone())
        .ca(CaEntry {
            name: "CA Mẫu".into(),
            certificate: issuer,
            world: World::Public,
            methods: vec![Method::Usb],
            kinds: vec![SubjectKind::Citizen],
            schemes: vec![Scheme::Cccd],
            person_in_organisation: false,
            policies: demanded.iter().map(|&policy| policy.into()).collect(),
        })
        .build()
        .unwrap();
    let certificate = Certificate::from_der(ca.issue(&draft).unwrap().der()).unwrap();
    let verified = judge(&certificate, &trust, &[], NOW, &Settings::default()).unwrap();
    let holder = check::holder(&verified, &trust, SubjectKind::Citizen, Method::Usb);
    if expected {
        assert!(holder.is_ok(), "{named:?} {demanded:?}: {holder:?}");
    } else {
        assert_eq!(
            holder,
            Err(CheckError::NotSpokenFor("policy")),
            "{named:?} {demanded:?}"
        );
    }
}

#[test]
fn a_ca_without_policies_speaks_for_every_certificate_of_its_own() {
    check(&[], &[], true);
    check(&["1.3.6.1.4.1.32473.1"], &[], true);
}

#[test]
fn a_ca_with_policies_speaks_for_certificates_that_name_one_of_them() {
    let demanded = ["1.3.6.1.4.1.32473.1", "1.3.6.1.4.1.32473.2"];
    check(&["1.3.6.1.4.1.32473.2"], &demanded, true);
    check(&["1.3.6.1.4.1.32473.9", demanded[0]], &demanded, true);
}

#[test]
fn a_ca_with_policies_does_not_speak_for_certificates_under_others() {
    let demanded = ["1.3.6.1.4.1.32473.1"];
    check(&[], &demanded, false);
    check(&["1.3.6.1.4.1.32473.2"], &demanded, false);
    check(&["1.3.6.1.4.1.32473.1.1"], &demanded, false);
    check(&["1.3.6.1.4.1.32473"], &demanded, false);
    check(&["2.5.29.32.0"], &demanded, false);
}
