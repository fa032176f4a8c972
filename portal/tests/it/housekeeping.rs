//! What is over is forgotten in its time, and nothing else.

use kyso_portal::{housekeeping, pages::paths};
use kyso_support::Role;
use time::Duration;

use crate::{
    agent::{register_citizen, register_to_page, sign_in},
    browser::Browser,
    world::World,
};

/// Rows of asks, proofs, sessions and browsers' marks, after a round at a time so much later.
async fn check(world: &World, later: Duration, expected: [i64; 4]) {
    world.later(later);
    housekeeping::clean(world.portal()).await.unwrap();
    let mut found = Vec::new();
    for table in ["asks", "proofs", "sessions", "known_browsers"] {
        found.push(world.count(table).await);
    }
    assert_eq!(found, expected, "{later}");
}

#[tokio::test]
async fn asks_and_what_is_pending_on_them_go_a_day_after_their_end() {
    let world = World::new().await;
    let mut browser = Browser::new();
    browser.ask(&world, &[("purpose", "login")]).await;
    register_to_page(&world, &mut browser, Role::Citizen, "citizen").await;
    check(&world, Duration::ZERO, [2, 1, 0, 0]).await;
    check(
        &world,
        Duration::days(1) + Duration::minutes(5),
        [2, 1, 0, 0],
    )
    .await;
    check(&world, Duration::seconds(1), [0, 0, 0, 0]).await;
    let gone = browser.get(&world, paths::REGISTER_CONFIRM).await;
    assert_eq!(gone.status, 303);
}

#[tokio::test]
async fn a_pending_registration_outlives_its_ask_and_survives_a_round() {
    let world = World::new().await;
    let mut browser = Browser::new();
    register_to_page(&world, &mut browser, Role::Citizen, "citizen").await;
    check(&world, Duration::minutes(14), [1, 1, 0, 0]).await;
    let page = browser.get(&world, paths::REGISTER_CONFIRM).await;
    assert_eq!(page.status, 200);
}

#[tokio::test]
async fn sessions_go_three_months_and_marks_half_a_year_after_and_the_account_stays() {
    let world = World::with("session-hours = 1").await;
    let mut browser = Browser::new();
    register_citizen(&world, &mut browser).await;
    sign_in(&world, &mut browser, "").await;
    check(
        &world,
        Duration::days(90) + Duration::hours(1),
        [0, 0, 1, 1],
    )
    .await;
    check(&world, Duration::seconds(1), [0, 0, 0, 1]).await;
    check(&world, Duration::days(90), [0, 0, 0, 0]).await;
    for (table, rows) in [("accounts", 1), ("certificates", 1), ("history", 2)] {
        assert_eq!(world.count(table).await, rows, "{table}");
    }
}
