//! The road to portals.

use std::fmt;

use reqwest::Url;

use super::SettingsError;

/// How requests leave this computer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Proxy {
    /// As the system's variables say: `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`.
    #[default]
    System,
    /// Without a proxy, whatever the system says.
    Direct,
    /// Through this one.
    Through(ProxyAddress),
}

/// Where an HTTP proxy listens. It has no user and no password: a file of settings is no place for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyAddress(String);

const DIRECT: &str = "direct";

impl Proxy {
    /// Reads `http://host:port`, `direct`, or nothing for the system's.
    ///
    /// # Errors
    /// Names `proxy`.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        match text {
            "" => Ok(Self::System),
            DIRECT => Ok(Self::Direct),
            _ => address(text)
                .map(Self::Through)
                .ok_or_else(|| SettingsError::at("proxy", "is no http://host:port")),
        }
    }
}

fn address(text: &str) -> Option<ProxyAddress> {
    let url = Url::parse(text).ok()?;
    let plain = url.scheme() == "http"
        && url.username().is_empty()
        && url.password().is_none()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none();
    let (host, port) = (url.host_str()?, url.port_or_known_default()?);
    plain.then(|| ProxyAddress(format!("http://{host}:{port}")))
}

impl fmt::Display for Proxy {
    /// As [`Proxy::parse`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => Ok(()),
            Self::Direct => f.write_str(DIRECT),
            Self::Through(address) => f.write_str(address.as_str()),
        }
    }
}

impl ProxyAddress {
    /// `http://host:port`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_a_host_and_a_port_and_nothing_secret() {
        let check = |text: &str, expected: Option<&str>| {
            let read = Proxy::parse(text).map(|proxy| proxy.to_string());
            assert_eq!(read.as_deref().ok(), expected, "{text}");
        };
        check("", Some(""));
        check("direct", Some("direct"));
        check(
            "http://proxy.example:3128",
            Some("http://proxy.example:3128"),
        );
        check("http://10.0.0.1:8080/", Some("http://10.0.0.1:8080"));
        check("http://[fd00::1]:8080", Some("http://[fd00::1]:8080"));
        check("http://proxy.example", Some("http://proxy.example:80"));
        check("https://proxy.example:443", None);
        check("socks5://proxy.example:1080", None);
        check("http://an:secret@proxy.example:3128", None);
        check("http://proxy.example:3128/path", None);
        check("proxy.example:3128", None);
        check("http://", None);
    }
}
