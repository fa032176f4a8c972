//! Between the answer and the person's click: what has become of the certificate is judged again at the click.

use kyso_portal::pages::paths;
use kyso_support::Role;
use time::Duration;

use crate::{
    agent::{come_to_page, register_to_page, register_with, sign},
    browser::{Browser, Seen},
    office::{CITIZEN, Card, Office},
    world::{NOW, World},
};

const YEAR: Duration = Duration::days(365);
const SESSION: &str = "__Host-kyso-session";

async fn register(world: &World, browser: &mut Browser, page: &Seen) -> Seen {
    let pending = page.hidden("pending");
    let fields = [("pending", pending.as_str()), ("do", "register")];
    browser.post(world, paths::REGISTER_CONFIRM, &fields).await
}

/// Up to the page that the return leads to.
async fn come_back(world: &World, browser: &mut Browser, card: &Card) -> Seen {
    let ask = browser.ask(world, &[("purpose", "login")]).await;
    let code = sign(world, ask, &card.signer).await;
    browser.present(world, &code).await;
    browser.get(world, paths::LOGIN_CONFIRM).await
}

async fn click(world: &World, browser: &mut Browser, path: &str, page: &Seen) -> Seen {
    let pending = page.hidden("pending");
    browser.post(world, path, &[("pending", &pending)]).await
}

fn is(seen: &Seen, code: &str) {
    assert_eq!(
        (seen.status, seen.outcome.as_str()),
        (403, code),
        "{}",
        seen.text
    );
    assert!(seen.text.contains(code), "{}", seen.text);
}

#[tokio::test]
async fn a_certificate_revoked_before_the_click_registers_nobody() {
    let office = Office::new();
    let world = office.world_with_lists().await;
    office.publish(&[], NOW);
    let card = office.card(CITIZEN, YEAR);
    let mut browser = Browser::new();
    let page = come_to_page(&world, &mut browser, &card.signer, "citizen").await;
    office.publish(&[&card.certificate], NOW);
    is(&register(&world, &mut browser, &page).await, "CERT-REVOKED");
    assert_eq!(world.count("accounts").await, 0);
    office.publish(&[], NOW);
    let later = register(&world, &mut browser, &page).await;
    assert_eq!(later.status, 303, "the registration is over");
    assert_eq!(world.count("accounts").await, 0);
}

#[tokio::test]
async fn a_certificate_that_ended_before_the_click_registers_nobody_and_its_date_is_told() {
    let office = Office::new();
    let world = office.world().await;
    let card = office.card(CITIZEN, Duration::minutes(10));
    let mut browser = Browser::new();
    let page = come_to_page(&world, &mut browser, &card.signer, "citizen").await;
    world.later(Duration::minutes(11));
    let refused = register(&world, &mut browser, &page).await;
    is(&refused, "CERT-EXPIRED");
    assert!(refused.text.contains("21/11/2026"), "{}", refused.text);
    assert_eq!(world.count("accounts").await, 0);
}

#[tokio::test]
async fn lists_that_ran_out_before_the_click_leave_the_registration_open() {
    let office = Office::new();
    let world = office.world_with_lists().await;
    office.publish(&[], NOW - Duration::days(7) + Duration::minutes(5));
    let card = office.card(CITIZEN, YEAR);
    let mut browser = Browser::new();
    let page = come_to_page(&world, &mut browser, &card.signer, "citizen").await;
    world.later(Duration::minutes(6));
    is(
        &register(&world, &mut browser, &page).await,
        "REVOCATION-UNKNOWN",
    );
    assert_eq!(world.count("accounts").await, 0);
    office.publish(&[], NOW);
    let done = register(&world, &mut browser, &page).await;
    assert_eq!(done.outcome, "registered");
}

#[tokio::test]
async fn a_ca_that_is_trusted_no_more_registers_nobody() {
    let office = Office::new();
    let world = office.world().await;
    let card = office.card_of_the_other(CITIZEN, YEAR);
    let mut browser = Browser::new();
    let page = come_to_page(&world, &mut browser, &card.signer, "citizen").await;
    let (_, files) = crate::world::pki();
    std::fs::copy(&files.trust_file, office.trust_file()).unwrap();
    world.portal().reload().await.unwrap();
    is(
        &register(&world, &mut browser, &page).await,
        "CERT-UNTRUSTED",
    );
    assert_eq!(world.count("accounts").await, 0);
}

