use std::path::{Path, PathBuf};

use cryptoki_sys::CKR_FUNCTION_CANCELED;
use kyso_faulty_module::{Fault, Misdeed};
use kyso_pkcs11::{Hash, ModuleSpec, PinState, Scheme, SignError, Tokens};
use kyso_support::{KeyKind, missing, module_path};

use crate::rig::{PIN, Rig, listed, only_key, only_token, pin, planned, sign, tokens, verifies};

const SPIES: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/pkcs11-spy.so",
    "/usr/lib/aarch64-linux-gnu/pkcs11-spy.so",
    "/usr/lib64/pkcs11-spy.so",
];

/// SoftHSM2 behind OpenSC's spy, and the file in which the spy writes each call.
fn spied(rig: &Rig) -> Option<(Tokens, PathBuf)> {
    let Some(spy) = SPIES.iter().map(Path::new).find(|path| path.is_file()) else {
        missing("pkcs11-spy.so of the package opensc");
        return None;
    };
    let log = rig.folder.path().join("spy.log");
    let mut module: ModuleSpec = rig.through(spy);
    module.environment.push((
        "PKCS11SPY".to_owned(),
        module_path().unwrap().into_os_string(),
    ));
    module
        .environment
        .push(("PKCS11SPY_OUTPUT".to_owned(), log.clone().into_os_string()));
    Some((tokens(vec![module]), log))
}

fn calls(log: &Path, function: &str) -> usize {
    let text = String::from_utf8_lossy(&std::fs::read(log).unwrap()).into_owned();
    text.lines()
        .filter(|line| {
            line.split_once(": ")
                .is_some_and(|(_, called)| called.trim() == function)
        })
        .count()
}

#[test]
fn a_wrong_pin_makes_exactly_one_login() {
    let Some(rig) = Rig::with_key(KeyKind::Rsa(2048)) else {
        return;
    };
    let Some((tokens, log)) = spied(&rig) else {
        return;
    };
    let key = only_key(&tokens);
    assert_eq!(calls(&log, "C_Login"), 0);
    let low = PinState {
        low: true,
        ..PinState::default()
    };
    let how = Scheme::RsaPss(Hash::Sha256);
    assert_eq!(
        sign(&tokens, &key, how, "111111"),
        Err(SignError::PinWrong { state: Some(low) })
    );
    assert_eq!(calls(&log, "C_Login"), 1);
    assert_eq!(calls(&log, "C_Sign"), 0);
    assert_eq!(listed(&tokens)[0].token.pin, low);
}

#[test]
fn a_right_pin_makes_one_login_and_one_logout() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let Some((tokens, log)) = spied(&rig) else {
        return;
    };
    let key = only_key(&tokens);
    let signature = sign(&tokens, &key, Scheme::Ecdsa, PIN).unwrap();
    assert!(verifies(&key, Scheme::Ecdsa, &signature));
    let counted = ["C_Login", "C_Sign", "C_Logout"].map(|function| calls(&log, function));
    assert_eq!(counted, [1, 1, 1]);
    assert_eq!(calls(&log, "C_OpenSession"), calls(&log, "C_CloseSession"));
}

#[test]
fn a_pin_of_impossible_length_is_not_tried() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let Some((tokens, log)) = spied(&rig) else {
        return;
    };
    let key = only_key(&tokens);
    assert_eq!(
        sign(&tokens, &key, Scheme::Ecdsa, "123"),
        Err(SignError::PinForm { min: 4, max: 255 })
    );
    assert_eq!(calls(&log, "C_Login"), 0);
}

#[test]
fn a_pin_is_asked_for_where_the_token_cannot_ask_itself() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let tokens = rig.open();
    let key = only_key(&tokens);
    assert_eq!(
        tokens.sign(&key, &[(Scheme::Ecdsa, &[7; 32])], None),
        Err(SignError::PinNeeded)
    );
}

#[test]
fn the_pin_stands_neither_in_arguments_nor_in_the_environment() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let tokens = rig.open();
    let key = only_key(&tokens);
    let unusual = "pin-2468-unusual";
    let before = sign(&tokens, &key, Scheme::Ecdsa, unusual);
    assert!(
        matches!(before, Err(SignError::PinWrong { .. })),
        "{before:?}"
    );
    let process = format!("/proc/{}", tokens.hosts()[0].pid);
    for file in ["cmdline", "environ"] {
        // Other users than root may not even read them: the process isn't dumpable.
        let Ok(bytes) = std::fs::read(format!("{process}/{file}")) else {
            continue;
        };
        assert!(
            !bytes
                .windows(unusual.len())
                .any(|window| window == unusual.as_bytes()),
            "{file}"
        );
    }
}

