//! What a command prints: words, or one JSON value.

use std::io::{self, Write as _};

use serde_json::{Value, json};

use super::draw;
use super::style::Style;
use crate::problem::Problem;
use crate::text::Text;

/// Where and how results are printed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    pub(super) json: bool,
    pub(super) text: Text,
}

impl Output {
    /// One JSON value and its end of line.
    pub(super) fn json(self, value: &Value) -> io::Result<()> {
        writeln!(io::stdout().lock(), "{value}")
    }

    /// Words.
    pub(super) fn words(self, words: &str) -> io::Result<()> {
        writeln!(io::stdout().lock(), "{words}")
    }

    /// A problem: as JSON on standard output, in words on standard error.
    pub(super) fn failure(self, problem: &Problem) -> io::Result<()> {
        if self.json {
            self.json(&failed(problem, self.text))
        } else {
            writeln!(
                io::stderr().lock(),
                "{}",
                draw::problem(problem, self.text, Style::of_errors())
            )
        }
    }
}

/// A problem as JSON.
pub(super) fn failed(problem: &Problem, text: Text) -> Value {
    json!({
        "outcome": "failed",
        "code": problem.code.as_str(),
        "portal": problem.portal_code(),
        "happened": problem.happened(text),
        "remedy": problem.remedy(text),
    })
}
