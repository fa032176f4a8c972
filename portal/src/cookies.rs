//! Reads the portal's cookies strictly and writes them with their attributes.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// How often a request carries a cookie.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<'a> {
    Absent,
    One(&'a str),
    Several,
}

/// Looks for the cookie `name` in every `Cookie` header (RFC 6265, section 4.2; RFC 9113, section 8.2.3).
pub(crate) fn find<'a>(headers: &'a HeaderMap, name: &str) -> Found<'a> {
    let mut values = headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b';'))
        // A neighbour's cookie that is no text must not hide ours beside it.
        .filter_map(|pair| std::str::from_utf8(pair).ok()?.trim().split_once('='))
        .filter(|(found, _)| *found == name)
        .map(|(_, value)| value);
    match (values.next(), values.next()) {
        (None, _) => Found::Absent,
        (Some(value), None) => Found::One(value),
        (Some(_), Some(_)) => Found::Several,
    }
}

/// A cookie to set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attributes {
    pub(crate) same_site: &'static str,
    /// Seconds; `None` ends with the browser.
    pub(crate) max_age: Option<u32>,
}

pub(crate) type SetCookie = (HeaderName, HeaderValue);

/// `Set-Cookie` with `Path=/; Secure; HttpOnly`; values are base64url or a language's name, and so need no escape.
pub(crate) fn set(name: &str, value: &str, attributes: Attributes) -> Option<SetCookie> {
    let Attributes { same_site, max_age } = attributes;
    let age = max_age.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
    let line = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite={same_site}{age}");
    Some((header::SET_COOKIE, HeaderValue::try_from(line).ok()?))
}

/// Takes a cookie away.
pub(crate) fn clear(name: &str, same_site: &'static str) -> Option<SetCookie> {
    set(
        name,
        "",
        Attributes {
            same_site,
            max_age: Some(0),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[&str], expected: &Found<'_>) {
        let lines: Vec<_> = lines.iter().map(|line| line.as_bytes()).collect();
        check_bytes(&lines, expected);
    }

    fn check_bytes(lines: &[&[u8]], expected: &Found<'_>) {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        assert_eq!(find(&headers, "__Host-a"), *expected, "{lines:?}");
    }

    #[test]
    fn a_neighbours_cookie_that_is_no_text_hides_none_of_ours() {
        check_bytes(&[b"x=\xff\xfe; __Host-a=1"], &Found::One("1"));
        check_bytes(&[b"__Host-a=1; x=\xff; __Host-a=2"], &Found::Several);
        check_bytes(&[b"x=\xc3\xa9; __Host-a=1"], &Found::One("1"));
    }

    #[test]
    fn sees_a_second_cookie_of_the_same_name() {
        check(&[], &Found::Absent);
        check(&["__Host-ab=1; b=__Host-a"], &Found::Absent);
        check(&["b=2; __Host-a=1"], &Found::One("1"));
        check(&["__Host-a=1; __Host-a=2"], &Found::Several);
        check(&["__Host-a=1", "__Host-a=1"], &Found::Several);
    }
}
