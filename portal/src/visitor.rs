//! Who makes a request, as far as its headers and cookies say.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
    response::{IntoResponse as _, Redirect, Response},
};

use crate::{
    browser_half::Held,
    cookies::{self, Attributes, Found, SetCookie},
    device::Place,
    known_browser,
    pages::{Frame, Lang, paths},
    portal::Portal,
    proxies::Whence,
    reply::Trouble,
    sessions::{self, Session},
    sign_in::Browser,
};

const LANGUAGE: &str = "__Host-kyso-lang";
const A_YEAR: Attributes = Attributes {
    same_site: "Lax",
    max_age: Some(365 * 24 * 3600),
};

/// A request's visitor.
pub(crate) struct Visitor {
    pub(crate) place: Place,
    pub(crate) lang: Lang,
    pub(crate) half: Held,
    pub(crate) known: Option<[u8; 32]>,
    pub(crate) session: Option<Session>,
    /// Path and query of a GET; home otherwise.
    path: String,
}

impl FromRequestParts<Arc<Portal>> for Visitor {
    type Rejection = Trouble;

    async fn from_request_parts(
        parts: &mut Parts,
        portal: &Arc<Portal>,
    ) -> Result<Self, Self::Rejection> {
        let headers = &parts.headers;
        let shown = parts.method == axum::http::Method::GET;
        let path = parts.uri.path_and_query().filter(|_| shown);
        Ok(Self {
            place: Place::new(address(parts), headers),
            lang: language(headers),
            half: Held::in_request(headers),
            known: known_browser::of_request(headers),
            session: sessions::of_request(portal, headers).await?,
            path: path.map_or_else(|| paths::HOME.to_owned(), ToString::to_string),
        })
    }
}

impl Visitor {
    /// The same visitor, with another language chosen.
    pub(crate) fn reading(self, lang: Lang) -> Self {
        Self { lang, ..self }
    }

    /// What stands around the page that this visitor gets.
    pub(crate) fn frame(&self, portal: &Portal) -> Frame {
        Frame {
            look: Arc::clone(&portal.look),
            lang: self.lang,
            path: self.path.clone(),
            person: self.session.as_ref().map(|session| session.name.clone()),
        }
    }

    /// As [`Visitor::frame`], for a page that another path shows.
    pub(crate) fn frame_at(&self, portal: &Portal, path: &str) -> Frame {
        Frame {
            path: path.to_owned(),
            ..self.frame(portal)
        }
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser {
            place: &self.place,
            known: self.known.as_ref(),
            session: self.session.as_ref(),
        }
    }
}

/// Where the request comes from; the unspecified address where a test has none.
fn address(parts: &Parts) -> IpAddr {
    parts
        .extensions
        .get()
        .map_or(Ipv4Addr::UNSPECIFIED.into(), |Whence(address)| *address)
}

/// The chosen language, else the first of the browser's that the pages speak.
pub(crate) fn language(headers: &HeaderMap) -> Lang {
    if let Found::One(value) = cookies::find(headers, LANGUAGE)
        && let Ok(lang) = value.parse()
    {
        return lang;
    }
    let accepted = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    accepted.map(Lang::from_accept_language).unwrap_or_default()
}

/// The header that keeps a chosen language.
pub(crate) fn language_cookie(lang: Lang) -> Option<SetCookie> {
    cookies::set(LANGUAGE, lang.as_str(), A_YEAR)
}

/// A signed-in visitor; anybody else is led to the sign-in and back.
pub(crate) struct SignedIn {
    pub(crate) visitor: Visitor,
    pub(crate) session: Session,
}

impl FromRequestParts<Arc<Portal>> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        portal: &Arc<Portal>,
    ) -> Result<Self, Self::Rejection> {
        let visitor = Visitor::from_request_parts(parts, portal)
            .await
            .map_err(Trouble::into_response)?;
        match visitor.session.clone() {
            Some(session) => Ok(Self { visitor, session }),
            None => Err(Redirect::to(&sign_in_and_back(&visitor.path)).into_response()),
        }
    }
}

fn sign_in_and_back(path: &str) -> String {
    format!(
        "{}?notice=sign-in-first&next={}",
        paths::LOGIN,
        escaped(path)
    )
}

/// `text` as it stands in a query (RFC 3986, section 2.1).
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut query, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            query.push(char::from(byte));
        } else {
            query.push_str(&format!("%{byte:02X}"));
        }
        query
    })
}
