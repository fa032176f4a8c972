//! A new certificate of a registered holder.

use kyso_portal::pages::paths;
use kyso_support::Role;
use time::Duration;

use crate::{
    agent::{Signer, register_with, sign},
    browser::{Browser, Seen},
    office::{CITIZEN, Card, Office},
    world::{NOW, World},
};

const SESSION: &str = "__Host-kyso-session";
const YEAR: Duration = Duration::days(365);

/// Signs in up to the reply to the return code, and then to the page that it leads to.
pub(crate) async fn come_back(world: &World, browser: &mut Browser, signer: &Signer) -> Seen {
    let ask = browser
        .ask(world, &[("purpose", "login"), ("next", paths::SERVICE)])
        .await;
    let code = sign(world, ask, signer).await;
    let presented = browser.present(world, &code).await;
    if presented.status == 303 {
        return browser.get(world, &presented.location).await;
    }
    presented
}

pub(crate) async fn press(world: &World, browser: &mut Browser, page: &Seen) -> Seen {
    let pending = page.hidden("pending");
    browser
        .post(world, paths::LOGIN_RENEW, &[("pending", &pending)])
        .await
}

/// A citizen registered with `old`.
pub(crate) async fn registered(world: &World, old: &Card) -> Browser {
    let mut browser = Browser::new();
    register_with(world, &mut browser, &old.signer, "citizen").await;
    browser
}

#[tokio::test]
async fn a_new_certificate_of_the_same_holder_is_shown_confirmed_and_registered() {
    let office = Office::new();
    let world = office.world().await;
    let old = office.card(CITIZEN, Duration::days(20));
    let mut browser = registered(&world, &old).await;
    world.later(Duration::days(10));
    let new = office.card((CITIZEN.0, "NGUYỄN VĂN MINH HỌA MỚI"), YEAR);
    let page = come_back(&world, &mut browser, &new.signer).await;
    assert_eq!(
        (page.status, page.outcome.as_str()),
        (200, "renewal"),
        "{}",
        page.text
    );
    for shown in [
        "NGUYỄN VĂN MINH HỌA</bdi>",
        "NGUYỄN VĂN MINH HỌA MỚI",
        "11/12/2026 14:00:00",
        "21/11/2027 14:00:00",
        "Kyso Demo CA",
        "****0123",
        "Replace the one valid to",
    ] {
        assert!(page.text.contains(shown), "{shown}: {}", page.text);
    }
    assert!(!page.text.contains("099185000123"));
    assert_eq!(world.count("certificates").await, 1);
    assert!(!browser.cookies.contains_key(SESSION));

    let done = press(&world, &mut browser, &page).await;
    assert_eq!((done.status, done.location.as_str()), (303, paths::SERVICE));
    let service = browser.get(&world, paths::SERVICE).await;
    assert!(service.text.contains("NGUYỄN VĂN MINH HỌA MỚI"));
    assert_eq!(world.count("certificates").await, 2);
    assert_eq!(world.count("accounts").await, 1);
    assert_eq!(
        world
            .count("history WHERE activity = 'method-added' AND problem IS NULL")
            .await,
        1
    );
    let sign_ins = browser.get(&world, paths::SIGN_INS).await;
    assert!(sign_ins.text.contains("Method added"));
    let notice = "A method was added to your account at <bdi>01/12/2026 14:00:00</bdi>.";
    let account = browser.get(&world, paths::ACCOUNT).await.text;
    assert!(account.contains(notice), "{account}");
    world.later(Duration::days(30));
    come_back(&world, &mut browser, &new.signer).await;
    let account = browser.get(&world, paths::ACCOUNT).await;
    assert!(account.status == 200 && !account.text.contains("class=\"note news\""));
}

#[tokio::test]
async fn both_certificates_sign_in_afterwards_until_the_old_one_ends() {
    let office = Office::new();
    let world = office.world().await;
    let old = office.card(CITIZEN, Duration::days(20));
    let mut browser = registered(&world, &old).await;
    let new = office.card(CITIZEN, YEAR);
    let page = come_back(&world, &mut browser, &new.signer).await;
    press(&world, &mut browser, &page).await;
    let methods = browser.get(&world, paths::METHODS).await;
    assert_eq!(methods.text.matches("<h2>USB token</h2>").count(), 2);
    assert!(
        methods.text.contains("(<bdi>20</bdi> days left)"),
        "{}",
        methods.text
    );
    for card in [&old, &new] {
        browser.post(&world, paths::SIGN_OUT, &[]).await;
        let service = come_back(&world, &mut browser, &card.signer).await;
        assert_eq!(service.status, 200);
        assert!(browser.cookies.contains_key(SESSION));
    }
    world.later(Duration::days(21));
    let service = come_back(&world, &mut browser, &new.signer).await;
    assert_eq!(service.status, 200);
    let methods = browser.get(&world, paths::METHODS).await;
    assert!(methods.text.contains("Expired on"), "{}", methods.text);
}

