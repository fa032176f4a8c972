//! The table of routes. Each one is a few lines: read the request, call the part that knows, show the page.

mod account;
mod agent;
mod ask;
mod download;
mod login;
mod problem;
mod reading;
mod register;
mod returning;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    middleware::{from_fn, from_fn_with_state},
    routing::{get, post},
};
use kyso_protocol::limits::ANSWER_MAX;
use tower_http::timeout::TimeoutLayer;

use crate::{pages::paths, portal::Portal, proxies, security};

/// A page's form, in bytes.
const FORM_MAX: usize = 8 * 1024;
/// From the first byte of a request to the last of its reply.
const REQUEST_TIME: Duration = Duration::from_secs(20);

/// Everything that the portal answers.
pub fn router(portal: Arc<Portal>) -> Router {
    let state = Arc::clone(&portal);
    let with = move || Arc::clone(&state);
    pages()
        .layer(from_fn_with_state(with(), security::own_pages_only))
        .layer(DefaultBodyLimit::max(FORM_MAX))
        .merge(agents().layer(DefaultBodyLimit::max(ANSWER_MAX)))
        .fallback(|| async { StatusCode::NOT_FOUND })
        .method_not_allowed_fallback(|| async { StatusCode::METHOD_NOT_ALLOWED })
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            REQUEST_TIME,
        ))
        .layer(from_fn_with_state(with(), security::rates))
        .layer(from_fn_with_state(with(), proxies::note))
        .layer(from_fn_with_state(with(), security::own_host_only))
        .layer(from_fn_with_state(with(), security::dress))
        .layer(from_fn(security::headers))
        .layer(from_fn(security::log))
        .with_state(portal)
}

fn pages() -> Router<Arc<Portal>> {
    Router::new()
        .route(paths::HOME, get(reading::home))
        .route(paths::TERMS, get(reading::terms))
        .route(paths::POLICY, get(reading::policy))
        .route(paths::HELP_REGISTER, get(reading::help_register))
        .route(paths::HELP_SIGN_IN, get(reading::help_sign_in))
        .route(paths::LANGUAGE, post(reading::language))
        .route("/static/{name}", get(reading::asset))
        .route(paths::DOWNLOAD, get(download::shown))
        .route("/download/{name}", get(download::file))
        .route(paths::REGISTER, get(register::choose))
        .route(paths::REGISTER_USB, get(register::usb))
        .route(
            paths::REGISTER_CONFIRM,
            get(register::shown).post(register::pressed),
        )
        .route(paths::LOGIN, get(login::choose))
        .route(paths::LOGIN_CONFIRM, get(login::shown).post(login::pressed))
        .route(paths::LOGIN_RENEW, post(login::renewed))
        .route(paths::LOGIN_REFUSE, post(login::refused))
        .route(paths::ASKS, post(ask::make))
        .route("/wait/{id}", get(ask::wait))
        .route("/wait/{id}/state", get(ask::state))
        .route(
            paths::RETURN,
            get(returning::shown).post(returning::presented),
        )
        .route(paths::ACCOUNT, get(account::shown))
        .route(paths::METHODS, get(account::methods))
        .route(paths::SIGN_INS, get(account::sign_ins))
        .route(paths::END_SESSION, post(account::end_session))
        .route(paths::END_OTHERS, post(account::end_others))
        .route(paths::LINK_DEVICE, post(account::link_device))
        .route(paths::UNLINK_DEVICE, post(account::unlink_device))
        .route(paths::SIGN_OUT, post(account::sign_out))
        .route(paths::SERVICE, get(account::service))
}

fn agents() -> Router<Arc<Portal>> {
    Router::new()
        .route("/.well-known/kyso/ask/{id}", get(agent::statement))
        .route("/.well-known/kyso/ask/{id}/answer", post(agent::answer))
        .route("/.well-known/kyso/session", post(agent::session))
        .route(paths::HEALTH, get(alive))
}

async fn alive(State(portal): State<Arc<Portal>>) -> (StatusCode, &'static str) {
    if portal.store().is_alive().await {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "database\n")
    }
}
