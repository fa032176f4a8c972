//! Devices that vouch for a login: proved at the answer, linked after the session, missed where they are missing.

use kyso_portal::{housekeeping, pages::paths};
use kyso_protocol::{Answer, AnswerReply, AskId, DeviceProof, Outcome};
use kyso_support::{Key, KeyKind, Role};
use time::Duration;

use crate::{
    agent::{Signer, fetch, post, proved, refusal, register_citizen, sign, sign_in_with},
    browser::{Browser, Seen},
    office::{CITIZEN, Office},
    renewal::{come_back, press},
    world::{ORIGIN, World},
};

const LINKED: &str = "device_keys WHERE linked_at IS NOT NULL";
const WAITING: &str = "device_keys WHERE linked_at IS NULL";
const HALF_A_DAY: Duration = Duration::hours(12);

fn device() -> Key {
    Key::generate(KeyKind::P256).unwrap()
}

/// A citizen's account, nothing linked yet.
async fn account() -> World {
    let world = World::with("session-hours = 72\nsession-idle-minutes = 1440").await;
    register_citizen(&world, &mut Browser::new()).await;
    world
}

/// A browser in which the citizen has signed in, with that device or none.
async fn signed_in(world: &World, device: Option<&Key>) -> Browser {
    let citizen = Signer::of(Role::Citizen);
    let signer = device.map_or(citizen.clone(), |device| citizen.on(device));
    let mut browser = Browser::new();
    let page = sign_in_with(world, &mut browser, &signer, paths::SIGN_INS).await;
    assert_eq!(
        (page.status, page.location.as_str()),
        (303, paths::SIGN_INS)
    );
    browser
}

/// A day goes by in which these people click now and then.
async fn a_day(world: &World, browsers: &mut [&mut Browser]) {
    for _ in 0..2 {
        world.later(HALF_A_DAY);
        for browser in &mut *browsers {
            page(world, browser, paths::SIGN_INS).await;
        }
    }
}

async fn rows(world: &World) -> [i64; 2] {
    [world.count(LINKED).await, world.count(WAITING).await]
}

async fn label(world: &World, device: &Key) -> String {
    sqlx::query_scalar("SELECT label FROM device_keys WHERE key = ?")
        .bind(device.public_key_der())
        .fetch_one(&world.pool().await)
        .await
        .unwrap()
}

/// Presses a button of that device, and where it led.
async fn click(world: &World, browser: &mut Browser, path: &str, device: &Key) -> String {
    let label = label(world, device).await;
    let pressed = browser.post(world, path, &[("device", &label)]).await;
    assert_eq!(pressed.status, 303);
    let (_, notice) = pressed.location.split_once("?notice=").unwrap_or_default();
    notice.to_owned()
}

async fn page(world: &World, browser: &mut Browser, path: &str) -> Seen {
    let page = browser.get(world, path).await;
    assert_eq!(page.status, 200);
    page
}

#[tokio::test]
async fn no_answer_links_the_key_that_it_carries() {
    let world = account().await;
    let signer = Signer::of(Role::Citizen).on(&device());
    let mut browser = Browser::new();
    let ask = browser.ask(&world, &[("purpose", "login")]).await;
    let code = sign(&world, ask, &signer).await;
    assert_eq!(rows(&world).await, [0, 0]);
    browser.present(&world, &code).await;
    assert_eq!(rows(&world).await, [0, 0]);
    let shown = browser.get(&world, paths::LOGIN_CONFIRM).await;
    let pending = shown.hidden("pending");
    browser
        .post(&world, paths::LOGIN_CONFIRM, &[("pending", &pending)])
        .await;
    assert_eq!(rows(&world).await, [1, 0]);
}

#[tokio::test]
async fn the_first_key_is_linked_when_its_session_opens_and_the_account_is_told() {
    let world = account().await;
    let device = device();
    let mut browser = signed_in(&world, Some(&device)).await;
    assert_eq!(rows(&world).await, [1, 0]);
    let sign_ins = page(&world, &mut browser, paths::SIGN_INS).await.text;
    for shown in [
        "Linked devices and helpers",
        "Linked at",
        "Device linked",
        ">Unlink<",
    ] {
        assert!(sign_ins.contains(shown), "{shown}");
    }
    let account = page(&world, &mut browser, paths::ACCOUNT).await.text;
    assert!(account.contains("A device was linked with your account at"));
    assert!(!account.contains("no method can be added"));
    // The same device again changes nothing.
    world.later(Duration::minutes(1));
    signed_in(&world, Some(&device)).await;
    assert_eq!(rows(&world).await, [1, 0]);
    assert_eq!(
        world
            .count("history WHERE activity = 'device-linked'")
            .await,
        1
    );
    assert_eq!(
        world.count("history WHERE activity = 'new-device'").await,
        0
    );
}

