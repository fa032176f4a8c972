//! What a subject's kind demands: e-mail, unit.

use kyso_portal::pages::paths;
use kyso_support::Role;

use crate::{
    agent::{Signer, fetch, post, refusal, register_to_page},
    browser::Browser,
    captcha::read,
    world::{UNIT, World},
};

#[tokio::test]
async fn a_business_gives_an_email_and_a_code() {
    let world = World::new().await;
    let mut browser = Browser::new();
    let page = register_to_page(&world, &mut browser, Role::Business, "business").await;
    let pending = page.hidden("pending");
    let check = async |browser: &mut Browser, email: &str, captcha: &str, outcome: &str| {
        let fields = [
            ("pending", pending.as_str()),
            ("do", "register"),
            ("email", email),
            ("captcha", captcha),
        ];
        let seen = browser.post(&world, paths::REGISTER_CONFIRM, &fields).await;
        assert_eq!(seen.outcome, outcome, "{email} {captcha}");
    };
    let code = read(&world, &pending).await;
    check(&mut browser, "", &code, "EMAIL").await;
    check(&mut browser, "not an address", &code, "EMAIL").await;
    check(&mut browser, "so@mau.example", "AAAAAA", "CAPTCHA").await;
    check(&mut browser, "so@mau.example", &code, "CAPTCHA").await;
    let code = read(&world, &pending).await;
    check(&mut browser, "so@mau.example", &code, "registered").await;
    let row =
        "accounts WHERE kind = 'business' AND number = '9900000017' AND email = 'so@mau.example'";
    assert_eq!(world.count(row).await, 1);
}

#[tokio::test]
async fn an_agency_is_its_unit_of_the_directory() {
    let world = World::new().await;
    let mut browser = Browser::new();
    let page = register_to_page(&world, &mut browser, Role::Agency, "agency").await;
    for text in [UNIT, "UBND tỉnh Mẫu", "1, phố Mẫu", "SỞ MẪU VÀ THỬ NGHIỆM"] {
        assert!(page.text.contains(text), "{text}");
    }
    let pending = page.hidden("pending");
    let code = read(&world, &pending).await;
    let fields = [
        ("pending", pending.as_str()),
        ("do", "register"),
        ("captcha", code.as_str()),
    ];
    assert_eq!(
        browser
            .post(&world, paths::REGISTER_CONFIRM, &fields)
            .await
            .outcome,
        "registered"
    );
    assert_eq!(
        world
            .count(&format!(
                "accounts WHERE kind = 'agency' AND number = '{UNIT}'"
            ))
            .await,
        1
    );
}

#[tokio::test]
async fn an_agency_that_nobody_tied_to_a_unit_is_refused() {
    let world = World::new().await;
    let pool = sqlx::SqlitePool::connect(&format!("sqlite:{}", world.database().display()))
        .await
        .unwrap();
    sqlx::query("DELETE FROM unit_ties")
        .execute(&pool)
        .await
        .unwrap();
    let ask = Browser::new()
        .ask(&world, &[("purpose", "register"), ("subject", "agency")])
        .await;
    let statement = fetch(&world, ask).await;
    let answer = Signer::of(Role::Agency).answer(ask, &statement);
    assert_eq!(
        refusal(post(&world, ask, answer).await),
        (403, "UNIT-UNKNOWN".to_owned())
    );
}

#[tokio::test]
async fn a_certificate_is_tied_to_one_unit_that_exists() {
    let world = World::new().await;
    let agency = Signer::of(Role::Agency);
    let agency = kyso_certs::Certificate::from_der(&agency.certificate).unwrap();
    let again = kyso_portal::ties::tie(world.portal(), &agency, UNIT)
        .await
        .unwrap();
    assert_eq!(again.name, "Sở Mẫu");
    let absent = kyso_portal::ties::tie(world.portal(), &agency, "999")
        .await
        .unwrap_err();
    assert_eq!(absent.to_string(), "the directory of units has no unit 999");
}
