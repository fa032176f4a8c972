//! An origin as it may be shown: what is registered stands out, and letters that pass for others are told of.

use kyso_protocol::Origin;
use kyso_screens::OriginShown;
use unicode_script::{Script, UnicodeScript as _};
use unicode_security::MixedScript as _;
use unicode_security::confusable_detection::skeleton;

/// The origin in three parts; and the host as it would be read, where that misleads.
pub(super) fn shown(origin: &Origin) -> (OriginShown, Option<String>) {
    let ascii = origin.host();
    // A host whose labels don't come back unchanged is no origin.
    let (unicode, _) = idna::domain_to_unicode(ascii);
    let misleading = look_alike(origin);
    let host = if unicode.split('.').all(is_latin) && misleading.is_none() {
        unicode.as_str()
    } else {
        ascii
    };
    (parts(origin, host), misleading)
}

/// The host as it would be read, where that misleads.
pub(crate) fn look_alike(origin: &Origin) -> Option<String> {
    let (unicode, _) = idna::domain_to_unicode(origin.host());
    unicode.split('.').any(misleads).then_some(unicode)
}

/// The registrable domain counts labels, which are as many in both forms.
fn parts(origin: &Origin, host: &str) -> OriginShown {
    let registrable = psl::domain_str(origin.host()).unwrap_or(origin.host());
    let labels = registrable.split('.').count();
    let at = host
        .rmatch_indices('.')
        .nth(labels.saturating_sub(1))
        .map_or(0, |(at, dot)| at + dot.len());
    let (before, domain) = host.split_at_checked(at).unwrap_or(("", host));
    OriginShown {
        before: format!("https://{before}"),
        domain: domain.to_owned(),
        after: match origin.port() {
            443 => String::new(),
            port => format!(":{port}"),
        },
    }
}

fn is_latin(label: &str) -> bool {
    let latin = |c: char| {
        matches!(
            c.script(),
            Script::Latin | Script::Common | Script::Inherited
        )
    };
    label.chars().all(latin)
}

/// Several scripts in one label, or one whose letters all look like plain Latin ones (UTS 39, sections 4 and 5).
fn misleads(label: &str) -> bool {
    !label.is_ascii() && (!label.is_single_script() || skeleton(label).all(|c| c.is_ascii()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(host: &str) -> (OriginShown, Option<String>) {
        let ascii = idna::domain_to_ascii_strict(host).expect(host);
        shown(&Origin::parse(&format!("https://{ascii}")).expect(host))
    }

    #[test]
    fn what_is_registered_stands_out() {
        let check = |origin: &str, before: &str, domain: &str, after: &str| {
            let (found, look_alike) = shown(&Origin::parse(origin).expect(origin));
            let found = (
                found.before.as_str(),
                found.domain.as_str(),
                found.after.as_str(),
            );
            assert_eq!(found, (before, domain, after), "{origin}");
            assert_eq!(look_alike, None, "{origin}");
        };
        check(
            "https://dichvu.mau.gov.vn",
            "https://dichvu.",
            "mau.gov.vn",
            "",
        );
        check(
            "https://mau.gov.vn.dangnhap.example:8443",
            "https://mau.gov.vn.",
            "dangnhap.example",
            ":8443",
        );
        check("https://mau.com.vn", "https://", "mau.com.vn", "");
        check("https://gov.vn", "https://", "gov.vn", "");
        check("https://a.b.co.uk", "https://a.", "b.co.uk", "");
        check(
            "https://quocgia.localhost:8443",
            "https://",
            "quocgia.localhost",
            ":8443",
        );
        check("https://localhost", "https://", "localhost", "");
    }

    #[test]
    fn letters_of_other_alphabets_are_shown_as_what_they_are_on_the_wire() {
        let check = |host: &str, domain: &str| {
            let (found, _) = of(host);
            assert_eq!(found.domain, domain, "{host}");
        };
        check("dịchvụ.vn", "dịchvụ.vn");
        check("bücher.example", "bücher.example");
        check("пример.example", "xn--e1afmkfd.example");
        check("www.dịchvụ.com.vn", "dịchvụ.com.vn");
        check("раураӏ.vn", "xn--80aa0cbo65f.vn");
        check("www.食狮.公司.cn", "xn--85x722f.xn--55qx5d.cn");
    }

    #[test]
    fn a_name_that_passes_for_another_is_told_of() {
        let check = |host: &str, expected: bool| {
            let (found, look_alike) = of(host);
            assert_eq!(look_alike.is_some(), expected, "{host}");
            if expected {
                assert_eq!(look_alike.as_deref(), Some(host));
                assert!(found.domain.is_ascii(), "{host}");
            }
        };
        // Cyrillic throughout, mixed with Latin, Greek, and a Latin letter that passes for another.
        check("асе.vn", true);
        check("раураӏ.vn", true);
        check("dichvucоng.vn", true);
        check("оpera.gov.vn", true);
        check("ορο.vn", true);
        check("dıchvu.vn", true);
        check("dịchvụcông.vn", false);
        check("пример.example", false);
        check("δοκιμή.example", false);
        check("dichvucong.gov.vn", false);
        check("例え.example", false);
    }
}
