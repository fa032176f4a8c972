//! Behind a reverse proxy.

use std::net::Ipv4Addr;

use axum::{body::Body, http::Request};

use crate::{agent::register_citizen, browser::Browser, world::World};

const PROXY: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const STRANGER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 99);

/// The status of a page that was asked for through `peer`, with these lines of `X-Forwarded-For`.
async fn get(world: &World, peer: Ipv4Addr, lines: &[&str]) -> u16 {
    let mut request = Request::get("/");
    for line in lines {
        request = request.header("x-forwarded-for", *line);
    }
    let request = request.body(Body::empty()).unwrap();
    world.send_from(peer, request).await.status().as_u16()
}

#[tokio::test]
async fn visitors_behind_a_named_proxy_have_a_rate_each() {
    let world = World::with("requests-per-minute = 2\ntrusted-proxies = ['10.0.0.0/8']").await;
    for _ in 0..2 {
        assert_eq!(get(&world, PROXY, &["203.0.113.1"]).await, 200);
    }
    assert_eq!(get(&world, PROXY, &["203.0.113.1"]).await, 429);
    assert_eq!(get(&world, PROXY, &["203.0.113.2"]).await, 200);
    let second_proxy = Ipv4Addr::new(10, 0, 0, 2);
    assert_eq!(
        get(&world, second_proxy, &["203.0.113.1, 10.0.0.1"]).await,
        429
    );
}

#[tokio::test]
async fn nobody_escapes_the_rate_by_a_header_of_his_own() {
    let world = World::with("requests-per-minute = 2\ntrusted-proxies = ['10.0.0.0/8']").await;
    let forged = async |peer, number: u8| {
        let line = format!("198.51.100.{number}, 203.0.113.1");
        get(&world, peer, &[&line]).await
    };
    assert_eq!(forged(PROXY, 1).await, 200);
    assert_eq!(forged(PROXY, 2).await, 200);
    assert_eq!(forged(PROXY, 3).await, 429);
    for _ in 0..2 {
        assert_eq!(get(&world, STRANGER, &["10.0.0.1"]).await, 200);
    }
    assert_eq!(get(&world, STRANGER, &["203.0.113.77"]).await, 429);
}

#[tokio::test]
async fn nobody_is_believed_unless_named() {
    let world = World::with("requests-per-minute = 2").await;
    assert_eq!(get(&world, PROXY, &["203.0.113.1"]).await, 200);
    assert_eq!(get(&world, PROXY, &["203.0.113.2"]).await, 200);
    assert_eq!(get(&world, PROXY, &["203.0.113.3"]).await, 429);
}

#[tokio::test]
async fn the_history_has_the_visitors_address_and_not_the_proxys() {
    let world = World::with("trusted-proxies = ['192.0.2.7']").await;
    register_citizen(&world, &mut Browser::new()).await;
    assert_eq!(world.count("history WHERE address = '192.0.2.7'").await, 1);
    let forwarded = World::with("trusted-proxies = ['192.0.2.7', '192.0.2.8']").await;
    let mut browser = Browser::forwarded_for("203.0.113.9, 192.0.2.8");
    register_citizen(&forwarded, &mut browser).await;
    assert_eq!(
        forwarded
            .count("history WHERE address = '203.0.113.9'")
            .await,
        1
    );
}
