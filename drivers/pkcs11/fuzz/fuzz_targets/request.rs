#![no_main]

use kyso_pkcs11::wire::Request;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(message) = Request::parse(bytes) {
        assert_eq!(message.to_bytes(), bytes);
    }
});
