//! What a route gives back: a page, a redirection, or trouble.

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{AppendHeaders, Html, IntoResponse, Redirect, Response},
};

use crate::{cookies::SetCookie, portal::Fault};

/// Tells a program (a test, a monitor) how a step ended, in the words of the problem codes.
const OUTCOME: HeaderName = HeaderName::from_static("kyso-outcome");

/// A route's result.
pub(crate) type Reply = Result<Response, Trouble>;

/// A status that gets its page where the frame is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trouble(pub(crate) StatusCode);

impl Trouble {
    pub(crate) const NOT_FOUND: Self = Self(StatusCode::NOT_FOUND);
    pub(crate) const BAD_REQUEST: Self = Self(StatusCode::BAD_REQUEST);
    pub(crate) const FORBIDDEN: Self = Self(StatusCode::FORBIDDEN);
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        tracing::error!(%fault, "request failed");
        Self(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        Fault::from(error).into()
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

/// A page with status 200.
pub(crate) fn page(document: String) -> Reply {
    Ok(Html(document).into_response())
}

/// A page that says how a step ended.
pub(crate) fn outcome(status: StatusCode, code: &str, document: String) -> Reply {
    let mut response = (status, Html(document)).into_response();
    if let Ok(value) = HeaderValue::from_str(code) {
        response.headers_mut().insert(OUTCOME, value);
    }
    Ok(response)
}

/// To another page of ours, by GET.
pub(crate) fn go_to(path: &str) -> Reply {
    Ok(Redirect::to(path).into_response())
}

/// As [`go_to`], with cookies.
pub(crate) fn go_with(path: &str, cookies: Vec<SetCookie>) -> Reply {
    Ok((AppendHeaders(cookies), Redirect::to(path)).into_response())
}

/// Whether a body was already written for this status.
pub(crate) fn has_body(response: &Response) -> bool {
    let kind = response
        .headers()
        .get(header::CONTENT_TYPE)
        .map(HeaderValue::as_bytes);
    kind.is_some_and(|kind| kind.starts_with(b"text/html") || kind.starts_with(b"application/"))
}