#[tokio::test]
async fn an_account_that_never_had_a_device_misses_none() {
    let world = account().await;
    signed_in(&world, None).await;
    assert_eq!(
        world.count("history WHERE activity = 'new-device'").await,
        0
    );
    assert_eq!(
        world.count("accounts WHERE held_until IS NOT NULL").await,
        0
    );
}

#[tokio::test]
async fn a_login_without_the_linked_device_is_told_and_holds_changes_up_for_a_day() {
    let world = account().await;
    let device = device();
    let mut own = signed_in(&world, Some(&device)).await;
    let mut strange = signed_in(&world, None).await;
    let told = page(&world, &mut own, paths::ACCOUNT).await.text;
    assert!(
        told.contains("from a device that is not linked at"),
        "{told}"
    );
    assert!(told.contains("no method can be added, nothing confirmed and no contact changed"));
    let sign_ins = page(&world, &mut strange, paths::SIGN_INS).await.text;
    assert!(sign_ins.contains("New device") && !sign_ins.contains(">Unlink<"));
    let mut refused = async |later| {
        world.later(later);
        click(&world, &mut strange, paths::UNLINK_DEVICE, &device).await == "device-not-allowed"
    };
    assert!(refused(Duration::ZERO).await);
    assert!(refused(HALF_A_DAY).await);
    page(&world, &mut own, paths::ACCOUNT).await;
    assert!(refused(HALF_A_DAY - Duration::seconds(1)).await);
    // The devices have been missing for a day, and the account was told.
    assert_eq!(rows(&world).await, [1, 0]);
    assert!(!refused(Duration::seconds(1)).await);
    let freed = page(&world, &mut own, paths::ACCOUNT).await.text;
    assert!(!freed.contains("no method can be added"));
    assert_eq!(rows(&world).await, [0, 0]);
}

async fn is_held(world: &World, browser: &mut Browser) -> bool {
    let account = page(world, browser, paths::ACCOUNT).await.text;
    account.contains("no method can be added")
}

#[tokio::test]
async fn a_session_without_a_key_is_held_for_a_day_whatever_came_before_it() {
    let world = account().await;
    let device = device();
    signed_in(&world, Some(&device)).await;
    let mut first = signed_in(&world, None).await;
    a_day(&world, &mut [&mut first]).await;
    assert!(!is_held(&world, &mut first).await);
    let mut later = signed_in(&world, None).await;
    assert!(is_held(&world, &mut later).await);
    let refused = click(&world, &mut later, paths::UNLINK_DEVICE, &device).await;
    assert_eq!(refused, "device-not-allowed");
    assert!(!is_held(&world, &mut first).await);
    a_day(&world, &mut [&mut first, &mut later]).await;
    assert!(!is_held(&world, &mut later).await);
    signed_in(&world, Some(&device)).await;
    // Whoever is in already without a device may change nothing while a linked one is at work.
    let refused = click(&world, &mut later, paths::UNLINK_DEVICE, &device).await;
    assert_eq!(refused, "device-not-allowed");
    signed_in(&world, None).await;
    assert!(is_held(&world, &mut later).await);
}

