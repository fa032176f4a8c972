//! OCSP by a responder that is not our own code: `openssl ocsp`, given files.

mod paths;

use std::sync::atomic::{AtomicUsize, Ordering};

use kyso_certs::{
    CertError, Certificate, Doubt, Evidence, NONCE_LEN, OcspAnswer, OcspError, OcspResponse,
    Revocation, RevocationRule, RevocationSettings, Source, TrustStore, Wanted, Whose, judge,
    wanted,
};
use kyso_support::{
    Algorithm, Authority, CrlDraft, Draft, Issued, Key, KeyKind, Ku, Name, OcspResponder, eku,
};
use time::{Duration, OffsetDateTime};

use crate::world::{citizen, crl, key, own, parsed, path_only};

const NONCE: [u8; NONCE_LEN] = [7; NONCE_LEN];
const OCSP_NO_CHECK: &str = "1.3.6.1.5.5.7.48.1.5";
const AUTHORITY_INFORMATION: &str = "1.3.6.1.5.5.7.1.1";

/// The program's clock is the machine's, so here it is now.
struct Made {
    now: OffsetDateTime,
    ca: Authority,
    issued: Issued,
    cert: Certificate,
    trust: TrustStore,
}

fn made() -> Made {
    let now = OffsetDateTime::now_utc();
    let (from, to) = (now - Duration::days(30), now + Duration::days(30));
    let ca = Authority::root(Name::new().o("Mẫu").cn("CA"), key(1), from, to).unwrap();
    let person = Draft::new(citizen(), &key(9), from, to).subscriber();
    let issued = ca.issue(&person).unwrap();
    let trust = TrustStore::builder()
        .anchor(None, own(&ca))
        .build()
        .unwrap();
    Made {
        now,
        cert: parsed(&issued),
        ca,
        issued,
        trust,
    }
}

/// A responder's certificate, of the fourth key.
fn responder(made: &Made, change: impl FnOnce(Draft) -> Draft) -> (Issued, Key) {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("OCSP {}", COUNT.fetch_add(1, Ordering::Relaxed));
    let (from, to) = (made.now - Duration::DAY, made.now + Duration::DAY);
    let draft = Draft::new(Name::new().o("Mẫu").cn(&name), &key(4), from, to)
        .key_usage(Ku::DigitalSignature);
    (made.ca.issue(&change(draft)).unwrap(), key(4))
}

fn appointed(draft: Draft) -> Draft {
    draft
        .extended_key_usage(&[eku::OCSP_SIGNING])
        .extension(OCSP_NO_CHECK, false, &[5, 0])
}

