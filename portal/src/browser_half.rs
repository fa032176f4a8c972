//! The browser's half: the secret that ties an ask to the browser that made it (protocol, "Ask, statement, nonce").

use axum::http::HeaderMap;
use kyso_protocol::Half;

use crate::{
    ambient::{Ambient, NoRandomness, random},
    cookies::{self, Attributes, Found, SetCookie},
};

const NAME: &str = "__Host-kyso-half";
const STRICT: Attributes = Attributes {
    same_site: "Strict",
    max_age: None,
};

/// What a request brings.
#[derive(Clone)]
pub(crate) enum Held {
    /// No half, or one that can't be read, which is as good as none.
    Nothing,
    /// Exactly one.
    One(Half),
    /// Two cookies of the name: somebody planted one, and nothing tells which.
    Several,
}

impl Held {
    pub(crate) fn in_request(headers: &HeaderMap) -> Self {
        match cookies::find(headers, NAME) {
            Found::Absent => Self::Nothing,
            Found::One(value) => Half::parse(value).map_or(Self::Nothing, Self::One),
            Found::Several => Self::Several,
        }
    }

    pub(crate) fn one(&self) -> Option<&Half> {
        match self {
            Self::One(half) => Some(half),
            Self::Nothing | Self::Several => None,
        }
    }
}

/// A fresh half.
pub(crate) fn make(ambient: &dyn Ambient) -> Result<Half, NoRandomness> {
    Ok(Half::from_bytes(random(ambient)?))
}

/// The header that gives the half to the browser.
pub(crate) fn cookie(half: &Half) -> Option<SetCookie> {
    cookies::set(NAME, &half.expose(), STRICT)
}
