//! The deep link's road: the statement is fetched from the address built from the link, the answer is posted to the
//! one beside it. Nothing that a reply says leads anywhere.

use std::error::Error as StdError;
use std::net::SocketAddr;
use std::time::Duration;

use kyso_protocol::{
    Answer, AnswerError, AnswerReply, Link, STATEMENT_MEDIA_TYPE, is_globally_routable,
};
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName};
use reqwest::{Client, Response, StatusCode, redirect};
use thiserror::Error;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::address::{NotRoutable, Resolver, may_be_public};
use super::fetches::TooSoon;
use super::tls;
use crate::settings::Settings;

/// How long a request may take, connection and body included.
pub const DEADLINE: Duration = Duration::from_secs(5);
/// The longest body that is read, in bytes.
pub const BODY_MAX: usize = 4096;

/// A statement as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The exact bytes, not yet parsed.
    pub statement: Vec<u8>,
    /// The portal's clock when it replied, in whole seconds.
    pub portal_time: OffsetDateTime,
}

/// Why a portal could not be asked or answered.
#[derive(Debug, Clone, Error)]
pub enum PortalError {
    /// The person or the administrator blocked it; it isn't asked anything.
    #[error("the origin is blocked in this computer's settings")]
    Blocked,
    /// Not listed, and no DNS name with a dot at port 443.
    #[error("the origin is neither public nor listed")]
    OriginRefused,
    /// Not listed, and the name leads to an address that isn't globally routable.
    #[error("the portal's address is not globally routable")]
    AddressRefused,
    /// Not now.
    #[error(transparent)]
    TooSoon(#[from] TooSoon),
    /// No trust store, or a listed root that is no certificate.
    #[error("TLS cannot be set up: {0}")]
    TlsSetup(String),
    /// The portal couldn't be verified, or the handshake failed.
    #[error("TLS: {0}")]
    Tls(String),
    /// No name, no route, connection refused or broken.
    #[error("not reached: {0}")]
    Unreachable(String),
    /// Longer than [`DEADLINE`].
    #[error("no reply in time")]
    TimedOut,
    /// A redirect; none is followed.
    #[error("a redirect, which is not followed")]
    Redirected,
    /// 404: no such ask.
    #[error("the portal knows no such ask")]
    AskUnknown,
    /// 410.
    #[error("the ask has expired")]
    AskExpired,
    /// 409.
    #[error("the ask was used")]
    AskUsed,
    /// Any other status.
    #[error("status {0}")]
    Status(u16),
    /// Another content type than the protocol's, or none, or two.
    #[error("wrong media type")]
    MediaType,
    /// More than [`BODY_MAX`] bytes.
    #[error("the body is too long")]
    TooLong,
    /// No `Date`, or two, or one that can't be read; freshness could not be judged.
    #[error("no usable Date")]
    Date,
    /// A reply that the protocol doesn't know, or one that doesn't go with its status.
    #[error("the reply is not understood: {0}")]
    Reply(#[from] AnswerError),
    /// The reply and its status contradict each other.
    #[error("the reply does not go with its status")]
    Contradiction,
}

/// Fetches and posts for one origin.
#[derive(Debug, Clone)]
pub struct Portal {
    client: Client,
    listed: bool,
}

impl Portal {
    /// Decides whether the origin of a link may be spoken to, and prepares to.
    ///
    /// # Errors
    /// [`PortalError::Blocked`], [`PortalError::OriginRefused`] and [`PortalError::TlsSetup`].
    pub fn of(link: &Link, settings: &Settings) -> Result<Self, PortalError> {
        if settings.blocked.contains(link.origin()) {
            return Err(PortalError::Blocked);
        }
        let listed = settings.listed(link.origin());
        if listed.is_none() && !may_be_public(link.origin()) {
            return Err(PortalError::OriginRefused);
        }
        let tls = tls::client_config(listed).map_err(|e| PortalError::TlsSetup(e.to_string()))?;
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(Resolver::new(listed.is_some()))
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            // Between ask and answer stands a person; a connection kept that long is one that breaks.
            .pool_max_idle_per_host(0)
            .https_only(true)
            .timeout(DEADLINE)
            .user_agent(concat!("kyso/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|e| PortalError::TlsSetup(chain(&e)))?;
        Ok(Self {
            client,
            listed: listed.is_some(),
        })
    }

    /// Fetches the statement of the ask.
    ///
    /// # Errors
    /// One variant a cause.
    pub async fn fetch(&self, link: &Link) -> Result<Fetched, PortalError> {
        let response = self
            .client
            .get(link.statement_url())
            .send()
            .await
            .map_err(|e| classify(&e))?;
        self.check_socket(response.remote_addr())?;
        match response.status() {
            StatusCode::OK => {}
            status => return Err(of_status(status)),
        }
        check_media_type(response.headers(), STATEMENT_MEDIA_TYPE)?;
        let portal_time = date(response.headers())?;
        Ok(Fetched {
            statement: body(response).await?,
            portal_time,
        })
    }

    /// Asks for a statement that there may not be, in order to see whether a portal answers: its clock, where it tells.
    ///
    /// # Errors
    /// One variant a cause; a portal that knows no such ask is none.
    pub async fn probe(&self, link: &Link) -> Result<Option<OffsetDateTime>, PortalError> {
        let request = self.client.get(link.statement_url());
        let response = request.send().await.map_err(|e| classify(&e))?;
        self.check_socket(response.remote_addr())?;
        match of_status(response.status()) {
            PortalError::AskUnknown | PortalError::AskExpired | PortalError::AskUsed => {
                Ok(date(response.headers()).ok())
            }
            error => Err(error),
        }
    }

    /// Posts the answer.
    ///
    /// # Errors
    /// One variant a cause. A refusal by the portal is a reply, no error.
    pub async fn post(&self, link: &Link, answer: &Answer) -> Result<AnswerReply, PortalError> {
        let request = self
            .client
            .post(link.answer_url())
            .header(CONTENT_TYPE, "application/json")
            .body(answer.to_json());
        let response = request.send().await.map_err(|e| classify(&e))?;
        self.check_socket(response.remote_addr())?;
        let status = response.status();
        if check_media_type(response.headers(), "application/json").is_err() {
            return Err(if status.is_success() {
                PortalError::MediaType
            } else {
                of_status(status)
            });
        }
        let reply = AnswerReply::parse(&body(response).await?)?;
        let refused = matches!(reply, AnswerReply::Refused { .. });
        match (status.as_u16(), refused) {
            (200, false) | (403 | 404 | 409 | 410, true) => Ok(reply),
            _ => Err(PortalError::Contradiction),
        }
    }

    // The resolver has dropped such addresses already; this holds whatever connected.
    fn check_socket(&self, peer: Option<SocketAddr>) -> Result<(), PortalError> {
        let public = peer.is_some_and(|peer| is_globally_routable(peer.ip()));
        if self.listed || public {
            Ok(())
        } else {
            Err(PortalError::AddressRefused)
        }
    }
}

fn of_status(status: StatusCode) -> PortalError {
    match status.as_u16() {
        300..=399 => PortalError::Redirected,
        404 => PortalError::AskUnknown,
        409 => PortalError::AskUsed,
        410 => PortalError::AskExpired,
        other => PortalError::Status(other),
    }
}

fn check_media_type(headers: &HeaderMap, expected: &str) -> Result<(), PortalError> {
    match only(headers, CONTENT_TYPE) {
        Some(found) if found == expected => Ok(()),
        _ => Err(PortalError::MediaType),
    }
}

/// The one value of a header; none where it is missing or stands twice.
fn only(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// `Date` in the one form that RFC 9110, section 5.6.7 has senders write.
fn date(headers: &HeaderMap) -> Result<OffsetDateTime, PortalError> {
    let form = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let text = only(headers, DATE).ok_or(PortalError::Date)?;
    let at = PrimitiveDateTime::parse(text, &form).map_err(|_| PortalError::Date)?;
    Ok(at.assume_utc())
}

async fn body(mut response: Response) -> Result<Vec<u8>, PortalError> {
    if response
        .content_length()
        .is_some_and(|length| length > BODY_MAX as u64)
    {
        return Err(PortalError::TooLong);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| classify(&e))? {
        if body.len() + chunk.len() > BODY_MAX {
            return Err(PortalError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn classify(error: &reqwest::Error) -> PortalError {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(current) = cause {
        if current.is::<NotRoutable>() {
            return PortalError::AddressRefused;
        }
        if let Some(tls) = tls_error(current) {
            return PortalError::Tls(tls.to_string());
        }
        cause = current.source();
    }
    if error.is_timeout() {
        PortalError::TimedOut
    } else {
        PortalError::Unreachable(chain(error))
    }
}

/// An `io::Error` doesn't give the error that it was made of as its source, and may be made of another.
fn tls_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    if let Some(tls) = error.downcast_ref() {
        return Some(tls);
    }
    let inner = error.downcast_ref::<std::io::Error>()?.get_ref()?;
    tls_error(inner)
}

/// The error and its causes, without the address: it holds the ask's id.
fn chain(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut cause = error.source();
    while let Some(current) = cause {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&current.to_string());
        cause = current.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn headers(values: &[&'static str], name: &HeaderName) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn only_the_exact_media_type_is_taken() {
        let check = |values: &[&'static str], expected: bool| {
            let headers = headers(values, &CONTENT_TYPE);
            assert_eq!(
                check_media_type(&headers, STATEMENT_MEDIA_TYPE).is_ok(),
                expected,
                "{values:?}"
            );
        };
        check(&[STATEMENT_MEDIA_TYPE], true);
        check(&["application/kyso-statement+json; charset=utf-8"], false);
        check(&["application/json"], false);
        check(&["text/html"], false);
        check(&[], false);
        check(&[STATEMENT_MEDIA_TYPE, "text/html"], false);
    }

    #[test]
    fn the_portals_clock_is_its_one_date() {
        let check = |values: &[&'static str], expected: Option<i64>| {
            let got = date(&headers(values, &DATE))
                .ok()
                .map(OffsetDateTime::unix_timestamp);
            assert_eq!(got, expected, "{values:?}");
        };
        check(&["Sat, 21 Nov 2026 07:00:00 GMT"], Some(1_795_244_400));
        check(&["Sat, 31 Feb 2026 07:00:00 GMT"], None);
        check(&["2026-11-21T07:00:00Z"], None);
        check(
            &[
                "Sat, 21 Nov 2026 07:00:00 GMT",
                "Sat, 21 Nov 2026 08:00:00 GMT",
            ],
            None,
        );
        check(&[], None);
    }

    #[test]
    fn a_status_other_than_200_is_never_a_statement() {
        let check = |status: u16, expected: &str| {
            let status = StatusCode::from_u16(status).expect("a status");
            assert_eq!(of_status(status).to_string(), expected);
        };
        check(302, "a redirect, which is not followed");
        check(404, "the portal knows no such ask");
        check(409, "the ask was used");
        check(410, "the ask has expired");
        check(206, "status 206");
        check(500, "status 500");
    }
}
