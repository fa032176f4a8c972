use kyso_certs::{
    CertError, Certificate, PolicyName, Settings, SubjectKind, TrustStore, UseError, World,
    fit_for_login, judge,
};
use kyso_support::{Draft, Key, KeyKind, Ku, Name, eku};
use time::Duration;

use crate::world::{
    FROM, NOW, TO, citizen, code, judged, key, own, parsed, path_only, person, root, store,
};

fn issued(draft: &Draft) -> Certificate {
    parsed(&root("Gốc", 0).issue(draft).unwrap())
}

/// Both by the policy step of the judgement and by the agent's look at the certificate alone.
fn check_use(draft: &Draft, expected: Result<(), UseError>) {
    let cert = issued(draft);
    let expected = expected.map_err(CertError::WrongUse);
    assert_eq!(
        fit_for_login(&cert, NOW, PolicyName::Interoperable, None),
        expected
    );
    let trust = store(&[&root("Gốc", 0)], &[]);
    let verdict = judge(&cert, &trust, &[], NOW, &Settings::default());
    assert_eq!(verdict.map(|_| ()), expected);
    assert_eq!(
        code(&judge(&cert, &trust, &[], NOW, &path_only())),
        "accepted"
    );
}

fn bare() -> Draft {
    Draft::new(citizen(), &key(9), FROM, TO)
}

#[test]
fn wants_a_key_usage_with_digital_signature() {
    check_use(
        &bare().key_usage(Ku::DigitalSignature | Ku::NonRepudiation),
        Ok(()),
    );
    check_use(&bare(), Err(UseError::NoKeyUsage));
    check_use(
        &bare().key_usage(Ku::NonRepudiation),
        Err(UseError::NoDigitalSignature),
    );
}

#[test]
fn refuses_a_cas_own_certificate() {
    let both = Ku::DigitalSignature | Ku::KeyCertSign;
    check_use(&bare().key_usage(both), Err(UseError::Ca));
    check_use(
        &bare()
            .key_usage(Ku::DigitalSignature)
            .basic_constraints(true, None),
        Err(UseError::Ca),
    );
}

#[test]
fn takes_the_extended_key_usages_of_vietnamese_profiles() {
    let with = |purposes: &[&str]| {
        bare()
            .key_usage(Ku::DigitalSignature)
            .extended_key_usage(purposes)
    };
    let microsoft = "1.3.6.1.4.1.311.10.3.12";
    for purposes in [
        &[eku::CLIENT_AUTH] as &[&str],
        &[eku::EMAIL_PROTECTION, microsoft],
        &[eku::DOCUMENT_SIGNING],
        &[eku::SERVER_AUTH, eku::CLIENT_AUTH],
        &["1.3.6.1.4.1.311.20.2.2"],
        &["2.5.29.37.0"],
    ] {
        check_use(&with(purposes), Ok(()));
    }
    for purposes in [
        &[eku::SERVER_AUTH] as &[&str],
        &[eku::CODE_SIGNING],
        &["1.2.840.113583.1.1.5"],
    ] {
        check_use(&with(purposes), Err(UseError::NoLoginPurpose));
    }
    for purposes in [
        &[eku::OCSP_SIGNING] as &[&str],
        &[eku::CLIENT_AUTH, eku::OCSP_SIGNING],
        &["1.3.6.1.5.5.7.3.8"],
    ] {
        check_use(&with(purposes), Err(UseError::MachinePurpose));
    }
}

#[test]
fn refuses_keys_that_are_too_weak_or_not_taken() {
    for kind in [KeyKind::Rsa(1024), KeyKind::RsaExponent3, KeyKind::Ed25519] {
        let key = Key::pooled(kind, 0).unwrap();
        let cert = issued(&Draft::new(citizen(), &key, FROM, TO).subscriber());
        for policy in [PolicyName::Interoperable, PolicyName::Circular15_2025] {
            let verdict = fit_for_login(&cert, NOW, policy, None);
            assert!(
                matches!(verdict, Err(CertError::Weak(_))),
                "{kind:?} {verdict:?}"
            );
        }
    }
    for kind in [
        KeyKind::Rsa(2048),
        KeyKind::Rsa(3072),
        KeyKind::RsaPss,
        KeyKind::P384,
        KeyKind::P521,
    ] {
        let key = Key::pooled(kind, 0).unwrap();
        let cert = issued(&Draft::new(citizen(), &key, FROM, TO).subscriber());
        assert_eq!(
            fit_for_login(&cert, NOW, PolicyName::Circular15_2025, None),
            Ok(()),
            "{kind:?}"
        );
    }
}

