mod scopes;

use kyso_certs::{
    CertError, Certificate, Crl, CrlDoubt, CrlError, Doubt, Evidence, Revocation, RevocationRule,
    RevocationSettings, Settings, TrustStore, judge,
};
use kyso_support::{Algorithm, Authority, CrlDraft, Draft, Issued, Key, KeyKind, Ku, Name};
use time::Duration;

use crate::world::{FROM, NOW, TO, ca, code, crl, key, own, parsed, person, root, store};

fn fresh() -> CrlDraft {
    CrlDraft::new(NOW - Duration::days(1), Some(NOW + Duration::days(1)))
}

struct Made {
    root: Authority,
    ca: Authority,
    issued: Issued,
    cert: Certificate,
    trust: TrustStore,
}

fn made() -> Made {
    let root = root("Gốc", 0);
    let ca = ca(&root, "CA", 1);
    let issued = ca.issue(&person()).unwrap();
    let trust = store(&[&root], &[&ca]);
    Made {
        cert: parsed(&issued),
        root,
        ca,
        issued,
        trust,
    }
}

/// `good` and `not-checked` for an accepted certificate, the code otherwise.
fn check(made: &Made, crls: &[Crl], expected: &str) {
    let verdict = judge(&made.cert, &made.trust, crls, NOW, &Settings::default());
    let told = match &verdict {
        Ok(verified) => verified.revocation().to_string(),
        Err(error) => error.code().to_owned(),
    };
    assert_eq!(told, expected, "{verdict:?}");
}

#[test]
fn says_not_checked_where_no_list_is_about_the_certificate() {
    let made = made();
    check(&made, &[], "not-checked");
    let other = root("Gốc khác", 2);
    check(
        &made,
        &crl(&fresh().revoke(&made.issued, NOW).issue(&other).unwrap()),
        "not-checked",
    );
    let of_cas = crl(&fresh().issue(&made.root).unwrap());
    check(&made, &of_cas, "not-checked");
}

#[test]
fn accepts_what_a_fresh_list_does_not_name() {
    let made = made();
    let list = fresh()
        .revoke_serial(&[0x12, 0x34], NOW)
        .issue(&made.ca)
        .unwrap();
    check(&made, &crl(&list), "good");
    let pem = list.pem().unwrap();
    check(&made, &Crl::all_from_bytes(pem.as_bytes()).unwrap(), "good");
}

#[test]
fn refuses_what_a_fresh_list_names() {
    let made = made();
    let list = fresh().revoke(&made.issued, FROM).issue(&made.ca).unwrap();
    check(&made, &crl(&list), "CERT-REVOKED");
    let stale = CrlDraft::new(FROM, Some(NOW - Duration::days(1)))
        .issue(&made.ca)
        .unwrap();
    check(&made, &[crl(&stale), crl(&list)].concat(), "CERT-REVOKED");
}

#[test]
fn refuses_what_is_below_a_revoked_ca() {
    let made = made();
    let list = fresh()
        .revoke(made.ca.certificate(), FROM)
        .issue(&made.root)
        .unwrap();
    check(&made, &crl(&list), "CERT-REVOKED");
}

#[test]
fn does_not_know_where_the_lists_of_the_issuer_cannot_be_used() {
    let made = made();
    let by = |draft: CrlDraft| crl(&draft.issue(&made.ca).unwrap());
    let twin = Authority::root(Name::new().o("Mẫu").cn("CA"), key(7), FROM, TO).unwrap();
    let some_reasons: &[u8] = &[0x30, 0x04, 0x83, 0x02, 0x06, 0x40];
    for (what, list) in [
        (
            "stale",
            by(CrlDraft::new(FROM, Some(NOW - Duration::seconds(1)))),
        ),
        (
            "of the future",
            by(CrlDraft::new(NOW + Duration::seconds(1), Some(TO))),
        ),
        ("without an end", by(CrlDraft::new(FROM, None))),
        ("by another key", crl(&fresh().issue(&twin).unwrap())),
        (
            "for some reasons",
            by(fresh().extension("2.5.29.28", true, some_reasons)),
        ),
        (
            "not understood",
            by(fresh().extension("1.3.6.1.4.1.32473.1", true, &[5, 0])),
        ),
    ] {
        let verdict = judge(&made.cert, &made.trust, &list, NOW, &Settings::default());
        assert_eq!(code(&verdict), "REVOCATION-UNKNOWN", "{what}");
        let with_good = [list, by(fresh())].concat();
        check(&made, &with_good, "good");
    }
}

