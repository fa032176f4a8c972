//! The deep link's road: the statement is fetched from the address built from the link, the answer is posted to the
//! one beside it. Nothing that a reply says leads anywhere.

use std::time::Duration;

use kyso_protocol::{Answer, AnswerError, AnswerReply, Link, STATEMENT_MEDIA_TYPE};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName};
use thiserror::Error;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::fetches::TooSoon;
use super::site::{Site, body};
use crate::settings::{Permission, Settings};

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
    /// The person or the administrator blocked it, or it isn't among those that the administrator allowed; it isn't
    /// asked anything.
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
    site: Site,
}

impl Portal {
    /// Decides whether the origin of a link may be spoken to, and prepares to.
    ///
    /// # Errors
    /// [`PortalError::Blocked`], [`PortalError::OriginRefused`] and [`PortalError::TlsSetup`].
    pub fn of(link: &Link, settings: &Settings) -> Result<Self, PortalError> {
        match settings.permission(link.origin()) {
            (Permission::Blocked, _) => Err(PortalError::Blocked),
            (Permission::Allowed, _) => Ok(Self {
                site: Site::of(link.origin(), settings)?,
            }),
        }
    }

    /// Fetches the statement of the ask.
    ///
    /// # Errors
    /// One variant a cause.
    pub async fn fetch(&self, link: &Link) -> Result<Fetched, PortalError> {
        let request = self.site.client().get(link.statement_url());
        let response = self.site.send(request).await?;
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
        let request = self.site.client().get(link.statement_url());
        let response = self.site.send(request).await?;
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
            .site
            .client()
            .post(link.answer_url())
            .header(CONTENT_TYPE, "application/json")
            .body(answer.to_json());
        let response = self.site.send(request).await?;
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
