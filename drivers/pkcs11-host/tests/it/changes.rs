use cryptoki_sys::{
    CKF_USER_PIN_LOCKED, CKR_DEVICE_ERROR, CKR_DEVICE_REMOVED, CKR_FUNCTION_NOT_SUPPORTED,
    CKR_PIN_INVALID,
};
use kyso_faulty_module::{Fault, Misdeed, Token};
use kyso_pkcs11::{
    DriverError, PinChange, PinChangeError, PinState, Scheme, SignError, TokenRef, Tokens,
};
use kyso_support::KeyKind;

use crate::rig::{
    PIN, Rig, faulty, leaving_badly, only_key, only_token, pin, planned, sign, tokens, verifies,
};

const NEW: &str = "135791";

fn change(tokens: &Tokens, token: &TokenRef, old: &str, new: &str) -> Result<(), PinChangeError> {
    let (old, new) = (pin(old), pin(new));
    tokens.change_pin(token, PinChange::Typed { old, new })
}

fn checked_with(rig: &Rig, code: u64) -> Result<(), PinChangeError> {
    let tokens = tokens(vec![faulty(rig, &[("C_SetPIN", Misdeed::Code(code))])]);
    change(&tokens, &only_token(&tokens), PIN, NEW)
}

#[test]
fn a_changed_pin_is_the_one_that_signs() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let tokens = rig.open();
    let key = only_key(&tokens);
    assert_eq!(change(&tokens, &only_token(&tokens), PIN, NEW), Ok(()));
    assert!(matches!(
        sign(&tokens, &key, Scheme::Ecdsa, PIN),
        Err(SignError::PinWrong { .. })
    ));
    let signature = sign(&tokens, &key, Scheme::Ecdsa, NEW).unwrap();
    assert!(verifies(&key, Scheme::Ecdsa, &signature));
}

#[test]
fn a_changed_pin_is_told_though_the_module_fails_to_leave_the_token() {
    for what in [Misdeed::Abort, Misdeed::Hang] {
        let Some(rig) = Rig::with_key(KeyKind::P256) else {
            return;
        };
        let tokens = tokens(vec![leaving_badly(&rig, "C_CloseSession", &what)]);
        assert_eq!(change(&tokens, &only_token(&tokens), PIN, NEW), Ok(()));
        assert_eq!(rig.record().count("C_SetPIN"), 1);
        assert_eq!(tokens.hosts(), []);
    }
}

#[test]
fn a_wrong_old_pin_is_told_though_the_module_fails_to_leave_the_token() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let badly = leaving_badly(&rig, "C_CloseSession", &Misdeed::Abort);
    let tokens = tokens(vec![badly]);
    let refused = change(&tokens, &only_token(&tokens), "111111", NEW);
    assert!(
        matches!(refused, Err(PinChangeError::PinWrong { .. })),
        "{refused:?}"
    );
}

#[test]
fn only_the_token_that_was_named_gets_another_pin() {
    let Some(mut rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    rig.add_token("thẻ hai", KeyKind::P256);
    let tokens = rig.open();
    let reports = crate::rig::listed(&tokens);
    let first = reports[0].reference("soft");
    assert_eq!(change(&tokens, &first, PIN, NEW), Ok(()));
    let [first, second] = [&reports[0].certificates[0], &reports[1].certificates[0]];
    assert!(sign(&tokens, first, Scheme::Ecdsa, NEW).is_ok());
    assert!(sign(&tokens, second, Scheme::Ecdsa, PIN).is_ok());
}

#[test]
fn a_wrong_old_pin_is_tried_once_and_told() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let tokens = tokens(vec![faulty(&rig, &[])]);
    let token = only_token(&tokens);
    let wrong = change(&tokens, &token, "111111", NEW);
    let low = PinState {
        low: true,
        ..PinState::default()
    };
    assert_eq!(wrong, Err(PinChangeError::PinWrong { state: Some(low) }));
    let counted = ["C_SetPIN", "C_Login"].map(|function| rig.record().count(function));
    assert_eq!(counted, [1, 0]);
}

#[test]
fn a_pin_of_impossible_length_spends_no_try() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let tokens = tokens(vec![faulty(&rig, &[])]);
    let token = only_token(&tokens);
    let long = "1".repeat(200);
    for short in ["1", &long] {
        assert!(matches!(
            change(&tokens, &token, PIN, short),
            Err(PinChangeError::NewPinForm { .. })
        ));
        assert!(matches!(
            change(&tokens, &token, short, NEW),
            Err(PinChangeError::OldPinForm { .. })
        ));
    }
    assert_eq!(rig.record().count("C_SetPIN"), 0);
}

#[test]
fn a_locked_token_gets_no_try() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let locked = Misdeed::Flags(CKF_USER_PIN_LOCKED);
    let tokens = tokens(vec![faulty(&rig, &[("C_GetTokenInfo", locked)])]);
    let refused = change(&tokens, &only_token(&tokens), PIN, NEW);
    assert_eq!(refused, Err(PinChangeError::PinLocked));
    assert_eq!(rig.record().count("C_SetPIN"), 0);
}

