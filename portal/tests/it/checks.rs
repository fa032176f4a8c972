//! When the answer arrives: every refusal by its own code, and what it does to the ask.

use std::sync::Arc;

use kyso_portal::pages::paths;
use kyso_protocol::{Algorithm, Answer, AnswerReply, AskId, Outcome, Refusal, Token};
use kyso_support::Role;
use time::Duration;

use crate::{
    agent::{Signer, fetch, post, refusal, register_citizen, sign},
    browser::Browser,
    world::{ORIGIN, World, pki},
};

const LOGIN: [(&str, &str); 1] = [("purpose", "login")];

fn crls() -> String {
    format!("crls = '{}'", pki().1.crls.display())
}

fn body(ask: AskId, token: Token) -> String {
    Answer {
        ask,
        outcome: Outcome::Token(token, None),
    }
    .to_json()
}

/// Answers a fresh ask with what `make` makes of its statement, and compares status, code, and whether the ask lives.
async fn check(
    world: &World,
    wanted: &[(&str, &str)],
    make: impl Fn(AskId, &[u8]) -> String,
    expected: (u16, &str),
    lives: bool,
) {
    let mut browser = Browser::new();
    let ask = browser.ask(world, wanted).await;
    let statement = fetch(world, ask).await;
    let (status, code) = refusal(post(world, ask, make(ask, &statement)).await);
    assert_eq!((status, code.as_str()), expected);
    let state = browser
        .get(world, &format!("{}/{ask}/state", paths::WAIT))
        .await;
    let waiting = state.text.contains("\"waiting\"");
    assert_eq!(waiting, lives, "{code}: {}", state.text);
    if !lives {
        assert!(
            state.text.contains(&format!("\"{code}\"")),
            "{code}: {}",
            state.text
        );
    }
}

#[tokio::test]
async fn a_failure_up_to_the_signature_has_its_own_code_and_leaves_the_ask_open() {
    let world = World::new().await;
    let citizen = Signer::of(Role::Citizen);
    let person = Signer::of(Role::PersonInOrganisation);
    let one = async |make: &dyn Fn(AskId, &[u8]) -> String, code| {
        check(&world, &LOGIN, make, (403, code), true).await;
    };
    one(&|_, _| "{}".to_owned(), "TOKEN-INVALID").await;
    one(&|_, _| "not JSON at all".to_owned(), "TOKEN-INVALID").await;
    one(
        &|ask, statement| {
            citizen
                .answer(ask, statement)
                .replace("web-eid:1.0", "web-eid:1.1")
        },
        "TOKEN-INVALID",
    )
    .await;
    one(
        &|ask, statement| {
            citizen
                .answer(ask, statement)
                .replacen("\"v\":1", "\"v\":1,\"v\":1", 1)
        },
        "TOKEN-INVALID",
    )
    .await;
    one(
        &|_, statement| citizen.answer(AskId::from_bytes([9; 16]), statement),
        "ASK-INVALID",
    )
    .await;
    one(
        &|ask, statement| body(ask, citizen.token(statement, "https://other.example")),
        "SIGNATURE-INVALID",
    )
    .await;
    one(
        &|ask, _| body(ask, citizen.token(b"another statement", ORIGIN)),
        "SIGNATURE-INVALID",
    )
    .await;
    one(
        &|ask, statement| {
            let token = citizen.token(statement, ORIGIN);
            let (certificate, signature) = (person.certificate.clone(), token.signature().to_vec());
            body(
                ask,
                Token::new(certificate, Algorithm::PS256, signature, None),
            )
        },
        "KEY-INVALID",
    )
    .await;
    one(
        &|ask, statement| {
            let mut signature = citizen.token(statement, ORIGIN).signature().to_vec();
            signature[100] ^= 1;
            body(
                ask,
                Token::new(
                    citizen.certificate.clone(),
                    Algorithm::PS256,
                    signature,
                    None,
                ),
            )
        },
        "SIGNATURE-INVALID",
    )
    .await;
    one(
        &|ask, statement| {
            let signature = citizen.token(statement, ORIGIN).signature().to_vec();
            let certificate = [&citizen.certificate[..], &[0]].concat();
            body(
                ask,
                Token::new(certificate, Algorithm::PS256, signature, None),
            )
        },
        "CERT-UNREADABLE",
    )
    .await;
}

#[tokio::test]
async fn a_policy_with_pss_only_refuses_the_older_padding() {
    let world = World::with("policy = 'circular-15-2025'").await;
    let citizen = Signer::of(Role::Citizen);
    let older =
        |ask, statement: &[u8]| body(ask, citizen.token_with(statement, ORIGIN, Algorithm::RS256));
    check(&world, &LOGIN, older, (403, "ALGORITHM-REFUSED"), true).await;
}

