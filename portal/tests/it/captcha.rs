//! The captcha: one code, one picture; another picture; the code in words; a rest after too many.

use std::sync::Arc;

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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn wrong_codes_at_once_count_one_by_one() {
    let world = Arc::new(World::new().await);
    let mut browser = Browser::new();
    let page = register_to_page(&world, &mut browser, Role::Agency, "agency").await;
    let pending = page.hidden("pending");
    let presses: Vec<_> = (0..4)
        .map(|_| {
            let (world, mut browser, pending) =
                (Arc::clone(&world), browser.clone(), pending.clone());
            tokio::spawn(async move {
                let fields = [
                    ("pending", pending.as_str()),
                    ("do", "register"),
                    ("captcha", "wrong"),
                ];
                let seen = browser.post(&world, paths::REGISTER_CONFIRM, &fields).await;
                assert_eq!(seen.outcome, "CAPTCHA");
            })
        })
        .collect();
    for press in presses {
        press.await.unwrap();
    }
    assert_eq!(world.count("proofs WHERE captcha_wrong = 4").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn another_picture_meanwhile_forgets_no_wrong_code() {
    let world = Arc::new(World::new().await);
    let mut browser = Browser::new();
    let page = register_to_page(&world, &mut browser, Role::Agency, "agency").await;
    let pending = page.hidden("pending");
    let acts = [
        "register", "renew", "register", "renew", "register", "renew",
    ];
    let presses: Vec<_> = acts
        .into_iter()
        .map(|act| {
            let (world, mut browser, pending) =
                (Arc::clone(&world), browser.clone(), pending.clone());
            tokio::spawn(async move {
                let fields = [
                    ("pending", pending.as_str()),
                    ("do", act),
                    ("captcha", "wrong"),
                ];
                browser.post(&world, paths::REGISTER_CONFIRM, &fields).await;
            })
        })
        .collect();
    for press in presses {
        press.await.unwrap();
    }
    assert_eq!(world.count("proofs WHERE captcha_wrong = 3").await, 1);
}

#[tokio::test]
async fn a_right_code_is_not_typed_twice_and_nothing_typed_is_lost() {
    let world = World::new().await;
    let mut browser = Browser::new();
    let page = register_to_page(&world, &mut browser, Role::Business, "business").await;
    let pending = page.hidden("pending");
    let right = read(&world, &pending).await;
    let mut press = async |act: &str, email: &str, code: &str, kept: [&str; 2]| {
        let fields = [
            ("pending", pending.as_str()),
            ("do", act),
            ("email", email),
            ("captcha", code),
        ];
        let page = browser
            .post(&world, paths::REGISTER_CONFIRM, &fields)
            .await
            .text;
        let value = |field: &str| {
            let (_, rest) = page
                .split_once(&format!("name=\"{field}\" value=\""))
                .unwrap();
            rest.split('"').next().unwrap().to_owned()
        };
        assert_eq!(
            [value("email"), value("captcha")],
            kept,
            "{act} {email} {code}"
        );
    };
    press("register", "no address", &right, ["no address", &right]).await;
    press("spoken", "so@mau.example", "AB", ["so@mau.example", "AB"]).await;
    press("vi", "so@mau.example", "AB", ["so@mau.example", "AB"]).await;
    press("renew", "so@mau.example", "AB", ["so@mau.example", ""]).await;
    press(
        "register",
        "so@mau.example",
        "wrong",
        ["so@mau.example", ""],
    )
    .await;
}

#[tokio::test]
async fn the_page_is_there_in_the_other_language_and_stays_so() {
    let world = World::new().await;
    let mut browser = Browser::new();
    let page = register_to_page(&world, &mut browser, Role::Agency, "agency").await;
    let pending = page.hidden("pending");
    let before = read(&world, &pending).await;
    let fields = [
        ("pending", pending.as_str()),
        ("do", "vi"),
        ("email", "so@mau.example"),
    ];
    let page = browser.post(&world, paths::REGISTER_CONFIRM, &fields).await;
    assert_eq!((page.status, page.outcome.as_str()), (200, "pending"));
    assert!(page.text.contains("<html lang=\"vi\"") && page.text.contains("so@mau.example"));
    assert_eq!(
        read(&world, &pending).await,
        before,
        "the picture is the same"
    );
    let home = browser.get(&world, "/").await;
    assert!(home.text.contains("<html lang=\"vi\""));
}
