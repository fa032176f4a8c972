//! What a command prints: words, or one JSON value.

use std::io::{self, Write as _};

use serde_json::{Value, json};

use super::draw;
use super::style::Style;
use crate::problem::Problem;
use crate::text::Text;
use crate::view::is_harmless;

/// Where and how results are printed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    pub(super) json: bool,
    pub(super) text: Text,
}

impl Output {
    /// One JSON value and its end of line.
    pub(super) fn json(self, value: &Value) -> io::Result<()> {
        writeln!(io::stdout().lock(), "{}", escaped(&value.to_string()))
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

/// The same JSON with every character escaped that a terminal would obey or hide (RFC 8259, section 7): such ones stand
/// inside strings only.
fn escaped(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        if is_harmless(c) {
            safe.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_says_the_same_without_what_a_terminal_obeys() {
        let label = "Hòa\u{9b}2J\u{1b}]0;\u{202e}\u{7f}\u{e0041}";
        let line = escaped(&json!({ "label": label }).to_string());
        assert!(line.chars().all(is_harmless), "{line:?}");
        let read: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(read["label"], label);
        assert!(line.contains("Hòa"), "{line}");
    }
}
