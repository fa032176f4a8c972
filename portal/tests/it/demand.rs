//! A sign-in demanded in the middle ends where the person was, and nowhere else.

use crate::{
    agent::{register_citizen, sign_in},
    browser::Browser,
    world::World,
};

#[tokio::test]
async fn leads_to_no_other_site() {
    let world = World::new().await;
    let mut browser = Browser::new();
    register_citizen(&world, &mut browser).await;
    let check = async |browser: &mut Browser, next: &str, expected: &str| {
        assert_eq!(
            sign_in(&world, browser, next).await.location,
            expected,
            "{next}"
        );
    };
    check(
        &mut browser,
        "/services/sample?step=2",
        "/services/sample?step=2",
    )
    .await;
    check(&mut browser, "//evil.example/", "/account").await;
    check(&mut browser, "https://evil.example/", "/account").await;
    check(&mut browser, "/\\evil.example", "/account").await;
}
