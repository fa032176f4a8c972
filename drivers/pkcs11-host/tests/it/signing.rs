use cryptoki_sys::{CKM_ECDSA, CKM_RSA_PKCS_PSS, CKM_RSA_X_509};
use kyso_faulty_module::Misdeed;
use kyso_pkcs11::{Hash, Scheme, SignError};
use kyso_support::{Draft, Key, KeyKind, Name, SoftToken};

use crate::rig::{PIN, Rig, draft, faulty, only_key, sign, tokens, validity, verifies};

fn check_signs(kind: KeyKind, schemes: &[Scheme]) {
    let Some(rig) = Rig::with_key(kind) else {
        return;
    };
    let tokens = rig.open();
    let key = only_key(&tokens);
    for how in schemes {
        let signature = sign(&tokens, &key, *how, PIN).unwrap();
        assert!(verifies(&key, *how, &signature), "{how:?}");
        let mut forged = signature.clone();
        forged[40] ^= 1;
        assert!(!verifies(&key, *how, &forged), "{how:?}");
    }
}

#[test]
fn signs_with_rsa_in_every_scheme() {
    let hashes = [Hash::Sha256, Hash::Sha384, Hash::Sha512];
    let schemes: Vec<_> = hashes
        .iter()
        .flat_map(|hash| [Scheme::RsaPkcs1(*hash), Scheme::RsaPss(*hash)])
        .collect();
    check_signs(KeyKind::Rsa(2048), &schemes);
}

#[test]
fn signs_with_ecdsa() {
    check_signs(KeyKind::P256, &[Scheme::Ecdsa]);
}

#[test]
fn an_always_authenticate_key_gets_its_second_login() {
    let Some(mut rig) = Rig::empty() else { return };
    let token = SoftToken::create(rig.folder.path(), "luôn hỏi", PIN).unwrap();
    let draft = |public: &[u8]| {
        let (from, to) = validity();
        Draft::for_public_key(Name::new().cn("Luôn hỏi"), public, from, to).subscriber()
    };
    token
        .generate_always_authenticate(3, "always", &rig.authority, draft)
        .unwrap();
    rig.tokens.push(token);
    let tokens = rig.open();
    let key = only_key(&tokens);
    let signature = sign(&tokens, &key, Scheme::Ecdsa, PIN).unwrap();
    assert!(verifies(&key, Scheme::Ecdsa, &signature));
}

#[test]
fn finds_the_token_among_several_whatever_its_slot() {
    let Some(mut rig) = Rig::with_key(KeyKind::Rsa(2048)) else {
        return;
    };
    rig.add_token("thẻ hai", KeyKind::P256);
    let tokens = rig.open();
    for report in crate::rig::listed(&tokens) {
        let key = &report.certificates[0];
        let how = if report.token.label == "thẻ hai" {
            Scheme::Ecdsa
        } else {
            Scheme::RsaPss(Hash::Sha256)
        };
        let signature = sign(&tokens, key, how, PIN).unwrap();
        assert!(verifies(key, how, &signature));
    }
}

#[test]
fn refuses_a_scheme_that_the_key_does_not_fit() {
    let Some(rig) = Rig::with_key(KeyKind::Rsa(2048)) else {
        return;
    };
    let tokens = rig.open();
    assert_eq!(
        sign(&tokens, &only_key(&tokens), Scheme::Ecdsa, PIN),
        Err(SignError::KeyUnfit)
    );
}

#[test]
fn refuses_a_token_that_is_not_there() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let tokens = rig.open();
    let mut key = only_key(&tokens);
    key.token_serial = "0000000000000000".to_owned();
    assert_eq!(
        sign(&tokens, &key, Scheme::Ecdsa, PIN),
        Err(SignError::TokenAbsent)
    );
}