#[tokio::test]
async fn a_certificate_that_has_ended_may_be_renewed() {
    let office = Office::new();
    let world = office.world_with_lists().await;
    office.publish(&[], NOW);
    let old = office.card(CITIZEN, Duration::days(20));
    let mut browser = registered(&world, &old).await;
    world.later(Duration::days(40));
    office.publish(&[], NOW + Duration::days(40));
    let new = office.card(CITIZEN, YEAR);
    let page = come_back(&world, &mut browser, &new.signer).await;
    assert_eq!(page.outcome, "renewal", "{}", page.text);
    assert!(page.text.contains("This certificate has expired"));
    assert_eq!(
        press(&world, &mut browser, &page).await.location,
        paths::SERVICE
    );
}

#[tokio::test]
async fn a_ca_with_a_new_key_is_the_same_ca_by_the_operators_name() {
    let office = Office::new();
    office.name_the_other("Kyso Demo CA");
    let world = office.world().await;
    let old = office.card(CITIZEN, YEAR);
    let mut browser = registered(&world, &old).await;
    let new = office.card_of_the_other(CITIZEN, YEAR);
    let page = come_back(&world, &mut browser, &new.signer).await;
    assert_eq!(page.outcome, "renewal", "{}", page.text);
}

#[tokio::test]
async fn a_suspension_that_was_lifted_stands_in_no_renewals_way() {
    let office = Office::new();
    let world = office.world_with_lists().await;
    office.publish(&[&office.card(CITIZEN, YEAR).certificate], NOW);
    let old = office.card(CITIZEN, YEAR);
    let mut browser = registered(&world, &old).await;
    office.publish(&[&old.certificate], NOW);
    kyso_portal::housekeeping::clean(world.portal())
        .await
        .unwrap();
    assert_eq!(
        world
            .count("certificates WHERE revoked_at IS NOT NULL")
            .await,
        1
    );
    let cleaned = async |at: Duration| {
        office.publish(&[], NOW + at);
        kyso_portal::housekeeping::clean(world.portal())
            .await
            .unwrap();
        world
            .count("certificates WHERE revoked_at IS NOT NULL")
            .await
    };
    // A list that was made before takes nothing back.
    assert_eq!(cleaned(Duration::ZERO).await, 1);
    world.later(Duration::hours(2));
    assert_eq!(cleaned(Duration::hours(2)).await, 0);
    let new = office.card(CITIZEN, YEAR);
    let page = come_back(&world, &mut browser, &new.signer).await;
    assert_eq!(page.outcome, "renewal", "{}", page.text);
}

#[tokio::test]
async fn the_click_counts_in_the_browser_that_asked_only_and_once() {
    let office = Office::new();
    let world = office.world().await;
    let mut browser = registered(&world, &office.card(CITIZEN, YEAR)).await;
    let new = office.card(CITIZEN, YEAR);
    let page = come_back(&world, &mut browser, &new.signer).await;
    let mut other = Browser::new();
    other.ask(&world, &[("purpose", "login")]).await;
    let stolen = press(&world, &mut other, &page).await;
    assert_eq!(stolen.location, "/login?notice=ask-expired");
    let mut twin = browser.clone();
    assert_eq!(
        press(&world, &mut browser, &page).await.location,
        paths::SERVICE
    );
    let again = press(&world, &mut twin, &page).await;
    assert_eq!(again.location, "/login?notice=ask-expired");
    assert_eq!(world.count("certificates").await, 2);
}

#[tokio::test]
async fn of_two_clicks_at_once_one_registers_the_certificate() {
    let office = Office::new();
    let world = std::sync::Arc::new(office.world().await);
    let browser = registered(&world, &office.card(CITIZEN, YEAR)).await;
    let new = office.card(CITIZEN, YEAR);
    let mut clicks = Vec::new();
    for _ in 0..2 {
        let mut browser = browser.clone();
        let page = come_back(&world, &mut browser, &new.signer).await;
        let world = std::sync::Arc::clone(&world);
        clicks.push(async move { press(&world, &mut browser, &page).await.location });
    }
    let clicks: Vec<_> = clicks.into_iter().map(tokio::spawn).collect();
    let mut ends = Vec::new();
    for click in clicks {
        ends.push(click.await.unwrap());
    }
    ends.sort();
    assert_eq!(ends, ["/login?notice=ask-expired", paths::SERVICE]);
    assert_eq!(world.count("certificates").await, 2);
}

