use kyso_certs::TrustStore;
use kyso_support::{Authority, CrlDraft, Draft, Name};
use time::{Duration, OffsetDateTime};

use crate::world::{
    FROM, NOW, TO, ca, citizen, code, crl, judged, key, own, parsed, path_only, person, root, store,
};

/// A store that has accepted one certificate of the CA, so that its path is known.
fn warm(root: &Authority, ca: &Authority) -> TrustStore {
    let trust = store(&[root], &[ca]);
    let first = parsed(&ca.issue(&person()).unwrap());
    assert_eq!(code(&judged(&first, &trust)), "accepted");
    trust
}

/// What a warm store and a new one say about a certificate is the same.
fn check(draft: &Draft, expected: &str) {
    let root = root("Gốc", 0);
    let ca = ca(&root, "CA", 1);
    let cert = parsed(&ca.issue(draft).unwrap());
    let verdict = judged(&cert, &warm(&root, &ca));
    assert_eq!(code(&verdict), expected);
    assert_eq!(
        verdict.map(|_| ()),
        judged(&cert, &store(&[&root], &[&ca])).map(|_| ())
    );
}

fn valid(from: OffsetDateTime, to: OffsetDateTime) -> Draft {
    Draft::new(citizen(), &key(9), from, to).subscriber()
}

#[test]
fn a_sibling_of_an_accepted_certificate_is_judged_by_every_rule() {
    let policies_wanted: &[u8] = &[0x30, 0x03, 0x80, 0x01, 0x00];
    check(&person().serial(&[7]), "accepted");
    check(&person().policies(&["1.3.6.1.4.1.32473.1"]), "accepted");
    check(&valid(FROM, NOW - Duration::DAY), "CERT-EXPIRED");
    check(&valid(NOW + Duration::DAY, TO), "CERT-NOT-YET-VALID");
    check(
        &person().extension("1.3.6.1.4.1.32473.1", true, &[5, 0]),
        "CERT-UNTRUSTED",
    );
    check(
        &person().extension("2.5.29.36", true, policies_wanted),
        "CERT-UNTRUSTED",
    );
}

#[test]
fn a_namesake_of_the_ca_does_not_profit_from_its_path() {
    let root = root("Gốc", 0);
    let real = ca(&root, "CA", 1);
    let twin = Authority::root(Name::new().o("Mẫu").cn("CA"), key(7), FROM, TO).unwrap();
    let forged = parsed(&twin.issue(&person()).unwrap());
    assert_eq!(
        code(&judged(&forged, &warm(&root, &real))),
        "CERT-UNTRUSTED"
    );
}

#[test]
fn a_ca_that_expired_since_its_path_was_accepted_is_refused() {
    let root = root("Gốc", 0);
    let name = Name::new().o("Mẫu").cn("CA");
    let until = NOW + Duration::DAY;
    let ca = root.subordinate(name, key(1), FROM, until).unwrap();
    let trust = warm(&root, &ca);
    let cert = parsed(&ca.issue(&person().serial(&[7])).unwrap());
    let after = until + Duration::DAY;
    let verdict = kyso_certs::judge(&cert, &trust, &[], after, &path_only());
    assert_eq!(code(&verdict), "CERT-EXPIRED");
}

#[test]
fn a_revoked_sibling_or_ca_is_refused() {
    let root = root("Gốc", 0);
    let ca = ca(&root, "CA", 1);
    let issued = ca.issue(&person().serial(&[7])).unwrap();
    let fresh = || CrlDraft::new(NOW - Duration::DAY, Some(NOW + Duration::DAY));
    for list in [
        fresh().revoke(&issued, FROM).issue(&ca).unwrap(),
        fresh().revoke(ca.certificate(), FROM).issue(&root).unwrap(),
    ] {
        let trust = warm(&root, &ca);
        let verdict = kyso_certs::judge(&parsed(&issued), &trust, &crl(&list), NOW, &path_only());
        assert_eq!(code(&verdict), "CERT-REVOKED");
    }
}

#[test]
fn a_name_constraint_above_the_issuer_binds_every_sibling() {
    let root = root("Gốc", 0);
    let draft = Draft::new(Name::new().c("VN").cn("CA trên"), &key(1), FROM, TO)
        .authority(None)
        .permitted_subtree(Name::new().c("VN"));
    let upper = root.subordinate_as(&draft, key(1)).unwrap();
    let lower = upper
        .subordinate(Name::new().c("VN").cn("CA dưới"), key(2), FROM, TO)
        .unwrap();
    let trust = store(&[&root], &[&upper, &lower]);
    let of = |country: &str, serial: u8| {
        let name = Name::new().c(country).cn("Mẫu").uid("CCCD:001099000009");
        let draft = Draft::new(name, &key(9), FROM, TO).subscriber();
        parsed(&lower.issue(&draft.serial(&[serial])).unwrap())
    };
    assert_eq!(code(&judged(&of("VN", 1), &trust)), "accepted");
    assert_eq!(code(&judged(&of("LA", 2), &trust)), "CERT-UNTRUSTED");
    assert_eq!(code(&judged(&of("VN", 3), &trust)), "accepted");
}

#[test]
fn a_path_of_one_world_does_not_answer_for_the_other() {
    use kyso_certs::{Settings, World, WorldChoice, judge};
    let root = root("Gốc", 0);
    let ca = ca(&root, "CA", 1);
    let trust = TrustStore::builder()
        .anchor(Some(World::Public), own(&root))
        .intermediate(None, own(&ca))
        .build()
        .unwrap();
    let cert = |serial: u8| parsed(&ca.issue(&person().serial(&[serial])).unwrap());
    assert_eq!(code(&judged(&cert(1), &trust)), "accepted");
    let government = Settings {
        world: WorldChoice::Government,
        ..Settings::default()
    };
    let verdict = judge(&cert(2), &trust, &[], NOW, &government);
    assert_eq!(code(&verdict), "CERT-UNTRUSTED");
}

#[test]
fn no_changed_bit_of_a_certificate_is_accepted_below_a_known_path() {
    let root = root("Gốc", 0);
    let ca = ca(&root, "CA", 1);
    let trust = warm(&root, &ca);
    // Serial numbers differ, and with them the ends of the signatures.
    for serial in 1..=4 {
        let issued = ca.issue(&person().serial(&[serial])).unwrap();
        for bit in 0..issued.der().len() * 8 {
            let mut changed = issued.der().to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            if let Ok(cert) = kyso_certs::Certificate::from_der(&changed) {
                let verdict = judged(&cert, &trust);
                assert!(verdict.is_err(), "bit {bit} of number {serial}");
            }
        }
    }
}
