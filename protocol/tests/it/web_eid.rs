//! The vectors of the official Web eID validation library, where they are at hand.

use std::path::PathBuf;

use kyso_certs::{CertPurpose, Certificate, PolicyName, Settings, TrustStore, WorldChoice, judge};
use kyso_protocol::check::{self, Expected};
use kyso_protocol::{Algorithm, CheckError, Nonce, Origin, Token};
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::vectors::variant;

#[derive(Deserialize)]
struct Vector {
    id: String,
    token: String,
    nonce: String,
    origin: String,
    trusted_cas: Vec<String>,
    now: Option<String>,
    extra_disallowed_policies: Vec<String>,
    expect: String,
}

fn folder() -> Option<PathBuf> {
    let fallback = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data"));
    let folder = std::env::var_os("KYSO_CONFORMANCE_DATA")
        .map_or_else(fallback, PathBuf::from)
        .join("web-eid");
    folder.is_dir().then_some(folder)
}

impl Vector {
    fn time(&self) -> OffsetDateTime {
        self.now
            .as_deref()
            .map_or(OffsetDateTime::UNIX_EPOCH, |now| {
                OffsetDateTime::parse(now, &Rfc3339).unwrap()
            })
    }

    /// The library's own default, which is a setting here.
    fn settings(&self) -> Settings {
        let mut disallowed_policies = self.extra_disallowed_policies.clone();
        disallowed_policies.push("1.3.6.1.4.1.10015.1.3".to_owned());
        Settings {
            world: WorldChoice::Any,
            policy: PolicyName::Interoperable,
            purpose: CertPurpose::Login,
            disallowed_policies,
        }
    }

    fn trust(&self, folder: &std::path::Path) -> Result<TrustStore, String> {
        let mut builder = TrustStore::builder();
        for name in &self.trusted_cas {
            for certificate in
                Certificate::all_from_bytes(&std::fs::read(folder.join(name)).unwrap()).unwrap()
            {
                builder = builder.anchor(None, certificate);
            }
        }
        builder.build().map_err(|_| "no anchor".to_owned())
    }

    fn possession(&self, text: &str) -> Result<check::Possession, CheckError> {
        let (origin, nonce) = (
            Origin::parse(&self.origin).unwrap(),
            Nonce::stored(&self.nonce).unwrap(),
        );
        let expected = Expected {
            origin: &origin,
            nonce: &nonce,
            algorithms: &Algorithm::ALL,
        };
        check::possession(&Token::parse(text.as_bytes())?, &expected)
    }

    fn whole(&self, text: &str, folder: &std::path::Path) -> Result<(), CheckError> {
        let possession = self.possession(text)?;
        check::certificate(
            &possession,
            &self.trust(folder).unwrap(),
            &[],
            self.time(),
            &self.settings(),
        )
        .map(drop)
    }

    fn certificate_alone(&self, folder: &std::path::Path) -> Result<(), String> {
        let value: serde_json::Value =
            serde_json::from_str(&self.token).map_err(|e| e.to_string())?;
        let text = value
            .get("unverifiedCertificate")
            .and_then(|c| c.as_str())
            .ok_or("no certificate")?;
        let pem = format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
        let certificates =
            Certificate::all_from_bytes(pem.as_bytes()).map_err(|_| "UNREADABLE".to_owned())?;
        let certificate = certificates.first().ok_or("no certificate")?;
        judge(
            certificate,
            &self.trust(folder)?,
            &[],
            self.time(),
            &self.settings(),
        )
        .map(drop)
        .map_err(|error| error.code().to_owned())
    }
}

/// What this library says of the token as it stands; with the exact format; and of the certificate alone.
fn expectation(id: &str) -> (&'static str, &'static str, &'static str) {
    match id {
        "valid-es384-ee" | "valid-es384-be" | "valid-ps256-fi" => {
            ("accepted", "accepted", "accepted")
        }
        "wrong-nonce" => ("Signature", "Signature", "accepted"),
        "rs256-lv-signature-only" => ("proved", "proved", "no anchor"),
        "cert-field-missing" | "cert-field-empty" | "cert-field-number" => {
            ("Format", "Member", "no certificate|UNREADABLE")
        }
        "cert-not-base64" | "cert-not-a-cert" => ("Format", "Base64|Certificate", "UNREADABLE"),
        "missing-key-usage-cert" => ("Format", "AlgorithmKey|Signature", "CERT-WRONG-USE"),
        "wrong-policy-cert" | "old-mobile-id-cert" => {
            ("Format", "AlgorithmKey|Signature", "CERT-POLICY")
        }
        "expired-ecdsa-cert" => ("Format", "AlgorithmKey|Signature", "CERT-EXPIRED"),
        // Its verdict needs OCSP; the swapped certificate is found out all the same.
        "revoked-cert-needs-ocsp" => ("Format", "AlgorithmKey|Signature", "accepted"),
        "disallowed-policy" => ("CERT-POLICY", "CERT-POLICY", "CERT-POLICY"),
        "user-and-ca-not-yet-valid" => (
            "CERT-NOT-YET-VALID",
            "CERT-NOT-YET-VALID",
            "CERT-NOT-YET-VALID",
        ),
        "user-and-ca-expired" => ("CERT-EXPIRED", "CERT-EXPIRED", "CERT-EXPIRED"),
        "alg-none" | "alg-empty" => ("Algorithm", "Algorithm", "accepted"),
        "token-null-string" => ("Size", "Size", "no certificate"),
        "token-10001-nul" => ("Size", "Size", "*"),
        "format-unknown" => ("Format", "Format", "accepted"),
        other => panic!("a vector that is not in this table: {other}"),
    }
}

fn name(outcome: &Result<(), CheckError>) -> String {
    match outcome {
        Ok(()) => "accepted".to_owned(),
        Err(CheckError::Judged(error)) => error.code().to_owned(),
        Err(error) => variant(error),
    }
}

fn assert_one_of(expected: &str, got: &str, vector: &Vector, what: &str) {
    assert!(
        expected == "*" || expected.split('|').any(|e| e == got),
        "{} ({}), {what}: {got}, not {expected}",
        vector.id,
        vector.expect
    );
}

#[test]
fn the_official_vectors_are_accepted_and_refused_as_there() {
    let Some(folder) = folder() else {
        println!("skipped: no conformance data (set KYSO_CONFORMANCE_DATA)");
        return;
    };
    let vectors: Vec<Vector> =
        serde_json::from_slice(&std::fs::read(folder.join("vectors.json")).unwrap()).unwrap();
    for vector in &vectors {
        let (as_is, exact, alone) = expectation(&vector.id);
        let run = |text: &str| match as_is {
            "proved" => vector
                .possession(text)
                .map_or_else(|e| variant(&e), |_| "proved".to_owned()),
            _ => name(&vector.whole(text, &folder)),
        };
        assert_one_of(as_is, &run(&vector.token), vector, "as it stands");
        let patched = vector.token.replace(r#""web-eid:1""#, r#""web-eid:1.0""#);
        assert_one_of(exact, &run(&patched), vector, "with the exact format");
        let got = vector
            .certificate_alone(&folder)
            .err()
            .unwrap_or_else(|| "accepted".to_owned());
        assert_one_of(alone, &got, vector, "the certificate alone");
    }
    println!("{} vectors of the official library", vectors.len());
}