#[tokio::test]
async fn a_failure_after_the_signature_has_its_own_code_and_ends_the_ask() {
    let world = World::with(&crls()).await;
    let one = async |role, wanted: &[(&str, &str)], code| {
        let signer = Signer::of(role);
        check(
            &world,
            wanted,
            |ask, statement| signer.answer(ask, statement),
            (403, code),
            false,
        )
        .await;
    };
    let register = |subject| [("purpose", "register"), ("subject", subject)];
    one(Role::Expired, &LOGIN, "CERT-EXPIRED").await;
    one(Role::Revoked, &LOGIN, "CERT-REVOKED").await;
    one(Role::UnknownCa, &LOGIN, "CERT-UNTRUSTED").await;
    one(Role::Citizen, &register("business"), "CERT-WRONG-SUBJECT").await;
    one(Role::Business, &register("citizen"), "CERT-WRONG-SUBJECT").await;
    one(Role::Business, &register("agency"), "CERT-WRONG-SUBJECT").await;
    one(
        Role::PersonInOrganisation,
        &register("business"),
        "CERT-WRONG-SUBJECT",
    )
    .await;
    one(Role::Agency, &register("citizen"), "CERT-WRONG-SUBJECT").await;
}

#[tokio::test]
async fn three_failures_close_the_ask_and_two_do_not_burn_it() {
    let world = World::new().await;
    let mut browser = Browser::new();
    let ask = browser.ask(&world, &LOGIN).await;
    for _ in 0..2 {
        assert_eq!(refusal(post(&world, ask, "junk").await).0, 403);
    }
    sign(&world, ask, &Signer::of(Role::Citizen)).await;

    let ask = browser.ask(&world, &LOGIN).await;
    let statement = fetch(&world, ask).await;
    for _ in 0..3 {
        post(&world, ask, "junk").await;
    }
    let late = post(
        &world,
        ask,
        Signer::of(Role::Citizen).answer(ask, &statement),
    )
    .await;
    assert_eq!(refusal(late), (409, "ASK-USED".to_owned()));
}

#[tokio::test]
async fn an_answer_is_taken_once() {
    let world = World::new().await;
    let ask = Browser::new().ask(&world, &LOGIN).await;
    let statement = fetch(&world, ask).await;
    let answer = Signer::of(Role::Citizen).answer(ask, &statement);
    assert_eq!(post(&world, ask, answer.clone()).await.0, 200);
    assert_eq!(
        refusal(post(&world, ask, answer).await),
        (409, "ASK-USED".to_owned())
    );
}

#[tokio::test]
async fn of_two_answers_at_once_one_wins() {
    let world = Arc::new(World::new().await);
    let ask = Browser::new().ask(&world, &LOGIN).await;
    let statement = fetch(&world, ask).await;
    let tasks: Vec<_> = [Role::Citizen, Role::Business, Role::Agency]
        .map(|role| (Arc::clone(&world), Signer::of(role).answer(ask, &statement)))
        .into_iter()
        .map(|(world, answer)| tokio::spawn(async move { post(&world, ask, answer).await }))
        .collect();
    let mut statuses = Vec::new();
    for task in tasks {
        statuses.push(task.await.unwrap().0);
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409]);
    assert_eq!(world.count("proofs").await, 1);
}

