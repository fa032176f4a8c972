//! `kyso trust`: what a trust file or a signed bundle lets in, and whether a bundle may be installed.

mod refused;
mod shown;
mod source;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;
use time::OffsetDateTime;

use self::refused::Refused;
use self::shown::{Shown, for_people, in_json};
use self::source::{BundleAt, of_settings};
use super::Surroundings;
use super::material::Unjudged;
use super::output::Output;
use super::style::{Style, Tone};
use super::verdict::{say_skipped, time_of};
use crate::settings::Settings;
use crate::view::printable;

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Show(Show),
    Check(Check),
}

#[derive(Debug, Args)]
struct Show {
    #[arg(long, value_name = "FILE", conflicts_with = "bundle")]
    trust_file: Option<PathBuf>,
    #[arg(long, value_name = "FILE", requires = "key")]
    bundle: Option<PathBuf>,
    #[arg(long, value_name = "FILE", requires = "bundle")]
    key: Vec<PathBuf>,
    #[arg(long, value_name = "TIME", value_parser = time_of)]
    at: Option<OffsetDateTime>,
}

#[derive(Debug, Args)]
struct Check {
    #[arg(value_name = "FILE")]
    bundle: PathBuf,
    #[arg(long, value_name = "FILE", required = true)]
    key: Vec<PathBuf>,
    #[arg(long, value_name = "FILE")]
    installed: Option<PathBuf>,
    #[arg(long, value_name = "TIME", value_parser = time_of)]
    at: Option<OffsetDateTime>,
}

/// Why nothing is shown.
enum No {
    /// It was read, and is not to be trusted.
    Refused(Refused),
    /// It could not be read.
    Unjudged(Unjudged),
}

impl<T: Into<Refused>> From<T> for No {
    fn from(error: T) -> Self {
        Self::Refused(error.into())
    }
}

impl From<Unjudged> for No {
    fn from(error: Unjudged) -> Self {
        Self::Unjudged(error)
    }
}

pub(super) fn run(options: &Options, surroundings: &Surroundings) -> io::Result<ExitCode> {
    let output = surroundings.output;
    let shown = match &options.what {
        What::Show(show) => show.shown(&surroundings.settings, output)?,
        What::Check(check) => check.shown(),
    };
    match shown {
        Ok(shown) => {
            let checked = matches!(options.what, What::Check(_));
            report(output, &shown, checked).map(|()| ExitCode::SUCCESS)
        }
        Err(No::Refused(refused)) => report_refused(output, &refused).map(|()| ExitCode::FAILURE),
        Err(No::Unjudged(error)) => report_unjudged(output, &error).map(|()| ExitCode::from(2)),
    }
}

impl Show {
    fn shown(&self, settings: &Settings, output: Output) -> io::Result<Result<Shown, No>> {
        let at = self.at.unwrap_or_else(OffsetDateTime::now_utc);
        Ok(match (&self.trust_file, &self.bundle) {
            (Some(file), _) => source::of_file(file, at),
            (None, Some(file)) => BundleAt {
                file,
                keys: &self.key,
                installed: None,
                at,
            }
            .open(),
            (None, None) => match of_settings(&settings.trust, at) {
                Ok((shown, skipped)) => {
                    say_skipped(output, &skipped)?;
                    Ok(shown)
                }
                Err(error) => Err(error),
            },
        })
    }
}

impl Check {
    fn shown(&self) -> Result<Shown, No> {
        let installed = self.installed.as_deref().map(source::installed);
        BundleAt {
            file: &self.bundle,
            keys: &self.key,
            installed: installed.transpose()?,
            at: self.at.unwrap_or_else(OffsetDateTime::now_utc),
        }
        .open()
    }
}

fn report(output: Output, shown: &Shown, checked: bool) -> io::Result<()> {
    if output.json {
        return output.json(&in_json(shown));
    }
    let words = for_people(shown, output.text);
    if !checked {
        return output.words(&words);
    }
    let head = Style::of_output().paint(Tone::Good, output.text.get("verify.accepted"));
    output.words(&format!("{head}\n\n{words}"))
}

fn report_refused(output: Output, refused: &Refused) -> io::Result<()> {
    let (code, text) = (refused.code(), output.text);
    if output.json {
        let reason = refused.to_string();
        return output.json(&json!({"verdict": "refused", "code": code, "reason": reason}));
    }
    let head = Style::of_output().paint(Tone::Bad, text.get("verify.refused"));
    let rows = [
        ("verify.code", code),
        ("verify.reason", &refused.words(text)),
    ]
    .map(|(key, value)| vec![format!("{}:", text.get(key)), printable(value)]);
    output.words(&format!("{head}\n{}", super::style::table(&rows)))
}

fn report_unjudged(output: Output, error: &Unjudged) -> io::Result<()> {
    let (reason, text) = (error.to_string(), output.text);
    if output.json {
        let code = "NOT-JUDGED";
        return output.json(&json!({"verdict": "unjudged", "code": code, "reason": reason}));
    }
    let reason = printable(&text.phrase(&reason));
    writeln!(
        io::stderr().lock(),
        "{}: {reason}",
        text.get("verify.unjudged")
    )
}
