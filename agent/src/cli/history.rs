//! `kyso history`: what was signed on this computer, and whether the record is whole.

use std::io;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use super::Surroundings;
use super::style::{Style, Tone, table};
use crate::journal::{Entry, History, Journal};
use crate::problem::{Failure, Problem};
use crate::text::{Text, moment};
use crate::view::printable;

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    Verify,
}

pub(super) fn run(options: &Options, surroundings: &Surroundings) -> io::Result<ExitCode> {
    let output = surroundings.output;
    let Ok(history) = Journal::of(&surroundings.settings).read() else {
        output.failure(&Problem::from(&Failure::Internal(
            "the history cannot be read",
        )))?;
        return Ok(ExitCode::FAILURE);
    };
    match options.what {
        None if output.json => output.json(&json!({"entries": history.entries}))?,
        None => output.words(&list(&history, surroundings.text))?,
        Some(What::Verify) if output.json => output.json(&json!({
            "intact": history.broken.is_none(),
            "entries": history.lines,
            "broken": history.broken,
            "unfinished": history.unfinished,
            "gap": history.gap,
        }))?,
        Some(What::Verify) => output.words(&verdict(&history, surroundings.text))?,
    }
    let verified = options.what.is_none() || history.broken.is_none();
    Ok(if verified {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn verdict(history: &History, text: Text) -> String {
    let style = Style::of_output();
    let line = match history.broken {
        None => {
            let count = history.lines.to_string();
            style.paint(Tone::Good, &text.fill("history.intact", &[("n", &count)]))
        }
        Some(line) => {
            let line = line.to_string();
            style.paint(Tone::Bad, &text.fill("history.broken", &[("n", &line)]))
        }
    };
    let also = [
        (history.unfinished, "history.unfinished"),
        (history.gap, "history.gap"),
    ];
    let also = also.into_iter().filter(|(holds, _)| *holds);
    let also = also.map(|(_, key)| text.get(key).to_owned());
    let lines: Vec<_> = std::iter::once(line).chain(also).collect();
    lines.join("\n")
}

fn list(history: &History, text: Text) -> String {
    if history.entries.is_empty() {
        return text.get("history.none").to_owned();
    }
    let heads = [
        "history.time",
        "history.site",
        "history.purpose",
        "history.method",
        "history.certificate",
        "history.code",
        "history.result",
    ];
    let mut rows = vec![heads.map(|key| text.get(key).to_owned()).to_vec()];
    rows.extend(history.entries.iter().map(|entry| row(entry, text)));
    let mut lines = vec![table(&rows)];
    if history.broken.is_some() || history.gap {
        lines.push(verdict(history, text));
    }
    lines.join("\n")
}

fn row(entry: &Entry, text: Text) -> Vec<String> {
    let word = |kind: &str, code: &str| Entry::words(kind, code, text);
    let signed = if entry.signed {
        "history.sent"
    } else {
        "history.not-sent"
    };
    vec![
        moment(entry.time),
        printable(&entry.portal),
        word("purpose", &entry.purpose),
        word("method", &entry.method),
        printable(entry.certificate.as_deref().unwrap_or("–")),
        printable(&entry.matching_code),
        format!("{} ({})", word("outcome", &entry.outcome), text.get(signed)),
    ]
}
