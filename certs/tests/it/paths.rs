use kyso_certs::{
    CertError, Certificate, Settings, TrustError, TrustStore, World, WorldChoice, judge,
};
use kyso_support::{Algorithm, Authority, CrlDraft, Draft, Key, KeyKind, Ku, Name, sign_softly};
use time::Duration;

use crate::world::{
    FROM, NOW, TO, ca, citizen, code, crl, judged, key, own, parsed, path_only, person, root, store,
};

fn check(cert: &Certificate, trust: &TrustStore, expected: &str) {
    let verdict = judged(cert, trust);
    assert_eq!(code(&verdict), expected, "{verdict:?}");
}

#[test]
fn accepts_a_path_over_an_intermediate_and_names_it() {
    let root = root("Gốc", 0);
    let ca = ca(&root, "CA", 1);
    let cert = parsed(&ca.issue(&person()).unwrap());
    let verified = judged(&cert, &store(&[&root], &[&ca])).unwrap();
    assert_eq!(verified.path(), [cert.clone(), own(&ca), own(&root)]);
    assert_eq!(
        (verified.certificate(), verified.issuer()),
        (&cert, &own(&ca))
    );
    assert_eq!(verified.world(), World::Public);
    assert_eq!(verified.deviations(), [] as [String; 0]);
}

#[test]
fn accepts_an_intermediate_as_an_anchor() {
    let root = root("Gốc", 0);
    let ca = ca(&root, "CA", 1);
    let cert = parsed(&ca.issue(&person()).unwrap());
    assert_eq!(
        judged(&cert, &store(&[&ca], &[])).unwrap().path(),
        [cert, own(&ca)]
    );
}

#[test]
fn accepts_an_anchor_itself_and_lets_a_person_as_anchor_issue_nothing() {
    let root = root("Gốc", 0);
    let name = Name::new().cn("Mẫu").uid("CCCD:001099000009");
    let draft = Draft::new(name, &key(1), FROM, TO).subscriber();
    let someone = root.subordinate_as(&draft, key(1)).unwrap();
    let trust = store(&[&someone], &[]);
    check(&own(&someone), &trust, "accepted");
    check(
        &parsed(&someone.issue(&person()).unwrap()),
        &trust,
        "CERT-UNTRUSTED",
    );
}

#[test]
fn refuses_what_no_anchor_issued() {
    let (root, other) = (root("Gốc", 0), root("Gốc khác", 2));
    let ca = ca(&root, "CA", 1);
    let cert = parsed(&ca.issue(&person()).unwrap());
    check(&cert, &store(&[&other], &[&ca]), "CERT-UNTRUSTED");
    check(&cert, &store(&[&root], &[]), "CERT-UNTRUSTED");
}

#[test]
fn refuses_a_signature_by_another_key_of_the_same_name() {
    let (root, twin) = (root("Gốc", 0), root("Gốc", 2));
    let cert = parsed(&twin.issue(&person()).unwrap());
    check(&cert, &store(&[&root], &[]), "CERT-UNTRUSTED");
    check(&cert, &store(&[&root, &twin], &[]), "accepted");
}

#[test]
fn verifies_every_kind_of_key_that_cas_use() {
    for kind in [
        KeyKind::Rsa(2048),
        KeyKind::Rsa(4096),
        KeyKind::P256,
        KeyKind::P384,
        KeyKind::P521,
    ] {
        let root = Authority::root(
            Name::new().cn("Gốc"),
            Key::pooled(kind, 0).unwrap(),
            FROM,
            TO,
        )
        .unwrap();
        let ca = root
            .subordinate(
                Name::new().cn("CA"),
                Key::pooled(kind, 1).unwrap(),
                FROM,
                TO,
            )
            .unwrap();
        let cert = parsed(&ca.issue(&person()).unwrap());
        check(&cert, &store(&[&root], &[&ca]), "accepted");
        let mut bytes = cert.der().to_vec();
        *bytes.last_mut().unwrap() ^= 1;
        check(
            &Certificate::from_der(&bytes).unwrap(),
            &store(&[&root], &[&ca]),
            "CERT-UNTRUSTED",
        );
    }
}

#[test]
fn verifies_hashes_longer_than_the_curve() {
    for (kind, algorithm) in [
        (KeyKind::P256, Algorithm::ES384),
        (KeyKind::P256, Algorithm::ES512),
        (KeyKind::P384, Algorithm::ES256),
        (KeyKind::Rsa(2048), Algorithm::RS512),
    ] {
        let root = Authority::root(
            Name::new().cn("Gốc"),
            Key::pooled(kind, 0).unwrap(),
            FROM,
            TO,
        )
        .unwrap();
        let Ok(issued) = root.issue(&person().signed_with(algorithm)) else {
            continue;
        };
        check(&parsed(&issued), &store(&[&root], &[]), "accepted");
    }
}

