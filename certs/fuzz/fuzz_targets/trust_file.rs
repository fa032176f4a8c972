//! Any text as a trust file whose every certificate is the same good one.
#![no_main]

use kyso_certs::TrustStore;
use libfuzzer_sys::fuzz_target;

const ROOT: &[u8] = include_bytes!("../corpus/certificate/p256-root.der");

fuzz_target!(|text: &str| {
    let _ = TrustStore::from_trust_file(text, &mut |_| Ok(ROOT.to_vec()));
});
