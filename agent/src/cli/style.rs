//! Colours and columns.

use std::io::IsTerminal as _;

/// Whether colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    colours: bool,
}

/// A meaning; always told by a word too.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tone {
    Strong,
    Good,
    Warning,
    Bad,
    Quiet,
}

impl Style {
    /// No colours.
    pub const PLAIN: Self = Self { colours: false };

    /// For standard error: colours on a terminal only, never where `NO_COLOR` is set (no-color.org).
    #[must_use]
    pub fn of_errors() -> Self {
        Self {
            colours: std::io::stderr().is_terminal() && wanted(),
        }
    }

    /// For standard output.
    #[must_use]
    pub fn of_output() -> Self {
        Self {
            colours: std::io::stdout().is_terminal() && wanted(),
        }
    }

    pub(crate) fn paint(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Strong => "1",
            Tone::Good => "32",
            Tone::Warning => "33",
            Tone::Bad => "31",
            Tone::Quiet => "2",
        };
        if self.colours {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

fn wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Rows under one another, two blanks between columns. Texts are composed (NFC), so a character is a column wide.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| {
        rows.iter()
            .filter_map(|row| row.get(at))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_characters() {
        let rows = [
            ["Hòa".to_owned(), "1".to_owned()],
            ["Anh Minh".to_owned(), "22".to_owned()],
        ]
        .map(|row| row.to_vec());
        assert_eq!(table(&rows), "Hòa       1\nAnh Minh  22");
    }

    #[test]
    fn plain_text_has_no_escapes() {
        assert_eq!(Style::PLAIN.paint(Tone::Bad, "x"), "x");
    }
}
