//! A portal's name: its web origin.

use std::fmt;

use crate::limits::HOST_MAX;
use crate::{LinkError, OriginError};

/// An https origin in its ASCII serialisation (RFC 6454, section 6.2): lower case, A-labels, no default port, no
/// slash. IP addresses are no names and are refused.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    text: String,
    host_end: usize,
    port: u16,
}

const PREFIX: &str = "https://";

impl Origin {
    /// Takes exactly the serialisation and nothing that would have to be normalised first.
    ///
    /// # Errors
    /// One variant a cause; `wss`, user info, upper case, `:443` and a final slash are all refused.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let authority = text.strip_prefix(PREFIX).ok_or(OriginError::Scheme)?;
        Self::from_authority(authority)
    }

    /// `host` or `host:port`, as it stands in a deep link.
    pub(crate) fn from_authority(authority: &str) -> Result<Self, OriginError> {
        if authority
            .bytes()
            .any(|b| matches!(b, b'/' | b'?' | b'#' | b'@' | b'\\' | b'%') || !b.is_ascii_graphic())
        {
            return Err(OriginError::Shape);
        }
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, parse_port(port)?),
            None => (authority, 443),
        };
        check_host(host)?;
        Ok(Self {
            text: format!("{PREFIX}{authority}"),
            host_end: PREFIX.len() + host.len(),
            port,
        })
    }

    /// The serialisation, as it is hashed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host in lower-case A-labels.
    #[must_use]
    pub fn host(&self) -> &str {
        self.text
            .get(PREFIX.len()..self.host_end)
            .unwrap_or_default()
    }

    /// The port, 443 where none is written.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `host` or `host:port`.
    pub(crate) fn authority(&self) -> &str {
        self.text.get(PREFIX.len()..).unwrap_or_default()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn parse_port(text: &str) -> Result<u16, OriginError> {
    let digits =
        !text.is_empty() && !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
    let port: u16 = if digits {
        text.parse().map_err(|_| OriginError::Port)?
    } else {
        return Err(OriginError::Port);
    };
    if port == 443 {
        Err(OriginError::Port)
    } else {
        Ok(port)
    }
}

/// Letters, digits and hyphens (RFC 1123, section 2.1); A-labels must come back unchanged from UTS 46; a last label
/// of digits would make a URL parser see an IPv4 address.
fn check_host(host: &str) -> Result<(), OriginError> {
    let labels_fit = (1..=HOST_MAX).contains(&host.len()) && host.split('.').all(label_fits);
    let last_is_number = host.rsplit('.').next().is_some_and(is_number);
    let canonical = labels_fit && !last_is_number && {
        let (unicode, outcome) = idna::domain_to_unicode(host);
        outcome.is_ok() && idna::domain_to_ascii_strict(&unicode).is_ok_and(|ascii| ascii == host)
    };
    if canonical {
        Ok(())
    } else {
        Err(OriginError::Host)
    }
}

fn label_fits(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_number(label: &str) -> bool {
    let hex = label
        .strip_prefix("0x")
        .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_hexdigit()));
    hex || label.bytes().all(|b| b.is_ascii_digit())
}

/// The parts of an address that the agent builds; nothing of it was received.
pub(crate) fn well_known(origin: &Origin, rest: fmt::Arguments<'_>) -> String {
    format!("{origin}/.well-known/kyso/{rest}")
}

/// Splits `host[:port]/id`.
pub(crate) fn split_link(rest: &str) -> Result<(&str, &str), LinkError> {
    rest.split_once('/')
        .filter(|(_, id)| !id.contains('/'))
        .ok_or(LinkError::Shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(
        clippy::needless_pass_by_value,
        reason = "a table of values reads better"
    )]
    fn check(text: &str, expected: Result<(&str, u16), OriginError>) {
        let got = Origin::parse(text);
        assert_eq!(
            got.as_ref()
                .map(|o| (o.host(), o.port()))
                .map_err(Clone::clone),
            expected,
            "{text}"
        );
        if let Ok(origin) = got {
            assert_eq!(origin.as_str(), text);
        }
    }

    #[test]
    fn an_origin_is_taken_in_its_one_form_only() {
        check("https://portal.example", Ok(("portal.example", 443)));
        check("https://portal.example:8443", Ok(("portal.example", 8443)));
        check("https://quocgia.localhost:1", Ok(("quocgia.localhost", 1)));
        check("https://xn--a.example", Err(OriginError::Host));
        check(
            "https://xn--bcher-kva.example",
            Ok(("xn--bcher-kva.example", 443)),
        );
        check("http://portal.example", Err(OriginError::Scheme));
        check("wss://portal.example", Err(OriginError::Scheme));
        check("HTTPS://portal.example", Err(OriginError::Scheme));
        check("https://Portal.example", Err(OriginError::Host));
        check("https://bücher.example", Err(OriginError::Shape));
        check("https://portal.example/", Err(OriginError::Shape));
        check("https://u@portal.example", Err(OriginError::Shape));
        check("https://portal.example?", Err(OriginError::Shape));
        check("https://portal.example:443", Err(OriginError::Port));
        check("https://portal.example:080", Err(OriginError::Port));
        check("https://portal.example:65536", Err(OriginError::Port));
        check("https://portal.example:", Err(OriginError::Port));
        check("https://portal.example.", Err(OriginError::Host));
        check("https://127.0.0.1", Err(OriginError::Host));
        check("https://[::1]", Err(OriginError::Port));
        check("https://portal.0x7f", Err(OriginError::Host));
        check("https://-a.example", Err(OriginError::Host));
        check("https://a_b.example", Err(OriginError::Host));
        check("https://", Err(OriginError::Host));
    }
}
