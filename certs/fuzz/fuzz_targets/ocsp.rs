//! Any bytes as an OCSP response, and judged about one certificate.
#![no_main]

use std::time::Duration;

use kyso_certs::{
    Certificate, OcspAnswer, OcspResponse, RevocationSettings, TrustStore, Wanted, judge_answer,
};
use libfuzzer_sys::fuzz_target;

const ISSUER: &[u8] = include_bytes!("../corpus/certificate/ocsp-issuer.der");
const SUBJECT: &[u8] = include_bytes!("../corpus/certificate/ocsp-subject.der");
const HOUR: Duration = Duration::from_secs(3600);

thread_local! {
    static ASKED: (Wanted, TrustStore) = {
        let issuer = Certificate::from_der(ISSUER).expect("the kept issuer");
        let trust = TrustStore::builder().anchor(None, issuer.clone());
        let wanted = Wanted {
            certificate: Certificate::from_der(SUBJECT).expect("the kept subject"),
            issuer,
            ocsp: Vec::new(),
            crl: Vec::new(),
        };
        (wanted, trust.build().expect("a store"))
    };
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(response) = OcspResponse::from_der(bytes) else {
        return;
    };
    ASKED.with(|(wanted, trust)| {
        let at = wanted.certificate.not_before() + HOUR;
        let answer = OcspAnswer::new(response, None);
        let _ = judge_answer(wanted, &answer, trust, at, &RevocationSettings::default());
    });
});
