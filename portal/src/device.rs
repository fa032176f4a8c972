//! Where a request comes from, in the words of the access history.

use std::net::IpAddr;

use axum::http::{HeaderMap, header};

use crate::pages::System;

/// The address and the browser of a request.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) address: IpAddr,
    pub(crate) device: String,
    /// The browser's system, where there are packages for it.
    pub(crate) system: Option<System>,
}

impl Place {
    pub(crate) fn new(address: IpAddr, headers: &HeaderMap) -> Self {
        let agent = headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok());
        Self {
            address: address.to_canonical(),
            device: agent.map(device).unwrap_or_default(),
            system: agent.and_then(system),
        }
    }
}

const SYSTEMS: [(&str, &str, Option<System>); 6] = [
    ("Windows", "Windows", Some(System::Windows)),
    ("Android", "Android", None),
    ("iPhone", "iOS", None),
    ("iPad", "iOS", None),
    ("Mac OS X", "macOS", Some(System::MacOs)),
    ("Linux", "Linux", Some(System::Linux)),
];

fn system(agent: &str) -> Option<System> {
    let known = SYSTEMS.iter().find(|(word, ..)| agent.contains(word));
    known.and_then(|(.., system)| *system)
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
    let browser = BROWSERS.iter().find(|(word, _)| agent.contains(word));
    let system = SYSTEMS.iter().find(|(word, ..)| agent.contains(word));
    [
        browser.map(|(_, name)| *name),
        system.map(|(_, name, _)| *name),
    ]
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

    #[test]
    fn knows_the_systems_that_there_are_packages_for() {
        let check = |agent: &str, expected| assert_eq!(system(agent), expected, "{agent}");
        check(
            "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
            Some(System::Linux),
        );
        check("Mozilla/5.0 (Linux; Android 16) Chrome/140.0", None);
        check(
            "Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) Safari/605",
            None,
        );
        check(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Safari/605",
            Some(System::MacOs),
        );
        check("curl/8", None);
    }
}
