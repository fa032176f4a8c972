#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| kyso_protocol_fuzz::link(input));