impl Made {
    fn wanted(&self) -> Wanted {
        let mut all = wanted(&self.cert, &self.trust, self.now, &path_only()).unwrap();
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    /// The responder's answer about the certificate, to a request with a nonce.
    fn asked(&self, responder: &OcspResponder) -> Vec<u8> {
        let request = self.wanted().request(Some(&NONCE)).unwrap();
        responder.answer(&request).unwrap()
    }

    fn verdict(&self, answer: OcspAnswer, lists: &[kyso_certs::Crl]) -> Result<(), CertError> {
        let evidence = Evidence {
            crls: lists,
            ocsp: &[answer],
            settings: strict(),
        };
        let verified = judge(&self.cert, &self.trust, evidence, self.now, &path_only())?;
        assert_eq!(verified.revocation(), Revocation::Good);
        let said_by = verified.links()[0].said_by.unwrap();
        assert_eq!(said_by.source, Source::Ocsp);
        Ok(())
    }

    fn told(&self, response: &[u8], nonce: &[u8]) -> String {
        let response = OcspResponse::from_der(response).unwrap();
        said(self.verdict(OcspAnswer::new(response, Some(nonce)), &[]))
    }

    /// What is said after asking `responder`.
    fn check(&self, responder: &OcspResponder, expected: &str) {
        assert_eq!(self.told(&self.asked(responder), &NONCE), expected);
    }
}

fn strict() -> RevocationSettings {
    RevocationSettings {
        rule: RevocationRule::HardFail,
        nonce_required: true,
        ..RevocationSettings::default()
    }
}

fn said(verdict: Result<(), CertError>) -> String {
    match verdict {
        Ok(()) => "good".to_owned(),
        Err(CertError::Revoked(Whose::Subject)) => "revoked".to_owned(),
        Err(CertError::RevocationUnknown(of)) => match of.doubts.as_slice() {
            [Doubt::Ocsp(error)] => format!("{error:?}"),
            other => format!("{other:?}"),
        },
        Err(other) => other.to_string(),
    }
}

#[test]
fn believes_the_ca_itself() {
    let made = made();
    let by_ca = || OcspResponder::new(&made.ca, made.ca.certificate(), made.ca.key()).unwrap();
    made.check(&by_ca().good(&made.issued), "good");
    made.check(&by_ca().good(&made.issued).with(&["-resp_key_id"]), "good");
    made.check(
        &by_ca().good(&made.issued).with(&["-resp_no_certs"]),
        "good",
    );
    made.check(&by_ca(), "Unknown");
    let revoked = by_ca().revoked(&made.issued, made.now - Duration::DAY, "keyCompromise");
    made.check(&revoked.unwrap(), "revoked");
    made.check(&by_ca().good(&made.issued).with(&["-badsig"]), "Signature");
}

#[test]
fn believes_nothing_that_is_signed_with_sha_1() {
    let made = made();
    let by_ca = OcspResponder::new(&made.ca, made.ca.certificate(), made.ca.key()).unwrap();
    let weak = by_ca.good(&made.issued).with(&["-rmd", "sha1"]);
    made.check(&weak, "Signature");
    let rsa = Key::pooled(KeyKind::Rsa(2048), 0).unwrap();
    let (from, to) = (made.now - Duration::DAY, made.now + Duration::DAY);
    let ca = Authority::root(Name::new().cn("CA RSA"), rsa, from, to).unwrap();
    let issued = ca.issue(&Draft::new(citizen(), &key(9), from, to).subscriber());
    let issued = issued.unwrap();
    let trust = TrustStore::builder().anchor(None, own(&ca));
    let made = Made {
        cert: parsed(&issued),
        trust: trust.build().unwrap(),
        issued,
        ca,
        ..made
    };
    let check = |change: fn(Draft) -> Draft, expected: &str| {
        let (certificate, key) = responder(&made, change);
        let by = OcspResponder::new(&made.ca, &certificate, &key).unwrap();
        made.check(&by.good(&made.issued), expected);
    };
    check(appointed, "good");
    check(
        |draft| appointed(draft).signed_with(Algorithm::RS1),
        "ResponderIssuer",
    );
}

#[test]
fn believes_a_responder_that_the_ca_appointed() {
    let made = made();
    let (certificate, key) = responder(&made, appointed);
    let by = || OcspResponder::new(&made.ca, &certificate, &key).unwrap();
    made.check(&by().good(&made.issued), "good");
    made.check(&by().good(&made.issued).with(&["-resp_key_id"]), "good");
    let revoked = by().revoked(&made.issued, made.now - Duration::DAY, "superseded");
    made.check(&revoked.unwrap(), "revoked");
    made.check(
        &by().good(&made.issued).with(&["-resp_no_certs"]),
        "ResponderMissing",
    );
}

#[test]
fn refuses_a_responder_that_the_ca_did_not_appoint_for_this() {
    let made = made();
    let check = |change: fn(Draft) -> Draft, expected: &str| {
        let (certificate, key) = responder(&made, change);
        let by = OcspResponder::new(&made.ca, &certificate, &key).unwrap();
        made.check(&by.good(&made.issued), expected);
    };
    check(
        |draft| draft.extended_key_usage(&[eku::CLIENT_AUTH]),
        "ResponderUse",
    );
    check(|draft| draft, "ResponderUse");
    check(
        |draft| draft.extended_key_usage(&[eku::OCSP_SIGNING]),
        "ResponderNotChecked",
    );
    check(
        |draft| appointed(draft).extension("1.3.6.1.4.1.32473.1", true, &[5, 0]),
        "ResponderExtension",
    );
    let stranger = Authority::root(
        Name::new().o("Mẫu").cn("CA"),
        key(5),
        made.now - Duration::DAY,
        made.now + Duration::DAY,
    );
    let stranger = stranger.unwrap();
    let by = OcspResponder::new(&made.ca, stranger.certificate(), &key(5)).unwrap();
    made.check(&by.good(&made.issued), "ResponderIssuer");
}

#[test]
fn refuses_a_responder_whose_certificate_expired() {
    let made = made();
    let (from, to) = (made.now - Duration::DAY, made.now - Duration::minutes(1));
    let name = Name::new().o("Mẫu").cn("OCSP cũ");
    let draft = appointed(Draft::new(name, &key(4), from, to));
    let certificate = made.ca.issue(&draft).unwrap();
    let by = OcspResponder::new(&made.ca, &certificate, &key(4)).unwrap();
    made.check(&by.good(&made.issued), "ResponderExpired");
}

#[test]
fn a_list_of_the_ca_clears_a_responder_without_no_check() {
    let made = made();
    let (certificate, key) = responder(&made, |draft| {
        draft.extended_key_usage(&[eku::OCSP_SIGNING])
    });
    let by = OcspResponder::new(&made.ca, &certificate, &key).unwrap();
    let response = made.asked(&by.good(&made.issued));
    let check = |list: CrlDraft, expected: &str| {
        let response = OcspResponse::from_der(&response).unwrap();
        let answer = OcspAnswer::new(response, Some(&NONCE));
        let lists = crl(&list.issue(&made.ca).unwrap());
        assert_eq!(said(made.verdict(answer, &lists)), expected);
    };
    let fresh = || CrlDraft::new(made.now - Duration::DAY, Some(made.now + Duration::DAY));
    check(fresh(), "good");
    check(fresh().revoke(&made.issued, made.now), "revoked");
}

#[test]
fn a_revoked_responder_is_believed_nothing() {
    let made = made();
    let (certificate, key) = responder(&made, |draft| {
        draft.extended_key_usage(&[eku::OCSP_SIGNING])
    });
    let by = OcspResponder::new(&made.ca, &certificate, &key).unwrap();
    let response = OcspResponse::from_der(&made.asked(&by.good(&made.issued))).unwrap();
    let list = CrlDraft::new(made.now - Duration::DAY, Some(made.now + Duration::DAY))
        .revoke(&certificate, made.now)
        .extension("2.5.29.28", true, &[0x30, 0x04, 0x83, 0x02, 0x06, 0x40])
        .issue(&made.ca)
        .unwrap();
    let answer = OcspAnswer::new(response, Some(&NONCE));
    let told = said(made.verdict(answer, &crl(&list)));
    assert!(told.contains("ResponderRevoked"), "{told}");
}

#[test]
fn believes_a_responder_that_an_administrator_trusts() {
    let made = made();
    let (from, to) = (made.now - Duration::DAY, made.now + Duration::DAY);
    let other = Authority::root(Name::new().cn("CA khác"), key(5), from, to).unwrap();
    let by = OcspResponder::new(&made.ca, other.certificate(), &key(5)).unwrap();
    let by = by.good(&made.issued);
    made.check(&by, "ResponderIssuer");
    let trust = TrustStore::builder()
        .anchor(None, own(&made.ca))
        .responder(&own(&made.ca), own(&other));
    let trusting = Made {
        trust: trust.build().unwrap(),
        ..made
    };
    trusting.check(&by, "good");
}

#[test]
fn a_response_answers_its_own_request_and_certificate_alone() {
    let made = made();
    let by = OcspResponder::new(&made.ca, made.ca.certificate(), made.ca.key()).unwrap();
    let by = by.good(&made.issued);
    let response = made.asked(&by);
    assert_eq!(made.told(&response, &[8; NONCE_LEN]), "Nonce");
    let without = made.wanted().request(None).unwrap();
    let response = by.answer(&without).unwrap();
    assert_eq!(made.told(&response, &NONCE), "NonceMissing");
    let other = made.ca.issue(&Draft::new(
        citizen(),
        &key(8),
        made.now - Duration::DAY,
        made.now + Duration::DAY,
    ));
    let other = Made {
        cert: parsed(&other.unwrap()),
        ..made
    };
    assert_eq!(other.told(&response, &NONCE), "OtherCertificate");
}
