use kyso_certs::{
    Certificate, Class, Method, Scheme, Settings, SubjectKind, TrustError, TrustStore, World, judge,
};
use kyso_support::{Authority, DemoPki, Draft, Key, KeyKind, Ku, Name, Role};
use time::Duration;

use crate::world::{FROM, NOW, TO, ca, code, crl, judged, key, own, parsed, person, root};

struct Made {
    root: Authority,
    ca: Authority,
}

fn made() -> Made {
    let root = root("Gốc", 0);
    let ca = ca(&root, "CA", 1);
    Made { root, ca }
}

impl Made {
    fn read(&self, text: &str) -> Result<TrustStore, TrustError> {
        TrustStore::from_trust_file(text, &mut |name| match name {
            "root.pem" => Ok(self.root.certificate().pem().unwrap().into_bytes()),
            "ca.der" => Ok(self.ca.certificate().der().to_vec()),
            "two.pem" => Ok(self
                .root
                .certificate()
                .pem()
                .unwrap()
                .repeat(2)
                .into_bytes()),
            "junk" => Ok(b"junk".to_vec()),
            other => Err(format!("{other} is not there")),
        })
    }
}

const ANCHOR: &str = "version = 1\n[[anchor]]\nworld = \"public\"\ncertificate = \"root.pem\"\n";

fn entry(certificate: &str, more: &str) -> String {
    format!(
        "{ANCHOR}[[ca]]\nname = \"CA Mẫu\"\ncertificate = \"{certificate}\"\nworld = \"public\"\n\
         methods = [\"usb\"]\nkinds = [\"citizen\", \"business\"]\nschemes = [\"CCCD\", \"MST\", \"HC\"]\n{more}\n"
    )
}

#[test]
fn says_what_a_ca_may_speak_for() {
    let made = made();
    let text = entry(
        "ca.der",
        "person-in-organisation = true\npolicies = [\"2.16.704.1.1\"]",
    );
    let trust = made.read(&text).unwrap();
    let verified = judged(&parsed(&made.ca.issue(&person()).unwrap()), &trust).unwrap();
    let entry = trust.ca_for(verified.issuer()).unwrap();
    assert_eq!(
        (entry.name.as_str(), entry.world),
        ("CA Mẫu", World::Public)
    );
    assert_eq!(entry.methods, [Method::Usb]);
    assert_eq!(entry.kinds, [SubjectKind::Citizen, SubjectKind::Business]);
    assert_eq!(entry.schemes, [Scheme::Cccd, Scheme::Mst, Scheme::Passport]);
    assert!(entry.person_in_organisation);
    assert_eq!(entry.policies, ["2.16.704.1.1"]);
    assert_eq!(trust.ca_for(&own(&made.root)), None);
}

#[test]
fn refuses_each_fault_by_its_own_error() {
    let made = made();
    let check = |text: &str, wanted: fn(&TrustError) -> bool| {
        let error = made.read(text).unwrap_err();
        assert!(wanted(&error), "{text}: {error:?}");
    };
    check("", |e| matches!(e, TrustError::File(_)));
    check("version = 2", |e| matches!(e, TrustError::Version(2)));
    check("version = 1", |e| matches!(e, TrustError::NoAnchor));
    check("version = 1\nother = 1", |e| {
        matches!(e, TrustError::File(_))
    });
    check(&ANCHOR.replace("public", "private"), |e| {
        matches!(e, TrustError::File(_))
    });
    check(&ANCHOR.replace("world = \"public\"\n", ""), |e| {
        matches!(e, TrustError::File(_))
    });
    check(
        &ANCHOR.replace("root.pem", "lost.pem"),
        |e| matches!(e, TrustError::Certificate { name, .. } if name == "lost.pem"),
    );
    check(&ANCHOR.replace("root.pem", "junk"), |e| {
        matches!(e, TrustError::Certificate { .. })
    });
    check(&entry("two.pem", ""), |e| {
        matches!(e, TrustError::Ca { .. })
    });
    check(&entry("ca.der", "policies = [\"x\"]"), |e| {
        matches!(e, TrustError::Ca { .. })
    });
    check(&entry("ca.der", "method = 1"), |e| {
        matches!(e, TrustError::File(_))
    });
    check(&entry("ca.der", "").replace("\"usb\"", ""), |e| {
        matches!(e, TrustError::Ca { .. })
    });
    check(&entry("ca.der", "").replace("\"usb\"", "\"nfc\""), |e| {
        matches!(e, TrustError::File(_))
    });
    check(&entry("ca.der", "").replace("CA Mẫu", " "), |e| {
        matches!(e, TrustError::Ca { .. })
    });
    let twice = entry("ca.der", "") + entry("ca.der", "").strip_prefix(ANCHOR).unwrap();
    check(&twice, |e| matches!(e, TrustError::DuplicateCa(_)));
    check(&"#".repeat(1024 * 1024 + 1), |e| {
        matches!(e, TrustError::FileTooLarge { .. })
    });
}

