//! The verdict of `kyso verify-*`: exit status 0 accepted, 1 refused, 2 could not be judged.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use kyso_certs::{
    CertPurpose, Class, Identity, PolicyName, Revocation, Settings, Verified, World, WorldChoice,
};
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::material::{Material, Skipped, Unjudged};
use super::output::Output;
use super::reason::Cause;
use super::style::{Style, Tone, table};
use crate::text::Text;
use crate::view::printable;

/// What both commands take.
#[derive(Debug, Args)]
#[group(id = "judging")]
pub(super) struct Options {
    #[arg(long, required = true, num_args = 1.., value_name = "DIR|FILE")]
    trust: Vec<PathBuf>,
    #[arg(long, value_name = "DIR|FILE")]
    intermediates: Vec<PathBuf>,
    #[arg(long, value_name = "DIR|FILE")]
    crl: Vec<PathBuf>,
    #[arg(long, value_name = "TIME", value_parser = time_of)]
    at: Option<OffsetDateTime>,
    #[arg(long, default_value = "any")]
    world: WorldOption,
    #[arg(long, value_name = "OID")]
    disallow_policy: Vec<String>,
    #[arg(long, default_value = "interoperable", value_parser = str::parse::<PolicyName>)]
    policy: PolicyName,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum WorldOption {
    Public,
    Government,
    Any,
}

impl Options {
    /// `--trust A B FILE` reads as if FILE were the last anchor: it is the file to judge where none stands elsewhere.
    fn take_file(&mut self, file: Option<PathBuf>) -> Result<PathBuf, Unjudged> {
        let last = |trust: &mut Vec<PathBuf>| if trust.len() > 1 { trust.pop() } else { None };
        let missing = || Unjudged::Option {
            option: "FILE",
            reason: "is missing".into(),
        };
        file.or_else(|| last(&mut self.trust)).ok_or_else(missing)
    }

    /// The file to judge, and what it is judged against.
    pub(super) fn take_material(
        &mut self,
        file: Option<PathBuf>,
    ) -> Result<(PathBuf, Material), Unjudged> {
        let file = self.take_file(file)?;
        let material = Material::read(&self.trust, &self.intermediates, &self.crl)?;
        Ok((file, material))
    }

    pub(super) fn at(&self) -> OffsetDateTime {
        self.at.unwrap_or_else(OffsetDateTime::now_utc)
    }

    pub(super) fn settings(&self, purpose: CertPurpose) -> Result<Settings, Unjudged> {
        if let Some(wrong) = self.disallow_policy.iter().find(|oid| !is_oid(oid)) {
            return Err(Unjudged::Option {
                option: "--disallow-policy",
                reason: format!("{wrong:?} is no OID in dotted decimal"),
            });
        }
        let world = match self.world {
            WorldOption::Public => WorldChoice::Public,
            WorldOption::Government => WorldChoice::Government,
            WorldOption::Any => WorldChoice::Any,
        };
        Ok(Settings {
            world,
            policy: self.policy,
            purpose,
            disallowed_policies: self.disallow_policy.clone(),
        })
    }
}

pub(super) fn time_of(text: &str) -> Result<OffsetDateTime, String> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map(|at| at.to_offset(time::UtcOffset::UTC))
        .map_err(|e| e.to_string())
}

fn is_oid(text: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    text.contains('.') && text.split('.').all(number)
}

/// What came out.
pub(super) enum Verdict {
    /// Everything was in order.
    Accepted(Box<Accepted>),
    /// Something was not.
    Refused(Cause),
}

/// What an accepted certificate says.
pub(super) struct Accepted {
    identity: Option<Identity>,
    revocation: Revocation,
    world: World,
    deviations: Vec<String>,
}

impl Accepted {
    pub(super) fn of(verified: &Verified, deviations: &[String]) -> Box<Self> {
        Box::new(Self {
            identity: verified.certificate().subject().identity().ok().cloned(),
            revocation: verified.revocation(),
            world: verified.world(),
            deviations: deviations.to_vec(),
        })
    }
}

/// Prints what came out and gives the exit status.
pub(super) fn report(
    output: Output,
    judging: Result<(PathBuf, Material), Unjudged>,
    judge: impl FnOnce(&Path, &Material) -> Result<Verdict, Unjudged>,
) -> io::Result<ExitCode> {
    let (skipped, verdict) = match judging {
        Ok((file, material)) => {
            let verdict = judge(&file, &material);
            (material.skipped, verdict)
        }
        Err(error) => (Vec::new(), Err(error)),
    };
    say_skipped(output, &skipped)?;
    match verdict {
        Ok(Verdict::Accepted(accepted)) => {
            report_accepted(output, &accepted).map(|()| ExitCode::SUCCESS)
        }
        Ok(Verdict::Refused(cause)) => report_refused(output, &cause).map(|()| ExitCode::FAILURE),
        Err(error) => report_unjudged(output, &error).map(|()| ExitCode::from(2)),
    }
}

