//! Every certificate profile of Vietnamese CAs, by its twin.

use kyso_certs::{Certificate, Settings, TrustStore, World, judge};
use kyso_support::Twin;

use crate::world::{FROM, NOW, TO, code, own, parsed, path_only};

fn trust(twin: &Twin) -> TrustStore {
    let world = if twin.government {
        World::Government
    } else {
        World::Public
    };
    let builder = TrustStore::builder().anchor(Some(world), own(&twin.ca));
    builder.build().unwrap()
}

fn check_identity(twin: &Twin, cert: &Certificate) {
    let (profile, expected) = (twin.profile, &twin.expected);
    let identity = cert.subject().identity().unwrap();
    assert_eq!(identity.kind.to_string(), expected.class, "{profile}");
    assert_eq!(identity.name, expected.name, "{profile}");
    assert_eq!(
        identity.organisation.as_deref(),
        expected.organisation,
        "{profile}"
    );
    let ids = identity.ids.iter();
    let ids: Vec<_> = ids
        .map(|id| (id.scheme.as_str(), id.value.as_str()))
        .collect();
    assert_eq!(ids, expected.ids, "{profile}");
}

#[test]
fn every_profile_names_whom_it_must_and_signs_in_where_it_may() {
    let twins = Twin::all(FROM, TO).unwrap();
    assert!(twins.len() >= 19);
    for twin in &twins {
        let cert = parsed(&twin.certificate);
        check_identity(twin, &cert);
        let verdict = judge(&cert, &trust(twin), &[], NOW, &Settings::default());
        assert_eq!(
            code(&verdict),
            twin.expected.verdict,
            "{}: {verdict:?}",
            twin.profile
        );
        // What is refused is refused for its strength, on its path as well where its signature is weak.
        let path = judge(&cert, &trust(twin), &[], NOW, &path_only());
        assert!(
            ["accepted", "CERT-WEAK"].contains(&code(&path)),
            "{}",
            twin.profile
        );
    }
}

#[test]
fn a_profile_of_one_world_is_nobody_in_the_other() {
    for twin in Twin::all(FROM, TO).unwrap() {
        let cert = parsed(&twin.certificate);
        let settings = Settings {
            world: if twin.government {
                kyso_certs::WorldChoice::Public
            } else {
                kyso_certs::WorldChoice::Government
            },
            ..Settings::default()
        };
        let verdict = judge(&cert, &trust(&twin), &[], NOW, &settings);
        assert!(verdict.is_err(), "{}", twin.profile);
    }
}
