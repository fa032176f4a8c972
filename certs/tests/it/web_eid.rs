//! The certificates of Web eID's own test tokens, with the causes that its library names.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kyso_certs::{Certificate, CertificateError, Settings, TrustStore, judge};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::world::code;

/// Where the conformance data lie, if they are there.
pub(crate) fn conformance_data(part: &str) -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let root = std::env::var_os("KYSO_CONFORMANCE_DATA").map_or(default, PathBuf::from);
    let folder = root.join(part);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {} is not there", folder.display());
    None
}

/// The library's exception as our code; `None` for what is about the token, not about its certificate.
fn expected_code(vector: &Value) -> Option<&'static str> {
    match vector["expect"].as_str()? {
        "ok" => Some("accepted"),
        // The token is at fault; its certificate is as good as in the vectors that pass.
        "AuthTokenSignatureValidationException" => Some("accepted"),
        "CertificateDecodingException" => Some("CERT-UNREADABLE"),
        "UserCertificateMissingPurposeException" => Some("CERT-WRONG-USE"),
        "UserCertificateDisallowedPolicyException" => Some("CERT-POLICY"),
        "CertificateExpiredException" => Some("CERT-EXPIRED"),
        "CertificateNotYetValidException" => Some("CERT-NOT-YET-VALID"),
        _ => None,
    }
}

fn certificate(vector: &Value) -> Option<Result<Certificate, CertificateError>> {
    let token: Value = serde_json::from_str(vector["token"].as_str()?).ok()?;
    let text = token["unverifiedCertificate"].as_str()?;
    let der = STANDARD
        .decode(text)
        .unwrap_or_else(|_| text.as_bytes().to_vec());
    Some(Certificate::from_der(&der))
}

/// The policies that the library refuses by default, and what the vector adds.
fn settings(vector: &Value) -> Settings {
    let extra = vector["extra_disallowed_policies"]
        .as_array()
        .unwrap()
        .iter();
    let mut disallowed: Vec<String> = vec!["1.3.6.1.4.1.10015.1.3".into()];
    disallowed.extend(extra.map(|policy| policy.as_str().unwrap().to_owned()));
    Settings {
        disallowed_policies: disallowed,
        ..Settings::default()
    }
}

fn verdict(vector: &Value, trust: &TrustStore) -> Option<(&'static str, String)> {
    let at = OffsetDateTime::parse(vector["now"].as_str()?, &Rfc3339).unwrap();
    match certificate(vector)? {
        Ok(cert) => {
            let verdict = judge(&cert, trust, &[], at, &settings(vector));
            Some((code(&verdict), format!("{verdict:?}")))
        }
        Err(error) => Some(("CERT-UNREADABLE", error.to_string())),
    }
}

fn trust(folder: &Path, vector: &Value) -> Option<TrustStore> {
    let names = vector["trusted_cas"].as_array()?.iter();
    let add = |builder: kyso_certs::TrustStoreBuilder, name: &Value| {
        let bytes = std::fs::read(folder.join(name.as_str().unwrap())).unwrap();
        Certificate::all_from_bytes(&bytes)
            .unwrap()
            .into_iter()
            .fold(builder, |b, c| b.anchor(None, c))
    };
    names.fold(TrustStore::builder(), add).build().ok()
}

#[test]
fn judges_the_certificates_of_web_eid_as_its_library_does() {
    let Some(folder) = conformance_data("web-eid") else {
        return;
    };
    let vectors = std::fs::read_to_string(folder.join("vectors.json")).unwrap();
    let vectors: Vec<Value> = serde_json::from_str(&vectors).unwrap();
    let mut judged = 0;
    for vector in &vectors {
        let (Some(expected), Some(trust)) = (expected_code(vector), trust(&folder, vector)) else {
            continue;
        };
        if let Some(told) = verdict(vector, &trust) {
            assert_eq!(told.0, expected, "{} {}", vector["id"], told.1);
            judged += 1;
        }
    }
    println!(
        "Web eID: {judged} of {} vectors have a certificate to judge",
        vectors.len()
    );
    assert!(judged >= 10, "only {judged} vectors were judged");
}
