//! The two base64 alphabets, canonical only: what decodes must encode to the very same characters.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::IdError;

/// base64url without padding (RFC 4648, section 5).
pub(crate) fn url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Exactly `N` bytes from canonical base64url; the length is checked first.
pub(crate) fn from_url<const N: usize>(text: &str) -> Result<[u8; N], IdError> {
    let length = (N * 8).div_ceil(6);
    let refused = IdError(length);
    if text.len() != length {
        return Err(refused);
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| refused)?;
    bytes.try_into().map_err(|_| refused)
}

/// Standard base64 with padding (RFC 4648, section 4).
pub(crate) fn standard(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The engine refuses missing padding, line breaks and non-zero trailing bits, so what it takes is canonical.
pub(crate) fn from_standard(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_base64_is_taken_in_its_one_form_only() {
        let check = |text: &str, expected: Option<&[u8]>| {
            assert_eq!(from_standard(text).as_deref(), expected, "{text}");
        };
        check("", Some(b""));
        check("YQ==", Some(b"a"));
        check("YWI=", Some(b"ab"));
        check("YQ", None);
        check("YQ=", None);
        check("YR==", None);
        check("YQ==\n", None);
        check("Y-_=", None);
        check(" YQ==", None);
    }

    #[test]
    fn base64url_is_taken_in_its_one_form_only() {
        let check =
            |text: &str, good: bool| assert_eq!(from_url::<16>(text).is_ok(), good, "{text}");
        check("AAAAAAAAAAAAAAAAAAAAAA", true);
        check("AAAAAAAAAAAAAAAAAAAAAB", false);
        check("AAAAAAAAAAAAAAAAAAAAAA==", false);
        check("AAAAAAAAAAAAAAAAAAAAA", false);
        check("AAAAAAAAAAAAAAAAAAAA+/", false);
    }
}