#[test]
fn tries_no_pin_on_a_token_without_that_certificate() {
    let Some(mut rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    rig.add_token("thẻ hai", KeyKind::Rsa(2048));
    let tokens = rig.open();
    let reports = crate::rig::listed(&tokens);
    let mut key = reports[0].certificates[0].clone();
    key.token_serial.clone_from(&reports[1].token.serial);
    let how = if key.certificate_der.len() > 600 {
        Scheme::RsaPss(Hash::Sha256)
    } else {
        Scheme::Ecdsa
    };
    assert_eq!(
        sign(&tokens, &key, how, "999999"),
        Err(SignError::TokenAbsent)
    );
    assert!(
        crate::rig::listed(&tokens)
            .iter()
            .all(|report| !report.token.pin.low)
    );
}

fn check_faulty(
    kind: KeyKind,
    faults: &[(&str, Misdeed)],
    how: Scheme,
) -> Result<Vec<u8>, SignError> {
    let Some(rig) = Rig::with_key(kind) else {
        return Ok(Vec::new());
    };
    let tokens = tokens(vec![faulty(&rig, faults)]);
    let key = only_key(&tokens);
    let signature = sign(&tokens, &key, how, PIN)?;
    assert!(verifies(&key, how, &signature));
    Ok(signature)
}

fn without(mechanism: u64) -> (&'static str, Misdeed) {
    ("C_SignInit", Misdeed::Refuse(mechanism))
}

#[test]
fn the_soft_token_that_misbehaves_signs_right_without_faults() {
    let hashes = [Hash::Sha256, Hash::Sha384, Hash::Sha512];
    for hash in hashes {
        for how in [Scheme::RsaPkcs1(hash), Scheme::RsaPss(hash)] {
            check_faulty(KeyKind::Rsa(2048), &[], how).unwrap();
        }
    }
    check_faulty(KeyKind::P256, &[], Scheme::Ecdsa).unwrap();
}

#[test]
fn pads_for_pss_itself_where_the_token_cannot() {
    for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
        check_faulty(
            KeyKind::Rsa(2048),
            &[without(CKM_RSA_PKCS_PSS)],
            Scheme::RsaPss(hash),
        )
        .unwrap();
    }
}

#[test]
fn says_that_a_mechanism_is_missing() {
    let pss = Scheme::RsaPss(Hash::Sha256);
    let missing = Err(SignError::MechanismMissing);
    assert_eq!(
        check_faulty(
            KeyKind::Rsa(2048),
            &[without(CKM_RSA_PKCS_PSS), without(CKM_RSA_X_509)],
            pss
        ),
        missing
    );
    assert_eq!(
        check_faulty(KeyKind::P256, &[without(CKM_ECDSA)], Scheme::Ecdsa),
        missing
    );
}

#[test]
fn refuses_a_signature_of_impossible_length() {
    let refused = check_faulty(
        KeyKind::P256,
        &[("C_Sign", Misdeed::Length(7))],
        Scheme::Ecdsa,
    );
    assert_eq!(refused, Err(SignError::SignatureForm { got: 7, want: 64 }));
}

#[test]
fn reads_tokens_with_broken_clocks_and_lengths() {
    check_faulty(
        KeyKind::P256,
        &[
            ("C_GetTokenInfo", Misdeed::BrokenClock),
            ("C_GetAttributeValue", Misdeed::ProbeLength(0)),
        ],
        Scheme::Ecdsa,
    )
    .unwrap();
}

#[test]
fn finds_a_key_by_its_public_half_where_identifiers_differ() {
    for (kind, how) in [
        (KeyKind::Rsa(2048), Scheme::RsaPss(Hash::Sha256)),
        (KeyKind::P256, Scheme::Ecdsa),
    ] {
        let Some(rig) = Rig::empty() else { return };
        let token = SoftToken::create(rig.folder.path(), "lệch", PIN).unwrap();
        let [key, stranger] = [2, 4].map(|index| Key::pooled(kind, index).unwrap());
        let [certificate, other] =
            [&key, &stranger].map(|key| rig.authority.issue(&draft("Lệch", key)).unwrap());
        token.import(1, "key", &key, &other).unwrap();
        token
            .import_certificate(2, "certificate", &certificate)
            .unwrap();
        let tokens = rig.open();
        let key = only_key(&tokens);
        assert_eq!(key.label, "certificate");
        let signature = sign(&tokens, &key, how, PIN).unwrap();
        assert!(verifies(&key, how, &signature));
    }
}
