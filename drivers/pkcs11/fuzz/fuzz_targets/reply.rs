#![no_main]

use kyso_pkcs11::wire::Reply;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(message) = Reply::parse(bytes) {
        assert_eq!(message.to_bytes(), bytes);
    }
});
