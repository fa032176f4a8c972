//! What stands around every route: headers, sizes, rates, origins, and the pages for bare statuses.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};

use kyso_protocol::Origin;

use crate::{
    csrf,
    pages::{Frame, paths, render_error},
    portal::Portal,
    proxies::Whence,
    rates::Kind,
    reply, visitor,
};

/// No inline script, no foreign content, no frame; the pictures of captchas are `data:`.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

/// For the return page, as the protocol has it.
const RETURN_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(&str, &str); 8] = [
    ("strict-transport-security", "max-age=31536000"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    ("cache-control", "no-store"),
];

/// Puts the security headers on every reply; one that a route set stays.
pub(crate) async fn headers(request: Request, next: Next) -> Response {
    let policy = if request.uri().path() == paths::RETURN {
        RETURN_POLICY
    } else {
        CONTENT_POLICY
    };
    let mut response = next.run(request).await;
    let policy = (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(policy),
    );
    let fixed = HEADERS.map(|(name, value)| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    });
    for (name, value) in fixed.into_iter().chain([policy]) {
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}

/// One line a request: the route, never its parameters, whose values may be worth keeping to oneself.
pub(crate) async fn log(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "-".to_owned(), |path| path.as_str().to_owned());
    let response = next.run(request).await;
    let (status, ms) = (response.status().as_u16(), began.elapsed().as_millis());
    tracing::info!(%method, route, status, ms, "request");
    response
}

/// Refuses what one address asks too often, before anything else is done for it.
pub(crate) async fn rates(
    State(portal): State<Arc<Portal>>,
    request: Request,
    next: Next,
) -> Response {
    let Some(Whence(address)) = request.extensions().get().copied() else {
        return next.run(request).await;
    };
    let now = portal.ambient.now();
    let admitted = [Some(Kind::Request), kind(&request)]
        .into_iter()
        .flatten()
        .all(|kind| portal.limiter.admits(address, kind, now));
    if admitted {
        return next.run(request).await;
    }
    tracing::warn!("rate exceeded");
    (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "60")]).into_response()
}

/// The status for which there are words: what a client did wrong in any other way is a bad request.
fn worded(status: StatusCode) -> u16 {
    match status.as_u16() {
        known @ (400 | 403 | 404 | 405 | 413 | 429 | 500 | 503) => known,
        _ if status.is_client_error() => 400,
        _ => 500,
    }
}

fn kind(request: &Request) -> Option<Kind> {
    let path = request.uri().path();
    match request.method() == Method::POST {
        true if path == paths::ASKS => Some(Kind::Ask),
        true if path.starts_with("/.well-known/kyso/") => Some(Kind::Answer),
        _ => None,
    }
}

/// Answers requests for this portal's own name only: an answer under another one would be taken for that origin's.
/// A monitor may ask for the health by address.
pub(crate) async fn own_host_only(
    State(portal): State<Arc<Portal>>,
    request: Request,
    next: Next,
) -> Response {
    if request.uri().path() == paths::HEALTH || is_for(&portal.config.origin, &request) {
        return next.run(request).await;
    }
    StatusCode::MISDIRECTED_REQUEST.into_response()
}

/// Whether exactly one `Host`, and the authority of an absolute target where there is one, name `own` (RFC 9112,
/// section 3.2).
fn is_for(own: &Origin, request: &Request) -> bool {
    let own = own.as_str().trim_start_matches("https://").as_bytes();
    let named: Vec<_> = request.headers().get_all(header::HOST).iter().collect();
    let target = request.uri().authority();
    let [host] = named.as_slice() else {
        return false;
    };
    host.as_bytes().eq_ignore_ascii_case(own)
        && target.is_none_or(|target| target.as_str().as_bytes().eq_ignore_ascii_case(own))
}

/// Takes what changes something only from our own pages; the agent's answers come by a router without this.
pub(crate) async fn own_pages_only(
    State(portal): State<Arc<Portal>>,
    request: Request,
    next: Next,
) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD);
    if safe || csrf::is_from_own_page(request.headers(), &portal.config.origin) {
        return next.run(request).await;
    }
    StatusCode::FORBIDDEN.into_response()
}

/// Gives a page to every reply that has a status and no words for a person.
pub(crate) async fn dress(
    State(portal): State<Arc<Portal>>,
    request: Request,
    next: Next,
) -> Response {
    let lang = visitor::language(request.headers());
    let mut response = next.run(request).await;
    let status = response.status();
    if status.as_u16() < 400 || reply::has_body(&response) {
        return response;
    }
    let frame = Frame {
        look: Arc::clone(&portal.look),
        lang,
        path: paths::HOME.to_owned(),
        person: None,
    };
    let document = Html(render_error(&frame, worded(status))).into_response();
    *response.body_mut() = document.into_body();
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    response
}
