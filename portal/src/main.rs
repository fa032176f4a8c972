//! `kyso-portal`: serves the reference portal, checks its configuration, ties agencies to their units.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use kyso_certs::Certificate;
use kyso_portal::{
    ambient::{Ambient as _, System},
    config::Config,
    portal,
    portal::Portal,
    server, ties,
};
use tracing_subscriber::EnvFilter;

/// The Kyso reference portal.
#[derive(Parser)]
#[command(name = "kyso-portal", version, args_conflicts_with_subcommands = true)]
struct Line {
    #[command(subcommand)]
    act: Option<Act>,
    #[command(flatten)]
    configuration: Configuration,
}

#[derive(Subcommand)]
enum Act {
    /// Serve the portal (what happens without a command).
    Serve(Configuration),
    /// Read everything that the portal would read at its start, and say what is wrong or else what is trusted.
    CheckConfig(Configuration),
    /// Tie an agency's certificate (its issuer and subject names) to a unit of the directory.
    TieUnit {
        #[command(flatten)]
        configuration: Configuration,
        /// The agency's certificate, PEM or DER.
        #[arg(long, value_name = "FILE")]
        certificate: PathBuf,
        /// The unit's code, e.g. 000.00.99.X01.
        #[arg(long, value_name = "CODE")]
        unit: String,
    },
}

#[derive(Args)]
struct Configuration {
    /// The configuration file (TOML); its keys can be overridden by KYSO_PORTAL_… variables.
    #[arg(
        long,
        value_name = "FILE",
        env = "KYSO_PORTAL_CONFIG",
        default_value = "portal.toml"
    )]
    config: PathBuf,
}

impl Configuration {
    fn load(&self) -> anyhow::Result<Config> {
        Ok(Config::load(&self.config, |name| std::env::var(name).ok())?)
    }
}

fn main() -> ExitCode {
    let Err(error) = run(Line::parse()) else {
        return ExitCode::SUCCESS;
    };
    // Nothing is left to tell it to if this can't be written.
    let _ = writeln!(std::io::stderr(), "kyso-portal: {error:#}");
    ExitCode::FAILURE
}

fn run(line: Line) -> anyhow::Result<()> {
    match line.act.unwrap_or(Act::Serve(line.configuration)) {
        Act::Serve(configuration) => serve(configuration.load()?),
        Act::CheckConfig(configuration) => check(&configuration.load()?),
        Act::TieUnit {
            configuration,
            certificate,
            unit,
        } => tie(configuration.load()?, &certificate, &unit),
    }
}

fn serve(config: Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log).context("log: not a filter")?;
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    runtime()?.block_on(async {
        let portal = Portal::open(config, Arc::new(System)).await?;
        Ok(server::serve(Arc::new(portal)).await?)
    })
}

fn check(config: &Config) -> anyhow::Result<()> {
    EnvFilter::try_new(&config.log).context("log: not a filter")?;
    let trusted = portal::check(config, System.now())?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}: the configuration is complete", config.origin)?;
    for line in trusted {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn tie(config: Config, certificate: &Path, unit: &str) -> anyhow::Result<()> {
    let bytes = std::fs::read(certificate).with_context(|| certificate.display().to_string())?;
    let mut certificates = Certificate::all_from_bytes(&bytes)?;
    anyhow::ensure!(
        certificates.len() == 1,
        "{}: not exactly one certificate",
        certificate.display()
    );
    let certificate = certificates.remove(0);
    let unit = runtime()?.block_on(async {
        let portal = Portal::open(config, Arc::new(System)).await?;
        let unit = ties::tie(&portal, &certificate, unit).await?;
        portal.store().close().await;
        anyhow::Ok(unit)
    })?;
    let name = certificate.subject().display_name();
    writeln!(
        std::io::stdout(),
        "{name}: tied to {} {}",
        unit.code,
        unit.name
    )?;
    Ok(())
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?)
}
