//! One screen: the person agrees to the certificate that is shown from memory, with its PIN.

use super::scene::*;
use super::*;
use crate::login::Remembered;

/// What the portal took last: the certificate of the person of these tests, or another.
fn remembered(own: bool, module: &str, keypad: bool) -> Site {
    let certificate = kyso_certs::Certificate::from_der(&person().certificate).expect("good");
    let sha256 = if own {
        certificate.fingerprint()
    } else {
        [9; 32]
    };
    Site {
        known: true,
        last: Some(sha256),
        remembered: Some(Box::new(Remembered {
            fingerprint: sha256,
            name: "NGUYỄN THỊ THỬ".into(),
            organisation: None,
            id: "CCCD …0001".into(),
            ca: "CA Thử nghiệm".into(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            device: "thẻ".into(),
            serial: "1".into(),
            module: module.into(),
            keypad,
        })),
        ..Site::default()
    }
}

fn asked(site: Site) -> Scene {
    let mut scene = Scene::default();
    scene
        .event(Event::Asked(link()))
        .event(fetched_at(&statement(), PORTAL_TIME, site));
    scene
}

/// The person agreed with a PIN.
fn agreed(site: Site) -> Scene {
    let mut scene = asked(site);
    scene.act(Act::AgreeRemembered(Some(digits())));
    scene
}

pub(super) fn own() -> Site {
    remembered(true, "M", false)
}

#[test]
fn one_screen_is_enough_where_the_token_has_nothing_to_say() {
    let mut scene = agreed(own());
    scene
        .event(found(PinState::default()))
        .event(Event::Listed(LoginId(1)))
        .event(Event::Signed(LoginId(1), Ok(signature())))
        .event(accepted());
    scene.check(&[
        "show checking",
        "fetch",
        "show consent with a certificate",
        "show looking for it",
        "list",
        "guard",
        "show signing",
        "sign with a PIN",
        "show posting",
        "post token",
        "show done",
        "accepted",
    ]);
    assert!(scene.pin_given);
}

#[test]
fn no_token_is_touched_before_the_person_acts() {
    let scene = asked(own());
    assert_eq!(
        scene.said,
        ["show checking", "fetch", "show consent with a certificate"]
    );
}

#[test]
fn what_the_token_says_of_its_pin_is_told_before_the_pin_is_used() {
    let check = |pin: PinState, expected: &str| {
        let mut scene = agreed(own());
        scene.event(found(pin)).event(Event::Listed(LoginId(1)));
        scene.check(&["list", "guard", expected]);
    };
    let low = PinState {
        low: true,
        ..PinState::default()
    };
    let last = PinState {
        low: true,
        final_try: true,
        ..PinState::default()
    };
    let to_be_changed = PinState {
        to_be_changed: true,
        ..PinState::default()
    };
    check(low, "show pin");
    check(last, "show pin");
    check(to_be_changed, "show pin again");
}

#[test]
fn a_locked_token_ends_it_without_the_pin() {
    let mut scene = agreed(own());
    let locked = PinState {
        locked: true,
        ..PinState::default()
    };
    scene.event(found(locked)).event(ended());
    scene.check(&["list", "show failed", "post Failed", "PIN-LOCKED"]);
}

#[test]
fn a_wrong_pin_of_the_one_screen_is_asked_for_again_and_tried_once() {
    let mut scene = agreed(own());
    let wrong = SignError::PinWrong { state: None };
    scene
        .event(found(PinState::default()))
        .event(Event::Signed(LoginId(1), Err(wrong)));
    scene.check(&["show signing", "sign with a PIN", "show pin again"]);
    scene.act(pin()).check(&["show signing", "sign with a PIN"]);
}

#[test]
fn a_certificate_that_is_not_there_leaves_the_choice_and_the_pin_unused() {
    let mut scene = agreed(remembered(false, "M", false));
    scene
        .event(found(PinState::default()))
        .event(Event::Listed(LoginId(1)));
    scene.check(&["show looking for it", "list", "show choose instead"]);
    scene.act(Act::Choose(0)).check(&["guard", "show pin"]);
}

#[test]
fn without_any_token_it_ends_and_the_pin_is_unused() {
    let mut scene = agreed(own());
    scene.event(Event::Listed(LoginId(1))).event(ended());
    scene.check(&["list", "show failed", "post NoIdentity", "TOKEN-ABSENT"]);
}

#[test]
fn a_module_that_failed_is_named_where_there_is_nothing_else() {
    let mut scene = agreed(own());
    let failed = SlotReport {
        module: "N".into(),
        slot: None,
        token: Err(DriverError::ModuleTimeout { seconds: 5 }),
    };
    scene
        .event(Event::Found(LoginId(1), Box::new(failed)))
        .event(Event::Listed(LoginId(1)))
        .event(ended());
    scene.check(&["list", "show failed", "post Failed", "MODULE-TIMEOUT"]);
}

#[test]
fn a_certificate_that_cannot_sign_this_ask_leaves_the_choice() {
    let rsa_only = Statement {
        algorithms: vec![Algorithm::PS256],
        ..statement()
    };
    let mut scene = Scene::default();
    scene
        .event(Event::Asked(link()))
        .event(fetched_at(&rsa_only, PORTAL_TIME, own()))
        .act(Act::AgreeRemembered(Some(digits())))
        .event(found(PinState::default()))
        .event(Event::Listed(LoginId(1)));
    scene.check(&["list", "show choose instead"]);
}

#[test]
fn the_module_that_signed_before_goes_first_and_another_one_waits_for_the_rest() {
    let mut scene = agreed(remembered(true, "N", false));
    scene.event(found(PinState::default()));
    scene.check(&["show looking for it", "list"]);
    scene
        .event(Event::Listed(LoginId(1)))
        .check(&["guard", "show pin"]);
    let mut first = agreed(own());
    first.event(found(PinState::default()));
    first.check(&["guard", "show signing", "sign with a PIN"]);
}

#[test]
fn the_pin_of_the_one_screen_goes_to_no_other_device_with_the_certificate() {
    let check = |change: fn(&mut Remembered)| {
        let mut site = own();
        change(site.remembered.as_mut().expect("remembered"));
        let mut scene = agreed(site);
        scene.event(found(PinState::default()));
        scene.check(&["show looking for it", "list"]);
        scene.event(Event::Listed(LoginId(1)));
        scene.check(&["list", "guard", "show pin"]);
        scene.act(pin()).check(&["show signing", "sign with a PIN"]);
    };
    check(|seen| seen.module = "N".into());
    check(|seen| seen.device = "thẻ khác".into());
    check(|seen| seen.serial = "2".into());
    check(|seen| seen.serial = String::new());
}

#[test]
fn the_device_that_was_shown_goes_before_another_with_the_certificate() {
    let mut scene = agreed(own());
    let mut other = slot_with(PinState::default(), false, true);
    if let Ok(token) = &mut other.token {
        token.token.serial = "2".into();
    }
    scene.event(Event::Found(LoginId(1), Box::new(other)));
    scene.check(&["show looking for it", "list"]);
    scene
        .event(found(PinState::default()))
        .check(&["guard", "show signing", "sign with a PIN"]);
}

#[test]
fn a_pin_for_a_device_that_has_keys_of_its_own_goes_nowhere() {
    let with_keys = || {
        let slot = slot_with(PinState::default(), true, true);
        Event::Found(LoginId(1), Box::new(slot))
    };
    let expected = ["guard", "show signing", "sign with no PIN"];
    let mut typed = agreed(own());
    typed.event(with_keys()).check(&expected);
    let mut keypad = asked(remembered(true, "M", true));
    keypad.act(Act::AgreeRemembered(None));
    keypad.event(with_keys()).check(&expected);
}

#[test]
fn without_a_pin_it_is_asked_for_when_the_token_was_found() {
    let mut scene = asked(own());
    scene
        .act(Act::AgreeRemembered(None))
        .event(found(PinState::default()));
    scene.check(&["list", "guard", "show pin"]);
}

#[test]
fn the_person_may_choose_another_certificate_all_the_same() {
    let mut scene = asked(own());
    scene.act(Act::Agree);
    scene.check(&["show searching", "list"]);
}

#[test]
fn nothing_remembered_is_nothing_to_agree_to() {
    let mut scene = asked(Site::default());
    scene.act(Act::AgreeRemembered(Some(digits())));
    scene.check(&["show consent"]);
}

#[test]
fn one_that_is_no_longer_valid_is_not_offered() {
    let mut site = own();
    if let Some(remembered) = &mut site.remembered {
        remembered.not_after = NOW - Duration::days(1);
    }
    asked(site).check(&["show consent"]);
}

#[test]
fn every_end_while_it_is_looked_for_is_an_end_without_a_signature() {
    let check = |event: Event, at: OffsetDateTime, expected: &[&str]| {
        let mut scene = agreed(own());
        scene.at(at).event(event).event(ended()).check(expected);
        assert!(!scene.said.iter().any(|said| said.starts_with("sign")));
    };
    let closed = Event::Stopped(Stop::WindowClosed);
    let end = ["list", "show failed", "post Cancelled", "WINDOW-CLOSED"];
    check(closed, NOW, &end);
    let end = ["list", "show failed", "post Refused", "ASK-EXPIRED"];
    check(Event::Clock, NOW + Duration::minutes(5), &end);
}

#[test]
fn the_end_tells_what_to_remember_unless_it_showed_only_after_the_pin() {
    let mut scene = Scene::signing();
    scene
        .event(Event::Signed(LoginId(1), Ok(signature())))
        .event(accepted());
    let noted = scene.noted.pop().flatten().expect("an end");
    let seen = noted.seen.expect("seen");
    let expected = own().remembered.expect("remembered");
    assert_eq!(seen, *expected);
}
