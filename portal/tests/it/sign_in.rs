//! Register, then log in; what the session then shows and ends.

use kyso_portal::pages::paths;
use kyso_support::Role;
use time::Duration;

use crate::{
    agent::{Signer, register_citizen, register_to_page, sign, sign_in},
    browser::Browser,
    world::{World, pki},
};

const SESSION: &str = "__Host-kyso-session";

#[tokio::test]
async fn registers_a_citizen_and_signs_them_in_where_they_were() {
    let world = World::new().await;
    let mut browser = Browser::new();
    register_citizen(&world, &mut browser).await;
    assert!(!browser.cookies.contains_key(SESSION));

    let demanded = browser.get(&world, paths::SERVICE).await;
    assert_eq!(demanded.status, 303);
    assert_eq!(
        demanded.location,
        "/login?notice=sign-in-first&next=/services/sample"
    );
    let signed_in = sign_in(&world, &mut browser, paths::SERVICE).await;
    assert_eq!(
        (signed_in.status, signed_in.location.as_str()),
        (303, paths::SERVICE)
    );
    let service = browser.get(&world, paths::SERVICE).await;
    assert_eq!(service.status, 200);
    assert!(service.text.contains("NGUYỄN VĂN MINH HỌA"));
    let account = browser.get(&world, paths::ACCOUNT).await;
    assert!(account.text.contains("099185000123"));
}

#[tokio::test]
async fn goes_on_by_itself_only_in_a_browser_that_opened_the_account_before() {
    let world = World::new().await;
    let mut browser = Browser::new();
    register_citizen(&world, &mut browser).await;
    let half = browser.cookies["__Host-kyso-half"].clone();
    sign_in(&world, &mut browser, "").await;
    assert_ne!(
        browser.cookies["__Host-kyso-half"], half,
        "the half is replaced when a session opens"
    );
    browser.post(&world, paths::SIGN_OUT, &[]).await;
    assert_eq!(browser.get(&world, paths::ACCOUNT).await.status, 303);

    let check = async |browser: &mut Browser, expected: &str| {
        let ask = browser.ask(&world, &[("purpose", "login")]).await;
        let code = sign(&world, ask, &Signer::of(Role::Citizen)).await;
        let presented = browser.present(&world, &code).await;
        assert_eq!(
            (presented.status, presented.location.as_str()),
            (303, expected)
        );
    };
    check(&mut browser, paths::ACCOUNT).await;
    check(&mut Browser::new(), paths::LOGIN_CONFIRM).await;
}

#[tokio::test]
async fn shows_who_answered_last_even_within_one_second() {
    let world = World::new().await;
    let mut browser = Browser::new();
    // Which of two came first would be a matter of chance.
    for role in [Role::Citizen, Role::Newcomer].into_iter().cycle().take(8) {
        let page = register_to_page(&world, &mut browser, role, "citizen").await;
        let name = pki().0.subject(role).name;
        assert!(page.text.contains(name), "{name}");
    }
}

#[tokio::test]
async fn with_somebody_else_signed_in_even_a_known_browser_waits_for_the_click() {
    let world = World::new().await;
    let mut browser = Browser::new();
    register_citizen(&world, &mut browser).await;
    sign_in(&world, &mut browser, "").await;
    let citizen = browser.cookies[SESSION].clone();
    let page = register_to_page(&world, &mut browser, Role::PersonInOrganisation, "citizen").await;
    let pending = page.hidden("pending");
    let fields = [("pending", pending.as_str()), ("do", "register")];
    let done = browser.post(&world, paths::REGISTER_CONFIRM, &fields).await;
    assert_eq!(done.outcome, "registered");

    let login = async |browser: &mut Browser, role: Role| {
        let ask = browser.ask(&world, &[("purpose", "login")]).await;
        let code = sign(&world, ask, &Signer::of(role)).await;
        browser.present(&world, &code).await.location
    };
    let other = Role::PersonInOrganisation;
    assert_eq!(login(&mut browser, other).await, paths::LOGIN_CONFIRM);
    assert_eq!(browser.cookies[SESSION], citizen, "the session stays");
    let pending = browser
        .get(&world, paths::LOGIN_CONFIRM)
        .await
        .hidden("pending");
    browser
        .post(&world, paths::LOGIN_CONFIRM, &[("pending", &pending)])
        .await;
    assert_ne!(browser.cookies[SESSION], citizen);
    // Known to the browser by now, but somebody else is signed in.
    assert_eq!(
        login(&mut browser, Role::Citizen).await,
        paths::LOGIN_CONFIRM
    );
}

#[tokio::test]
async fn gives_a_new_session_name_and_ends_the_old_session() {
    let world = World::new().await;
    let mut browser = Browser::new();
    register_citizen(&world, &mut browser).await;
    sign_in(&world, &mut browser, "").await;
    let mut left_behind = browser.clone();
    sign_in(&world, &mut browser, "").await;
    assert_ne!(left_behind.cookies[SESSION], browser.cookies[SESSION]);
    assert_eq!(left_behind.get(&world, paths::ACCOUNT).await.status, 303);
    assert_eq!(browser.get(&world, paths::ACCOUNT).await.status, 200);
}

