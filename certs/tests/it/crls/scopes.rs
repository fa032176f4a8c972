//! Lists by other keys and issuers, for parts of the certificates and for some reasons; how strictly they are judged.

use super::*;

/// The CA of [`made`] under a second key, which only signs lists.
fn second_key(by: &Authority) -> Authority {
    let draft = Draft::new(Name::new().o("Mẫu").cn("CA"), &key(6), FROM, TO).key_usage(Ku::CRLSign);
    by.subordinate_as(&draft, key(6)).unwrap()
}

fn with_second(made: &Made, second: &Authority) -> TrustStore {
    let stranger = root("Gốc khác", 2);
    let builder = TrustStore::builder().anchor(None, own(&made.root));
    let builder = builder.anchor(None, own(&stranger));
    let builder = builder.intermediate(None, own(&made.ca));
    builder.intermediate(None, own(second)).build().unwrap()
}

#[test]
fn believes_a_list_by_another_key_of_the_same_ca() {
    let made = made();
    let second = second_key(&made.root);
    let list = |draft: CrlDraft, by: &Authority| crl(&draft.issue(by).unwrap());
    let made = Made {
        trust: with_second(&made, &second),
        ..made
    };
    check(&made, &list(fresh(), &second), "good");
    let revoked = fresh().revoke(&made.issued, FROM);
    check(&made, &list(revoked, &second), "CERT-REVOKED");
    let signer_revoked = list(fresh().revoke(second.certificate(), FROM), &made.root);
    check(
        &made,
        &[list(fresh(), &second), signer_revoked].concat(),
        "REVOCATION-UNKNOWN",
    );
}

#[test]
fn does_not_believe_a_namesake_under_another_anchor() {
    let made = made();
    let second = second_key(&root("Gốc khác", 2));
    let list = crl(&fresh().issue(&second).unwrap());
    let made = Made {
        trust: with_second(&made, &second),
        ..made
    };
    check(&made, &list, "REVOCATION-UNKNOWN");
}

#[test]
fn what_a_stale_list_names_is_revoked_unless_a_newer_one_frees_it() {
    let made = made();
    let old = CrlDraft::new(FROM, Some(NOW - Duration::days(1))).revoke(&made.issued, FROM);
    let old = crl(&old.issue(&made.ca).unwrap());
    check(&made, &old, "CERT-REVOKED");
    let newer = crl(&fresh().issue(&made.ca).unwrap());
    check(&made, &[old, newer].concat(), "good");
}

#[test]
fn lists_for_some_reasons_add_up() {
    let made = made();
    let compromise: &[u8] = &[0x30, 0x04, 0x83, 0x02, 0x06, 0x40];
    let others: &[u8] = &[0x30, 0x05, 0x83, 0x03, 0x07, 0x3f, 0x80];
    let part = |draft: CrlDraft, idp: &[u8]| {
        crl(&draft
            .extension("2.5.29.28", true, idp)
            .issue(&made.ca)
            .unwrap())
    };
    let (one, other) = (part(fresh(), compromise), part(fresh(), others));
    check(&made, &other, "REVOCATION-UNKNOWN");
    check(&made, &[one, other.clone()].concat(), "good");
    let revoked = part(fresh().revoke(&made.issued, FROM), compromise);
    check(&made, &[other, revoked].concat(), "CERT-REVOKED");
}

#[test]
fn a_list_older_than_the_settings_allow_does_not_count() {
    let made = made();
    let list = crl(&fresh().issue(&made.ca).unwrap());
    let told = |hours: i64| {
        let evidence = Evidence {
            crls: &list,
            settings: RevocationSettings {
                max_age: Some(Duration::hours(hours)),
                ..RevocationSettings::default()
            },
            ..Evidence::default()
        };
        let settings = Settings::default();
        judge(&made.cert, &made.trust, evidence, NOW, &settings).map(|one| one.revocation())
    };
    assert_eq!(told(24), Ok(Revocation::Good));
    let too_old = vec![Doubt::Crl(CrlDoubt::TooOld)];
    match told(23) {
        Err(CertError::RevocationUnknown(of)) => assert_eq!(of.doubts, too_old),
        other => panic!("{other:?}"),
    }
}