#[test]
fn refuses_sha_1_below_the_anchor_and_takes_it_on_the_anchor_itself() {
    let rsa = |index| Key::pooled(KeyKind::Rsa(2048), index).unwrap();
    let draft = |name: &str, key: &Key| {
        Draft::new(Name::new().cn(name), key, FROM, TO)
            .authority(None)
            .signed_with(Algorithm::RS1)
    };
    let root = Authority::self_signed(&draft("Gốc", &rsa(0)), rsa(0)).unwrap();
    let good = parsed(&root.issue(&person()).unwrap());
    check(&good, &store(&[&root], &[]), "accepted");
    let leaf = parsed(&root.issue(&person().signed_with(Algorithm::RS1)).unwrap());
    check(&leaf, &store(&[&root], &[]), "CERT-WEAK");
    let verdict = judge(&leaf, &store(&[&root], &[]), &[], NOW, &path_only());
    assert_eq!(code(&verdict), "CERT-WEAK");
    let weak = root.subordinate_as(&draft("CA", &rsa(1)), rsa(1)).unwrap();
    let below = parsed(&weak.issue(&person()).unwrap());
    check(&below, &store(&[&root], &[&weak]), "CERT-WEAK");
    check(&below, &store(&[&weak], &[]), "accepted");
}

#[test]
fn refuses_what_a_ca_with_a_short_key_signed() {
    let short = Key::pooled(KeyKind::Rsa(1024), 0).unwrap();
    let root = Authority::root(Name::new().cn("Gốc"), short, FROM, TO).unwrap();
    let cert = parsed(&root.issue(&person()).unwrap());
    check(&cert, &store(&[&root], &[]), "CERT-WEAK");
}

#[test]
fn refuses_a_ca_that_may_not_sign_certificates() {
    let root = root("Gốc", 0);
    let plain = || Draft::new(Name::new().cn("CA"), &key(1), FROM, TO);
    for draft in [
        plain(),
        plain().basic_constraints(true, None).key_usage(Ku::CRLSign),
        plain()
            .basic_constraints(true, None)
            .key_usage(Ku::DigitalSignature),
        plain()
            .basic_constraints(false, None)
            .key_usage(Ku::KeyCertSign),
        plain().key_usage(Ku::KeyCertSign),
    ] {
        let ca = root.subordinate_as(&draft, key(1)).unwrap();
        let cert = parsed(&ca.issue(&person()).unwrap());
        check(&cert, &store(&[&root], &[&ca]), "CERT-UNTRUSTED");
        check(&cert, &store(&[&ca], &[]), "CERT-UNTRUSTED");
    }
}

#[test]
fn refuses_a_path_longer_than_a_ca_allows() {
    let root = root("Gốc", 0);
    let first = ca(&root, "CA 1", 1);
    let draft = Draft::new(Name::new().cn("CA 2"), &key(2), FROM, TO).authority(None);
    let second = first.subordinate_as(&draft, key(2)).unwrap();
    let cert = parsed(&second.issue(&person()).unwrap());
    check(
        &cert,
        &store(&[&root], &[&first, &second]),
        "CERT-UNTRUSTED",
    );
    check(&cert, &store(&[&first], &[&second]), "CERT-UNTRUSTED");
    check(&cert, &store(&[&second], &[]), "accepted");
}

#[test]
fn honours_name_constraints_also_of_the_anchor() {
    let root = root("Gốc", 0);
    let constrained = |subtree: Name| {
        let draft = Draft::new(Name::new().c("VN").cn("CA"), &key(1), FROM, TO)
            .authority(None)
            .permitted_subtree(subtree);
        root.subordinate_as(&draft, key(1)).unwrap()
    };
    let person = Draft::new(
        Name::new().c("VN").cn("Mẫu").uid("CCCD:001099000009"),
        &key(9),
        FROM,
        TO,
    );
    for (ca, expected) in [
        (constrained(Name::new().c("VN")), "accepted"),
        (constrained(Name::new().c("LA")), "CERT-UNTRUSTED"),
    ] {
        let cert = parsed(&ca.issue(&person.clone().subscriber()).unwrap());
        check(&cert, &store(&[&root], &[&ca]), expected);
        check(&cert, &store(&[&ca], &[]), expected);
    }
}

