//! From the link to the code.

use super::scene::*;
use super::*;

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
        (noted.portal.as_str(), noted.aim),
        (origin().as_str(), crate::view::Aim::Ask(Purpose::Login))
    );
    let chosen = noted.certificate.as_ref().expect("chosen");
    assert_eq!(chosen.der(), person().certificate);
    let mut refused = Scene::consented();
    refused
        .event(Event::Stopped(Stop::Cancelled))
        .event(ended());
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
        let mut statement = statement();
        statement.issued += at - NOW;
        statement.expires += at - NOW;
        let mut scene = Scene::default();
        scene
            .at(at)
            .event(Event::Asked(link()))
            .event(fetched(&statement, PORTAL_TIME + (at - NOW)))
            .act(Act::Agree)
            .event(found(PinState::default()));
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
