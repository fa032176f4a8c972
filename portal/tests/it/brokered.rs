//! What an agent may ask of a session that it brokered.

use axum::{
    body::Body,
    http::{Request, header},
};
use kyso_portal::pages::paths;
use kyso_protocol::{AnswerReply, Handle, Origin, SessionCall, SessionReply, SessionWish};
use kyso_support::{Key, KeyKind, Role};
use time::Duration;

use crate::{
    agent::{Signer, fetch, post, proved, register_citizen},
    browser::Browser,
    world::{ORIGIN, World},
};

const OPEN: SessionReply = SessionReply::Open { seconds: 8 * 3600 };

fn device() -> Key {
    Key::generate(KeyKind::P256).unwrap()
}

/// A session that this device brokered, up to the person's click, and its handle.
async fn brokered(world: &World, device: &Key) -> (Browser, Handle) {
    register_citizen(world, &mut Browser::new()).await;
    let mut browser = Browser::new();
    let ask = browser.ask(world, &[("purpose", "login")]).await;
    let statement = fetch(world, ask).await;
    let signer = Signer::of(Role::Citizen).on(device);
    let posted = post(world, ask, signer.answer(ask, &statement)).await;
    let (200, AnswerReply::Accepted { code, handle }) = posted else {
        panic!("refused");
    };
    browser.present(world, &code).await;
    (browser, handle)
}

async fn click(world: &World, browser: &mut Browser) {
    let page = browser.get(world, paths::LOGIN_CONFIRM).await;
    let pending = page.hidden("pending");
    browser
        .post(world, paths::LOGIN_CONFIRM, &[("pending", &pending)])
        .await;
}

fn call(handle: &Handle, wish: SessionWish, device: &Key) -> SessionCall {
    let portal = Origin::parse(ORIGIN).unwrap();
    let message = SessionCall::message(&portal, handle, wish);
    SessionCall::new(handle.clone(), wish, proved(device, &message))
}

async fn send(world: &World, body: String, from: Option<&str>) -> (u16, Option<SessionReply>) {
    let request =
        Request::post("/.well-known/kyso/session").header(header::CONTENT_TYPE, "application/json");
    let request = from.into_iter().fold(request, |request, from| {
        request.header("sec-fetch-site", from)
    });
    let response = world.send(request.body(Body::from(body)).unwrap()).await;
    let reply = SessionReply::parse(response.body()).ok();
    (response.status().as_u16(), reply)
}

async fn ask(world: &World, handle: &Handle, wish: SessionWish, device: &Key) -> SessionReply {
    let (status, reply) = send(world, call(handle, wish, device).to_json(), None).await;
    let reply = reply.unwrap();
    let expected = if reply == SessionReply::Unknown {
        404
    } else {
        200
    };
    assert_eq!(status, expected);
    reply
}

#[tokio::test]
async fn a_handle_lives_once_its_session_is_open_and_ends_it() {
    let world = World::new().await;
    let device = device();
    let (mut browser, handle) = brokered(&world, &device).await;
    let state = async || ask(&world, &handle, SessionWish::State, &device).await;
    assert_eq!(state().await, SessionReply::Unknown);
    click(&world, &mut browser).await;
    assert_eq!(state().await, OPEN);
    assert_eq!(browser.get(&world, paths::ACCOUNT).await.status, 200);
    let ended = ask(&world, &handle, SessionWish::End, &device).await;
    assert_eq!(
        (ended, state().await),
        (SessionReply::Ended, SessionReply::Ended)
    );
    assert_eq!(browser.get(&world, paths::ACCOUNT).await.status, 303);
    // Once more changes nothing.
    ask(&world, &handle, SessionWish::End, &device).await;
    assert_eq!(world.count("history WHERE activity = 'sign-out'").await, 1);
}

#[tokio::test]
async fn a_session_that_ran_out_has_ended() {
    let world = World::new().await;
    let device = device();
    let (mut browser, handle) = brokered(&world, &device).await;
    click(&world, &mut browser).await;
    world.later(Duration::minutes(29));
    // Asking is no use of it.
    let state = ask(&world, &handle, SessionWish::State, &device).await;
    assert!(matches!(state, SessionReply::Open { .. }));
    world.later(Duration::minutes(2));
    let state = ask(&world, &handle, SessionWish::State, &device).await;
    assert_eq!(state, SessionReply::Ended);
}

#[tokio::test]
async fn nobody_else_learns_anything() {
    let world = World::new().await;
    let device = device();
    let (mut browser, handle) = brokered(&world, &device).await;
    click(&world, &mut browser).await;
    let stranger = Key::generate(KeyKind::P256).unwrap();
    for wish in [SessionWish::State, SessionWish::End] {
        let other_key = ask(&world, &handle, wish, &stranger).await;
        let other_handle = ask(&world, &Handle::from_bytes([7; 32]), wish, &device).await;
        let unknown = SessionReply::Unknown;
        assert_eq!((other_key, other_handle), (unknown, unknown));
    }
    // Signed for one wish, sent for another.
    let state = call(&handle, SessionWish::State, &device).to_json();
    let turned = state.replace(r#""wish":"state""#, r#""wish":"end""#);
    let (status, reply) = send(&world, turned, None).await;
    assert_eq!((status, reply), (404, Some(SessionReply::Unknown)));
    assert_eq!(browser.get(&world, paths::ACCOUNT).await.status, 200);
    // No page, no other form.
    let (status, _) = send(&world, state.clone(), Some("same-origin")).await;
    assert_eq!(status, 403);
    let (status, _) = send(&world, state.replace("state", "open"), None).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn a_session_without_a_device_has_nobody_to_ask_about_it() {
    let world = World::new().await;
    let device = device();
    let (mut browser, handle) = brokered(&world, &device).await;
    click(&world, &mut browser).await;
    sqlx::query("UPDATE sessions SET device_key = NULL")
        .execute(&world.pool().await)
        .await
        .unwrap();
    let state = ask(&world, &handle, SessionWish::State, &device).await;
    assert_eq!(state, SessionReply::Unknown);
}
