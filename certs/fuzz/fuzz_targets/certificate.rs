//! Any bytes as a certificate, and through the look that the agent takes at it.
#![no_main]

use kyso_certs::{Certificate, PolicyName, fit_for_login};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(cert) = Certificate::from_der(bytes) {
        assert_eq!(cert.der(), bytes);
        let _ = fit_for_login(&cert, cert.not_before(), PolicyName::default(), None);
    }
    let _ = Certificate::all_from_bytes(bytes);
});
