//! Tokens, PINs, certificates and signatures.

use kyso_pkcs11::{Scheme, Signature};

use super::scene::*;
use super::*;

#[test]
fn a_wrong_pin_asks_again_and_a_given_up_login_names_it() {
    let mut scene = Scene::signing();
    let state = Some(PinState {
        low: true,
        final_try: true,
        ..PinState::default()
    });
    scene.event(Event::Signed(
        LoginId(1),
        Err(SignError::PinWrong { state }),
    ));
    scene.check(&["sign with a PIN", "show pin again"]);
    scene
        .act(Act::GiveUp)
        .event(ended())
        .check(&["show failed", "post Failed", "PIN-WRONG"]);
}

#[test]
fn a_locked_token_is_not_asked_for_a_pin() {
    let mut scene = Scene::consented();
    scene
        .event(found(PinState {
            locked: true,
            ..PinState::default()
        }))
        .event(Event::Listed(LoginId(1)))
        .act(Act::Choose(0));
    scene
        .event(ended())
        .check(&["show choose", "show failed", "post Failed", "PIN-LOCKED"]);
}

#[test]
fn a_token_with_its_own_keypad_gets_no_pin_from_us() {
    let mut scene = Scene::consented();
    let slot = slot_with(PinState::default(), true, true);
    scene
        .event(Event::Found(LoginId(1), Box::new(slot)))
        .event(Event::Listed(LoginId(1)))
        .act(Act::Choose(0));
    scene.check(&["guard", "show signing", "sign with no PIN"]);
}

#[test]
fn a_signature_of_a_kind_that_nobody_ordered_never_leaves() {
    let mut scene = Scene::signing();
    let other = Signature {
        scheme: Scheme::RsaPkcs1(kyso_pkcs11::Hash::Sha256),
        ..signature()
    };
    scene
        .event(Event::Signed(LoginId(1), Ok(other)))
        .event(ended());
    scene.check(&["show failed", "post Failed", "INTERNAL"]);
}

#[test]
fn a_signature_that_does_not_verify_never_leaves() {
    let mut broken = signature();
    broken.bytes[10] ^= 1;
    let others = [Vec::new(), vec![0; 64], vec![1; 70]].map(by_ecdsa);
    for signature in [broken].into_iter().chain(others) {
        let mut scene = Scene::signing();
        scene
            .event(Event::Signed(LoginId(1), Ok(signature)))
            .event(ended());
        scene.check(&["show failed", "post Failed", "SIGNATURE-INVALID"]);
    }
}

#[test]
fn what_the_driver_makes_after_a_cancellation_is_thrown_away() {
    let mut scene = Scene::signing();
    scene
        .event(Event::Stopped(Stop::Cancelled))
        .event(Event::Signed(LoginId(1), Ok(signature())))
        .event(ended());
    scene.check(&[
        "sign with a PIN",
        "stop signing",
        "show failed",
        "post Cancelled",
        "CANCELLED",
    ]);
}

#[test]
fn an_answer_that_nobody_confirmed_is_no_portal_that_was_never_asked() {
    let check = |error: PortalError, code: &str| {
        let mut scene = Scene::signing();
        scene
            .event(Event::Signed(LoginId(1), Ok(signature())))
            .event(Event::Posted(LoginId(1), Err(error)));
        scene.check(&["post token", "show failed", code]);
    };
    check(PortalError::TimedOut, "ANSWER-LOST");
    check(PortalError::Unreachable("x".into()), "ANSWER-LOST");
    check(PortalError::AskUsed, "ASK-USED");
}

#[test]
fn an_ask_that_expires_while_the_token_signs_ends_the_signature_too() {
    let mut scene = Scene::signing();
    scene
        .at(NOW + Duration::minutes(5))
        .event(Event::Clock)
        .event(Event::Signed(LoginId(1), Ok(signature())))
        .event(ended());
    scene.check(&[
        "sign with a PIN",
        "stop signing",
        "show failed",
        "post Refused",
        "ASK-EXPIRED",
    ]);
}

