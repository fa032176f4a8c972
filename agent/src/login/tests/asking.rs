//! What is asked, before anything is agreed to.

use super::scene::*;
use super::*;

#[test]
fn a_statement_that_fails_a_check_is_neither_shown_nor_answered() {
    let check = |change: fn(&mut Statement), portal_time: OffsetDateTime, code: &str| {
        let mut statement = statement();
        change(&mut statement);
        let mut scene = Scene::default();
        scene
            .event(Event::Asked(link()))
            .event(fetched(&statement, portal_time));
        assert_eq!(scene.said, ["show checking", "fetch", "show failed", code]);
    };
    check(
        |s| s.portal = Origin::parse("https://other.example").expect("an origin"),
        PORTAL_TIME,
        "ORIGIN-MISMATCH",
    );
    check(
        |s| s.portal = Origin::parse("https://portal.example:8443").expect("an origin"),
        PORTAL_TIME,
        "ORIGIN-MISMATCH",
    );
    check(
        |s| s.ask = AskId::from_bytes([8; 16]),
        PORTAL_TIME,
        "ASK-INVALID",
    );
    check(|_| {}, datetime!(2026-11-21 07:05:00 UTC), "ASK-EXPIRED");
    check(|_| {}, datetime!(2026-11-21 06:59:00 UTC), "ASK-EXPIRED");
}

#[test]
fn a_portal_that_cannot_be_asked_ends_the_login() {
    let check = |error: PortalError, code: &str| {
        let mut scene = Scene::default();
        scene
            .event(Event::Asked(link()))
            .event(Event::Fetched(LoginId(1), Err(error)));
        scene.check(&["show failed", code]);
    };
    check(PortalError::AskUnknown, "ASK-INVALID");
    check(PortalError::TimedOut, "PORTAL-UNREACHABLE");
    check(PortalError::MediaType, "PORTAL-REPLY");
}

#[test]
fn a_refusal_is_posted_and_the_login_ends_whatever_comes_back() {
    for back in [
        ended(),
        Event::Posted(LoginId(1), Err(PortalError::TimedOut)),
    ] {
        let mut scene = Scene::default();
        scene
            .event(Event::Asked(link()))
            .event(fetched(&statement(), PORTAL_TIME))
            .act(Act::Refuse)
            .event(back);
        scene.check(&["show consent", "show failed", "post Cancelled", "CANCELLED"]);
    }
}

#[test]
fn a_window_that_closes_ends_every_step_and_is_told_apart_from_a_no() {
    let choosing = || {
        let mut scene = Scene::consented();
        scene.event(found(PinState::default()));
        scene
    };
    let typing = || {
        let mut scene = choosing();
        scene.event(Event::Listed(LoginId(1))).act(Act::Choose(0));
        scene
    };
    for mut scene in [Scene::consented(), choosing(), typing()] {
        scene
            .event(Event::Stopped(Stop::WindowClosed))
            .event(ended());
        scene.check(&["show failed", "post Cancelled", "WINDOW-CLOSED"]);
    }
    let mut signing = Scene::signing();
    signing
        .event(Event::Stopped(Stop::WindowClosed))
        .event(Event::Signed(LoginId(1), Ok(signature())))
        .event(ended());
    signing.check(&[
        "stop signing",
        "show failed",
        "post Cancelled",
        "WINDOW-CLOSED",
    ]);
}

#[test]
fn the_ask_expires_by_the_portals_clock() {
    // The portal's clock is 20 seconds ahead: 07:05:00 there is 07:04:40 here.
    let check = |now: OffsetDateTime, expected: &[&str]| {
        let mut scene = Scene::consented();
        scene.at(now).event(Event::Clock).check(expected);
    };
    check(
        datetime!(2026-11-21 07:04:39 UTC),
        &["show searching", "list"],
    );
    check(
        datetime!(2026-11-21 07:04:40 UTC),
        &["show failed", "post Refused"],
    );
}

#[test]
fn intents_for_an_older_view_or_another_login_are_dropped() {
    let mut scene = Scene::default();
    scene
        .event(Event::Asked(link()))
        .event(fetched(&statement(), PORTAL_TIME));
    let before = scene.said.len();
    for (login, view) in [(1, 1), (1, 3), (2, 2), (0, 2)] {
        scene.event(Event::Intent(Intent {
            login: LoginId(login),
            view,
            act: Act::Agree,
        }));
    }
    assert_eq!(scene.said.len(), before);
    scene.act(Act::Agree).check(&["show searching", "list"]);
}

#[test]
fn results_of_another_login_are_dropped() {
    let mut scene = Scene::consented();
    let before = scene.said.len();
    scene
        .event(Event::Found(
            LoginId(9),
            Box::new(slot_with(PinState::default(), false, true)),
        ))
        .event(Event::Listed(LoginId(9)));
    assert_eq!(scene.said.len(), before);
}

#[test]
fn a_second_link_is_turned_away() {
    let mut scene = Scene::consented();
    scene
        .event(Event::Asked(link()))
        .check(&["list", "turn away"]);
}
