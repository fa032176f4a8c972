//! When the code arrives.

use axum::http::Request;
use kyso_portal::pages::paths;
use kyso_protocol::ReturnCode;
use kyso_support::Role;
use time::Duration;

use crate::{
    agent::{Signer, register_citizen, sign, sign_in},
    browser::{Browser, form},
    world::World,
};

const LOGIN: [(&str, &str); 1] = [("purpose", "login")];

#[tokio::test]
async fn a_code_in_another_browser_kills_the_ask_and_the_account_is_told() {
    let world = World::new().await;
    let (mut own, mut other) = (Browser::new(), Browser::new());
    register_citizen(&world, &mut own).await;
    other.ask(&world, &LOGIN).await;
    let ask = own.ask(&world, &LOGIN).await;
    let code = sign(&world, ask, &Signer::of(Role::Citizen)).await;
    let presented = other.present(&world, &code).await;
    assert_eq!(
        (presented.status, presented.outcome.as_str()),
        (403, "BROWSER-OTHER")
    );
    assert!(!presented.text.contains(&code.expose()) && !presented.text.contains("kyso:1"));
    let back = own.present(&world, &code).await;
    assert_eq!((back.status, back.outcome.as_str()), (410, "ASK-USED"));
    let state = own.get(&world, &format!("/wait/{ask}/state")).await;
    assert_eq!(state.text, r#"{"state":"ended"}"#);
    assert_eq!(
        world.count("history WHERE problem = 'BROWSER-OTHER'").await,
        1
    );
    assert_eq!(world.count("sessions").await, 0);

    sign_in(&world, &mut own, "").await;
    let account = own.get(&world, paths::ACCOUNT).await.text;
    let told = "a request that was answered with your certificate was stopped";
    assert!(account.contains(told), "{account}");
    let history = own.get(&world, paths::SIGN_INS).await.text;
    assert!(history.contains("<bdi>BROWSER-OTHER</bdi>"), "{history}");
}

#[tokio::test]
async fn a_browser_without_a_half_or_with_two_is_another_browser() {
    let world = World::new().await;
    let mut own = Browser::new();
    for planted in [None, Some("A".repeat(43))] {
        let ask = own.ask(&world, &LOGIN).await;
        let code = sign(&world, ask, &Signer::of(Role::Citizen)).await;
        let mut strange = Browser::new();
        if let Some(planted) = planted {
            let half = own.cookies["__Host-kyso-half"].clone();
            strange.cookies.insert(
                "a".to_owned(),
                format!("1; __Host-kyso-half={half}; __Host-kyso-half={planted}"),
            );
        }
        assert_eq!(
            strange.present(&world, &code).await.outcome,
            "BROWSER-OTHER"
        );
    }
}

#[tokio::test]
async fn a_code_is_good_once_and_for_a_minute() {
    let world = World::new().await;
    let mut browser = Browser::new();
    let ask = browser.ask(&world, &LOGIN).await;
    let code = sign(&world, ask, &Signer::of(Role::Citizen)).await;
    assert_eq!(browser.present(&world, &code).await.status, 303);
    assert_eq!(browser.present(&world, &code).await.outcome, "ASK-USED");

    let ask = browser.ask(&world, &LOGIN).await;
    let code = sign(&world, ask, &Signer::of(Role::Citizen)).await;
    world.later(Duration::seconds(60));
    assert_eq!(browser.present(&world, &code).await.outcome, "ASK-USED");
    assert_eq!(
        browser
            .present(&world, &ReturnCode::from_bytes([3; 32]))
            .await
            .outcome,
        "ASK-USED"
    );
    assert_eq!(
        browser
            .post(&world, paths::RETURN, &[("code", "x")])
            .await
            .outcome,
        "ASK-USED"
    );
}

#[tokio::test]
async fn a_get_redeems_nothing_and_another_site_cannot_post() {
    let world = World::new().await;
    let mut browser = Browser::new();
    let ask = browser.ask(&world, &LOGIN).await;
    let code = sign(&world, ask, &Signer::of(Role::Citizen)).await.expose();
    let page = browser
        .get(&world, &format!("{}?code={code}", paths::RETURN))
        .await;
    assert_eq!(page.status, 200);
    let check = async |site: Option<&str>, origin: Option<&str>, status| {
        let mut request = Request::post(paths::RETURN);
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let seen = browser
            .clone()
            .send(&world, request, form(&[("code", &code)]))
            .await;
        assert_eq!(seen.status, status, "{site:?} {origin:?}");
    };
    check(None, None, 403).await;
    check(Some("cross-site"), Some("https://evil.example"), 403).await;
    check(Some("same-site"), Some(crate::world::ORIGIN), 403).await;
    check(None, Some("https://evil.example"), 403).await;
    check(None, Some(crate::world::ORIGIN), 303).await;
}

#[tokio::test]
async fn an_answer_alone_changes_nothing() {
    let world = World::new().await;
    let mut browser = Browser::new();
    for wanted in [
        &LOGIN[..],
        &[("purpose", "register"), ("subject", "citizen")],
    ] {
        let ask = browser.ask(&world, wanted).await;
        sign(&world, ask, &Signer::of(Role::Citizen)).await;
        let state = browser.get(&world, &format!("/wait/{ask}/state")).await;
        assert_eq!(state.text, r#"{"state":"ended"}"#);
    }
    assert_eq!(
        browser.get(&world, paths::REGISTER_CONFIRM).await.status,
        303
    );
    assert_eq!(browser.get(&world, paths::LOGIN_CONFIRM).await.status, 303);
    assert_eq!(
        world.count("accounts").await + world.count("sessions").await,
        0
    );
}

#[tokio::test]
async fn the_waiting_page_is_for_its_own_browser() {
    let world = World::new().await;
    let ask = Browser::new().ask(&world, &LOGIN).await;
    let mut other = Browser::new();
    other.ask(&world, &LOGIN).await;
    for path in [format!("/wait/{ask}"), format!("/wait/{ask}/state")] {
        assert_eq!(other.get(&world, &path).await.status, 404);
    }
}
