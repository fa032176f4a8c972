use std::path::PathBuf;
use std::time::Duration;

use cryptoki_sys::{
    CKM_RSA_PKCS, CKM_RSA_PKCS_PSS, CKM_RSA_X_509, CKR_DATA_LEN_RANGE, CKR_DEVICE_ERROR,
    CKR_DEVICE_REMOVED, CKR_FUNCTION_FAILED, CKR_GENERAL_ERROR,
};
use kyso_faulty_module::{Fault, Misdeed};
use kyso_pkcs11::{Deadlines, Hash, ModuleSpec, Quirks, Scheme, SignError, TokenRef, Tokens};
use kyso_support::KeyKind;

use crate::rig::{
    PIN, Rig, faulty, listed, only_key, only_token, pin, planned, sign, telling, tokens, verifies,
    wait_for,
};

/// `CKR_CANT_LOCK`.
const CANT_LOCK: u64 = 0x0a;

fn first_only(function: &str, code: u64) -> Fault {
    Fault {
        times: Some(1),
        ..Fault::at(function, Misdeed::Code(code))
    }
}

fn log_in_first(module: ModuleSpec) -> ModuleSpec {
    ModuleSpec {
        quirks: Quirks {
            log_in_first: true,
            ..Quirks::default()
        },
        deadlines: Deadlines {
            list: Duration::from_secs(10),
            ..module.deadlines
        },
        ..module
    }
}

/// A module that waits for ever when it is asked for objects before the PIN, and was asked once. It answers when the
/// file that is returned is gone, as it would after the PIN.
fn silent(rig: &Rig) -> (Tokens, TokenRef, PathBuf) {
    let (module, event) = telling(rig, "C_FindObjectsInit", Misdeed::Hang);
    let tokens = tokens(vec![log_in_first(module)]);
    let report = std::thread::scope(|scope| {
        let listing = scope.spawn(|| listed(&tokens));
        wait_for(&event);
        listing.join().unwrap().remove(0)
    });
    assert!(report.certificates_after_pin && report.certificates.is_empty());
    (tokens, report.reference("soft"), event)
}

#[test]
fn a_silent_module_shows_its_token_first_and_certificates_after_the_pin() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let (tokens, token, event) = silent(&rig);
    let before = rig.record().count("C_FindObjectsInit");
    assert_eq!(only_token(&tokens), token);
    assert_eq!(rig.record().count("C_FindObjectsInit"), before);
    assert_eq!(rig.record().count("C_Login"), 0);
    std::fs::remove_file(event).unwrap();
    let mut unlocked = tokens.unlock(&token, Some(pin(PIN))).unwrap();
    let key = unlocked.report().certificates[0].clone();
    let signature = unlocked
        .sign(&key, &[(Scheme::Ecdsa, &[0x5a; 32])])
        .unwrap();
    assert!(verifies(&key, Scheme::Ecdsa, &signature.bytes));
    drop(unlocked);
    let counted = ["C_Login", "C_Logout"].map(|function| rig.record().count(function));
    assert_eq!(counted, [1, 1]);
    // The certificate is known now, and the token is found by its number.
    let signature = sign(&tokens, &key, Scheme::Ecdsa, PIN).unwrap();
    assert!(verifies(&key, Scheme::Ecdsa, &signature));
}

#[test]
fn a_silent_token_without_that_certificate_signs_nothing() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let (tokens, token, event) = silent(&rig);
    std::fs::remove_file(event).unwrap();
    let unlocked = tokens.unlock(&token, Some(pin(PIN))).unwrap();
    let mut key = unlocked.report().certificates[0].clone();
    drop(unlocked);
    let stranger = Rig::with_key(KeyKind::P256).unwrap();
    key.certificate_der = only_key(&stranger.open()).certificate_der;
    let refused = sign(&tokens, &key, Scheme::Ecdsa, PIN);
    assert_eq!(refused, Err(SignError::TokenAbsent));
    assert_eq!(rig.record().count("C_Sign"), 0);
}