#[test]
fn finds_the_entry_under_another_certificate_of_the_same_ca() {
    let made = made();
    let trust = made.read(&entry("ca.der", "")).unwrap();
    let again = made.root.subordinate(
        made.ca.name().clone(),
        made.ca.key().clone(),
        NOW,
        NOW + Duration::days(9),
    );
    assert!(trust.ca_for(&own(&again.unwrap())).is_some());
    let other = ca(&made.root, "CA", 3);
    assert!(trust.ca_for(&own(&other)).is_none());
}

#[test]
fn judges_the_subjects_of_the_demonstration() {
    let pki = DemoPki::new(NOW).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let files = pki.write(folder.path(), &["portal.example"]).unwrap();
    let beside = files.trust_file.parent().unwrap();
    let text = std::fs::read_to_string(&files.trust_file).unwrap();
    let mut read = |name: &str| std::fs::read(beside.join(name)).map_err(|error| error.to_string());
    let trust = TrustStore::from_trust_file(&text, &mut read).unwrap();
    let crls = crl(&pki.public_crl().unwrap());
    for (role, expected, class) in [
        (Role::Citizen, "accepted", Class::Person),
        (Role::Business, "accepted", Class::Organisation),
        (
            Role::PersonInOrganisation,
            "accepted",
            Class::PersonInOrganisation,
        ),
        (Role::Agency, "accepted", Class::Organisation),
        (Role::Expired, "CERT-EXPIRED", Class::Person),
        (Role::Revoked, "CERT-REVOKED", Class::Person),
        (Role::UnknownCa, "CERT-UNTRUSTED", Class::Person),
    ] {
        let cert = Certificate::from_der(pki.subject(role).certificate.der()).unwrap();
        let verdict = judge(&cert, &trust, &crls, NOW, &Settings::default());
        assert_eq!(code(&verdict), expected, "{role:?} {verdict:?}");
        assert_eq!(
            cert.subject().identity().map(|identity| identity.kind),
            Ok(class)
        );
        if let Ok(verified) = verdict {
            assert!(trust.ca_for(verified.issuer()).is_some(), "{role:?}");
        }
    }
}

#[test]
fn refuses_an_anchor_that_is_no_ca() {
    let made = made();
    let leaf = made.ca.issue(&person()).unwrap();
    let check = |der: &[u8], expected: bool| {
        let read = TrustStore::from_trust_file(ANCHOR, &mut |_| Ok(der.to_vec()));
        let refused = matches!(&read, Err(TrustError::NotCa(name)) if name == "root.pem");
        assert_eq!(refused, expected, "{read:?}");
    };
    check(leaf.der(), true);
    check(made.ca.certificate().der(), false);
    let draft = Draft::new(Name::new().cn("Gốc"), &key(3), FROM, TO);
    let only_lists = draft.basic_constraints(true, None).key_usage(Ku::CRLSign);
    let only_lists = Authority::self_signed(&only_lists, key(3)).unwrap();
    check(only_lists.certificate().der(), true);
}

/// What a store with this policy says about a certificate.
fn under(made: &Made, policy: &str, draft: &Draft) -> &'static str {
    let trust = made.read(&(entry("ca.der", "") + policy)).unwrap();
    code(&judged(&parsed(&made.ca.issue(draft).unwrap()), &trust))
}

