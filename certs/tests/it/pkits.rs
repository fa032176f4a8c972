//! NIST's path validation suite: the cases with its default settings, of every section.

use std::path::Path;

use kyso_certs::{Certificate, Crl, CrlError, TrustStore, judge};
use serde_json::Value;
use time::macros::datetime;

use crate::web_eid::conformance_data;
use crate::world::path_only;

/// Valid, and refused all the same: their lists are signed by another key of the same CA than the one that signed the
/// certificate, and a list is believed under that one key only.
const KNOWN_REFUSALS: [&str; 11] = [
    "ValidSeparateCertificateandCRLKeysTest19EE.crt",
    "ValidBasicSelfIssuedOldWithNewTest1EE.crt",
    "ValidBasicSelfIssuedNewWithOldTest4EE.crt",
    "ValidBasicSelfIssuedCRLSigningKeyTest6EE.crt",
    "ValidSelfIssuedpathLenConstraintTest15EE.crt",
    "ValidSelfIssuedpathLenConstraintTest17EE.crt",
    "ValidSelfIssuedrequireExplicitPolicyTest6EE.crt",
    "ValidSelfIssuedinhibitPolicyMappingTest7EE.crt",
    "ValidSelfIssuedinhibitAnyPolicyTest7EE.crt",
    "ValidSelfIssuedinhibitAnyPolicyTest9EE.crt",
    "ValidDNnameConstraintsTest19EE.crt",
];

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                std::fs::read(&path).unwrap(),
            )
        })
        .collect()
}

fn trust(certs: &[(String, Vec<u8>)]) -> TrustStore {
    let cas = certs.iter().filter(|(name, _)| !name.ends_with("EE.crt"));
    cas.fold(
        TrustStore::builder(),
        |builder, (name, der)| match Certificate::from_der(der) {
            Ok(cert) if name == "TrustAnchorRootCertificate.crt" => builder.anchor(None, cert),
            Ok(cert) => builder.intermediate(None, cert),
            Err(_) => builder,
        },
    )
    .build()
    .unwrap()
}

/// Refused by the suite for want of a list; here evidence that is not given leaves the certificate not checked.
const NOT_CHECKED: [&str; 3] = [
    "InvalidMissingCRLTest1EE.crt",
    "InvalidBadCRLIssuerNameTest5EE.crt",
    "InvalidWrongCRLTest6EE.crt",
];

fn lists(folder: &Path) -> Vec<Crl> {
    let read = |(name, der): &(String, Vec<u8>)| match Crl::all_from_bytes(der) {
        Ok(lists) => lists,
        Err(CrlError::Delta) => Vec::new(),
        Err(error) => panic!("{name}: {error}"),
    };
    files(folder).iter().flat_map(read).collect()
}

/// Where the recorded verdict and the name of the test differ, the suite's document is with the name.
fn is_valid(case: &Value, target: &str) -> bool {
    target.starts_with("Valid") || (!target.starts_with("Invalid") && case["err"].is_null())
}

fn told(der: &[u8], trust: &TrustStore, crls: &[Crl]) -> Result<String, String> {
    let cert = Certificate::from_der(der).map_err(|error| error.to_string())?;
    let at = datetime!(2026-11-21 07:00 UTC);
    judge(&cert, trust, crls, at, &path_only())
        .map(|verified| verified.revocation().to_string())
        .map_err(|error| error.to_string())
}

#[test]
fn accepts_nothing_that_the_suite_refuses() {
    let Some(folder) = conformance_data("pkits") else {
        return;
    };
    let certs = files(&folder.join("certs"));
    let (trust, crls) = (trust(&certs), lists(&folder.join("crls")));
    let cases = std::fs::read(folder.join("cases.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_slice(&cases).unwrap();
    let (mut right, mut known, mut wrong) = (0, 0, Vec::new());
    for case in cases
        .iter()
        .filter(|case| case["settings"] == "G_DEFAULT_SETTINGS")
    {
        let target = case["target"].as_str().unwrap();
        let (_, der) = certs.iter().find(|(name, _)| name == target).unwrap();
        let told = told(der, &trust, &crls);
        let listed = match &told {
            Ok(revocation) => revocation == "not-checked" && NOT_CHECKED.contains(&target),
            Err(_) => KNOWN_REFUSALS.contains(&target),
        };
        if told.is_ok() == is_valid(case, target) {
            right += 1;
        } else if listed {
            known += 1;
        } else {
            wrong.push(format!("{} {target}: {told:?}", case["sec"]));
        }
    }
    println!("PKITS, default settings: {right} of the cases as the suite says");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(right > 100, "only {right} cases were judged");
    let written = KNOWN_REFUSALS.len() + NOT_CHECKED.len();
    assert_eq!(
        known, written,
        "a case that is written down as an exception is none"
    );
}