#[test]
fn a_wrong_pin_unlocks_nothing_and_is_tried_once() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let tokens = tokens(vec![faulty(&rig, &[])]);
    let token = only_token(&tokens);
    let refused = tokens.unlock(&token, Some(pin("111111"))).err();
    assert!(
        matches!(refused, Some(SignError::PinWrong { .. })),
        "{refused:?}"
    );
    assert_eq!(rig.record().count("C_Login"), 1);
    assert_eq!(
        tokens.unlock(&token, None).err(),
        Some(SignError::PinNeeded)
    );
}

#[test]
fn an_unlocked_token_whose_host_dies_signs_nothing_and_starts_nothing() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let crashes = faulty(&rig, &[("C_Sign", Misdeed::Abort)]);
    let tokens = tokens(vec![crashes]);
    let token = only_token(&tokens);
    let mut unlocked = tokens.unlock(&token, Some(pin(PIN))).unwrap();
    let key = unlocked.report().certificates[0].clone();
    let signed = unlocked.sign(&key, &[(Scheme::Ecdsa, &[0x5a; 32])]);
    assert!(matches!(signed, Err(SignError::Driver(_))), "{signed:?}");
    drop(unlocked);
    assert_eq!(tokens.hosts(), []);
    assert_eq!(rig.record().count("C_Login"), 1);
}

#[test]
fn a_module_with_that_quirk_that_answers_is_listed_as_any_other() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let tokens = tokens(vec![log_in_first(rig.module())]);
    let key = only_key(&tokens);
    assert!(sign(&tokens, &key, Scheme::Ecdsa, PIN).is_ok());
}

const PSS: Scheme = Scheme::RsaPss(Hash::Sha256);
const PKCS1: Scheme = Scheme::RsaPkcs1(Hash::Sha256);

/// Signs in the first way that the token can, and tells which one that was.
fn first_way(rig: &Rig, faults: &[(&str, Misdeed)]) -> Result<Scheme, SignError> {
    let tokens = tokens(vec![faulty(rig, faults)]);
    let key = only_key(&tokens);
    let ways: [(Scheme, &[u8]); 2] = [(PSS, &[0x5a; 32]), (PKCS1, &[0x5a; 32])];
    let before = rig.record().count("C_Login");
    let signed = tokens.sign(&key, &ways, Some(pin(PIN)));
    assert_eq!(rig.record().count("C_Login") - before, 1, "{faults:?}");
    let signature = signed?;
    assert!(verifies(&key, signature.scheme, &signature.bytes));
    Ok(signature.scheme)
}

#[test]
fn a_token_that_lists_pss_and_refuses_it_signs_without_it_by_the_same_login() {
    let Some(rig) = Rig::with_key(KeyKind::Rsa(2048)) else {
        return;
    };
    let refuses = |kind| ("C_SignInit", Misdeed::Refuse(kind));
    let (pss, raw) = (refuses(CKM_RSA_PKCS_PSS), refuses(CKM_RSA_X_509));
    assert_eq!(first_way(&rig, &[]), Ok(PSS));
    assert_eq!(first_way(&rig, std::slice::from_ref(&pss)), Ok(PSS));
    assert_eq!(first_way(&rig, &[pss.clone(), raw.clone()]), Ok(PKCS1));
    let none = [pss, raw, refuses(CKM_RSA_PKCS)];
    assert_eq!(first_way(&rig, &none), Err(SignError::MechanismMissing));
}