#[tokio::test]
async fn an_agency_untied_before_the_click_is_not_registered() {
    let world = World::new().await;
    let mut browser = Browser::new();
    let page = register_to_page(&world, &mut browser, Role::Agency, "agency").await;
    let pending = page.hidden("pending");
    sqlx::query("DELETE FROM unit_ties")
        .execute(&world.pool().await)
        .await
        .unwrap();
    let code = crate::captcha::read(&world, &pending).await;
    let fields = [
        ("pending", pending.as_str()),
        ("do", "register"),
        ("captcha", code.as_str()),
    ];
    is(
        &browser.post(&world, paths::REGISTER_CONFIRM, &fields).await,
        "UNIT-UNKNOWN",
    );
    assert_eq!(world.count("accounts").await, 0);
}

#[tokio::test]
async fn a_certificate_revoked_before_the_click_opens_no_session_and_the_account_is_told() {
    let office = Office::new();
    let world = office.world_with_lists().await;
    office.publish(&[], NOW);
    let card = office.card(CITIZEN, YEAR);
    let mut browser = Browser::new();
    register_with(&world, &mut browser, &card.signer, "citizen").await;
    let page = come_back(&world, &mut browser, &card).await;
    office.publish(&[&card.certificate], NOW);
    let refused = click(&world, &mut browser, paths::LOGIN_CONFIRM, &page).await;
    is(&refused, "CERT-REVOKED");
    assert!(!browser.cookies.contains_key(SESSION));
    assert_eq!(
        world.count("history WHERE problem = 'CERT-REVOKED'").await,
        1
    );
    assert_eq!(
        world
            .count("certificates WHERE revoked_at IS NOT NULL")
            .await,
        1
    );
    let again = click(&world, &mut browser, paths::LOGIN_CONFIRM, &page).await;
    assert_eq!(again.location, "/login?notice=ask-expired");
    assert_eq!(
        world.count("history WHERE problem = 'CERT-REVOKED'").await,
        1
    );
}

#[tokio::test]
async fn a_certificate_that_ended_before_the_click_opens_no_session() {
    let office = Office::new();
    let world = office.world().await;
    let card = office.card(CITIZEN, Duration::minutes(3));
    let mut browser = Browser::new();
    register_with(&world, &mut browser, &card.signer, "citizen").await;
    let page = come_back(&world, &mut browser, &card).await;
    world.later(Duration::minutes(4));
    let refused = click(&world, &mut browser, paths::LOGIN_CONFIRM, &page).await;
    is(&refused, "CERT-EXPIRED");
    assert_eq!(world.count("sessions").await, 0);
}

#[tokio::test]
async fn a_certificate_or_its_forerunner_revoked_before_the_click_renews_nothing() {
    let office = Office::new();
    for of_the_new in [true, false] {
        let world = office.world_with_lists().await;
        office.publish(&[], NOW);
        let (old, new) = (office.card(CITIZEN, YEAR), office.card(CITIZEN, YEAR));
        let mut browser = Browser::new();
        register_with(&world, &mut browser, &old.signer, "citizen").await;
        let page = come_back(&world, &mut browser, &new).await;
        assert_eq!(page.outcome, "renewal");
        let (revoked, code) = if of_the_new {
            (&new, "CERT-REVOKED")
        } else {
            (&old, "RENEWAL-REVOKED")
        };
        office.publish(&[&revoked.certificate], NOW);
        let refused = click(&world, &mut browser, paths::LOGIN_RENEW, &page).await;
        is(&refused, code);
        assert_eq!(world.count("certificates").await, 1);
        assert_eq!(world.count("sessions").await, 0);
        assert_eq!(
            world
                .count(&format!("history WHERE problem = '{code}'"))
                .await,
            1
        );
    }
}

#[tokio::test]
async fn a_certificate_that_ended_before_the_click_renews_nothing() {
    let office = Office::new();
    let world = office.world().await;
    let (old, new) = (
        office.card(CITIZEN, YEAR),
        office.card(CITIZEN, Duration::minutes(3)),
    );
    let mut browser = Browser::new();
    register_with(&world, &mut browser, &old.signer, "citizen").await;
    let page = come_back(&world, &mut browser, &new).await;
    world.later(Duration::minutes(4));
    let refused = click(&world, &mut browser, paths::LOGIN_RENEW, &page).await;
    is(&refused, "CERT-EXPIRED");
    assert_eq!(world.count("certificates").await, 1);
}

#[tokio::test]
async fn what_is_recorded_at_the_click_is_what_was_known_then() {
    let office = Office::new();
    let world = office.world_with_lists().await;
    let mut browser = Browser::new();
    let page = register_to_page(&world, &mut browser, Role::Citizen, "citizen").await;
    office.publish(&[], NOW);
    assert_eq!(
        register(&world, &mut browser, &page).await.outcome,
        "registered"
    );
    assert_eq!(
        world.count("certificates WHERE revocation = 'good'").await,
        1
    );
}