#[test]
fn refuses_a_disallowed_policy_and_those_under_it() {
    let trust = store(&[&root("Gốc", 0)], &[]);
    let check = |policy: &str, disallowed: &str, expected: &str| {
        let cert = issued(&person().policies(&["1.3.6.1.4.1.32473.9", policy]));
        let settings = Settings {
            disallowed_policies: vec![disallowed.into()],
            ..Settings::default()
        };
        assert_eq!(
            code(&judge(&cert, &trust, &[], NOW, &settings)),
            expected,
            "{policy}"
        );
    };
    check(
        "1.3.6.1.4.1.32473.1.3",
        "1.3.6.1.4.1.32473.1.3",
        "CERT-POLICY",
    );
    check(
        "1.3.6.1.4.1.32473.1.3.1",
        "1.3.6.1.4.1.32473.1.3",
        "CERT-POLICY",
    );
    check(
        "1.3.6.1.4.1.32473.1.33",
        "1.3.6.1.4.1.32473.1.3",
        "accepted",
    );
}

#[test]
fn tells_policy_before_validity_and_validity_before_the_path() {
    let late = TO + Duration::days(1);
    let trust = store(&[&root("Gốc khác", 2)], &[]);
    let at = |cert: &Certificate| code(&judge(cert, &trust, &[], late, &Settings::default()));
    assert_eq!(at(&issued(&bare())), "CERT-WRONG-USE");
    assert_eq!(at(&issued(&person())), "CERT-EXPIRED");
    let verdict = judge(&issued(&person()), &trust, &[], NOW, &Settings::default());
    assert_eq!(code(&verdict), "CERT-UNTRUSTED");
}

#[test]
fn says_when_the_class_does_not_fit_the_wanted_kind() {
    use SubjectKind::{Agency, Business, Citizen};
    let person = || Name::new().cn("Lê Thị Mẫu").uid("CCCD:001099000009");
    let company = || Name::new().cn("Công ty Mẫu").uid("MST:0100000009");
    for (name, fits) in [
        (person(), vec![Citizen]),
        (person().o("Công ty Mẫu"), vec![Citizen]),
        (person().uid("MST:0100000009"), vec![Citizen]),
        (company(), vec![Business, Agency]),
        (Name::new().cn("Cục Mẫu").o("Bộ Mẫu"), vec![Agency]),
        (
            Name::new().cn("Lê Thị Mẫu").uid("MST:001099000009"),
            vec![Citizen],
        ),
        (Name::new().cn("Lê Thị Mẫu").uid("BHXH:0123456789"), vec![]),
        (Name::new().cn("Lê Thị Mẫu").uid("CCCD:00109900000"), vec![]),
    ] {
        let cert = issued(&Draft::new(name.clone(), &key(9), FROM, TO).subscriber());
        for kind in [Citizen, Business, Agency] {
            let verdict = fit_for_login(&cert, NOW, PolicyName::default(), Some(kind));
            let code = verdict.err().map(|error| error.code());
            let expected = (!fits.contains(&kind)).then_some("CERT-WRONG-SUBJECT");
            assert_eq!(code, expected, "{kind} {name:?}");
        }
    }
}

#[test]
fn smart_card_logon_is_a_use_of_the_governments_world() {
    let logon = bare()
        .key_usage(Ku::DigitalSignature)
        .extended_key_usage(&["1.3.6.1.4.1.311.20.2.2"]);
    let root = root("Gốc", 0);
    let cert = parsed(&root.issue(&logon).unwrap());
    for (world, expected) in [
        (World::Public, "CERT-WRONG-USE"),
        (World::Government, "accepted"),
    ] {
        let trust = TrustStore::builder().anchor(Some(world), own(&root));
        let verdict = judged(&cert, &trust.build().unwrap());
        assert_eq!(code(&verdict), expected, "{world}");
    }
}
