//! Tokens that show their certificates only after the PIN.

use super::scene::*;
use super::*;

/// A token that shows nothing before its PIN.
fn hidden(pin: PinState, protected_path: bool) -> Event {
    let mut slot = slot_with(pin, protected_path, false);
    if let Ok(token) = &mut slot.token {
        token.certificates_after_pin = true;
    }
    Event::Found(LoginId(1), Box::new(slot))
}

fn unlocked(certificates: bool) -> Event {
    let slot = slot_with(PinState::default(), false, certificates);
    Event::Unlocked(LoginId(1), Ok(Box::new(slot.token.expect("a token"))))
}

fn opening(token: Event) -> Scene {
    let mut scene = Scene::consented();
    scene
        .event(token)
        .event(Event::Listed(LoginId(1)))
        .act(Act::Choose(0));
    scene
}

#[test]
fn a_token_that_hides_its_certificates_is_unlocked_once_and_signs_without_another_pin() {
    let mut scene = opening(hidden(PinState::default(), false));
    scene
        .act(pin())
        .event(unlocked(true))
        .act(Act::Choose(0))
        .event(Event::Signed(LoginId(1), Ok(signature())))
        .event(accepted());
    scene.check(&[
        "show choose",
        "show pin",
        "show unlocking",
        "unlock with a PIN",
        "show choose",
        "guard",
        "show signing",
        "sign unlocked",
        "show posting",
        "post token",
        "show done",
        "accepted",
    ]);
    assert!(scene.pin_given);
}

#[test]
fn a_wrong_pin_of_a_token_that_hides_its_certificates_asks_again() {
    let mut scene = opening(hidden(PinState::default(), false));
    let wrong = SignError::PinWrong { state: None };
    scene
        .act(pin())
        .event(Event::Unlocked(LoginId(1), Err(wrong)));
    scene.check(&["unlock with a PIN", "show pin again"]);
    scene.act(Act::GiveUp).event(ended());
    scene.check(&["show failed", "post Failed", "PIN-WRONG"]);
}

#[test]
fn a_token_that_hides_its_certificates_ends_as_others_do() {
    let locked = PinState {
        locked: true,
        ..PinState::default()
    };
    let mut scene = opening(hidden(locked, false));
    scene.event(ended());
    scene.check(&["show failed", "post Failed", "PIN-LOCKED"]);
    let mut keypad = opening(hidden(PinState::default(), true));
    keypad.check(&["show unlocking", "unlock with no PIN"]);
    keypad.event(Event::Stopped(Stop::Cancelled)).event(ended());
    keypad.check(&["stop signing", "show failed", "post Cancelled", "CANCELLED"]);
    let mut empty = opening(hidden(PinState::default(), false));
    empty.act(pin()).event(unlocked(false)).event(ended());
    empty.check(&["show failed", "post NoIdentity", "TOKEN-EMPTY"]);
    let mut wants_its_own = opening(hidden(PinState::default(), false));
    wants_its_own
        .act(pin())
        .event(unlocked(true))
        .act(Act::Choose(0))
        .event(Event::Signed(LoginId(1), Err(SignError::PinNeeded)))
        .act(pin());
    wants_its_own.check(&["show pin again", "show signing", "sign with a PIN"]);
}

#[test]
fn a_token_that_hides_its_certificates_stands_behind_those_that_show_them() {
    let mut scene = Scene::consented();
    scene
        .event(hidden(PinState::default(), false))
        .event(found(PinState::default()))
        .event(Event::Listed(LoginId(1)));
    let hidden: Vec<_> = scene.rows.iter().map(|row| row.after_pin).collect();
    assert_eq!(hidden, [false, true]);
    scene.act(Act::Choose(2));
    scene.check(&["show choose"]);
    scene.act(Act::Choose(1));
    scene.check(&["show pin"]);
}

/// A slot's token has another serial number.
fn numbered(event: Event, serial: &str) -> Event {
    match event {
        Event::Found(login, mut slot) => {
            if let Ok(token) = &mut slot.token {
                token.token.serial = serial.into();
            }
            Event::Found(login, slot)
        }
        other => other,
    }
}

#[test]
fn tokens_of_one_name_are_told_apart_where_one_is_chosen_and_where_its_pin_is_asked_for() {
    let check = |serials: [&str; 2], expected: [&str; 2]| {
        let listed = || {
            let mut scene = Scene::consented();
            scene
                .event(numbered(found(PinState::default()), serials[0]))
                .event(numbered(hidden(PinState::default(), false), serials[1]))
                .event(Event::Listed(LoginId(1)));
            scene
        };
        let shown: Vec<_> = listed().rows.iter().map(|row| row.device.clone()).collect();
        assert_eq!(shown, expected);
        for (row, expected) in expected.iter().enumerate() {
            let mut scene = listed();
            scene.act(Act::Choose(row)).check(&["show pin"]);
            assert_eq!(scene.device, *expected, "{row}");
        }
        let mut scene = listed();
        scene.act(Act::Choose(1)).act(pin()).event(unlocked(true));
        assert_eq!(scene.rows[0].device, expected[1], "after its PIN");
    };
    check(["10001", "20002"], ["thẻ (…0001)", "thẻ (…0002)"]);
    check(["10001", "10001"], ["thẻ", "thẻ"]);
}
