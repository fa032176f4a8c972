//! `kyso verify-cert`: a certificate against trust material.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use kyso_certs::{CertError, CertPurpose, Certificate, CertificateError, judge};

use super::Surroundings;
use super::material::{Material, Unjudged, read_input};
use super::verdict::{self, Accepted, Verdict};

/// More than any certificate has, in PEM.
const SIZE_MAX: u64 = 1024 * 1024;

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    shared: verdict::Options,
    #[arg(long, default_value = "login")]
    purpose: PurposeOption,
    file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PurposeOption {
    Login,
    Any,
}

pub(super) fn run(mut options: Options, surroundings: &Surroundings) -> io::Result<ExitCode> {
    let judging = options.shared.take_material(options.file.take());
    verdict::report(surroundings.output, judging, |file, material| {
        judged(&options, file, material)
    })
}

fn judged(
    options: &Options,
    file: &std::path::Path,
    material: &Material,
) -> Result<Verdict, Unjudged> {
    let purpose = match options.purpose {
        PurposeOption::Login => CertPurpose::Login,
        PurposeOption::Any => CertPurpose::Any,
    };
    let settings = options.shared.settings(purpose)?;
    let bytes = read_input(file, SIZE_MAX)?;
    let verified = one(&bytes)
        .map_err(CertError::from)
        .and_then(|certificate| {
            judge(
                &certificate,
                &material.trust,
                &material.crls,
                options.shared.at(),
                &settings,
            )
        });
    Ok(match verified {
        Ok(verified) => Verdict::Accepted(Accepted::of(&verified, verified.deviations())),
        Err(error) => Verdict::Refused(error.into()),
    })
}

/// The first certificate of a PEM file, which may hold its chain too; or the one DER value.
fn one(bytes: &[u8]) -> Result<Certificate, CertificateError> {
    Certificate::all_from_bytes(bytes)?
        .into_iter()
        .next()
        .ok_or(CertificateError::Empty)
}