pub(super) fn say_skipped(output: Output, skipped: &[Skipped]) -> io::Result<()> {
    for skipped in skipped {
        let line = output.text.fill(
            "verify.skipped",
            &[
                ("path", &skipped.path),
                ("reason", &output.text.phrase(&skipped.reason)),
            ],
        );
        writeln!(io::stderr().lock(), "{}", printable(&line))?;
    }
    Ok(())
}

fn report_accepted(output: Output, accepted: &Accepted) -> io::Result<()> {
    if output.json {
        return output.json(&json!({
            "verdict": "accepted",
            "code": "ACCEPTED",
            "reason": "",
            "identity": accepted.identity,
            "revocation": accepted.revocation,
            "world": accepted.world,
            "deviations": accepted.deviations,
        }));
    }
    let head = Style::of_output().paint(Tone::Good, output.text.get("verify.accepted"));
    let rows = accepted_rows(accepted, output.text);
    output.words(&format!("{head}\n{}", table(&rows)))
}

fn accepted_rows(accepted: &Accepted, text: Text) -> Vec<Vec<String>> {
    let row = |key: &str, value: &str| vec![format!("{}:", text.get(key)), printable(value)];
    let mut rows = Vec::new();
    if let Some(identity) = &accepted.identity {
        rows.push(row("verify.kind", text.get(kind_key(identity.kind))));
        rows.push(row("verify.name", &identity.name));
        let organisation = identity.organisation.iter();
        rows.extend(organisation.map(|name| row("verify.organisation", name)));
        let ids = identity.ids.iter();
        rows.extend(ids.map(|id| vec![format!("{}:", id.scheme), printable(&id.value)]));
    }
    let world = match accepted.world {
        World::Public => "verify.world.public",
        World::Government => "verify.world.government",
    };
    rows.push(row("verify.world", text.get(world)));
    let revocation = match accepted.revocation {
        Revocation::Good => "verify.revocation.good",
        Revocation::NotChecked | Revocation::Unknown => "verify.revocation.not-checked",
    };
    rows.push(row("verify.revocation", text.get(revocation)));
    let deviations = accepted.deviations.iter();
    rows.extend(deviations.map(|rule| {
        let words = text.find(&format!("verify.rule.{rule}"));
        row("verify.deviation", words.unwrap_or(rule))
    }));
    rows
}

fn kind_key(kind: Class) -> &'static str {
    match kind {
        Class::Person => "verify.kind.person",
        Class::Organisation => "verify.kind.organisation",
        Class::PersonInOrganisation => "verify.kind.person-in-organisation",
    }
}

/// In JSON the reason is the libraries' own, in English: it is for logs and does not change with the locale.
fn report_refused(output: Output, cause: &Cause) -> io::Result<()> {
    let code = cause.code();
    if output.json {
        let revocation = match code {
            "CERT-REVOKED" => "revoked",
            "REVOCATION-UNKNOWN" => "unknown",
            _ => "not-checked",
        };
        return output.json(&json!({"verdict": "refused", "code": code, "reason": cause.to_string(), "identity": null, "revocation": revocation}));
    }
    let text = output.text;
    let reason = cause.words(text);
    let rows = [("verify.code", code), ("verify.reason", &reason)]
        .map(|(key, value)| vec![format!("{}:", text.get(key)), printable(value)]);
    let head = Style::of_output().paint(Tone::Bad, text.get("verify.refused"));
    output.words(&format!("{head}\n{}", table(&rows)))
}

fn report_unjudged(output: Output, error: &Unjudged) -> io::Result<()> {
    let reason = error.to_string();
    if output.json {
        output.json(&json!({"verdict": "unjudged", "code": "NOT-JUDGED", "reason": reason, "identity": null, "revocation": "not-checked"}))
    } else {
        writeln!(
            io::stderr().lock(),
            "{}: {}",
            output.text.get("verify.unjudged"),
            printable(&output.text.phrase(&reason))
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_rfc_3339() {
        assert_eq!(
            time_of("2026-11-21T14:00:00+07:00").map(OffsetDateTime::unix_timestamp),
            Ok(1_795_244_400)
        );
        assert!(time_of("2026-11-21").is_err());
    }

    #[test]
    fn a_policy_is_an_oid() {
        for (text, expected) in [
            ("1.3.6.1.4.1.10015.1.3", true),
            ("", false),
            ("1", false),
            ("1..2", false),
            ("any", false),
        ] {
            assert_eq!(is_oid(text), expected, "{text}");
        }
    }
}
