//! The command line `kyso`.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;
use kyso_agent::cli::Cli;
use tracing_subscriber::EnvFilter;

fn main() -> anyhow::Result<ExitCode> {
    // Before anything is read: a PIN may come through this process.
    kyso_pkcs11::harden().context("this process cannot be hardened")?;
    let cli = Cli::parse();
    start_log();
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    cli.run().context("standard output")
}

/// To standard error, and only where `KYSO_LOG` asks for it.
fn start_log() {
    if let Ok(filter) = EnvFilter::try_from_env("KYSO_LOG") {
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .init();
    }
}