#[test]
fn an_administrators_own_policy_comes_on_top_of_the_named_one() {
    let made = made();
    let check = |policy: &str, draft: &Draft, expected: &str| {
        let policy = format!("[policy]\nname = \"Mẫu\"\n{policy}\n");
        assert_eq!(under(&made, &policy, draft), expected, "{policy}");
    };
    let rsa = Key::pooled(KeyKind::Rsa(2048), 0).unwrap();
    let rsa = Draft::new(crate::world::citizen(), &rsa, FROM, TO).subscriber();
    check("", &rsa, "accepted");
    check("rsa-bits = 3072", &rsa, "CERT-WEAK");
    check("rsa-bits = 3072", &person(), "accepted");
    check("curves = [\"P-384\"]", &person(), "CERT-WEAK");
    check("curves = [\"P-384\"]", &rsa, "accepted");
    check(
        "disallowed = [\"1.3.6.1.4.1.32473\"]",
        &person().policies(&["1.3.6.1.4.1.32473.9"]),
        "CERT-POLICY",
    );
    let client_auth = "[\"1.3.6.1.5.5.7.3.2\"]";
    let logon = "[\"1.3.6.1.4.1.311.20.2.2\"]";
    check(
        &format!("uses.public = {client_auth}"),
        &person(),
        "accepted",
    );
    check(
        &format!("uses.public = {logon}"),
        &person(),
        "CERT-WRONG-USE",
    );
    check(&format!("uses.government = {logon}"), &person(), "accepted");
}

#[test]
fn refuses_an_own_policy_that_says_what_cannot_be() {
    let made = made();
    for wrong in [
        "name = \" \"",
        "name = \"a\"\nrsa-bits = 1024",
        "name = \"a\"\nrsa-bits = 16384",
        "name = \"a\"\nuses.public = []",
        "name = \"a\"\nuses.public = [\"x\"]",
        "name = \"a\"\ndisallowed = [\"1\"]",
    ] {
        let text = format!("{ANCHOR}[policy]\n{wrong}\n");
        let error = made.read(&text).unwrap_err();
        assert!(matches!(error, TrustError::OwnPolicy(_)), "{wrong}");
    }
    for wrong in [
        "rsa-bits = 3072",
        "name = \"a\"\ncurves = [\"P-192\"]",
        "name = \"a\"\nsha1 = true",
    ] {
        let text = format!("{ANCHOR}[policy]\n{wrong}\n");
        let error = made.read(&text).unwrap_err();
        assert!(matches!(error, TrustError::File(_)), "{wrong}");
    }
}

#[test]
fn the_trust_file_may_demand_a_policy_along_the_path() {
    let root = root("Gốc", 0);
    let policy = "1.3.6.1.4.1.32473.1";
    let draft = Draft::new(Name::new().o("Mẫu").cn("CA"), &key(1), FROM, TO);
    let draft = draft.authority(None).policies(&[policy]);
    let ca = root.subordinate_as(&draft, key(1)).unwrap();
    let made = Made { root, ca };
    let demanded = format!("[paths]\nexplicit = true\naccepted = [\"{policy}\"]\n");
    let other = demanded.replace("32473.1", "32473.2");
    let named = person().policies(&[policy]);
    assert_eq!(under(&made, "", &person()), "accepted");
    assert_eq!(under(&made, &demanded, &named), "accepted");
    assert_eq!(under(&made, &demanded, &person()), "CERT-UNTRUSTED");
    assert_eq!(under(&made, &other, &named), "CERT-UNTRUSTED");
    let broken = format!("{ANCHOR}[paths]\naccepted = [\"x\"]\n");
    let error = made.read(&broken).unwrap_err();
    assert!(matches!(error, TrustError::Policy(_)));
}

#[test]
fn names_the_anchors_with_their_worlds() {
    let made = made();
    let trust = made.read(&entry("ca.der", "")).unwrap();
    let anchors: Vec<_> = trust.anchors().collect();
    assert_eq!(anchors, [(&own(&made.root), vec![World::Public])]);
    assert_eq!(trust.cas().len(), 1);
}