/// Once somebody has signed in without the linked device, another who comes days later has his own day to wait.
#[tokio::test]
async fn a_new_device_waits_its_own_day_after_others_have_waited_theirs() {
    let world = account().await;
    let (lost, new, attackers) = (device(), device(), device());
    signed_in(&world, Some(&lost)).await;
    signed_in(&world, Some(&new)).await;
    world.later(Duration::days(3));
    let mut attacker = signed_in(&world, Some(&attackers)).await;
    assert!(is_held(&world, &mut attacker).await);
    for device in [&lost, &new, &attackers] {
        let refused = click(&world, &mut attacker, paths::UNLINK_DEVICE, device).await;
        assert_eq!(refused, "device-not-allowed");
    }
    assert_eq!(rows(&world).await, [1, 2]);
    // To sign in again makes no device older, and a session ages no key.
    world.later(Duration::hours(24) - Duration::seconds(1));
    attacker = signed_in(&world, Some(&attackers)).await;
    assert!(is_held(&world, &mut attacker).await);
    // The device that came first gets on with a new session, whoever else came in the meantime.
    let mut own = signed_in(&world, Some(&new)).await;
    assert!(!is_held(&world, &mut own).await);
    let done = click(&world, &mut own, paths::UNLINK_DEVICE, &attackers).await;
    assert_eq!(done, "device-unlinked");
    // A device that was thrown out has waited for nothing.
    world.later(Duration::seconds(1));
    assert!(is_held(&world, &mut attacker).await);
    let done = click(&world, &mut own, paths::UNLINK_DEVICE, &lost).await;
    assert_eq!(
        (done.as_str(), rows(&world).await),
        ("device-unlinked", [0, 1])
    );
    signed_in(&world, Some(&new)).await;
    assert_eq!(rows(&world).await, [1, 0]);
}

#[tokio::test]
async fn a_second_key_waits_for_a_linked_one() {
    let world = account().await;
    let (first, second) = (device(), device());
    let mut own = signed_in(&world, Some(&first)).await;
    let mut other = signed_in(&world, Some(&second)).await;
    assert_eq!(rows(&world).await, [1, 1]);
    let seen = page(&world, &mut other, paths::SIGN_INS).await.text;
    assert!(seen.contains("Not linked.") && !seen.contains(">Link<"));
    let refused = click(&world, &mut other, paths::LINK_DEVICE, &second).await;
    assert_eq!(refused, "device-not-allowed");
    // After the day neither: the same method brought it.
    a_day(&world, &mut [&mut own, &mut other]).await;
    let refused = click(&world, &mut other, paths::LINK_DEVICE, &second).await;
    assert_eq!(refused, "device-not-allowed");
    assert!(
        page(&world, &mut own, paths::SIGN_INS)
            .await
            .text
            .contains(">Link<")
    );
    let done = click(&world, &mut own, paths::LINK_DEVICE, &second).await;
    assert_eq!(
        (done.as_str(), rows(&world).await),
        ("device-linked", [2, 0])
    );
    // Its session counts as a linked one's from now on.
    let done = click(&world, &mut other, paths::UNLINK_DEVICE, &first).await;
    assert_eq!(
        (done.as_str(), rows(&world).await),
        ("device-unlinked", [1, 0])
    );
    assert_eq!(
        world
            .count("history WHERE activity = 'device-unlinked'")
            .await,
        1
    );
    let told = page(&world, &mut own, paths::ACCOUNT).await.text;
    assert!(told.contains("A device was unlinked from your account at"));
    // What was unlinked vouches for nothing any more.
    let refused = click(&world, &mut own, paths::UNLINK_DEVICE, &second).await;
    assert_eq!(refused, "device-not-allowed");
}

#[tokio::test]
async fn a_login_of_another_method_may_link_a_key() {
    let world = account().await;
    let (first, second) = (device(), device());
    signed_in(&world, Some(&first)).await;
    let mut other = signed_in(&world, Some(&second)).await;
    a_day(&world, &mut [&mut other]).await;
    sqlx::query("UPDATE device_keys SET method = 'sim' WHERE linked_at IS NULL")
        .execute(&world.pool().await)
        .await
        .unwrap();
    let done = click(&world, &mut other, paths::LINK_DEVICE, &second).await;
    assert_eq!(
        (done.as_str(), rows(&world).await),
        ("device-linked", [2, 0])
    );
}

#[tokio::test]
async fn at_most_ten_keys_are_linked_and_ten_wait() {
    let world = account().await;
    let first = device();
    let mut own = signed_in(&world, Some(&first)).await;
    let mut last = first;
    for _ in 0..9 {
        last = device();
        signed_in(&world, Some(&last)).await;
        click(&world, &mut own, paths::LINK_DEVICE, &last).await;
    }
    assert_eq!(rows(&world).await, [10, 0]);
    for _ in 0..12 {
        world.later(Duration::seconds(1));
        last = device();
        signed_in(&world, Some(&last)).await;
    }
    assert_eq!(rows(&world).await, [10, 10]);
    let full = click(&world, &mut own, paths::LINK_DEVICE, &last).await;
    assert_eq!(
        (full.as_str(), rows(&world).await),
        ("devices-full", [10, 10])
    );
    world.later(Duration::days(31));
    housekeeping::clean(world.portal()).await.unwrap();
    assert_eq!(rows(&world).await, [10, 0]);
}