#[test]
fn a_pin_pad_asks_the_person_itself() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let tokens = tokens(vec![planned(&rig, |plan| plan.tokens[0].pin_pad = true)]);
    let key = only_key(&tokens);
    assert!(listed(&tokens)[0].token.protected_path);
    let signature = tokens
        .sign(&key, &[(Scheme::Ecdsa, &[0x5a; 32])], None)
        .unwrap();
    assert!(verifies(&key, Scheme::Ecdsa, &signature.bytes));
}

#[test]
fn cancel_on_a_pin_pad_is_told() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let cancels = Fault::at("C_Login", Misdeed::Code(CKR_FUNCTION_CANCELED));
    let tokens = tokens(vec![planned(&rig, |plan| {
        plan.tokens[0].pin_pad = true;
        plan.faults = vec![cancels];
    })]);
    let key = only_key(&tokens);
    assert_eq!(
        tokens.sign(&key, &[(Scheme::Ecdsa, &[0x5a; 32])], None),
        Err(SignError::Cancelled)
    );
}

#[test]
fn the_last_try_is_told_before_it_is_spent() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let tokens = tokens(vec![planned(&rig, |plan| plan.tokens[0].tries = 1)]);
    assert!(listed(&tokens)[0].token.pin.final_try);
}

#[test]
fn a_locked_token_is_not_tried() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let tokens = tokens(vec![planned(&rig, |plan| plan.tokens[0].tries = 0)]);
    let key = only_key(&tokens);
    assert_eq!(
        sign(&tokens, &key, Scheme::Ecdsa, "111111"),
        Err(SignError::PinLocked)
    );
    assert_eq!(rig.record().count("C_Login"), 0);
}

#[test]
fn a_login_of_another_program_does_not_sign_for_a_wrong_pin() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let tokens = tokens(vec![planned(&rig, |plan| plan.tokens[0].logged_in = true)]);
    let key = only_key(&tokens);
    let wrong = sign(&tokens, &key, Scheme::Ecdsa, "111111");
    assert!(
        matches!(wrong, Err(SignError::PinWrong { .. })),
        "{wrong:?}"
    );
    assert!(sign(&tokens, &key, Scheme::Ecdsa, PIN).is_ok());
}

/// A token whose key wants the PIN for every signature, with a keypad or without.
fn confirming(rig: &Rig, pin_pad: bool) -> Tokens {
    let module = planned(rig, |plan| {
        plan.faults = vec![Fault::at("*", Misdeed::Confirm)];
        plan.tokens[0].pin_pad = pin_pad;
    });
    tokens(vec![module])
}

#[test]
fn a_key_that_wants_the_pin_for_itself_gets_the_same_one() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let tokens = confirming(&rig, false);
    let key = only_key(&tokens);
    let signature = sign(&tokens, &key, Scheme::Ecdsa, PIN).unwrap();
    assert!(verifies(&key, Scheme::Ecdsa, &signature));
    assert_eq!(rig.record().count("C_Login"), 2);
    let wrong = sign(&tokens, &key, Scheme::Ecdsa, "111111");
    assert!(
        matches!(wrong, Err(SignError::PinWrong { .. })),
        "{wrong:?}"
    );
    assert_eq!(rig.record().count("C_Login"), 3);
}

#[test]
fn a_key_that_wants_the_pin_for_itself_signs_on_an_unlocked_token_by_another_pin_only() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let tokens = confirming(&rig, false);
    let mut unlocked = tokens.unlock(&only_token(&tokens), Some(pin(PIN))).unwrap();
    let key = unlocked.report().certificates[0].clone();
    let unasked = unlocked.sign(&key, &[(Scheme::Ecdsa, &[0x5a; 32])]);
    assert_eq!(unasked, Err(SignError::PinNeeded));
    assert_eq!(rig.record().count("C_Login"), 1);
    drop(unlocked);
    let signature = sign(&tokens, &key, Scheme::Ecdsa, PIN).unwrap();
    assert!(verifies(&key, Scheme::Ecdsa, &signature));
}

#[test]
fn a_keypad_asks_for_each_signature_of_such_a_key() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let tokens = confirming(&rig, true);
    let mut unlocked = tokens.unlock(&only_token(&tokens), None).unwrap();
    let key = unlocked.report().certificates[0].clone();
    for asked in [2, 3] {
        let signature = unlocked
            .sign(&key, &[(Scheme::Ecdsa, &[0x5a; 32])])
            .unwrap();
        assert!(verifies(&key, Scheme::Ecdsa, &signature.bytes));
        assert_eq!(rig.record().count("C_Login"), asked);
    }
}
