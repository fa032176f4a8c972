//! The command line `kyso`.

use std::io::ErrorKind;
use std::process::ExitCode;

use anyhow::Context as _;

/// 128 and the number of `SIGPIPE`.
const NOBODY_READS: u8 = 141;

fn main() -> anyhow::Result<ExitCode> {
    // Before anything is read: a PIN may come through this process.
    kyso_pkcs11::harden().context("this process cannot be hardened")?;
    kyso_agent::log::start();
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let arguments: Vec<_> = std::env::args_os().collect();
    match kyso_agent::cli::run(&arguments) {
        // Whoever read what is printed has seen enough; the status is that of a program that the system ends for it.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::from(NOBODY_READS)),
        ended => ended.context("standard output"),
    }
}