#[tokio::test]
async fn nobody_touches_another_accounts_devices() {
    let world = account().await;
    let (victims, own) = (device(), device());
    signed_in(&world, Some(&victims)).await;
    let newcomer = Signer::of(Role::Newcomer);
    let mut browser = Browser::new();
    crate::agent::register_with(&world, &mut browser, &newcomer, "citizen").await;
    // A device's key may be linked with several accounts, each for itself.
    sign_in_with(&world, &mut browser, &newcomer.on(&own), "").await;
    assert_eq!(rows(&world).await, [2, 0]);
    for path in [paths::UNLINK_DEVICE, paths::LINK_DEVICE] {
        assert_eq!(click(&world, &mut browser, path, &victims).await, "");
    }
    assert_eq!(rows(&world).await, [2, 0]);
    let strangers = Browser::new()
        .post(&world, paths::UNLINK_DEVICE, &[("device", "x")])
        .await;
    assert!(strangers.location.starts_with(paths::LOGIN));
}

#[tokio::test]
async fn a_renewal_links_the_first_key_too() {
    let office = Office::new();
    let world = office.world().await;
    let old = office.card(CITIZEN, Duration::days(20));
    let mut browser = crate::renewal::registered(&world, &old).await;
    let new = office.card(CITIZEN, Duration::days(365));
    let shown = come_back(&world, &mut browser, &new.signer.on(&device())).await;
    assert_eq!(rows(&world).await, [0, 0]);
    press(&world, &mut browser, &shown).await;
    assert_eq!(rows(&world).await, [1, 0]);
}

/// A login's answer in which a device vouches for what it should not.
async fn wrong(
    world: &World,
    message: impl Fn(&[u8], &kyso_protocol::Token) -> Vec<u8>,
) -> (AskId, (u16, AnswerReply)) {
    let ask = Browser::new().ask(world, &[("purpose", "login")]).await;
    let statement = fetch(world, ask).await;
    let token = Signer::of(Role::Citizen).token(&statement, ORIGIN);
    let device = proved(&device(), &message(&statement, &token));
    let answer = Answer {
        ask,
        outcome: Outcome::Token(token, Some(device)),
    };
    (ask, post(world, ask, answer.to_json()).await)
}

#[tokio::test]
async fn a_proof_for_something_else_ends_the_ask() {
    let world = account().await;
    let (_, fine) = wrong(&world, DeviceProof::message).await;
    assert!(matches!(fine, (200, AnswerReply::Accepted { .. })));
    let (ask, refused) = wrong(&world, |_, token| DeviceProof::message(b"{}", token)).await;
    assert_eq!(refusal(refused), (403, "DEVICE-INVALID".to_owned()));
    let ended = format!("asks WHERE id = '{ask}' AND state = 'ended'");
    assert_eq!(world.count(&ended).await, 1);
    assert_eq!(
        world
            .count("history WHERE problem = 'DEVICE-INVALID'")
            .await,
        1
    );
    assert_eq!(rows(&world).await, [0, 0]);
}

/// The certificate is told first: nobody learns from a device's proof what a portal thinks of a certificate.
#[tokio::test]
async fn a_wrong_token_is_told_before_a_wrong_device() {
    let world = account().await;
    let ask = Browser::new().ask(&world, &[("purpose", "login")]).await;
    let statement = fetch(&world, ask).await;
    let token = Signer::of(Role::Citizen).token(b"{}", ORIGIN);
    let answer = Answer {
        ask,
        outcome: Outcome::Token(token, Some(proved(&device(), &statement))),
    };
    let refused = refusal(post(&world, ask, answer.to_json()).await);
    assert_eq!(refused, (403, "SIGNATURE-INVALID".to_owned()));
    let open = format!("asks WHERE id = '{ask}' AND state = 'open'");
    assert_eq!(world.count(&open).await, 1);
}
