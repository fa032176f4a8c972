//! Any bytes as a file of revocation lists.
#![no_main]

use kyso_certs::Crl;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = Crl::all_from_bytes(bytes);
});
