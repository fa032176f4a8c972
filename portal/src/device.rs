//! Where a request comes from, in the words of the access history.

use std::net::IpAddr;

use axum::http::{HeaderMap, header};

/// The address and the browser of a request.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) address: IpAddr,
    pub(crate) device: String,
}

impl Place {
    pub(crate) fn new(address: IpAddr, headers: &HeaderMap) -> Self {
        let agent = headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok());
        Self {
            address: address.to_canonical(),
            device: agent.map(device).unwrap_or_default(),
        }
    }
}

/// `Browser, system` by the well-known words of a `User-Agent` header; the header itself is too telling to keep.
fn device(agent: &str) -> String {
    const BROWSERS: [(&str, &str); 6] = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chromium/", "Chromium"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 5] = [
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let known = |list: &[(&str, &'static str)]| {
        list.iter()
            .find(|(word, _)| agent.contains(word))
            .map(|(_, name)| *name)
    };
    [known(&BROWSERS), known(&SYSTEMS)]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(agent: &str, expected: &str) {
        assert_eq!(device(agent), expected);
    }

    #[test]
    fn keeps_browser_and_system_and_nothing_else() {
        check(
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox, Linux",
        );
        check(
            "Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge, Windows",
        );
        check("curl/8", "");
    }
}
