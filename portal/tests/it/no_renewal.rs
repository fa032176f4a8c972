//! New certificates that renew nothing, each for its own cause.

use kyso_portal::pages::paths;
use time::Duration;

use crate::{
    agent::register_with,
    browser::Browser,
    office::{CITIZEN, Card, Office},
    renewal::{come_back, press, registered},
    world::{NOW, World, pki},
};

const YEAR: Duration = Duration::days(365);

#[tokio::test]
async fn a_certificate_of_another_ca_renews_nothing() {
    let office = Office::new();
    let world = office.world().await;
    let old = office.card(CITIZEN, YEAR);
    let mut browser = registered(&world, &old).await;
    let new = office.card_of_the_other(CITIZEN, YEAR);
    refused(&world, &mut browser, &new, "RENEWAL-OTHER-CA").await;
}

#[tokio::test]
async fn the_place_of_a_revoked_certificate_is_not_taken() {
    let office = Office::new();
    let world = office.world_with_lists().await;
    office.publish(&[], NOW);
    let old = office.card(CITIZEN, YEAR);
    let mut browser = registered(&world, &old).await;
    office.publish(&[&old.certificate], NOW);
    let new = office.card(CITIZEN, YEAR);
    refused(&world, &mut browser, &new, "RENEWAL-REVOKED").await;
}

#[tokio::test]
async fn a_revocation_is_remembered_after_the_lists_forgot_it() {
    let office = Office::new();
    let world = office.world_with_lists().await;
    office.publish(&[], NOW);
    let old = office.card(CITIZEN, Duration::days(3));
    let mut browser = registered(&world, &old).await;
    office.publish(&[&old.certificate], NOW);
    kyso_portal::housekeeping::clean(world.portal())
        .await
        .unwrap();
    world.later(Duration::days(5));
    office.publish(&[], NOW + Duration::days(5));
    let new = office.card(CITIZEN, YEAR);
    refused(&world, &mut browser, &new, "RENEWAL-REVOKED").await;
}

#[tokio::test]
async fn a_list_made_after_the_end_still_tells_of_a_revocation_before_it() {
    let office = Office::new();
    let world = office.world_with_lists().await;
    office.publish(&[], NOW);
    let old = office.card(CITIZEN, Duration::days(3));
    let mut browser = registered(&world, &old).await;
    world.later(Duration::days(5));
    office.publish(&[&old.certificate], NOW + Duration::days(5));
    let new = office.card(CITIZEN, YEAR);
    refused(&world, &mut browser, &new, "RENEWAL-REVOKED").await;
}

/// Refused at once, with a line in the account's history, and nothing for the click to do.
async fn refused(world: &World, browser: &mut Browser, new: &Card, code: &str) {
    let page = come_back(world, browser, &new.signer).await;
    assert_eq!(
        (page.status, page.outcome.as_str()),
        (403, code),
        "{}",
        page.text
    );
    assert!(page.text.contains(code));
    assert_eq!(browser.get(world, paths::LOGIN_CONFIRM).await.status, 303);
    assert_eq!(world.count("certificates").await, 1);
    assert_eq!(world.count("sessions").await, 0);
    let noted = format!("history WHERE activity = 'sign-in' AND problem = '{code}'");
    assert_eq!(world.count(&noted).await, 1);
}

#[tokio::test]
async fn another_persons_certificate_renews_nothing() {
    let office = Office::new();
    let world = office.world().await;
    let mut browser = registered(&world, &office.card(CITIZEN, YEAR)).await;
    let namesake = office.card(("CCCD:099185000124", CITIZEN.1), YEAR);
    let page = come_back(&world, &mut browser, &namesake.signer).await;
    assert_eq!(page.outcome, "ACCOUNT-NONE");
    let ask = page.text.contains(paths::LOGIN_RENEW);
    assert!(!ask, "{}", page.text);
}

#[tokio::test]
async fn a_nine_digit_number_does_not_renew_a_twelve_digit_one() {
    let office = Office::new();
    let world = office.world().await;
    let mut browser = registered(&world, &office.card(CITIZEN, YEAR)).await;
    let older = office.card(("CMND:185000123", CITIZEN.1), YEAR);
    let page = come_back(&world, &mut browser, &older.signer).await;
    assert_eq!(page.outcome, "ACCOUNT-NONE");
}

#[tokio::test]
async fn a_certificate_of_a_ca_that_is_trusted_no_more_is_not_renewed() {
    let office = Office::new();
    office.name_the_other("Kyso Demo CA");
    let world = office.world().await;
    let mut browser = Browser::new();
    let old = office.card_of_the_other(CITIZEN, YEAR);
    register_with(&world, &mut browser, &old.signer, "citizen").await;
    std::fs::copy(&pki().1.trust_file, office.trust_file()).unwrap();
    world.portal().reload().await.unwrap();
    let new = office.card(CITIZEN, YEAR);
    refused(&world, &mut browser, &new, "RENEWAL-OTHER-CA").await;
}

#[tokio::test]
async fn a_renewal_waits_while_the_lists_cannot_tell_of_the_old_one() {
    let office = Office::new();
    let world = office.world_with_lists().await;
    office.publish(&[], NOW);
    let mut browser = registered(&world, &office.card(CITIZEN, YEAR)).await;
    let new = office.card(CITIZEN, YEAR);
    let page = come_back(&world, &mut browser, &new.signer).await;
    assert_eq!(page.outcome, "renewal");
    office.spoil();
    let later = press(&world, &mut browser, &page).await;
    assert_eq!(
        (later.status, later.outcome.as_str()),
        (403, "REVOCATION-UNKNOWN")
    );
    office.publish(&[], NOW);
    assert_eq!(
        press(&world, &mut browser, &page).await.location,
        paths::SERVICE
    );
}