#[tokio::test]
async fn an_ask_lives_for_five_minutes() {
    let world = World::new().await;
    let mut browser = Browser::new();
    let ask = browser.ask(&world, &LOGIN).await;
    let statement = fetch(&world, ask).await;
    world.later(Duration::seconds(300));
    let late = post(
        &world,
        ask,
        Signer::of(Role::Citizen).answer(ask, &statement),
    )
    .await;
    assert_eq!(refusal(late), (410, "ASK-EXPIRED".to_owned()));
    let state = browser.get(&world, &format!("/wait/{ask}/state")).await;
    assert_eq!(state.text, r#"{"state":"problem","code":"ASK-EXPIRED"}"#);
    assert_eq!(
        browser
            .get(&world, &format!("/.well-known/kyso/ask/{ask}"))
            .await
            .status,
        410
    );
}

#[tokio::test]
async fn one_ask_more_than_a_browser_may_have_ends_its_oldest() {
    let world = World::with("asks-per-browser = 2").await;
    let (mut browser, mut other) = (Browser::new(), Browser::new());
    let strange = other.ask(&world, &LOGIN).await;
    let mut asks = Vec::new();
    for _ in 0..3 {
        asks.push(browser.ask(&world, &LOGIN).await);
        world.later(Duration::seconds(1));
    }
    let state = async |browser: &mut Browser, ask: &AskId| {
        let path = format!("/wait/{ask}/state");
        browser.get(&world, &path).await.text
    };
    assert_eq!(state(&mut browser, &asks[0]).await, r#"{"state":"ended"}"#);
    for ask in &asks[1..] {
        assert!(state(&mut browser, ask).await.contains("waiting"));
    }
    assert!(state(&mut other, &strange).await.contains("waiting"));
    let late = Signer::of(Role::Citizen).answer(asks[0], b"whatever");
    let late = post(&world, asks[0], late).await;
    assert_eq!(refusal(late), (409, "ASK-USED".to_owned()));
    // What has run out takes no room.
    world.later(Duration::minutes(5));
    let fresh = browser.ask(&world, &LOGIN).await;
    let next = browser.ask(&world, &LOGIN).await;
    for ask in [fresh, next] {
        assert!(state(&mut browser, &ask).await.contains("waiting"));
    }
}

#[tokio::test]
async fn an_unknown_ask_is_told_apart_from_a_used_one() {
    let world = World::new().await;
    let unknown = AskId::from_bytes([1; 16]);
    assert_eq!(
        refusal(post(&world, unknown, "{}").await),
        (404, "ASK-INVALID".to_owned())
    );
}

#[tokio::test]
async fn a_refusal_of_the_person_ends_the_ask() {
    let world = World::new().await;
    let mut browser = Browser::new();
    let ask = browser.ask(&world, &LOGIN).await;
    let refused = Answer {
        ask,
        outcome: Outcome::Refusal(Refusal::Cancelled),
    }
    .to_json();
    let (status, reply) = post(&world, ask, refused).await;
    assert!(status == 200 && matches!(reply, AnswerReply::Ended));
    let state = browser.get(&world, &format!("/wait/{ask}/state")).await;
    assert_eq!(state.text, r#"{"state":"problem","code":"CANCELLED"}"#);
    let page = browser.get(&world, &format!("/wait/{ask}")).await;
    assert!(page.text.contains("CANCELLED"));
}

#[tokio::test]
async fn the_account_sees_a_sign_in_that_failed_after_the_signature() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::with(&format!("crls = '{}'", folder.path().display())).await;
    let mut browser = Browser::new();
    register_citizen(&world, &mut browser).await;
    let (pki, _) = pki();
    let revoked = kyso_support::CrlDraft::new(
        crate::world::NOW - Duration::days(1),
        Some(crate::world::NOW + Duration::days(6)),
    )
    .revoke(
        &pki.subject(Role::Citizen).certificate,
        crate::world::NOW - Duration::hours(1),
    )
    .issue(&pki.public_ca)
    .unwrap();
    std::fs::write(folder.path().join("public.crl"), revoked.der()).unwrap();
    let citizen = Signer::of(Role::Citizen);
    let answer = |ask, statement: &[u8]| citizen.answer(ask, statement);
    check(&world, &LOGIN, answer, (403, "CERT-REVOKED"), false).await;
    assert_eq!(
        world.count("history WHERE problem = 'CERT-REVOKED'").await,
        1
    );
}

#[tokio::test]
async fn revocation_that_could_not_be_judged_is_recorded_as_such() {
    let with_lists = World::with(&crls()).await;
    register_citizen(&with_lists, &mut Browser::new()).await;
    assert_eq!(
        with_lists
            .count("certificates WHERE revocation = 'good'")
            .await,
        1
    );
    let without = World::new().await;
    register_citizen(&without, &mut Browser::new()).await;
    assert_eq!(
        without
            .count("certificates WHERE revocation = 'not-checked'")
            .await,
        1
    );
}

#[tokio::test]
async fn a_page_posts_an_answer_only_from_this_origin_and_in_the_browser_that_asked() {
    let world = World::new().await;
    let (mut own, mut other) = (Browser::new(), Browser::new());
    other.ask(&world, &LOGIN).await;
    let ask = own.ask(&world, &LOGIN).await;
    let statement = fetch(&world, ask).await;
    let answer = Signer::of(Role::Citizen).answer(ask, &statement);
    let check = async |browser: &Browser, site: &str, status| {
        let mut request = axum::http::Request::post(format!("/.well-known/kyso/ask/{ask}/answer"))
            .header("content-type", "application/json")
            .header("sec-fetch-site", site);
        for (name, value) in &browser.cookies {
            request = request.header("cookie", format!("{name}={value}"));
        }
        let response = world
            .send(request.body(answer.clone().into()).unwrap())
            .await;
        assert_eq!(response.status().as_u16(), status, "{site}");
    };
    check(&own, "cross-site", 403).await;
    check(&own, "none", 403).await;
    check(&other, "same-origin", 403).await;
    check(&Browser::new(), "same-origin", 403).await;
    check(&own, "same-origin", 200).await;
}
