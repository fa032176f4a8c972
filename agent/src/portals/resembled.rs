//! A host that isn't known here and is easily mistaken for one that is, in plain ASCII too: `rn` for `m`, `1` for `l`,
//! `0` for `o` (Unicode Technical Standard 39, section 4, and once more after lower-casing).

use kyso_protocol::Origin;
use unicode_security::confusable_detection::skeleton;

use crate::settings::Settings;

/// A portal that is known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resembled {
    /// Its origin.
    pub origin: Origin,
    /// The person has signed in there; else the settings name it, theirs or the administrator's.
    pub used: bool,
}

/// The known portal for which this one is easily mistaken; none where its own host is known.
pub(super) fn resembled(
    origin: &Origin,
    used: &[Origin],
    settings: &Settings,
) -> Option<Resembled> {
    let used = used.iter().map(|known| (known, true));
    let known: Vec<_> = used
        .chain(named(settings).map(|known| (known, false)))
        .collect();
    if known.iter().any(|(known, _)| known.host() == origin.host()) {
        return None;
    }
    let looks = look(origin.host());
    let (origin, used) = known
        .into_iter()
        .find(|(known, _)| look(known.host()) == looks)?;
    Some(Resembled {
        origin: origin.clone(),
        used,
    })
}

/// Those that a settings file vouches for in one way or another.
fn named(settings: &Settings) -> impl Iterator<Item = &Origin> {
    let rules = &settings.rules;
    let listed = settings.portals.iter().map(|portal| &portal.origin);
    let names = rules.names.iter().flatten().map(|(origin, _)| origin);
    listed
        .chain(rules.allowed.iter().flatten())
        .chain(rules.pins.keys())
        .chain(names)
}

/// Capitals are what digits look like, hosts have none: what a digit became is read once more as a small letter.
fn look(host: &str) -> String {
    let (unicode, _) = idna::domain_to_unicode(host);
    let once: String = skeleton(&unicode).collect();
    skeleton(&once.to_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::ListedPortal;

    fn origin(text: &str) -> Origin {
        Origin::parse(text).expect(text)
    }

    fn of(asking: &str, used: &[&str], settings: &Settings) -> Option<Resembled> {
        let ascii = idna::domain_to_ascii_strict(asking).expect(asking);
        let used: Vec<_> = used.iter().map(|text| origin(text)).collect();
        resembled(&origin(&format!("https://{ascii}")), &used, settings)
    }

    #[test]
    fn a_host_that_passes_for_a_portal_that_was_used_is_told_of() {
        let used = ["https://cong.example:8443", "https://mua-ban1.gov.example"];
        let check = |asking: &str, expected: Option<&str>| {
            let found = of(asking, &used, &Settings::default());
            let found = found.map(|known| (known.origin.to_string(), known.used));
            let expected = expected.map(|known| (known.to_owned(), true));
            assert_eq!(found, expected, "{asking}");
        };
        let (first, second) = (Some(used[0]), Some(used[1]));
        check("c0ng.example", first);
        check("сong.example", first);
        check("mua-banl.gov.example", second);
        check("rnua-ban1.gov.example", second);
        check("rnua-banl.g0v.example", second);
        check("cong.example", None);
        check("mua-ban1.gov.example", None);
        check("mua-ban2.gov.example", None);
        check("www.cong.example", None);
        check("cong.examp1e.example", None);
        check("còng.example", None);
    }

    #[test]
    fn a_portal_that_a_settings_file_names_is_known_and_one_that_it_blocks_is_not() {
        let asks = |settings: &Settings| of("c0ng.example", &[], settings);
        let known = origin("https://cong.example");
        let check = |change: &dyn Fn(&mut Settings), expected: bool| {
            let mut settings = Settings::default();
            change(&mut settings);
            let expected = expected.then(|| Resembled {
                origin: known.clone(),
                used: false,
            });
            assert_eq!(asks(&settings), expected, "{:?}", settings.rules);
        };
        let listed = |origin: &Origin| ListedPortal {
            origin: origin.clone(),
            name: None,
            tls_roots: Vec::new(),
        };
        check(&|_| {}, false);
        check(&|set| set.portals.push(listed(&known)), true);
        check(
            &|set| set.rules.allowed = Some([known.clone()].into()),
            true,
        );
        check(
            &|set| drop(set.rules.pins.insert(known.clone(), Vec::new())),
            true,
        );
        let names = [(known.clone(), "Cổng Mẫu".to_owned())];
        check(&|set| set.rules.names = Some(names.clone().into()), true);
        check(&|set| set.blocked.push(known.clone()), false);
        let both = |set: &mut Settings| {
            set.portals.push(listed(&known));
            set.portals
                .push(listed(&origin("https://c0ng.example:8443")));
        };
        check(&both, false);
    }
}
