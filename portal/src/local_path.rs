//! A place within the portal to which a person returns after signing in.

/// An absolute path of this portal, with a query perhaps; never another site's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LocalPath(String);

const LONGEST: usize = 512;

impl LocalPath {
    /// Takes `text` if it is a path of ours. Browsers read `//host` and `/\host` as another site, drop tabs and
    /// newlines, and this portal's own protocol paths are no place to return to.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let rooted = text.starts_with('/') && !text.starts_with("//");
        let ours = !text.starts_with("/.well-known/") && !text.contains('#');
        (text.len() <= LONGEST && plain && rooted && ours).then(|| Self(text.to_owned()))
    }

    /// The account page, where there was no other place.
    pub(crate) fn account() -> Self {
        Self("/account".to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: bool) {
        assert_eq!(LocalPath::parse(text).is_some(), expected, "{text:?}");
    }

    #[test]
    fn takes_no_path_that_leads_elsewhere() {
        check("/services/sample", true);
        check("/account?tab=1", true);
        check("account", false);
        check("//evil.example", false);
        check("/\\evil.example", false);
        check("/\t/evil.example", false);
        check("https://evil.example", false);
        check("/.well-known/kyso/return", false);
        check("/account#x", false);
        check(&format!("/{}", "a".repeat(LONGEST)), false);
    }
}
