//! NIST's path validation suite, whole: every case with its settings, and every certificate that no case names with the
//! suite's default settings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use kyso_certs::{
    CertError, Certificate, Crl, CrlError, Evidence, PathPolicies, Revocation, RevocationRule,
    RevocationSettings, TrustStore, judge,
};
use serde::Deserialize;
use time::macros::datetime;
use x509_parser::prelude::{CertificateRevocationList, FromDer};

use crate::web_eid::conformance_data;
use crate::world::path_only;

/// Cases in which the verdict is not the suite's, each with what is told instead and why.
const DEVIATIONS: &str = include_str!("../pkits-deviations.json");

#[derive(Deserialize)]
struct Case {
    target: String,
    settings: String,
    alt: Option<String>,
    err: Option<String>,
}

#[derive(Deserialize)]
struct Deviation {
    target: String,
    told: String,
    reason: String,
}

/// The suite's inputs, by the names of the settings in its cases.
fn policies(settings: &str, alt: Option<&str>) -> PathPolicies {
    let inputs = |explicit, numbers: &[u32]| PathPolicies {
        explicit,
        accepted: numbers
            .iter()
            .map(|number| format!("2.16.840.1.101.3.2.1.48.{number}"))
            .collect(),
        ..PathPolicies::default()
    };
    match (settings, alt) {
        // The suite's document asks for the second policy here.
        (_, Some("4.8.10.3")) => inputs(false, &[2]),
        ("G_DEFAULT_SETTINGS", _) => PathPolicies::default(),
        ("G_SETTINGS1", _) => inputs(true, &[]),
        ("G_SETTINGS2", _) => inputs(true, &[1]),
        ("G_SETTINGS3", _) => inputs(true, &[2]),
        ("G_SETTINGS4", _) => inputs(true, &[1, 2]),
        ("G_SETTINGS5", _) => inputs(false, &[1]),
        ("G_SETTINGS6", _) => inputs(false, &[2]),
        ("G_SETTINGS7", _) => inputs(false, &[3]),
        ("G_SETTINGS8", _) => PathPolicies {
            inhibit_mapping: true,
            ..PathPolicies::default()
        },
        ("G_SETTINGS9", _) => inputs(false, &[6]),
        ("G_SETTINGS10", _) => PathPolicies {
            inhibit_any: true,
            ..PathPolicies::default()
        },
        other => panic!("no settings {other:?}"),
    }
}

struct Suite {
    certs: BTreeMap<String, Vec<u8>>,
    lists: Vec<Crl>,
    /// Names of the issuers of lists that were refused as deltas.
    deltas: BTreeSet<Vec<u8>>,
    stores: BTreeMap<String, TrustStore>,
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(&path).unwrap())
        })
        .collect()
}

impl Suite {
    fn read(folder: &Path) -> Self {
        let mut suite = Self {
            certs: files(&folder.join("certs")),
            lists: Vec::new(),
            deltas: BTreeSet::new(),
            stores: BTreeMap::new(),
        };
        for (name, der) in files(&folder.join("crls")) {
            match Crl::all_from_bytes(&der) {
                Ok(lists) => suite.lists.extend(lists),
                Err(CrlError::Delta) => {
                    let (_, list) = CertificateRevocationList::from_der(&der).unwrap();
                    suite.deltas.insert(list.issuer().as_raw().to_vec());
                }
                Err(error) => panic!("{name}: {error}"),
            }
        }
        suite
    }

    fn store(&mut self, policies: &PathPolicies) -> TrustStore {
        let certs = &self.certs;
        let stores = &mut self.stores;
        let store = stores.entry(format!("{policies:?}")).or_insert_with(|| {
            let cas = certs.iter().filter(|(name, _)| !name.ends_with("EE.crt"));
            let builder = TrustStore::builder().path_policies(policies.clone());
            let add = |builder: kyso_certs::TrustStoreBuilder, (name, der): (&String, &Vec<u8>)| {
                match Certificate::from_der(der) {
                    Ok(cert) if name == "TrustAnchorRootCertificate.crt" => {
                        builder.anchor(None, cert)
                    }
                    Ok(cert) => builder.intermediate(None, cert),
                    Err(_) => builder,
                }
            };
            cas.fold(builder, add).build().unwrap()
        });
        store.clone()
    }