#[tokio::test]
async fn a_renewal_waits_for_five_minutes_and_the_person_may_throw_it_away() {
    let office = Office::new();
    let world = office.world().await;
    let mut browser = registered(&world, &office.card(CITIZEN, YEAR)).await;
    let new = office.card(CITIZEN, YEAR);
    let page = come_back(&world, &mut browser, &new.signer).await;
    let pending = page.hidden("pending");
    let refused = browser
        .post(&world, paths::LOGIN_REFUSE, &[("pending", &pending)])
        .await;
    assert_eq!(refused.location, "/login?notice=refused");
    let late = press(&world, &mut browser, &page).await;
    assert_eq!(late.location, "/login?notice=ask-expired");
    let page = come_back(&world, &mut browser, &new.signer).await;
    world.later(Duration::minutes(5));
    let late = press(&world, &mut browser, &page).await;
    assert_eq!(late.location, "/login?notice=ask-expired");
    assert_eq!(world.count("certificates").await, 1);
}

#[tokio::test]
async fn a_business_renews_like_a_citizen_and_an_ordinary_click_renews_nothing() {
    let office = Office::new();
    let world = office.world().await;
    let mut browser = Browser::new();
    register_with(
        &world,
        &mut browser,
        &Signer::of(Role::Business),
        "business",
    )
    .await;
    let name = "CÔNG TY TNHH THỬ NGHIỆM SAO MẪU, CHI NHÁNH MỘT";
    let new = office.card(("MST:9900000017", name), YEAR);
    let page = come_back(&world, &mut browser, &new.signer).await;
    assert_eq!(page.outcome, "renewal", "{}", page.text);
    let pending = page.hidden("pending");
    let ordinary = browser
        .post(&world, paths::LOGIN_CONFIRM, &[("pending", &pending)])
        .await;
    assert_eq!(ordinary.location, "/login?notice=ask-expired");
    assert_eq!(
        press(&world, &mut browser, &page).await.location,
        paths::SERVICE
    );
    assert_eq!(world.count("certificates").await, 2);
}

#[tokio::test]
async fn an_agency_renews_under_the_names_that_are_tied_to_its_unit() {
    let office = Office::new();
    let world = office.world().await;
    let mut browser = Browser::new();
    register_with(&world, &mut browser, &Signer::of(Role::Agency), "agency").await;
    let new = office.card_of_the_agency(YEAR);
    let page = come_back(&world, &mut browser, &new.signer).await;
    assert_eq!(page.outcome, "renewal", "{}", page.text);
    assert_eq!(
        press(&world, &mut browser, &page).await.location,
        paths::SERVICE
    );
    assert_eq!(world.count("certificates").await, 2);
}

#[tokio::test]
async fn a_person_in_an_organisation_renews_their_own_account_only() {
    let office = Office::new();
    let world = office.world().await;
    let employee = Signer::of(Role::PersonInOrganisation);
    let mut browser = Browser::new();
    register_with(
        &world,
        &mut browser,
        &Signer::of(Role::Business),
        "business",
    )
    .await;
    let page = come_back(&world, &mut browser, &employee).await;
    assert_eq!(page.outcome, "ACCOUNT-NONE");
    let own = office.card(("CCCD:099290000456", "TRẦN THỊ VÍ DỤ"), YEAR);
    register_with(&world, &mut browser, &own.signer, "citizen").await;
    let page = come_back(&world, &mut browser, &employee).await;
    assert_eq!(page.outcome, "renewal", "{}", page.text);
    press(&world, &mut browser, &page).await;
    let own = "certificates JOIN accounts ON accounts.id = account WHERE kind = 'citizen'";
    assert_eq!(world.count(own).await, 2);
}

#[tokio::test]
async fn a_ca_that_the_operator_calls_otherwise_since_is_the_same_ca() {
    let office = Office::new();
    let world = office.world().await;
    let mut browser = Browser::new();
    let old = office.card_of_the_other(CITIZEN, Duration::days(9));
    register_with(&world, &mut browser, &old.signer, "citizen").await;
    office.name_the_other("Kyso Other CA, as it is called now");
    world.portal().reload().await.unwrap();
    world.later(Duration::days(10));
    let new = office.card_of_the_other(CITIZEN, YEAR);
    let page = come_back(&world, &mut browser, &new.signer).await;
    assert_eq!(page.outcome, "renewal", "{}", page.text);
}
