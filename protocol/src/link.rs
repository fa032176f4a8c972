//! The deep link and the addresses built from it.

use std::fmt;

use crate::limits::LINK_MAX;
use crate::origin::{split_link, well_known};
use crate::{AskId, LinkError, Origin, ReturnCode};

/// `kyso:1/<host>[:<port>]/<id>`: all that a page can tell an agent. Every address is built from these parts; none
/// is ever received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    origin: Origin,
    ask: AskId,
}

impl Link {
    /// A portal's link to its own ask.
    #[must_use]
    pub fn new(origin: Origin, ask: AskId) -> Self {
        Self { origin, ask }
    }

    /// Takes exactly the form above; no parameter, no blank, no second slash.
    ///
    /// # Errors
    /// One variant a cause.
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        if text.len() > LINK_MAX {
            return Err(LinkError::Size);
        }
        let rest = text.strip_prefix("kyso:").ok_or(LinkError::Scheme)?;
        let (version, rest) = rest.split_once('/').ok_or(LinkError::Shape)?;
        if version != "1" {
            return Err(LinkError::Version);
        }
        let (authority, id) = split_link(rest)?;
        Ok(Self {
            origin: Origin::from_authority(authority)?,
            ask: AskId::parse(id)?,
        })
    }

    /// The portal's origin.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The ask.
    #[must_use]
    pub fn ask(&self) -> AskId {
        self.ask
    }

    /// Where the statement is fetched (GET).
    #[must_use]
    pub fn statement_url(&self) -> String {
        well_known(&self.origin, format_args!("ask/{}", self.ask))
    }

    /// Where the answer goes (POST).
    #[must_use]
    pub fn answer_url(&self) -> String {
        well_known(&self.origin, format_args!("ask/{}/answer", self.ask))
    }

    /// Where the browser opens with the code, which stands in the fragment so that no server log has it.
    #[must_use]
    pub fn return_url(&self, code: &ReturnCode) -> String {
        well_known(&self.origin, format_args!("return#{}", code.expose()))
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "kyso:1/{}/{}", self.origin.authority(), self.ask)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{IdError, OriginError};

    const ID: &str = "AAECAwQFBgcICQoLDA0ODw";

    fn check(text: &str, expected: Result<&str, LinkError>) {
        let got = Link::parse(text);
        assert_eq!(
            got.as_ref().map(Link::statement_url).map_err(Clone::clone),
            expected.map(Into::into),
            "{text}"
        );
        if let Ok(link) = got {
            assert_eq!(link.to_string(), text);
        }
    }

    #[test]
    fn a_link_is_host_and_id_and_nothing_else() {
        let good = format!("https://portal.example:8443/.well-known/kyso/ask/{ID}");
        check(&format!("kyso:1/portal.example:8443/{ID}"), Ok(&good));
        check(
            &format!("kyso:1/portal.example/{ID}?x=1"),
            Err(LinkError::Id(IdError(22))),
        );
        check(
            &format!("kyso:1/portal.example/{ID}/"),
            Err(LinkError::Shape),
        );
        check(
            &format!("kyso:1//portal.example/{ID}"),
            Err(LinkError::Shape),
        );
        check(
            &format!("kyso:2/portal.example/{ID}"),
            Err(LinkError::Version),
        );
        check(
            &format!("kyso://1/portal.example/{ID}"),
            Err(LinkError::Version),
        );
        check(
            &format!("KYSO:1/portal.example/{ID}"),
            Err(LinkError::Scheme),
        );
        check(
            &format!("kyso:1/u@portal.example/{ID}"),
            Err(LinkError::Origin(OriginError::Shape)),
        );
        check(
            &format!("kyso:1/Portal.example/{ID}"),
            Err(LinkError::Origin(OriginError::Host)),
        );
        check(
            &format!("kyso:1/portal.example:443/{ID}"),
            Err(LinkError::Origin(OriginError::Port)),
        );
        check(
            "kyso:1/portal.example/short",
            Err(LinkError::Id(IdError(22))),
        );
        check(
            &format!("kyso:1/{}/{ID}", "a".repeat(65_536)),
            Err(LinkError::Size),
        );
    }
}
