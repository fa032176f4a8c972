//! A signature that the person tries; no portal takes it.

use kyso_certs::Certificate;
use kyso_pkcs11::Signature;
use kyso_protocol::{Nonce, SelfTest};
use kyso_support::sign_softly;
use sha2::{Digest as _, Sha256};

use super::scene::*;
use super::*;
use crate::login::TryOut;

const CHALLENGE: [u8; 32] = [5; 32];

fn own() -> [u8; 32] {
    Certificate::from_der(&person().certificate)
        .expect("a certificate")
        .fingerprint()
}

fn trying(certificate: [u8; 32]) -> Scene {
    let mut scene = Scene::default();
    let challenge = CHALLENGE;
    scene.event(Event::TryOut(TryOut {
        certificate,
        challenge,
    }));
    scene
}

fn typed(certificate: [u8; 32]) -> Scene {
    let mut scene = trying(certificate);
    scene
        .event(found(PinState::default()))
        .event(Event::Listed(LoginId(1)))
        .act(pin());
    scene
}

/// What the token would make of the statement that is tried now.
fn tried() -> Signature {
    let test = SelfTest::new(&CHALLENGE, NOW);
    let nonce = Nonce::of_statement(test.statement());
    let message = [
        Sha256::digest(b"kyso:self-test"),
        Sha256::digest(nonce.as_str()),
    ]
    .concat();
    by_ecdsa(sign_softly(&person().key, "ES256", &message).expect("signed"))
}

#[test]
fn a_right_signature_ends_here_and_nothing_leaves() {
    let mut scene = typed(own());
    scene.event(Event::Signed(LoginId(1), Ok(tried())));
    let expected = [
        "show looking for it",
        "list",
        "guard",
        "show pin",
        "show signing",
        "sign with a PIN",
        "show done",
        "tried",
    ];
    assert_eq!(scene.said, expected);
    let noted = scene.noted.pop().flatten().expect("noted");
    assert_eq!(
        (noted.portal.as_str(), noted.aim.as_str(), noted.signed),
        ("kyso:self-test", "self-test", false)
    );
}

#[test]
fn a_signature_over_anything_else_is_wrong() {
    for signature in [signature(), by_ecdsa(vec![1; 64])] {
        let mut scene = typed(own());
        scene.event(Event::Signed(LoginId(1), Ok(signature)));
        scene.check(&["sign with a PIN", "show failed", "SIGNATURE-INVALID"]);
    }
}

#[test]
fn it_ends_as_logins_do_and_nobody_is_told() {
    let check = |mut scene: Scene, event: Event, expected: &[&str]| {
        scene.event(event).check(expected);
        assert!(!scene.said.iter().any(|said| said.starts_with("post")));
        assert!(scene.login.is_idle());
    };
    let closed = Event::Stopped(Stop::WindowClosed);
    check(trying(own()), closed, &["show failed", "WINDOW-CLOSED"]);
    let none = Event::Listed(LoginId(1));
    check(trying(own()), none, &["show failed", "TOKEN-ABSENT"]);
    let pulled = Event::Unplugged(LoginId(1));
    check(
        typed(own()),
        pulled,
        &["stop signing", "show failed", "TOKEN-ABSENT"],
    );
}

#[test]
fn another_certificate_may_be_tried_instead() {
    let mut scene = trying([9; 32]);
    scene
        .event(found(PinState::default()))
        .event(Event::Listed(LoginId(1)))
        .act(Act::Choose(0));
    scene.check(&["show choose instead", "guard", "show pin"]);
}

#[test]
fn nothing_is_tried_in_the_middle_of_a_login() {
    let mut scene = Scene::consented();
    let before = scene.said.len();
    let (certificate, challenge) = (own(), CHALLENGE);
    scene.event(Event::TryOut(TryOut {
        certificate,
        challenge,
    }));
    assert_eq!(scene.said.len(), before);
}
