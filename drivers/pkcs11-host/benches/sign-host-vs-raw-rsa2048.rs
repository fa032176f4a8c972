//! One `C_Sign` with RSA-2048 through the host process, divided by the same call in this process.

#[path = "../src/raw/mod.rs"]
#[expect(dead_code, reason = "only C_Sign is measured")]
mod raw;
mod support;

use kyso_pkcs11::wire::Mechanism;
use kyso_pkcs11::{Hash, Scheme};
use kyso_support::KeyKind;

const ROUNDS: usize = 1500;

#[expect(clippy::print_stdout, reason = "the measurement is the output")]
fn main() -> anyhow::Result<()> {
    support::with_token(KeyKind::Rsa(2048), || {
        let medians = support::measure(Scheme::RsaPkcs1(Hash::Sha256), Mechanism::RsaPkcs, ROUNDS)?;
        let (raw, through_host) = (
            medians.raw.as_secs_f64(),
            medians.through_host.as_secs_f64(),
        );
        println!("sign-host-vs-raw-rsa2048 {:.3} ratio", through_host / raw);
        Ok(())
    })
}
