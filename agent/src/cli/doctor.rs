//! `kyso doctor`: what a sign-in needs, one line each, with what to do where something is wrong. Exit status 0: a sign-in
//! would work; 1: it would not.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::Surroundings;
use super::style::{Style, Tone, table};
use crate::doctor::{self, Findings, Grade, Line, Places, report};
use crate::problem::{Failure, Problem};
use crate::text::Text;

#[derive(Debug, Args)]
pub(super) struct Options {
    #[arg(long, value_name = "ORIGIN")]
    portal: Option<String>,
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

pub(super) fn run(options: &Options, surroundings: &Surroundings) -> io::Result<ExitCode> {
    let output = surroundings.output;
    let portal = options.portal.as_deref();
    let seen = doctor::look(&Places::default(), &surroundings.settings, portal);
    let now = OffsetDateTime::now_utc();
    let findings = doctor::judge(&seen, now);
    if output.json {
        output.json(&as_json(&findings, output.text))?;
    } else {
        output.words(&as_words(&findings, output.text))?;
    }
    if let Some(file) = &options.report {
        if report::write(file, &report::of(&findings, now)).is_err() {
            let failure = Failure::Internal("the report cannot be written");
            output.failure(&Problem::from(&failure))?;
            return Ok(ExitCode::FAILURE);
        }
        let path = file.display().to_string();
        let said = output.text.fill("check.report", &[("path", &path)]);
        writeln!(io::stderr().lock(), "{said}")?;
    }
    Ok(if findings.ready {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn as_json(findings: &Findings, text: Text) -> Value {
    let line = |line: &Line| {
        json!({
            "check": line.subject,
            "result": line.grade.name(),
            "says": line.says.shown(text),
            "remedy": line.remedy.as_ref().map(|remedy| remedy.shown(text)),
        })
    };
    json!({"ok": findings.ready, "checks": findings.lines.iter().map(line).collect::<Vec<_>>()})
}

fn as_words(findings: &Findings, text: Text) -> String {
    let style = Style::of_output();
    let word = |line: &Line| text.get(&format!("check.{}", line.grade.name())).to_owned();
    let rows: Vec<_> = findings
        .lines
        .iter()
        .map(|line| {
            let subject = text.get(&format!("check.{}", line.subject)).to_owned();
            vec![word(line), subject, line.says.shown(text)]
        })
        .collect();
    let table = table(&rows);
    let mut lines: Vec<String> = table
        .lines()
        .zip(&findings.lines)
        .map(|(shown, line)| painted(shown, &word(line), line, text, style))
        .collect();
    let (tone, verdict) = verdict(findings, text);
    lines.push(style.paint(tone, &verdict));
    lines.join("\n")
}

/// Whether a sign-in would work, and whether all is well beside that.
fn verdict(findings: &Findings, text: Text) -> (Tone, String) {
    match (findings.ready, findings.faults()) {
        (false, _) => (Tone::Bad, text.get("check.not-ready").to_owned()),
        (true, 0) => (Tone::Good, text.get("check.ready").to_owned()),
        (true, 1) => (Tone::Warning, text.get("check.ready-but-one").to_owned()),
        (true, n) => {
            let said = text.fill("check.ready-but", &[("n", &n.to_string())]);
            (Tone::Warning, said)
        }
    }
}

fn painted(shown: &str, word: &str, line: &Line, text: Text, style: Style) -> String {
    let tone = match line.grade {
        Grade::Ok => Tone::Good,
        Grade::Warning => Tone::Warning,
        Grade::Error => Tone::Bad,
        Grade::Unchecked => Tone::Quiet,
    };
    let rest = shown.strip_prefix(word).unwrap_or_default();
    let remedy = line.remedy.as_ref().map(|remedy| remedy.shown(text));
    let remedy = remedy
        .map(|remedy| format!("\n      → {remedy}"))
        .unwrap_or_default();
    format!("{}{rest}{remedy}", style.paint(tone, word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Says;
    use crate::text::Language;

    #[test]
    fn the_verdict_is_not_contradicted_by_the_lines_above_it() {
        let check = |ready, grades: &[Grade], expected: &str| {
            let line = |grade: &Grade| Line {
                subject: "pin",
                grade: *grade,
                says: Says::Words("check.pin-ok", vec![]),
                remedy: None,
            };
            let lines = grades.iter().map(line).collect();
            let (_, said) = verdict(&Findings { lines, ready }, Text::of(Language::En));
            assert_eq!(said, expected, "{grades:?}");
        };
        use Grade::{Error, Ok, Unchecked, Warning};
        let ready = "This computer is ready to sign in.";
        check(true, &[], ready);
        check(true, &[Ok, Unchecked], ready);
        let one = "You can sign in on this computer. 1 thing wants attention.";
        check(true, &[Ok, Warning], one);
        let two = "You can sign in on this computer. 2 things want attention.";
        check(true, &[Error, Warning, Ok], two);
        let not = "A sign-in would not work yet. Follow the lines marked → above.";
        check(false, &[Error], not);
        check(false, &[], not);
    }
}