#[test]
fn hard_fail_demands_evidence_for_every_certificate_below_the_anchor() {
    let made = made();
    let of_ca = crl(&fresh().issue(&made.root).unwrap());
    let of_person = crl(&fresh().issue(&made.ca).unwrap());
    let told = |lists: &[Crl]| {
        let evidence = Evidence {
            crls: lists,
            settings: RevocationSettings {
                rule: RevocationRule::HardFail,
                ..RevocationSettings::default()
            },
            ..Evidence::default()
        };
        let settings = Settings::default();
        code(&judge(&made.cert, &made.trust, evidence, NOW, &settings))
    };
    assert_eq!(told(&of_ca), "REVOCATION-UNKNOWN");
    assert_eq!(told(&of_person), "REVOCATION-UNKNOWN");
    assert_eq!(told(&[of_ca, of_person].concat()), "accepted");
}

/// An IssuingDistributionPoint (RFC 5280, 5.2.5) with one address, and `more` members after it.
fn place(address: &str, more: &[u8]) -> Vec<u8> {
    let length = |bytes: &[u8]| u8::try_from(bytes.len()).unwrap();
    let tagged = |tag: u8, bytes: &[u8]| [&[tag, length(bytes)], bytes].concat();
    let name = tagged(0xa0, &tagged(0xa0, &tagged(0x86, address.as_bytes())));
    tagged(0x30, &[&name, more].concat())
}

const INDIRECT: &[u8] = &[0x84, 1, 0xff];
const HERE: &str = "http://crl.kyso.example/1.crl";

/// As [`made`], with a certificate that says where its list is.
fn published(draft: &Draft) -> Made {
    let made = made();
    let issued = made.ca.issue(draft).unwrap();
    Made {
        cert: parsed(&issued),
        issued,
        ..made
    }
}

#[test]
fn a_list_for_one_place_is_about_the_certificates_of_that_place() {
    let made = published(&person().crl_at(HERE));
    let at = |address: &str| {
        let idp = place(address, &[]);
        let draft = fresh().extension("2.5.29.28", true, &idp);
        crl(&draft.issue(&made.ca).unwrap())
    };
    let elsewhere = at("http://crl.kyso.example/2.crl");
    check(&made, &at(HERE), "good");
    check(&made, &elsewhere, "REVOCATION-UNKNOWN");
    check(&made, &[elsewhere, at(HERE)].concat(), "good");
    let nowhere = self::made();
    let list = fresh().extension("2.5.29.28", true, &place(HERE, &[]));
    let list = crl(&list.issue(&nowhere.ca).unwrap());
    check(&nowhere, &list, "REVOCATION-UNKNOWN");
}

#[test]
fn another_issuer_lists_for_a_ca_that_names_it_alone() {
    let by = Name::new().o("Mẫu").cn("Danh sách");
    let made = published(&person().crl_of(HERE, by.clone()));
    let draft = Draft::new(by, &key(6), FROM, TO).key_usage(Ku::CRLSign);
    let lister = made.root.subordinate_as(&draft, key(6)).unwrap();
    let trusting = Made {
        trust: with_second(&made, &lister),
        ..made
    };
    let list = |more: &[u8]| {
        let draft = fresh().extension("2.5.29.28", true, &place(HERE, more));
        crl(&draft.issue(&lister).unwrap())
    };
    check(&trusting, &list(INDIRECT), "good");
    check(&trusting, &list(&[]), "REVOCATION-UNKNOWN");
    let unnamed = Made {
        cert: parsed(&trusting.ca.issue(&person()).unwrap()),
        ..trusting
    };
    check(&unnamed, &list(INDIRECT), "not-checked");
}

#[test]
fn refuses_a_list_that_limits_itself_to_two_kinds() {
    let made = made();
    let both: &[u8] = &[0x30, 0x06, 0x81, 1, 0xff, 0x82, 1, 0xff];
    let list = fresh().extension("2.5.29.28", true, both);
    let list = list.issue(&made.ca).unwrap();
    let refused = Crl::all_from_bytes(list.der()).unwrap_err();
    assert_eq!(refused, CrlError::Extension);
}

#[test]
fn no_changed_bit_makes_a_list_clear_what_it_names() {
    let made = made();
    let of_root = crl(&fresh().issue(&made.root).unwrap());
    let list = fresh().revoke(&made.issued, FROM).issue(&made.ca).unwrap();
    for bit in 0..list.der().len() * 8 {
        let mut changed = list.der().to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        let Ok(lists) = Crl::all_from_bytes(&changed) else {
            continue;
        };
        let lists = [of_root.clone(), lists].concat();
        let evidence = Evidence {
            crls: &lists,
            settings: RevocationSettings {
                rule: RevocationRule::HardFail,
                ..RevocationSettings::default()
            },
            ..Evidence::default()
        };
        let settings = Settings::default();
        let verdict = judge(&made.cert, &made.trust, evidence, NOW, &settings);
        assert!(verdict.is_err(), "bit {bit}");
    }
}
