//! What the agent fetches and posts. No cookie is read here but where a page posts.

use std::sync::Arc;

use axum::{
    Extension,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use kyso_protocol::{AskId, STATEMENT_MEDIA_TYPE, SessionCall, SessionReply};

use crate::{
    answers::{self, Reply as AnswerTo, refused},
    asks::{self, Ask},
    brokered,
    browser_half::Held,
    csrf,
    device::Place,
    portal::{Fault, Portal},
    proxies::Whence,
    reply::{Reply, Trouble},
};

/// The statement's exact bytes, as long as it may be answered.
pub(super) async fn statement(State(portal): State<Arc<Portal>>, Path(id): Path<String>) -> Reply {
    let Some(ask) = find(&portal, &id).await? else {
        return json(refused(StatusCode::NOT_FOUND, "ASK-INVALID"));
    };
    if ask.is_expired(portal.ambient.now()) {
        return json(refused(StatusCode::GONE, "ASK-EXPIRED"));
    }
    if ask.state != asks::State::Open {
        return json(refused(StatusCode::CONFLICT, "ASK-USED"));
    }
    asks::note_fetched(&portal, &ask.id).await?;
    Ok((
        [(header::CONTENT_TYPE, STATEMENT_MEDIA_TYPE)],
        ask.statement,
    )
        .into_response())
}

/// The answer; see [`answers`].
pub(super) async fn answer(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    whence: Option<Extension<Whence>>,
    headers: HeaderMap,
    body: Bytes,
) -> Reply {
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    if kind != Some(b"application/json") {
        return json(refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "TOKEN-INVALID"));
    }
    let Some(ask) = find(&portal, &id).await? else {
        return json(refused(StatusCode::NOT_FOUND, "ASK-INVALID"));
    };
    if is_page(&headers) && !may_post(&portal, &ask, &headers) {
        return Err(Trouble::FORBIDDEN);
    }
    let place = place(whence, &headers);
    json(answers::arrive(&portal, &ask, &body, &place).await?)
}

/// A call about a session; see [`brokered`]. It is no business of a page's.
pub(super) async fn session(
    State(portal): State<Arc<Portal>>,
    whence: Option<Extension<Whence>>,
    headers: HeaderMap,
    body: Bytes,
) -> Reply {
    if is_page(&headers) {
        return Err(Trouble::FORBIDDEN);
    }
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let call = match SessionCall::parse(&body) {
        Ok(call) if kind == Some(b"application/json") => call,
        _ => return Err(Trouble::BAD_REQUEST),
    };
    let reply = brokered::answer(&portal, &call, &place(whence, &headers)).await?;
    let status = match reply {
        SessionReply::Unknown => StatusCode::NOT_FOUND,
        SessionReply::Open { .. } | SessionReply::Ended => StatusCode::OK,
    };
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Ok((status, kind, reply.to_json()).into_response())
}

fn place(whence: Option<Extension<Whence>>, headers: &HeaderMap) -> Place {
    let unknown = std::net::Ipv4Addr::UNSPECIFIED.into();
    let address = whence.map_or(unknown, |Extension(Whence(address))| address);
    Place::new(address, headers)
}

async fn find(portal: &Portal, id: &str) -> Result<Option<Ask>, Fault> {
    match AskId::parse(id) {
        Ok(id) => asks::find(portal, &id).await,
        Err(_) => Ok(None),
    }
}

/// Browsers say where a POST comes from; the agent has nothing to say.
fn is_page(headers: &HeaderMap) -> bool {
    headers.contains_key("sec-fetch-site") || headers.contains_key(header::ORIGIN)
}

/// A page may post an answer that it got from its extension: from our own origin, in the browser that asked.
fn may_post(portal: &Portal, ask: &Ask, headers: &HeaderMap) -> bool {
    let held = Held::in_request(headers);
    let own_half = held.one().is_some_and(|half| ask.was_made_with(half));
    own_half && csrf::is_from_own_page(headers, &portal.config.origin)
}

fn json((status, reply): AnswerTo) -> Reply {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    let response: Response = (status, kind, reply.to_json()).into_response();
    Ok(response)
}
