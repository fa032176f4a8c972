//! Whether a page's POST comes from a page of ours: `Sec-Fetch-Site: same-origin`, or an equal `Origin` where that
//! header is missing (protocol, "Browser's half").

use axum::http::{HeaderMap, header};
use kyso_protocol::Origin;

/// Judges the request's headers. Two headers of one name count as a foreign one.
pub(crate) fn is_from_own_page(headers: &HeaderMap, own: &Origin) -> bool {
    let site: Vec<_> = headers.get_all("sec-fetch-site").iter().collect();
    let origin: Vec<_> = headers.get_all(header::ORIGIN).iter().collect();
    match (site.as_slice(), origin.as_slice()) {
        ([site], _) => site.as_bytes() == b"same-origin",
        ([], [origin]) => origin.as_bytes() == own.as_str().as_bytes(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn check(lines: &[(&'static str, &'static str)], expected: bool) {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        let own = Origin::parse("https://portal.example").unwrap();
        assert_eq!(is_from_own_page(&headers, &own), expected, "{lines:?}");
    }

    #[test]
    fn believes_the_browser_first_and_the_origin_where_it_is_silent() {
        check(&[], false);
        check(&[("sec-fetch-site", "same-origin")], true);
        check(
            &[
                ("sec-fetch-site", "same-site"),
                ("origin", "https://portal.example"),
            ],
            false,
        );
        check(&[("sec-fetch-site", "none")], false);
        check(&[("origin", "https://portal.example")], true);
        check(&[("origin", "https://portal.example:444")], false);
        check(&[("origin", "null")], false);
        check(
            &[
                ("sec-fetch-site", "same-origin"),
                ("sec-fetch-site", "cross-site"),
            ],
            false,
        );
    }
}
