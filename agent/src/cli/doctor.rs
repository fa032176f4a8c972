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
    let (tone, key) = if findings.ready {
        (Tone::Good, "check.ready")
    } else {
        (Tone::Bad, "check.not-ready")
    };
    lines.push(style.paint(tone, text.get(key)));
    lines.join("\n")
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
