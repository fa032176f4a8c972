//! From the signature to the account.

use kyso_portal::pages::paths;
use kyso_support::Role;
use time::Duration;

use crate::{
    agent::{Signer, register_citizen, register_to_page, sign},
    browser::Browser,
    world::World,
};

async fn press(
    world: &World,
    browser: &mut Browser,
    pending: &str,
    more: &[(&str, &str)],
) -> (u16, String) {
    let fields = [&[("pending", pending), ("do", "register")], more].concat();
    let seen = browser.post(world, paths::REGISTER_CONFIRM, &fields).await;
    (seen.status, seen.outcome)
}

#[tokio::test]
async fn shows_what_the_certificate_says_and_makes_nothing_before_the_click() {
    let world = World::new().await;
    let mut browser = Browser::new();
    let page = register_to_page(&world, &mut browser, Role::Citizen, "citizen").await;
    for text in ["NGUYỄN VĂN MINH HỌA", "099185000123", "Kyso Demo CA"] {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
    assert_eq!(world.count("accounts").await, 0);
    let done = press(&world, &mut browser, &page.hidden("pending"), &[]).await;
    assert_eq!(done, (200, "registered".to_owned()));
    assert_eq!(
        world
            .count("accounts WHERE kind = 'citizen' AND number = '099185000123'")
            .await,
        1
    );
}

#[tokio::test]
async fn a_second_registration_of_the_same_person_is_told_after_the_return_only() {
    let world = World::new().await;
    register_citizen(&world, &mut Browser::new()).await;
    let mut browser = Browser::new();
    let page = register_to_page(&world, &mut browser, Role::Citizen, "citizen").await;
    assert_eq!(
        (page.status, page.outcome.as_str()),
        (409, "ACCOUNT-EXISTS")
    );
    assert!(!page.text.contains("099185000123"));
    assert_eq!(world.count("accounts").await, 1);
}

#[tokio::test]
async fn of_two_pending_registrations_of_one_person_one_makes_the_account() {
    let world = World::new().await;
    let (mut one, mut other) = (Browser::new(), Browser::new());
    let first = register_to_page(&world, &mut one, Role::Citizen, "citizen")
        .await
        .hidden("pending");
    let second = register_to_page(&world, &mut other, Role::Citizen, "citizen")
        .await
        .hidden("pending");
    assert_eq!(press(&world, &mut one, &first, &[]).await.1, "registered");
    assert_eq!(
        press(&world, &mut other, &second, &[]).await,
        (409, "ACCOUNT-EXISTS".to_owned())
    );
    assert_eq!(world.count("accounts").await, 1);
}

#[tokio::test]
async fn a_registration_waits_for_fifteen_minutes() {
    let world = World::new().await;
    let mut browser = Browser::new();
    let pending = register_to_page(&world, &mut browser, Role::Citizen, "citizen")
        .await
        .hidden("pending");
    world.later(Duration::minutes(15));
    assert_eq!(press(&world, &mut browser, &pending, &[]).await.0, 303);
    assert_eq!(world.count("accounts").await, 0);
}

#[tokio::test]
async fn the_click_counts_in_the_browser_that_asked_only_and_once() {
    let world = World::new().await;
    let (mut browser, mut other) = (Browser::new(), Browser::new());
    let pending = register_to_page(&world, &mut browser, Role::Citizen, "citizen")
        .await
        .hidden("pending");
    other.ask(&world, &[("purpose", "login")]).await;
    assert_eq!(press(&world, &mut other, &pending, &[]).await.0, 303);
    assert_eq!(world.count("accounts").await, 0);
    assert_eq!(press(&world, &mut browser, &pending, &[]).await.0, 200);
    assert_eq!(press(&world, &mut browser, &pending, &[]).await.0, 303);
}

#[tokio::test]
async fn a_login_proof_is_no_registration() {
    let world = World::new().await;
    let mut browser = Browser::new();
    let ask = browser.ask(&world, &[("purpose", "login")]).await;
    let code = sign(&world, ask, &Signer::of(Role::Citizen)).await;
    browser.present(&world, &code).await;
    assert_eq!(
        press(&world, &mut browser, &ask.to_string(), &[]).await.0,
        303
    );
    assert_eq!(world.count("accounts").await, 0);
}

#[tokio::test]
async fn a_portal_that_died_in_the_middle_leaves_no_half_account_and_goes_on() {
    let mut world = World::new().await;
    let mut browser = Browser::new();
    let ask = browser
        .ask(&world, &[("purpose", "register"), ("subject", "citizen")])
        .await;
    world.restart().await;
    let code = sign(&world, ask, &Signer::of(Role::Citizen)).await;
    world.restart().await;
    browser.present(&world, &code).await;
    let pending = browser
        .get(&world, paths::REGISTER_CONFIRM)
        .await
        .hidden("pending");
    world.restart().await;
    assert_eq!(
        world.count("accounts").await + world.count("certificates").await,
        0
    );
    assert_eq!(
        press(&world, &mut browser, &pending, &[]).await.1,
        "registered"
    );
    world.restart().await;
    assert_eq!(
        (
            world.count("accounts").await,
            world.count("certificates").await
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn an_account_without_its_certificate_is_never_written() {
    let world = World::new().await;
    let mut browser = Browser::new();
    let pending = register_to_page(&world, &mut browser, Role::Citizen, "citizen")
        .await
        .hidden("pending");
    let pool = sqlx::SqlitePool::connect(&format!("sqlite:{}", world.database().display()))
        .await
        .unwrap();
    let broken = "CREATE TRIGGER broken BEFORE INSERT ON certificates BEGIN SELECT RAISE(ABORT, 'disk'); END";
    sqlx::query(broken).execute(&pool).await.unwrap();
    assert_eq!(press(&world, &mut browser, &pending, &[]).await.0, 500);
    assert_eq!(world.count("accounts").await, 0);
    sqlx::query("DROP TRIGGER broken")
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(
        press(&world, &mut browser, &pending, &[]).await.1,
        "registered"
    );
}

#[tokio::test]
async fn a_person_in_an_organisation_opens_their_own_account_and_not_the_organisations() {
    let world = World::new().await;
    let mut browser = Browser::new();
    let page = register_to_page(&world, &mut browser, Role::PersonInOrganisation, "citizen").await;
    assert!(page.text.contains("TRẦN THỊ VÍ DỤ") && page.text.contains("099290000456"));
    let done = press(&world, &mut browser, &page.hidden("pending"), &[]).await;
    assert_eq!(done, (200, "registered".to_owned()));
    assert_eq!(world.count("accounts").await, 1);
    let own = "accounts WHERE kind = 'citizen' AND scheme = 'CCCD' AND number = '099290000456'";
    assert_eq!(world.count(own).await, 1);

    let ask = browser.ask(&world, &[("purpose", "login")]).await;
    let code = sign(&world, ask, &Signer::of(Role::PersonInOrganisation)).await;
    browser.present(&world, &code).await;
    let page = browser.get(&world, paths::LOGIN_CONFIRM).await;
    let fields = [("pending", page.hidden("pending"))];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    browser.post(&world, paths::LOGIN_CONFIRM, &fields).await;
    assert_eq!(browser.get(&world, paths::ACCOUNT).await.status, 200);
    let acting = "sessions WHERE acting_for LIKE 'CÔNG TY TNHH THỬ NGHIỆM%'";
    assert_eq!(world.count(acting).await, 1);
}
