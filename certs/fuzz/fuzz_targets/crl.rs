//! Any bytes as a file of revocation lists, and as the evidence about one certificate: nobody who could sign for its CA
//! made them, so it is never cleared.
#![no_main]

use std::time::Duration;

use kyso_certs::{
    CertPurpose, Certificate, Crl, Evidence, RevocationRule, RevocationSettings, Settings,
    TrustStore, judge,
};
use libfuzzer_sys::fuzz_target;

const ISSUER: &[u8] = include_bytes!("../corpus/certificate/ocsp-issuer.der");
const SUBJECT: &[u8] = include_bytes!("../corpus/certificate/ocsp-subject.der");
const HOUR: Duration = Duration::from_secs(3600);

thread_local! {
    static ASKED: (Certificate, TrustStore) = {
        let issuer = Certificate::from_der(ISSUER).expect("the kept issuer");
        let trust = TrustStore::builder().anchor(None, issuer);
        let subject = Certificate::from_der(SUBJECT).expect("the kept subject");
        (subject, trust.build().expect("a store"))
    };
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(crls) = Crl::all_from_bytes(bytes) else {
        return;
    };
    ASKED.with(|(subject, trust)| {
        let evidence = Evidence {
            crls: &crls,
            settings: RevocationSettings {
                rule: RevocationRule::HardFail,
                ..RevocationSettings::default()
            },
            ..Evidence::default()
        };
        let settings = Settings {
            purpose: CertPurpose::Any,
            ..Settings::default()
        };
        let at = subject.not_before() + HOUR;
        assert!(judge(subject, trust, evidence, at, &settings).is_err());
    });
});
