//! Certificates whose subject names somebody: the numbers have their forms.
#![no_main]

use kyso_certs::{Certificate, Scheme};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(cert) = Certificate::from_der(bytes) else {
        return;
    };
    assert!(!cert.subject().display_name().is_empty() || cert.subject().identity().is_err());
    if let Ok(identity) = cert.subject().identity() {
        for id in &identity.ids {
            let digits = id.value.bytes().filter(u8::is_ascii_digit).count();
            match id.scheme {
                Scheme::Cccd | Scheme::PersonalTax => assert_eq!(digits, 12),
                Scheme::Cmnd => assert_eq!(digits, 9),
                Scheme::Mst => assert!(digits == 10 || digits == 13),
                _ => assert!(id.value.is_ascii()),
            }
        }
    }
});
