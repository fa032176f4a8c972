//! NIST's path validation suite: signatures, validity and names (sections 4.1 to 4.3) and basic revocation (4.4).

use std::path::Path;

use kyso_certs::{Certificate, Crl, CrlError, TrustStore, judge};
use serde_json::Value;
use time::macros::datetime;

use crate::web_eid::conformance_data;
use crate::world::path_only;

/// Refused though valid, each with its reason; a valid certificate that is refused and is not here fails the test.
const KNOWN_REFUSALS: [(&str, &str); 1] = [(
    "ValidSeparateCertificateandCRLKeysTest19EE.crt",
    "a CRL is taken only if the key that signed the certificate signed it",
)];

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

#[test]
fn accepts_nothing_that_the_suite_refuses() {
    let Some(folder) = conformance_data("pkits") else {
        return;
    };
    let certs = files(&folder.join("certs"));
    let lists = files(&folder.join("crls"));
    let crls: Vec<Crl> = lists
        .iter()
        .filter_map(|(name, der)| match Crl::all_from_bytes(der) {
            Ok(list) => Some(list),
            Err(CrlError::Delta) => None,
            Err(error) => panic!("{name}: {error}"),
        })
        .flatten()
        .collect();
    let trust = trust(&certs);
    let cases: Vec<Value> =
        serde_json::from_slice(&std::fs::read(folder.join("cases.json")).unwrap()).unwrap();
    let (mut right, mut wrong) = (0, Vec::new());
    for case in &cases {
        let section = case["sec"].as_str().unwrap();
        if !["4.1", "4.2", "4.3", "4.4"].contains(&section) {
            continue;
        }
        let target = case["target"].as_str().unwrap();
        let valid = case["err"].is_null();
        let (_, der) = certs.iter().find(|(name, _)| name == target).unwrap();
        let told = Certificate::from_der(der)
            .map_err(|error| error.to_string())
            .and_then(|cert| {
                judge(
                    &cert,
                    &trust,
                    &crls,
                    datetime!(2026-11-21 07:00 UTC),
                    &path_only(),
                )
                .map(|verified| verified.revocation().to_string())
                .map_err(|error| error.to_string())
            });
        // No list for the certificate: the suite wants a refusal, here it is accepted and said to be not checked.
        let accepted = told.as_deref() == Ok("good");
        if accepted == valid {
            right += 1;
        } else if !KNOWN_REFUSALS.iter().any(|(name, _)| *name == target) || accepted {
            wrong.push(format!("{section} {target}: {told:?}"));
        }
    }
    println!("PKITS 4.1 to 4.4: {right} as the suite says");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
