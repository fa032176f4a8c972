//! What is trusted, for the operator: in words, and as warnings before something ends.

use std::fmt::Display;

use kyso_certs::{Bundle, CaEntry, Certificate, TrustStore};
use time::{Date, Duration, OffsetDateTime};

use super::Trust;

/// So long before its end an anchor, a CA or a bundle is warned of.
const NOTICE: Duration = Duration::days(30);

impl Trust {
    /// One line for everything that is trusted: the bundle, the anchors, the CAs, the own policy.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.bundle.iter().map(bundle_line).collect();
        lines.extend(self.store.anchors().map(|(anchor, worlds)| {
            let (worlds, certificate) = (words(&worlds), certificate_words(anchor));
            format!("anchor ({worlds}): {certificate}")
        }));
        lines.extend(self.store.cas().iter().map(ca_line));
        lines.extend(self.store.own_policy().map(|policy| {
            let name = policy.name.escape_debug();
            format!("own policy: {name}")
        }));
        lines
    }
}

/// One line for everything that has ended, or ends within 30 days.
pub(crate) fn warnings(
    store: &TrustStore,
    bundle: Option<&Bundle>,
    at: OffsetDateTime,
) -> Vec<String> {
    let bundle = bundle.map(|bundle| {
        let version = bundle.installed().version;
        (format!("trust bundle {version}"), bundle.expires())
    });
    let anchors = store.anchors().map(|(anchor, _)| {
        let name = anchor.subject().display_name().escape_debug();
        (format!("anchor {name}"), anchor.not_after())
    });
    let cas = store.cas().iter().map(|ca| {
        let name = ca.name.escape_debug();
        (format!("CA {name}"), ca.certificate.not_after())
    });
    let ending = bundle.into_iter().chain(anchors).chain(cas);
    ending
        .filter(|(_, end)| *end - NOTICE < at)
        .map(|(what, end)| {
            let verb = if end < at { "ended" } else { "ends" };
            format!("{what}: {verb} on {}", day(end))
        })
        .collect()
}

fn bundle_line(bundle: &Bundle) -> String {
    format!(
        "bundle: version {}, signed by key {}, issued on {}, to be installed until {}",
        bundle.installed().version,
        bundle.signer().id(),
        day(bundle.issued()),
        day(bundle.expires())
    )
}

fn ca_line(ca: &CaEntry) -> String {
    let said = [
        words(&ca.methods),
        words(&ca.kinds),
        words(&ca.schemes),
        certificate_words(&ca.certificate),
    ];
    let said: Vec<_> = said.into_iter().filter(|part| !part.is_empty()).collect();
    let (name, said) = (ca.name.escape_debug(), said.join("; "));
    let mut line = format!("CA {name} ({}): {said}", ca.world);
    if ca.person_in_organisation {
        line.push_str("; a person in an organisation counts as a citizen");
    }
    if !ca.policies.is_empty() {
        line.push_str(&format!("; policies {}", ca.policies.join(", ")));
    }
    line
}

fn words<T: Display>(list: &[T]) -> String {
    let words: Vec<_> = list.iter().map(ToString::to_string).collect();
    words.join(", ")
}

fn certificate_words(certificate: &Certificate) -> String {
    let fingerprint: String = certificate
        .fingerprint()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!(
        "{}, SHA-256 {fingerprint}, until {}",
        certificate.subject().display_name().escape_debug(),
        day(certificate.not_after())
    )
}

fn day(at: OffsetDateTime) -> Date {
    at.date()
}

#[cfg(test)]
mod tests {
    use kyso_certs::World;
    use kyso_support::{Authority, Key, KeyKind, Name};
    use time::macros::datetime;

    use super::*;

    const BEGIN: OffsetDateTime = datetime!(2026-01-01 00:00 UTC);
    const END: OffsetDateTime = datetime!(2026-12-31 00:00 UTC);

    fn trust(name: &str) -> Trust {
        let key = Key::pooled(KeyKind::P256, 0).unwrap();
        let root = Authority::root(Name::new().cn(name), key, BEGIN, END).unwrap();
        let root = Certificate::from_der(root.certificate().der()).unwrap();
        let store = TrustStore::builder().anchor(Some(World::Public), root);
        Trust {
            store: store.build().unwrap(),
            bundle: None,
        }
    }

    #[test]
    fn warns_from_thirty_days_before_the_end() {
        let trust = trust("Gốc Mẫu");
        let check = |at: OffsetDateTime, expected: &[&str]| {
            assert_eq!(warnings(&trust.store, None, at), expected, "{at}");
        };
        check(END - NOTICE, &[]);
        let second = Duration::SECOND;
        check(
            END - NOTICE + second,
            &["anchor Gốc Mẫu: ends on 2026-12-31"],
        );
        check(END + second, &["anchor Gốc Mẫu: ended on 2026-12-31"]);
    }

    #[test]
    fn a_name_cannot_write_lines_of_its_own() {
        let lines = trust("Gốc\n\u{202e}x\u{1b}[2J").lines();
        assert_eq!(lines.len(), 1);
        assert!(
            lines[0].starts_with(r"anchor (public): Gốc\n\u{202e}x\u{1b}[2J, SHA-256 "),
            "{lines:?}"
        );
    }
}
