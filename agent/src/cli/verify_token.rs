//! `kyso verify-token`: an authentication token as a portal would check it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use kyso_certs::CertPurpose;
use kyso_protocol::check::{self, Expected};
use kyso_protocol::limits::TOKEN_MAX;
use kyso_protocol::{Algorithm, CheckError, Nonce, Origin, Token};

use super::Surroundings;
use super::material::{Material, Unjudged, read_input};
use super::verdict::{self, Accepted, Verdict};

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    shared: verdict::Options,
    #[arg(long)]
    origin: String,
    #[arg(long)]
    nonce: String,
    file: Option<PathBuf>,
}

pub(super) fn run(mut options: Options, surroundings: &Surroundings) -> io::Result<ExitCode> {
    let judging = options.shared.take_material(options.file.take());
    verdict::report(surroundings.output, judging, |file, material| {
        judged(&options, file, material)
    })
}

fn judged(options: &Options, file: &Path, material: &Material) -> Result<Verdict, Unjudged> {
    let wrong = |option: &'static str| move |reason: String| Unjudged::Option { option, reason };
    let origin = Origin::parse(&options.origin).map_err(|e| wrong("--origin")(e.to_string()))?;
    let nonce = Nonce::stored(&options.nonce).map_err(|e| wrong("--nonce")(e.to_string()))?;
    let settings = options.shared.settings(CertPurpose::Login)?;
    let bytes = read_input(file, TOKEN_MAX as u64)?;
    let expected = Expected {
        origin: &origin,
        nonce: &nonce,
        // Without an ask every algorithm is offered; the policy narrows them.
        algorithms: &Algorithm::ALL,
    };
    let accepted = Token::parse(&bytes)
        .map_err(CheckError::from)
        .and_then(|token| check::possession(&token, &expected))
        .and_then(|possession| {
            check::certificate(
                &possession,
                &material.trust,
                &material.crls,
                options.shared.at(),
                &settings,
            )
        });
    Ok(match accepted {
        Ok(accepted) => Verdict::Accepted(Accepted::of(&accepted.verified, &accepted.deviations)),
        Err(error) => Verdict::Refused(error.into()),
    })
}