#[test]
fn a_token_that_fails_at_a_padding_is_asked_for_the_next() {
    let Some(rig) = Rig::with_key(KeyKind::Rsa(2048)) else {
        return;
    };
    let failing = |function: &'static str, code| {
        let faults = vec![Fault {
            times: Some(2),
            ..Fault::at(function, Misdeed::Code(code))
        }];
        let tokens = tokens(vec![planned(&rig, |plan| plan.faults = faults)]);
        let key = only_key(&tokens);
        let ways: [(Scheme, &[u8]); 2] = [(PSS, &[0x5a; 32]), (PKCS1, &[0x5a; 32])];
        let signed = tokens.sign(&key, &ways, Some(pin(PIN)));
        signed.map(|signature| signature.scheme)
    };
    assert_eq!(failing("C_Sign", CKR_DATA_LEN_RANGE), Ok(PKCS1));
    for code in [CKR_FUNCTION_FAILED, CKR_GENERAL_ERROR, CKR_DATA_LEN_RANGE] {
        assert_eq!(failing("C_SignInit", code), Ok(PKCS1));
    }
    // What may mean that the device is broken, or gone, is not answered by trying on.
    for code in [CKR_DEVICE_ERROR, CKR_GENERAL_ERROR, CKR_FUNCTION_FAILED] {
        let broken = failing("C_Sign", code);
        assert!(matches!(broken, Err(SignError::Driver(_))), "{broken:?}");
    }
    assert_eq!(
        failing("C_Sign", CKR_DEVICE_REMOVED),
        Err(SignError::TokenRemoved)
    );
}

#[test]
fn a_module_that_keeps_pins_is_ended_after_each() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let keeps_pin = ModuleSpec {
        quirks: Quirks {
            keeps_pin: true,
            ..Quirks::default()
        },
        ..rig.module()
    };
    let tokens = tokens(vec![keeps_pin]);
    let key = only_key(&tokens);
    assert_eq!(tokens.hosts().len(), 1);
    assert!(sign(&tokens, &key, Scheme::Ecdsa, PIN).is_ok());
    assert_eq!(tokens.hosts(), []);
    drop(tokens.unlock(&only_token(&tokens), Some(pin(PIN))).unwrap());
    assert_eq!(tokens.hosts(), []);
}

#[test]
fn a_module_whose_newer_interface_fails_is_used_by_its_function_list() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let fails = Misdeed::Code(CKR_GENERAL_ERROR);
    let tokens = tokens(vec![faulty(&rig, &[("C_GetInterface", fails)])]);
    let key = only_key(&tokens);
    assert!(sign(&tokens, &key, Scheme::Ecdsa, PIN).is_ok());
    assert_eq!(rig.record().count("C_GetInterface"), 0);
}

#[test]
fn a_module_that_refuses_to_read_only_is_opened_for_writing() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let refuses = first_only("C_OpenSession", CKR_FUNCTION_FAILED);
    let tokens = tokens(vec![planned(&rig, |plan| plan.faults = vec![refuses])]);
    let _ = only_key(&tokens);
    assert_eq!(rig.record().count("C_OpenSession"), 2);
}

#[test]
fn a_module_that_cannot_lock_is_started_without_locks() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let cannot = first_only("C_Initialize", CANT_LOCK);
    let tokens = tokens(vec![planned(&rig, |plan| plan.faults = vec![cannot])]);
    let _ = only_key(&tokens);
    assert_eq!(rig.record().count("C_Initialize"), 2);
}

#[test]
fn says_whether_the_token_names_a_way_to_pss() {
    let Some(rig) = Rig::with_key(KeyKind::Rsa(2048)) else {
        return;
    };
    let list = "C_GetMechanismList";
    let without = |kind| (list, Misdeed::Refuse(kind));
    let check = |faults: &[(&str, Misdeed)], expected| {
        let tokens = tokens(vec![faulty(&rig, faults)]);
        assert_eq!(listed(&tokens)[0].token.rsa_pss, expected, "{faults:?}");
    };
    check(&[], Some(true));
    check(&[without(CKM_RSA_PKCS_PSS)], Some(true));
    check(
        &[without(CKM_RSA_PKCS_PSS), without(CKM_RSA_X_509)],
        Some(false),
    );
    check(&[(list, Misdeed::Code(CKR_GENERAL_ERROR))], None);
}
