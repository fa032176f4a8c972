//! Milliseconds that the host process adds to one `C_Sign` with P-256.

#[path = "../src/raw/mod.rs"]
#[expect(dead_code, reason = "only C_Sign is measured")]
mod raw;
mod support;

use kyso_pkcs11::Scheme;
use kyso_pkcs11::wire::Mechanism;
use kyso_support::KeyKind;

const ROUNDS: usize = 5000;

#[expect(clippy::print_stdout, reason = "the measurement is the output")]
fn main() -> anyhow::Result<()> {
    support::with_token(KeyKind::P256, || {
        let medians = support::measure(Scheme::Ecdsa, Mechanism::Ecdsa, ROUNDS)?;
        let (raw, through_host) = (
            medians.raw.as_secs_f64(),
            medians.through_host.as_secs_f64(),
        );
        println!(
            "sign-host-added-p256 {:.4} ms",
            (through_host - raw) * 1000.0
        );
        Ok(())
    })
}