#[test]
fn refuses_a_critical_extension_that_it_does_not_understand() {
    let root = root("Gốc", 0);
    let with = |critical| person().extension("1.3.6.1.4.1.32473.1", critical, &[5, 0]);
    let cert = |critical| parsed(&root.issue(&with(critical)).unwrap());
    check(&cert(false), &store(&[&root], &[]), "accepted");
    check(&cert(true), &store(&[&root], &[]), "CERT-UNTRUSTED");
}

#[test]
fn judges_the_validity_of_every_certificate_on_the_path() {
    let early = NOW - Duration::days(1);
    let late = NOW + Duration::days(1);
    let ends = |to| Authority::root(Name::new().cn("Gốc"), key(0), FROM, to).unwrap();
    let begins = |from| Authority::root(Name::new().cn("Gốc"), key(0), from, TO).unwrap();
    let by = |root: &Authority| parsed(&root.issue(&person()).unwrap());
    check(
        &by(&ends(early)),
        &store(&[&ends(early)], &[]),
        "CERT-EXPIRED",
    );
    check(
        &by(&begins(late)),
        &store(&[&begins(late)], &[]),
        "CERT-NOT-YET-VALID",
    );
    let root = root("Gốc", 0);
    let short = root
        .subordinate(Name::new().cn("CA"), key(1), FROM, early)
        .unwrap();
    check(&by(&short), &store(&[&root], &[&short]), "CERT-EXPIRED");
}

#[test]
fn both_ends_of_the_validity_belong_to_it() {
    let root = Authority::root(Name::new().cn("Gốc"), key(0), FROM, TO).unwrap();
    let cert = parsed(&root.issue(&person()).unwrap());
    let trust = store(&[&root], &[]);
    let second = Duration::seconds(1);
    for (at, expected) in [
        (FROM - second, "CERT-NOT-YET-VALID"),
        (FROM, "accepted"),
        (TO, "accepted"),
        (TO + second, "CERT-EXPIRED"),
    ] {
        let verdict = judge(&cert, &trust, &[], at, &Settings::default());
        assert_eq!(code(&verdict), expected, "{at}");
    }
}

#[test]
fn takes_another_path_where_one_has_expired() {
    let root = root("Gốc", 0);
    let old = Authority::root(
        Name::new().o("Mẫu").cn("CA"),
        key(1),
        FROM,
        NOW - Duration::days(1),
    )
    .unwrap();
    let new = ca(&root, "CA", 1);
    let cert = parsed(&new.issue(&person()).unwrap());
    let verified = judged(&cert, &store(&[&old, &root], &[&new])).unwrap();
    assert_eq!(verified.path().len(), 3);
}

#[test]
fn keeps_the_two_worlds_apart() {
    let (public, government) = (root("Gốc quốc gia", 0), root("Gốc chính phủ", 2));
    let ca = ca(&government, "CA", 1);
    let cert = parsed(&ca.issue(&person()).unwrap());
    let of = |anchor: World, between: World| {
        TrustStore::builder()
            .anchor(Some(World::Public), own(&public))
            .anchor(Some(anchor), own(&government))
            .intermediate(Some(between), own(&ca))
            .build()
            .unwrap()
    };
    let check = |trust: &TrustStore, world, expected: Result<World, &str>| {
        let verdict = judge(
            &cert,
            trust,
            &[],
            NOW,
            &Settings {
                world,
                ..Settings::default()
            },
        );
        let got = verdict
            .as_ref()
            .map(kyso_certs::Verified::world)
            .map_err(CertError::code);
        assert_eq!(got, expected);
    };
    let right = of(World::Government, World::Government);
    check(&right, WorldChoice::Government, Ok(World::Government));
    check(&right, WorldChoice::Any, Ok(World::Government));
    check(&right, WorldChoice::Public, Err("CERT-UNTRUSTED"));
    let crossed = of(World::Government, World::Public);
    check(&crossed, WorldChoice::Any, Err("CERT-UNTRUSTED"));
}

#[test]
fn finds_an_end_among_cas_that_certify_one_another() {
    let root = root("Gốc", 0);
    let names: Vec<Name> = (0..6).map(|i| Name::new().cn(&format!("CA {i}"))).collect();
    let all = |issuer: &Authority| -> Vec<Authority> {
        let draft = |i: usize| Draft::new(names[i].clone(), &key(i + 1), FROM, TO).authority(None);
        (0..6)
            .map(|i| issuer.subordinate_as(&draft(i), key(i + 1)).unwrap())
            .collect()
    };
    let first = all(&root);
    let web: Vec<Authority> = first.iter().flat_map(all).collect();
    let cert = parsed(&web[7].issue(&person()).unwrap());
    let between: Vec<&Authority> = web.iter().collect();
    check(
        &cert,
        &store(&[&super::world::root("Khác", 20)], &between),
        "CERT-UNTRUSTED",
    );
    let with_first: Vec<&Authority> = web.iter().chain(&first).collect();
    check(&cert, &store(&[&root], &with_first), "accepted");
}