#[tokio::test]
async fn a_sign_in_that_the_person_throws_away_opens_nothing() {
    let world = World::new().await;
    let mut browser = Browser::new();
    register_citizen(&world, &mut browser).await;
    let ask = browser.ask(&world, &[("purpose", "login")]).await;
    let code = sign(&world, ask, &Signer::of(Role::Citizen)).await;
    browser.present(&world, &code).await;
    let pending = browser
        .get(&world, paths::LOGIN_CONFIRM)
        .await
        .hidden("pending");
    let refused = browser
        .post(&world, paths::LOGIN_REFUSE, &[("pending", &pending)])
        .await;
    assert_eq!(refused.location, "/login?notice=refused");
    let late = browser
        .post(&world, paths::LOGIN_CONFIRM, &[("pending", &pending)])
        .await;
    assert_eq!(late.location, "/login?notice=ask-expired");
    assert!(!browser.cookies.contains_key(SESSION));
}

#[tokio::test]
async fn a_certificate_taken_off_the_account_after_the_return_opens_nothing() {
    let world = World::new().await;
    let mut browser = Browser::new();
    register_citizen(&world, &mut browser).await;
    let ask = browser.ask(&world, &[("purpose", "login")]).await;
    let code = sign(&world, ask, &Signer::of(Role::Citizen)).await;
    browser.present(&world, &code).await;
    let pending = browser
        .get(&world, paths::LOGIN_CONFIRM)
        .await
        .hidden("pending");
    let pool = sqlx::SqlitePool::connect(&format!("sqlite:{}", world.database().display()))
        .await
        .unwrap();
    sqlx::query("DELETE FROM certificates")
        .execute(&pool)
        .await
        .unwrap();
    let late = browser
        .post(&world, paths::LOGIN_CONFIRM, &[("pending", &pending)])
        .await;
    assert_eq!(late.location, "/login?notice=ask-expired");
    assert!(!browser.cookies.contains_key(SESSION));
    assert_eq!(world.count("sessions").await, 0);
}

#[tokio::test]
async fn the_click_opens_a_session_in_the_browser_that_asked_only() {
    let world = World::new().await;
    let mut browser = Browser::new();
    register_citizen(&world, &mut browser).await;
    let ask = browser.ask(&world, &[("purpose", "login")]).await;
    let code = sign(&world, ask, &Signer::of(Role::Citizen)).await;
    browser.present(&world, &code).await;
    let pending = browser
        .get(&world, paths::LOGIN_CONFIRM)
        .await
        .hidden("pending");
    let mut other = Browser::new();
    other.ask(&world, &[("purpose", "login")]).await;
    let stolen = other
        .post(&world, paths::LOGIN_CONFIRM, &[("pending", &pending)])
        .await;
    assert_eq!(stolen.location, "/login?notice=ask-expired");
    assert!(!other.cookies.contains_key(SESSION));
}

#[tokio::test]
async fn lists_sessions_and_ends_the_others() {
    let world = World::new().await;
    let (mut here, mut there) = (Browser::new(), Browser::new());
    register_citizen(&world, &mut here).await;
    sign_in(&world, &mut here, "").await;
    sign_in(&world, &mut there, "").await;
    let listed = here.get(&world, paths::SIGN_INS).await;
    assert_eq!(listed.status, 200);
    let label = listed.hidden("session");
    let mut stranger = Browser::new();
    let ended = stranger
        .post(&world, paths::END_SESSION, &[("session", &label)])
        .await;
    assert!(
        ended.location.starts_with(paths::LOGIN),
        "{}",
        ended.location
    );
    assert_eq!(there.get(&world, paths::ACCOUNT).await.status, 200);
    here.post(&world, paths::END_SESSION, &[("session", &label)])
        .await;
    assert_eq!(there.get(&world, paths::ACCOUNT).await.status, 303);
    sign_in(&world, &mut there, "").await;
    here.post(&world, paths::END_OTHERS, &[]).await;
    assert_eq!(there.get(&world, paths::ACCOUNT).await.status, 303);
    assert_eq!(here.get(&world, paths::ACCOUNT).await.status, 200);
}

#[tokio::test]
async fn a_session_ends_by_idleness_and_by_age() {
    let world = World::with("session-idle-minutes = 30\nsession-hours = 1").await;
    let mut browser = Browser::new();
    register_citizen(&world, &mut browser).await;
    let check = async |browser: &mut Browser, minutes, status| {
        world.later(Duration::minutes(minutes));
        assert_eq!(
            browser.get(&world, paths::ACCOUNT).await.status,
            status,
            "{minutes}"
        );
    };
    sign_in(&world, &mut browser, "").await;
    check(&mut browser, 29, 200).await;
    check(&mut browser, 31, 303).await;
    sign_in(&world, &mut browser, "").await;
    check(&mut browser, 25, 200).await;
    check(&mut browser, 25, 200).await;
    check(&mut browser, 11, 303).await;
}

#[tokio::test]
async fn offers_registration_to_a_certificate_without_an_account() {
    let world = World::new().await;
    let mut browser = Browser::new();
    let ask = browser.ask(&world, &[("purpose", "login")]).await;
    let code = sign(&world, ask, &Signer::of(Role::Business)).await;
    let presented = browser.present(&world, &code).await;
    assert_eq!(presented.location, paths::LOGIN_CONFIRM);
    let page = browser.get(&world, paths::LOGIN_CONFIRM).await;
    assert_eq!(page.outcome, "ACCOUNT-NONE");
    assert!(page.text.contains("register"), "{}", page.text);
    let pressed = browser
        .post(
            &world,
            paths::LOGIN_CONFIRM,
            &[("pending", &ask.to_string())],
        )
        .await;
    assert_eq!(pressed.location, "/login?notice=ask-expired");
    assert!(!browser.cookies.contains_key(SESSION));
    assert_eq!(world.count("accounts").await, 0);
}