#[test]
fn the_device_asks_only_where_it_can() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let tokens = tokens(vec![faulty(&rig, &[])]);
    let token = only_token(&tokens);
    let refused = tokens.change_pin(&token, PinChange::OnDevice);
    assert_eq!(refused, Err(PinChangeError::PinNeeded));
    assert_eq!(rig.record().count("C_SetPIN"), 0);
}

#[test]
fn what_a_token_refuses_is_told_apart() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let refused = [
        (CKR_PIN_INVALID, PinChangeError::NewPinRefused),
        (CKR_FUNCTION_NOT_SUPPORTED, PinChangeError::ReadOnly),
        (CKR_DEVICE_REMOVED, PinChangeError::TokenRemoved),
    ];
    for (code, expected) in refused {
        assert_eq!(checked_with(&rig, code), Err(expected));
    }
}

/// The module with a second token like the first, but for what is changed; its tokens in the order of their slots.
fn with_twin(rig: &Rig, differs: impl FnOnce(&mut Token)) -> (Tokens, Vec<TokenRef>) {
    let module = planned(rig, |plan| {
        let mut twin = plan.tokens[0].clone();
        differs(&mut twin);
        plan.tokens.push(twin);
    });
    let tokens = tokens(vec![module]);
    let found = crate::rig::listed(&tokens);
    let found = found.iter().map(|report| report.reference("soft"));
    (tokens, found.collect())
}

/// Neither a change of PIN nor an unlocking tries one.
fn check_refused(
    rig: &Rig,
    tokens: &Tokens,
    token: &TokenRef,
    expected: (PinChangeError, SignError),
) {
    assert_eq!(change(tokens, token, PIN, NEW), Err(expected.0));
    let unlocked = tokens.unlock(token, Some(pin(PIN))).err();
    assert_eq!(unlocked, Some(expected.1));
    let counted = ["C_SetPIN", "C_Login"].map(|function| rig.record().count(function));
    assert_eq!(counted, [0, 0]);
}

#[test]
fn tokens_of_one_number_are_told_apart_by_their_labels() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let (tokens, found) = with_twin(&rig, |twin| {
        twin.label = "khác".into();
        twin.pin = NEW.to_owned();
    });
    assert_eq!(found[0].serial, found[1].serial);
    assert_eq!(change(&tokens, &found[1], NEW, "975310"), Ok(()));
    let wrong = change(&tokens, &found[0], NEW, "975310");
    assert!(
        matches!(wrong, Err(PinChangeError::PinWrong { .. })),
        "{wrong:?}"
    );
    drop(tokens.unlock(&found[1], Some(pin("975310"))).unwrap());
}

#[test]
fn no_pin_is_tried_where_nothing_tells_two_tokens_apart() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let (tokens, found) = with_twin(&rig, |twin| twin.pin = NEW.to_owned());
    let alike = (PinChangeError::TokensAlike, SignError::TokensAlike);
    check_refused(&rig, &tokens, &found[0], alike);
}

#[test]
fn no_pin_is_tried_on_a_token_without_a_number() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let module = planned(&rig, |plan| plan.tokens[0].serial.clear());
    let tokens = tokens(vec![module]);
    let unnamed = (PinChangeError::TokenUnnamed, SignError::TokenUnnamed);
    check_refused(&rig, &tokens, &only_token(&tokens), unnamed);
    // A certificate tells which token it is.
    let signature = sign(&tokens, &only_key(&tokens), Scheme::Ecdsa, PIN).unwrap();
    assert!(verifies(&only_key(&tokens), Scheme::Ecdsa, &signature));
}

#[test]
fn no_pin_is_tried_while_a_slot_fails_that_may_hold_the_token_that_is_meant() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let module = planned(&rig, |plan| {
        plan.tokens.push(plan.tokens[0].clone());
        plan.faults = vec![Fault {
            slot: Some(0),
            ..Fault::at("C_GetTokenInfo", Misdeed::Code(CKR_DEVICE_ERROR))
        }];
    });
    let tokens = tokens(vec![module]);
    let failed = DriverError::ModuleFailed {
        function: "C_GetTokenInfo".to_owned(),
        code: "CKR_DEVICE_ERROR".to_owned(),
    };
    let failed = (failed.clone().into(), failed.into());
    check_refused(&rig, &tokens, &only_token(&tokens), failed);
}

#[test]
fn a_token_that_is_not_there_is_told() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let tokens = tokens(vec![faulty(&rig, &[])]);
    let there = only_token(&tokens);
    let (serial, label) = ("no such number".to_owned(), "no such label".to_owned());
    let absent = [
        TokenRef {
            serial,
            ..there.clone()
        },
        TokenRef { label, ..there },
    ];
    for token in absent {
        let expected = (PinChangeError::TokenAbsent, SignError::TokenAbsent);
        check_refused(&rig, &tokens, &token, expected);
    }
}
