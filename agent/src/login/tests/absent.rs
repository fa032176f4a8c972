//! No token is there, and the login waits for one.

use super::scene::*;
use super::*;

fn patient() -> Scene {
    Scene {
        login: Login::patient(),
        ..Scene::default()
    }
}

fn without_a_token() -> Scene {
    let mut scene = patient();
    scene
        .event(Event::Asked(link()))
        .event(fetched(&statement(), PORTAL_TIME))
        .act(Act::Agree)
        .event(Event::Listed(LoginId(1)));
    scene.check(&["show searching", "list", "show plug in", "await a token"]);
    scene
}

#[test]
fn a_token_that_is_plugged_in_goes_on_with_the_login() {
    for plugged in [true, false] {
        let mut scene = without_a_token();
        if plugged {
            scene.event(Event::PluggedIn(LoginId(1)));
        } else {
            scene.act(Act::LookAgain);
        }
        scene
            .event(found(PinState::default()))
            .event(Event::Listed(LoginId(1)));
        scene.check(&["show searching", "list", "show searching", "show choose"]);
        scene.act(Act::Choose(0)).check(&["guard", "show pin"]);
    }
}

#[test]
fn one_screen_goes_on_with_its_certificate_and_asks_for_the_pin_again() {
    let mut scene = patient();
    scene
        .event(Event::Asked(link()))
        .event(fetched_at(&statement(), PORTAL_TIME, remembered::own()))
        .act(Act::AgreeRemembered(Some(digits())))
        .event(Event::Listed(LoginId(1)));
    scene.check(&["list", "show plug in", "await a token"]);
    scene
        .event(Event::PluggedIn(LoginId(1)))
        .event(found(PinState::default()));
    scene.check(&["show looking for it", "list", "guard", "show pin"]);
}

#[test]
fn nothing_plugged_in_ends_as_every_login_does() {
    let check = |event: Event, at: OffsetDateTime, expected: &[&str]| {
        let mut scene = without_a_token();
        scene.at(at).event(event).event(ended()).check(expected);
    };
    let end = ["show failed", "post Refused", "ASK-EXPIRED"];
    check(Event::Clock, NOW + Duration::minutes(5), &end);
    let end = ["show failed", "post Cancelled", "CANCELLED"];
    check(Event::Stopped(Stop::Cancelled), NOW, &end);
    let mut given_up = without_a_token();
    given_up.act(Act::GiveUp).event(ended());
    given_up.check(&["show failed", "post NoIdentity", "TOKEN-ABSENT"]);
}

#[test]
fn a_token_that_is_plugged_in_later_disturbs_no_other_step() {
    let mut scene = Scene::signing();
    let before = scene.said.len();
    scene.event(Event::PluggedIn(LoginId(1)));
    assert_eq!(scene.said.len(), before);
}