#[test]
fn refuses_a_store_without_anchor_or_with_two_entries_for_a_ca() {
    let built = TrustStore::builder()
        .intermediate(None, own(&root("Gốc", 0)))
        .build();
    assert_eq!(built.unwrap_err(), TrustError::NoAnchor);
}

#[test]
fn refuses_a_certificate_that_signed_itself() {
    let draft = Draft::new(citizen(), &key(9), FROM, TO).subscriber();
    let alone = Authority::self_signed(&draft, key(9)).unwrap();
    check(
        &own(&alone),
        &store(&[&root("Gốc", 0)], &[]),
        "CERT-UNTRUSTED",
    );
}

#[test]
fn judges_a_certificate_that_it_has_seen_as_one_that_it_has_not() {
    let root = root("Gốc", 0);
    let end = NOW + Duration::days(1);
    let ca = root
        .subordinate(Name::new().cn("CA"), key(1), FROM, end)
        .unwrap();
    let issued = ca.issue(&person()).unwrap();
    let (cert, trust) = (parsed(&issued), store(&[&root], &[&ca]));
    let first = judged(&cert, &trust).unwrap();
    assert_eq!(judged(&cert, &trust).unwrap().path(), first.path());
    let later = judge(
        &cert,
        &trust,
        &[],
        end + Duration::days(1),
        &Settings::default(),
    );
    assert_eq!(code(&later), "CERT-EXPIRED");
    let list = CrlDraft::new(NOW, Some(TO))
        .revoke(&issued, NOW)
        .issue(&ca)
        .unwrap();
    let revoked = judge(&cert, &trust, &crl(&list), NOW, &Settings::default());
    assert_eq!(code(&revoked), "CERT-REVOKED");
    let unfit = Settings {
        disallowed_policies: vec!["1.3.6.1.4.1.32473.1".into()],
        ..Settings::default()
    };
    let other = parsed(
        &ca.issue(&person().policies(&["1.3.6.1.4.1.32473.1"]))
            .unwrap(),
    );
    check(&other, &trust, "accepted");
    assert_eq!(
        code(&judge(&other, &trust, &[], NOW, &unfit)),
        "CERT-POLICY"
    );
    let mut forged = cert.der().to_vec();
    *forged.last_mut().unwrap() ^= 1;
    check(
        &Certificate::from_der(&forged).unwrap(),
        &trust,
        "CERT-UNTRUSTED",
    );
}

/// The certificate again, with NULL parameters in both ECDSA algorithm identifiers, and signed again.
fn with_null_parameters(der: &[u8], issuer: &Key) -> Certificate {
    const PLAIN: &[u8] = &[
        0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02,
    ];
    let mut null = [PLAIN, &[0x05, 0x00]].concat();
    null[1] += 2;
    // Both the certificate and what is signed in it are longer than 255 bytes: 30 82 hi lo.
    let length = usize::from(u16::from_be_bytes([der[6], der[7]]));
    let signed = &der[8..8 + length];
    let place = signed
        .windows(PLAIN.len())
        .position(|window| window == PLAIN)
        .unwrap();
    let content = [&signed[..place], &null, &signed[place + PLAIN.len()..]].concat();
    let sequence = |content: &[u8]| {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[0x30, 0x82], &length[..], content].concat()
    };
    let signed = sequence(&content);
    let raw = sign_softly(issuer, "ES256", &signed).unwrap();
    let integer = |half: &[u8]| [&[0x02, 33, 0], half].concat();
    let halves: Vec<u8> = raw.chunks(32).flat_map(integer).collect();
    let value = [&[0x30, 70], &halves[..]].concat();
    let bits = [&[0x03, 73, 0], &value[..]].concat();
    Certificate::from_der(&sequence(&[&signed[..], &null, &bits].concat())).unwrap()
}

#[test]
fn takes_null_parameters_in_an_ecdsa_identifier() {
    let root = root("Gốc", 0);
    let issued = root.issue(&person()).unwrap();
    // A half below 2^255 would need no zero in front; such a signature is not strict DER, so try until both need one.
    let cert = (0..64)
        .map(|_| with_null_parameters(issued.der(), root.key()))
        .find(|cert| {
            let der = cert.der();
            let value = &der[der.len() - 70..];
            value[3] & 0x80 != 0 && value[38] & 0x80 != 0
        })
        .unwrap();
    check(&cert, &store(&[&root], &[]), "accepted");
}
