//! What every reply carries, and that every place of the pages is answered.

use axum::{
    body::Body,
    http::{Request, header},
};
use kyso_portal::pages::paths;

use crate::{browser::Browser, world::World};

#[tokio::test]
async fn every_place_is_answered() {
    let world = World::new().await;
    for path in paths::ALL {
        let mut browser = Browser::new();
        let status = browser.get(&world, path).await.status;
        let posted = browser.post(&world, path, &[]).await.status;
        let place = [paths::WAIT, paths::STATIC].contains(&path);
        assert!(
            place || status != 404 || posted != 404,
            "{path}: {status}, {posted}"
        );
        assert!(status < 500 && posted < 500, "{path}: {status}, {posted}");
    }
    for name in ["style.css", "wait.js", "return.js", "icon.svg"] {
        assert_eq!(
            Browser::new()
                .get(&world, &format!("{}/{name}", paths::STATIC))
                .await
                .status,
            200
        );
    }
}

#[tokio::test]
async fn every_reply_carries_the_security_headers() {
    let world = World::new().await;
    for path in [
        "/",
        "/nowhere",
        "/static/style.css",
        paths::RETURN,
        "/healthz",
    ] {
        let seen = Browser::new().get(&world, path).await;
        let policy = seen.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(seen.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(seen.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(
            seen.header("cross-origin-opener-policy"),
            "same-origin",
            "{path}"
        );
        assert!(
            seen.header("strict-transport-security")
                .starts_with("max-age="),
            "{path}"
        );
        assert!(
            !seen.text.contains("<script>") && !seen.text.contains(" style="),
            "{path}"
        );
    }
    assert_eq!(
        Browser::new()
            .get(&world, paths::RETURN)
            .await
            .header("cache-control"),
        "no-store"
    );
}

#[tokio::test]
async fn no_get_gives_a_half() {
    let world = World::new().await;
    for path in paths::ALL {
        let mut browser = Browser::new();
        browser.get(&world, path).await;
        assert!(browser.cookies.is_empty(), "{path}: {:?}", browser.cookies);
    }
}

#[tokio::test]
async fn two_halves_make_no_ask() {
    let world = World::new().await;
    let mut browser = Browser::new();
    browser.cookies.insert(
        "__Host-kyso-half".to_owned(),
        "x; __Host-kyso-half=y".to_owned(),
    );
    assert_eq!(
        browser
            .post(&world, paths::ASKS, &[("purpose", "login")])
            .await
            .status,
        400
    );
    assert_eq!(world.count("asks").await, 0);
}

#[tokio::test]
async fn an_ask_wants_a_purpose_and_for_a_registration_a_subject() {
    let world = World::new().await;
    let check = async |fields: &[(&str, &str)], status| {
        assert_eq!(
            Browser::new()
                .post(&world, paths::ASKS, fields)
                .await
                .status,
            status,
            "{fields:?}"
        );
    };
    check(&[("purpose", "login")], 303).await;
    check(&[("purpose", "register"), ("subject", "agency")], 303).await;
    check(&[("purpose", "register")], 400).await;
    check(&[("purpose", "register"), ("subject", "king")], 400).await;
    check(&[("purpose", "add-method"), ("subject", "citizen")], 400).await;
}

#[tokio::test]
async fn too_large_a_body_is_refused_before_it_is_read() {
    let world = World::new().await;
    let large = "x".repeat(20_000);
    let request = Request::post("/.well-known/kyso/ask/AAECAwQFBgcICQoLDA0ODw/answer")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(large.clone()))
        .unwrap();
    assert_eq!(world.send(request).await.status(), 413);
    assert_eq!(
        Browser::new()
            .post(&world, paths::ASKS, &[("purpose", &large)])
            .await
            .status,
        413
    );
}

#[tokio::test]
async fn only_the_portals_own_name_is_answered() {
    let world = World::new().await;
    let check = async |hosts: &[&str], target: &str, expected: u16| {
        let mut request = Request::get(target);
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        let response = world.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), expected, "{hosts:?} {target}");
    };
    let own = "quocgia.localhost:8443";
    check(&[own], "/", 200).await;
    check(&["QuocGia.localhost:8443"], "/", 200).await;
    check(&[own], "https://quocgia.localhost:8443/", 200).await;
    check(&["evil.example"], "/", 421).await;
    check(&["evil.example"], paths::RETURN, 421).await;
    check(&["quocgia.localhost"], "/", 421).await;
    check(&["quocgia.localhost:8443.evil.example"], "/", 421).await;
    check(&["127.0.0.1:8443"], "/", 421).await;
    check(&[own], "https://evil.example/", 421).await;
    check(&[own, "evil.example"], "/", 421).await;
    check(&["127.0.0.1:8443"], "/healthz", 200).await;
}

#[tokio::test]
async fn one_address_is_held_to_its_rate() {
    let world = World::with("requests-per-minute = 3").await;
    let mut browser = Browser::new();
    for _ in 0..3 {
        assert_eq!(browser.get(&world, "/healthz").await.status, 200);
    }
    let refused = browser.get(&world, "/").await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "60"));
    world.later(time::Duration::minutes(1));
    assert_eq!(browser.get(&world, "/").await.status, 200);
}

#[tokio::test]
async fn the_language_is_kept_and_leads_back() {
    let world = World::new().await;
    let mut browser = Browser::new();
    let check = async |browser: &mut Browser, next: &str, expected: &str| {
        let seen = browser
            .post(&world, paths::LANGUAGE, &[("lang", "vi"), ("next", next)])
            .await;
        assert_eq!((seen.status, seen.location.as_str()), (303, expected));
    };
    assert!(
        browser
            .get(&world, "/")
            .await
            .text
            .contains("<html lang=\"en\"")
    );
    check(
        &mut browser,
        "/register?subject=agency",
        "/register?subject=agency",
    )
    .await;
    check(&mut browser, "https://evil.example/", "/").await;
    assert!(
        browser
            .get(&world, "/")
            .await
            .text
            .contains("<html lang=\"vi\"")
    );
}
