mod hidden;
mod scene;

use kyso_certs::SubjectKind;
use kyso_pkcs11::{DriverError, PinState, SignError, SlotReport};
use kyso_protocol::{Algorithm, AnswerReply, AskId, Origin, Purpose, Statement};
use proptest::prelude::*;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::*;
use crate::channel::deep_link::PortalError;

use scene::*;

#[test]
fn a_login_goes_from_link_to_code() {
    let mut scene = Scene::signing();
    scene
        .event(Event::Signed(LoginId(1), Ok(signature())))
        .event(accepted());
    let expected = [
        "show checking",
        "fetch",
        "show consent",
        "show searching",
        "list",
        "show searching",
        "show choose",
        "guard",
        "show pin",
        "show signing",
        "sign with a PIN",
        "show posting",
        "post token",
        "show done",
        "accepted",
    ];
    assert_eq!(scene.said, expected);
    assert!(scene.login.is_idle());
}

#[test]
fn the_end_says_what_was_shown_chosen_and_sent() {
    let mut scene = Scene::signing();
    scene
        .event(Event::Signed(LoginId(1), Ok(signature())))
        .event(accepted());
    let [Some(noted)] = scene.noted.as_slice() else {
        panic!("one end")
    };
    assert!(noted.signed);
    assert_eq!(
        (noted.portal.clone(), noted.purpose),
        (origin(), Purpose::Login)
    );
    let chosen = noted.certificate.as_ref().expect("chosen");
    assert_eq!(chosen.der(), person().certificate);
    let mut refused = Scene::consented();
    refused.event(Event::Cancelled).event(ended());
    let noted = refused.noted.pop().flatten().expect("it was shown");
    assert!(!noted.signed && noted.certificate.is_none());
    let mut unseen = Scene::default();
    unseen
        .event(Event::Asked(link()))
        .event(Event::Fetched(LoginId(1), Err(PortalError::TimedOut)));
    assert!(matches!(unseen.noted.as_slice(), [None]));
}

#[test]
fn the_certificate_that_the_portal_took_last_is_offered_and_not_chosen() {
    let usual = |last: Option<[u8; 32]>| {
        let Event::Fetched(login, Ok((statement, _))) = fetched(&statement(), PORTAL_TIME) else {
            panic!("a statement")
        };
        let site = Site {
            last,
            ..Site::default()
        };
        let mut scene = Scene::default();
        scene
            .event(Event::Asked(link()))
            .event(Event::Fetched(login, Ok((statement, site))))
            .act(Act::Agree)
            .event(found(PinState::default()))
            .event(Event::Listed(LoginId(1)));
        scene.check(&["show choose"]);
        scene.rows.iter().map(|row| row.usual).collect::<Vec<_>>()
    };
    let own = kyso_certs::Certificate::from_der(&person().certificate).expect("a certificate");
    assert_eq!(usual(Some(own.fingerprint())), [true]);
    assert_eq!(usual(Some([0; 32])), [false]);
    assert_eq!(usual(None), [false]);
}