#[test]
fn does_not_believe_a_list_signed_with_sha_1() {
    let rsa = Key::pooled(KeyKind::Rsa(2048), 0).unwrap();
    let root = Authority::root(Name::new().cn("Gốc"), rsa, FROM, TO).unwrap();
    let cert = parsed(&root.issue(&person()).unwrap());
    let list = crl(&fresh().signed_with(Algorithm::RS1).issue(&root).unwrap());
    let verdict = judge(
        &cert,
        &store(&[&root], &[]),
        &list,
        NOW,
        &Settings::default(),
    );
    assert_eq!(code(&verdict), "REVOCATION-UNKNOWN");
}

#[test]
fn does_not_believe_a_list_of_a_ca_that_may_not_sign_lists() {
    let root = root("Gốc", 0);
    let draft = Draft::new(Name::new().cn("CA"), &key(1), FROM, TO)
        .basic_constraints(true, None)
        .key_usage(Ku::KeyCertSign);
    let ca = root.subordinate_as(&draft, key(1)).unwrap();
    let cert = parsed(&ca.issue(&person()).unwrap());
    let list = crl(&fresh().issue(&ca).unwrap());
    let trust = TrustStore::builder()
        .anchor(None, own(&root))
        .intermediate(None, own(&ca))
        .build()
        .unwrap();
    let verdict = judge(&cert, &trust, &list, NOW, &Settings::default());
    assert_eq!(code(&verdict), "REVOCATION-UNKNOWN");
}

#[test]
fn does_not_take_a_list_of_other_certificates_for_none() {
    let made = made();
    let only_cas: &[u8] = &[0x30, 0x03, 0x82, 0x01, 0xff];
    let only_users: &[u8] = &[0x30, 0x03, 0x81, 0x01, 0xff];
    let with = |idp: &[u8]| {
        crl(&fresh()
            .extension("2.5.29.28", true, idp)
            .issue(&made.ca)
            .unwrap())
    };
    check(&made, &with(only_cas), "REVOCATION-UNKNOWN");
    check(&made, &with(only_users), "good");
    check(&made, &[with(only_cas), with(only_users)].concat(), "good");
}

#[test]
fn refuses_a_delta_list_by_its_own_error() {
    let made = made();
    let delta = fresh().delta_of(1).issue(&made.ca).unwrap();
    assert_eq!(
        Crl::all_from_bytes(delta.der()).unwrap_err(),
        CrlError::Delta
    );
}

#[test]
fn refuses_bytes_that_are_not_a_list() {
    let check = |bytes: &[u8], expected: CrlError| {
        assert_eq!(Crl::all_from_bytes(bytes).unwrap_err(), expected);
    };
    let made = made();
    check(&[], CrlError::NotDer);
    check(made.cert.der(), CrlError::NotDer);
    let whole = fresh().issue(&made.ca).unwrap();
    check(&[whole.der(), &[0]].concat(), CrlError::NotDer);
    check(
        b"-----BEGIN CERTIFICATE-----\nAQ==\n-----END CERTIFICATE-----\n",
        CrlError::Empty,
    );
    check(
        b"-----BEGIN X509 CRL-----\n!\n-----END X509 CRL-----\n",
        CrlError::Pem,
    );
}

#[test]
fn words_of_the_wire() {
    assert_eq!(
        serde_json::to_string(&Revocation::NotChecked).unwrap(),
        "\"not-checked\""
    );
}
