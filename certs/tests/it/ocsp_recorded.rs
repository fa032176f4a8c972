//! OCSP responses that a real responder gave, with their times, and the same with one byte changed.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kyso_certs::{
    Certificate, OcspAnswer, OcspError, OcspResponse, RevocationSettings, TrustStore, Wanted,
    judge_answer,
};
use serde_json::Value;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::web_eid::conformance_data;

const PRODUCED: OffsetDateTime = datetime!(2021-09-17 18:25:24 UTC);

struct Recorded {
    wanted: Wanted,
    trust: TrustStore,
    folder: std::path::PathBuf,
}

fn certificate(folder: &Path, name: &str) -> Certificate {
    let bytes = std::fs::read(folder.join(name)).unwrap();
    Certificate::all_from_bytes(&bytes).unwrap().remove(0)
}

impl Recorded {
    /// The certificate that the responses are about stands in a vector that is refused for its policy. Its own signature
    /// does not verify; a response names it by its serial number and its issuer.
    fn read() -> Option<Self> {
        let folder = conformance_data("web-eid")?;
        let vectors = std::fs::read_to_string(folder.join("vectors.json")).unwrap();
        let vectors: Vec<Value> = serde_json::from_str(&vectors).unwrap();
        let vector = vectors.iter().find(|one| one["id"] == "wrong-policy-cert");
        let token: Value =
            serde_json::from_str(vector.unwrap()["token"].as_str().unwrap()).unwrap();
        let der = STANDARD.decode(token["unverifiedCertificate"].as_str().unwrap());
        let ca = certificate(&folder, "TEST_of_ESTEID2018.cer");
        let trusted = certificate(&folder, "TEST_of_SK_OCSP_RESPONDER_2020.cer");
        let trust = TrustStore::builder()
            .anchor(None, ca.clone())
            .responder(&ca, trusted);
        Some(Self {
            wanted: Wanted {
                certificate: Certificate::from_der(&der.unwrap()).unwrap(),
                issuer: ca,
                ocsp: Vec::new(),
                crl: Vec::new(),
            },
            trust: trust.build().unwrap(),
            folder,
        })
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.join(name)).unwrap()
    }

    /// What the response says of the certificate: `good`, `revoked`, or why it does not count.
    fn told(&self, response: &[u8], at: OffsetDateTime) -> Result<&'static str, OcspError> {
        let answer = OcspAnswer::new(OcspResponse::from_der(response)?, None);
        let settings = RevocationSettings::default();
        let answered = judge_answer(&self.wanted, &answer, &self.trust, at, &settings)?;
        Ok(if answered.revoked { "revoked" } else { "good" })
    }
}

#[test]
fn recorded_responses_say_at_their_time_what_they_were_recorded_for() {
    let Some(recorded) = Recorded::read() else {
        return;
    };
    let check = |name: &str, at: OffsetDateTime, expected: Result<&str, OcspError>| {
        assert_eq!(recorded.told(&recorded.bytes(name), at), expected, "{name}");
    };
    check("ocsp_response.der", PRODUCED, Ok("good"));
    check(
        "ocsp_response_revoked.der",
        datetime!(2021-09-18 00:13:43 UTC),
        Ok("revoked"),
    );
    let unknown = datetime!(2021-09-18 00:16:25 UTC);
    check(
        "ocsp_response_unknown.der",
        unknown,
        Err(OcspError::Unknown),
    );
    // Both have fractions of seconds in their times, which RFC 6960 (4.2.2.1, by RFC 5280) does not know.
    for name in [
        "ocsp_response_with_2_responses.der",
        "ocsp_response_with_2_responder_certs.der",
    ] {
        check(
            name,
            datetime!(2024-04-01 14:10 UTC),
            Err(OcspError::NotDer),
        );
    }
}

#[test]
fn a_recorded_response_counts_for_its_time_alone() {
    let Some(recorded) = Recorded::read() else {
        return;
    };
    let good = recorded.bytes("ocsp_response.der");
    let check = |at, expected| assert_eq!(recorded.told(&good, at), expected, "{at}");
    check(PRODUCED - Duration::minutes(5), Ok("good"));
    check(PRODUCED - Duration::minutes(6), Err(OcspError::NotYet));
    check(PRODUCED + Duration::hours(24), Ok("good"));
    check(PRODUCED + Duration::hours(25), Err(OcspError::Stale));
    // Revoked is revoked, however old the news.
    let revoked = recorded.bytes("ocsp_response_revoked.der");
    let later = PRODUCED + Duration::days(30);
    assert_eq!(recorded.told(&revoked, later), Ok("revoked"));
}

#[test]
fn each_changed_byte_of_a_recorded_response_has_its_own_error() {
    let Some(recorded) = Recorded::read() else {
        return;
    };
    let good = recorded.bytes("ocsp_response.der");
    let check = |place: usize, mask: u8, expected: OcspError| {
        let mut mutant = good.clone();
        mutant[place] ^= mask;
        assert_eq!(
            recorded.told(&mutant, PRODUCED),
            Err(expected),
            "byte {place}"
        );
    };
    for (status, error) in [
        (1, OcspError::MalformedRequest),
        (2, OcspError::InternalError),
        (3, OcspError::TryLater),
        (5, OcspError::SignatureRequired),
        (6, OcspError::Unauthorized),
        (4, OcspError::NotDer),
    ] {
        check(6, status, error);
    }
    check(237, 1, OcspError::OtherCertificate);
    check(352, 1, OcspError::NotDer);
    check(354, 1, OcspError::Signature);
    check(938, 1, OcspError::ResponderMissing);
    check(good.len() - 1, 1, OcspError::ResponderIssuer);
}

#[test]
fn no_changed_byte_makes_a_recorded_response_say_something_else() {
    let Some(recorded) = Recorded::read() else {
        return;
    };
    let revoked = recorded.bytes("ocsp_response_revoked.der");
    let at = datetime!(2021-09-18 00:13:43 UTC);
    for place in (0..revoked.len()).step_by(3) {
        let mut mutant = revoked.clone();
        mutant[place] ^= 1;
        let told = recorded.told(&mutant, at);
        assert_ne!(told, Ok("good"), "byte {place}");
    }
    let mut longer = revoked.clone();
    longer.push(0);
    assert_eq!(recorded.told(&longer, at), Err(OcspError::NotDer));
}
