//! The command line `kyso`.

use std::io::ErrorKind;
use std::process::ExitCode;

use anyhow::Context as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

/// 128 and the number of `SIGPIPE`.
const NOBODY_READS: u8 = 141;

fn main() -> anyhow::Result<ExitCode> {
    // Before anything is read: a PIN may come through this process.
    kyso_pkcs11::harden().context("this process cannot be hardened")?;
    start_log();
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

/// To standard error, only where `KYSO_LOG` names a level, and only what our own packages log: what others do with
/// addresses and messages is not in our hands.
fn start_log() {
    let Some(level) = std::env::var("KYSO_LOG")
        .ok()
        .and_then(|level| level.parse::<LevelFilter>().ok())
    else {
        return;
    };
    let own = ["kyso_agent", "kyso_certs", "kyso_pkcs11", "kyso_protocol"];
    let targets = Targets::new().with_targets(own.map(|package| (package, level)));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    tracing_subscriber::registry()
        .with(lines.with_filter(targets))
        .init();
}