#[test]
fn a_certificate_that_expires_within_thirty_days_says_so() {
    let days = |at: OffsetDateTime| {
        let mut scene = Scene::consented();
        scene.at(at).event(found(PinState::default()));
        scene
            .rows
            .iter()
            .map(|row| row.days_left)
            .collect::<Vec<_>>()
    };
    assert_eq!(days(NOW), [Some(10)]);
    assert_eq!(days(NOW + Duration::days(11)), [None]);
    assert_eq!(days(NOW - Duration::days(25)), [None]);
}

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
fn a_signature_that_does_not_verify_never_leaves() {
    let mut broken = signature();
    broken[10] ^= 1;
    for signature in [broken, Vec::new(), vec![0; 64], vec![1; 70]] {
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
        .event(Event::Cancelled)
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

#[test]
fn a_portals_refusal_is_told_with_its_code() {
    let check = |reply: AnswerReply, code: &str| {
        let mut scene = Scene::signing();
        scene
            .event(Event::Signed(LoginId(1), Ok(signature())))
            .event(Event::Posted(LoginId(1), Ok(reply)));
        scene.check(&["post token", "show failed", code]);
    };
    check(
        AnswerReply::Refused {
            code: "ASK-USED".into(),
        },
        "ASK-USED",
    );
    check(
        AnswerReply::Refused {
            code: "CERT-REVOKED".into(),
        },
        "CERT-REVOKED",
    );
    check(AnswerReply::Ended, "PORTAL-REPLY");
}

/// An event by number, some of them fitting the moment, some stale, some out of order.
fn event(kind: u8, view: u64) -> Event {
    let act = |act| {
        Event::Intent(Intent {
            login: LoginId(1),
            view,
            act,
        })
    };
    match kind {
        0 => Event::Asked(link()),
        1 => fetched(&statement(), PORTAL_TIME),
        2 => Event::Fetched(LoginId(1), Err(PortalError::Date)),
        3 => found(PinState::default()),
        4 => Event::Listed(LoginId(1)),
        5 => Event::Signed(LoginId(1), Ok(signature())),
        6 => Event::Signed(LoginId(1), Err(SignError::PinWrong { state: None })),
        7 => Event::Signed(LoginId(1), Err(SignError::TokenRemoved)),
        8 => accepted(),
        9 => ended(),
        10 => act(Act::Agree),
        11 => act(Act::Refuse),
        12 => act(Act::Choose(0)),
        13 => act(Act::Choose(99)),
        14 => act(pin()),
        15 => act(Act::GiveUp),
        16 => Event::Cancelled,
        17 => Event::Clock,
        18 => Event::Broken,
        _ => Event::Intent(Intent {
            login: LoginId(1),
            view: view.wrapping_sub(1),
            act: Act::Agree,
        }),
    }
}

/// The event that leads on from a view.
fn fitting(view: &str, choice: u8) -> u8 {
    match view {
        "checking" => 1,
        "consent" => 10,
        "searching" => 3 + choice % 2,
        "choose" => 12,
        "pin" | "pin again" => 14,
        "signing" => 5,
        "posting" => 8,
        _ => 0,
    }
}

/// What must hold however events are ordered, followed over one run.
#[derive(Default)]
struct Watch {
    under_way: bool,
    agreed: bool,
    signed: bool,
}

impl Watch {
    fn see(&mut self, agreeing: bool, signing: bool, effects: &[Effect]) {
        for effect in effects {
            match word(effect).as_str() {
                "fetch" => {
                    assert!(!self.under_way, "two logins at once");
                    *self = Self {
                        under_way: true,
                        ..Self::default()
                    };
                }
                "list" => {
                    assert!(agreeing, "a token was touched without consent");
                    self.agreed = true;
                }
                said if said.starts_with("sign with") => {
                    assert!(self.agreed, "a signature without consent");
                }
                "post token" => {
                    assert!(
                        signing && !self.signed,
                        "a token left that was not just signed"
                    );
                    self.signed = true;
                }
                "accepted" => assert!(self.signed, "accepted without a token"),
                _ => {}
            }
            if matches!(effect, Effect::Finish { .. }) {
                self.under_way = false;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn no_order_of_events_breaks_the_machine(kinds in proptest::collection::vec(0_u8..50, 0..60)) {
        let (mut login, mut view, mut watch) = (Login::default(), 0, Watch::default());
        let mut shown_now = "";
        for kind in kinds {
            // More than half of the events are the one that leads on, or no run would come far.
            let kind = if kind < 20 { kind } else { fitting(shown_now, kind) };
            let (next, effects) = login.step(event(kind, view), NOW);
            watch.see(kind == 10, kind == 5, &effects);
            for effect in &effects {
                if let Effect::Show(shown) = effect {
                    prop_assert!(shown.number > view, "a view's number was used twice");
                    view = shown.number;
                    shown_now = view_word(&shown.view);
                }
            }
            login = next;
            prop_assert_eq!(login.is_idle(), !watch.under_way);
        }
    }
}
