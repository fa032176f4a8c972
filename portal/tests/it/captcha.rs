//! The captcha: one code, one picture; another picture; the code in words; a rest after too many.

use kyso_portal::pages::{captcha, paths};
use kyso_support::Role;
use time::Duration;

use crate::{agent::register_to_page, browser::Browser, world::World};

/// The code of the picture that the page shows now, as only the portal's own database knows it.
pub(crate) async fn read(world: &World, pending: &str) -> String {
    let pool = sqlx::SqlitePool::connect(&format!("sqlite:{}", world.database().display()))
        .await
        .unwrap();
    let seed: Vec<u8> = sqlx::query_scalar("SELECT captcha_seed FROM proofs WHERE ask = ?")
        .bind(pending)
        .fetch_one(&pool)
        .await
        .unwrap();
    captcha::new_challenge(seed.try_into().unwrap()).answer
}

#[tokio::test]
async fn another_picture_makes_the_old_code_worthless() {
    let world = World::new().await;
    let mut browser = Browser::new();
    let page = register_to_page(&world, &mut browser, Role::Agency, "agency").await;
    let pending = page.hidden("pending");
    let old = read(&world, &pending).await;
    let act = |act| {
        [
            ("pending", pending.as_str()),
            ("do", act),
            ("captcha", old.as_str()),
        ]
    };
    let spoken = browser
        .post(&world, paths::REGISTER_CONFIRM, &act("spoken"))
        .await;
    assert_eq!(spoken.status, 200);
    assert_eq!(read(&world, &pending).await, old);
    assert!(spoken.text.contains("captcha-words"));
    browser
        .post(&world, paths::REGISTER_CONFIRM, &act("renew"))
        .await;
    assert_ne!(read(&world, &pending).await, old);
    assert_eq!(
        browser
            .post(&world, paths::REGISTER_CONFIRM, &act("register"))
            .await
            .outcome,
        "CAPTCHA"
    );
}

#[tokio::test]
async fn five_wrong_codes_make_it_rest() {
    let world = World::new().await;
    let mut browser = Browser::new();
    let page = register_to_page(&world, &mut browser, Role::Agency, "agency").await;
    let pending = page.hidden("pending");
    let mut press = async |code: &str| {
        let fields = [
            ("pending", pending.as_str()),
            ("do", "register"),
            ("captcha", code),
        ];
        browser
            .post(&world, paths::REGISTER_CONFIRM, &fields)
            .await
            .outcome
    };
    for _ in 0..5 {
        assert_eq!(press("wrong").await, "CAPTCHA");
    }
    let right = read(&world, &pending).await;
    assert_eq!(press(&right).await, "CAPTCHA");
    world.later(Duration::minutes(3));
    assert_eq!(press(&right).await, "registered");
}

#[tokio::test]
async fn the_word_test_passes_in_a_test_build_only() {
    let world = World::new().await;
    let mut browser = Browser::new();
    let page = register_to_page(&world, &mut browser, Role::Agency, "agency").await;
    let pending = page.hidden("pending");
    let fields = [
        ("pending", pending.as_str()),
        ("do", "register"),
        ("captcha", "test"),
    ];
    let seen = browser.post(&world, paths::REGISTER_CONFIRM, &fields).await;
    assert_eq!(seen.outcome == "registered", cfg!(feature = "test"));
}