#[test]
fn whatever_comes_first_after_the_time_ends_the_login() {
    let late = |mut scene: Scene| {
        scene.at(NOW + Duration::minutes(5));
        scene
    };
    let mut asked = Scene::default();
    asked
        .event(Event::Asked(link()))
        .event(fetched(&statement(), PORTAL_TIME));
    let mut agreed = late(asked);
    agreed.act(Act::Agree).event(ended());
    agreed.check(&["show consent", "show failed", "post Refused", "ASK-EXPIRED"]);
    let mut typing = Scene::consented();
    typing
        .event(found(PinState::default()))
        .event(Event::Listed(LoginId(1)))
        .act(Act::Choose(0));
    let mut typed = late(typing);
    typed.act(pin()).event(ended());
    typed.check(&["show pin", "show failed", "post Refused", "ASK-EXPIRED"]);
    let mut signed = late(Scene::signing());
    signed
        .event(Event::Signed(LoginId(1), Ok(signature())))
        .event(ended());
    signed.check(&["stop signing", "show failed", "post Refused", "ASK-EXPIRED"]);
}

#[test]
fn a_token_that_is_pulled_out_ends_the_login_and_starts_nothing_else() {
    let mut typing = Scene::consented();
    typing
        .event(found(PinState::default()))
        .event(Event::Listed(LoginId(1)))
        .act(Act::Choose(0))
        .event(Event::Unplugged(LoginId(1)))
        .act(pin())
        .event(ended());
    typing.check(&["show pin", "show failed", "post NoIdentity", "TOKEN-ABSENT"]);
    let mut signing = Scene::signing();
    signing
        .event(Event::Unplugged(LoginId(1)))
        .event(Event::Signed(LoginId(1), Ok(signature())))
        .event(ended());
    signing.check(&[
        "sign with a PIN",
        "stop signing",
        "show failed",
        "post NoIdentity",
        "TOKEN-ABSENT",
    ]);
}

#[test]
fn an_unfit_certificate_is_refused_by_its_own_cause() {
    let check = |statement: Statement, now: OffsetDateTime, code: &str| {
        let shift = now - NOW;
        let mut statement = statement;
        statement.issued += shift;
        statement.expires += shift;
        let mut scene = Scene::default();
        scene
            .at(now)
            .event(Event::Asked(link()))
            .event(fetched(&statement, PORTAL_TIME + shift))
            .act(Act::Agree);
        scene
            .event(found(PinState::default()))
            .event(Event::Listed(LoginId(1)))
            .act(Act::Choose(0))
            .event(ended());
        scene.check(&["show choose", "show failed", "post NoIdentity", code]);
    };
    check(statement(), NOW + Duration::days(30), "CERT-EXPIRED");
    check(statement(), NOW - Duration::days(30), "CERT-NOT-YET-VALID");
    let rsa_only = Statement {
        algorithms: vec![Algorithm::PS256],
        ..statement()
    };
    check(rsa_only, NOW, "ALGORITHM-REFUSED");
    let business = Statement {
        purpose: Purpose::Register,
        subject: Some(SubjectKind::Business),
        ..statement()
    };
    check(business, NOW, "CERT-WRONG-SUBJECT");
}

#[test]
fn nothing_found_says_what_was_missing() {
    let check = |slots: Vec<SlotReport>, code: &str| {
        let mut scene = Scene::consented();
        for slot in slots {
            scene.event(Event::Found(LoginId(1), Box::new(slot)));
        }
        scene.event(Event::Listed(LoginId(1))).event(ended());
        assert_eq!(scene.said.last().map(String::as_str), Some(code));
    };
    let failed = |error: DriverError| SlotReport {
        module: "M".into(),
        slot: None,
        token: Err(error),
    };
    check(Vec::new(), "TOKEN-ABSENT");
    check(vec![failed(DriverError::TokenAbsent)], "TOKEN-ABSENT");
    check(
        vec![failed(DriverError::ModuleTimeout { seconds: 5 })],
        "MODULE-TIMEOUT",
    );
    let empty = || slot_with(PinState::default(), false, false);
    check(
        vec![failed(DriverError::ModuleTimeout { seconds: 5 }), empty()],
        "TOKEN-EMPTY",
    );
}

#[test]
fn a_slot_that_fails_hides_no_other() {
    let mut scene = Scene::consented();
    let died = SlotReport {
        module: "N".into(),
        slot: None,
        token: Err(DriverError::ModuleDied {
            signal: Some(11),
            status: None,
        }),
    };
    scene
        .event(Event::Found(LoginId(1), Box::new(died)))
        .event(found(PinState::default()))
        .event(Event::Listed(LoginId(1)));
    scene
        .act(Act::Choose(0))
        .check(&["show choose", "guard", "show pin"]);
}