    /// `good`, or why it is refused.
    fn told(&mut self, target: &str, policies: &PathPolicies) -> String {
        let trust = self.store(policies);
        let cert = match Certificate::from_der(&self.certs[target]) {
            Ok(cert) => cert,
            Err(error) => return CertError::from(error).code().to_owned(),
        };
        // A caller is told of the delta when he reads it, and has nothing to judge by.
        if self.deltas.contains(cert.issuer_der()) {
            return "delta".to_owned();
        }
        let evidence = Evidence {
            crls: &self.lists,
            settings: RevocationSettings {
                rule: RevocationRule::HardFail,
                ..RevocationSettings::default()
            },
            ..Evidence::default()
        };
        let at = datetime!(2026-11-21 07:00 UTC);
        match judge(&cert, &trust, evidence, at, &path_only()) {
            Ok(verified) => {
                assert_eq!(verified.revocation(), Revocation::Good, "{target}");
                "good".to_owned()
            }
            Err(error) => error.code().to_owned(),
        }
    }
}

/// Where the recorded verdict and the name of the test differ, the suite's document is with the name.
fn is_valid(case: &Case) -> bool {
    if case.settings != "G_DEFAULT_SETTINGS" {
        return case.err.is_none();
    }
    case.target.starts_with("Valid") || (!case.target.starts_with("Invalid") && case.err.is_none())
}

/// The suite's cases, and one for each certificate that none names.
fn cases(folder: &Path, suite: &Suite) -> Vec<Case> {
    let text = std::fs::read(folder.join("cases.json")).unwrap();
    let mut cases: Vec<Case> = serde_json::from_slice(&text).unwrap();
    let named: BTreeSet<String> = cases.iter().map(|case| case.target.clone()).collect();
    let others = suite.certs.keys().filter(|name| name.ends_with("EE.crt"));
    cases.extend(
        others
            .filter(|name| !named.contains(*name))
            .map(|name| Case {
                target: name.clone(),
                settings: "G_DEFAULT_SETTINGS".to_owned(),
                alt: None,
                err: None,
            }),
    );
    cases
}

#[test]
fn judges_the_suite_as_its_document_does() {
    let Some(folder) = conformance_data("pkits") else {
        return;
    };
    let mut suite = Suite::read(&folder);
    let written: Vec<Deviation> = serde_json::from_str(DEVIATIONS).unwrap();
    let cases = cases(&folder, &suite);
    let named = |target: &str| target.starts_with("Valid") || target.starts_with("Invalid");
    let mut by_name: BTreeSet<String> = suite.certs.keys().cloned().collect();
    by_name.retain(|name| name.ends_with("EE.crt") && named(name));
    let all_named = by_name.len();
    let (mut right, mut wrong, mut deviating) = (0, Vec::new(), BTreeSet::new());
    for case in &cases {
        let policies = policies(&case.settings, case.alt.as_deref());
        let told = suite.told(&case.target, &policies);
        let known = written.iter().find(|one| one.target == case.target);
        if (told == "good") == is_valid(case) {
            right += 1;
            continue;
        }
        by_name.remove(&case.target);
        if known.is_some_and(|known| known.told == told && told != "good") {
            deviating.insert(&case.target);
        } else {
            wrong.push(format!("{} {}: {told}", case.settings, case.target));
        }
    }
    println!(
        "PKITS: {right} of {} cases as the suite says, {} of the {all_named} whose name tells the verdict; {} valid \
         ones refused",
        cases.len(),
        by_name.len(),
        deviating.len(),
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(written.iter().all(|one| !one.reason.is_empty()));
    assert_eq!(deviating.len(), written.len(), "a deviation that is none");
    assert!(by_name.len() >= 196, "{} of {all_named}", by_name.len());
}
