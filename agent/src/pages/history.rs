//! What was signed, and whether the record is whole.

use std::fmt::Write as _;
use std::io;

use kyso_screens as shown;
use kyso_screens::{Act, HistoryRow, Intact};
use time::OffsetDateTime;

use super::{Around, Job, News, Step, What, file};
use crate::journal::{self, Entry, Journal};
use crate::screens::brief;
use crate::text::{Text, moment};

/// Rows that are shown.
const ROWS_MAX: usize = 500;

pub(super) struct History {
    read: Option<io::Result<journal::History>>,
    exported: Option<Result<String, ()>>,
}

impl History {
    pub(super) fn open(around: &Around) -> (Self, Vec<Job>) {
        let page = Self {
            read: None,
            exported: None,
        };
        (page, vec![read(around)])
    }

    pub(super) fn take(&mut self, read: io::Result<journal::History>) {
        self.read = Some(read);
    }

    pub(super) fn act(&mut self, act: &Act, around: &Around) -> Step {
        match act {
            Act::Refresh => vec![read(around)].into(),
            Act::Export => {
                self.exported = Some(self.export(OffsetDateTime::now_utc()).map_err(drop));
                Step::default()
            }
            _ => Step::default(),
        }
    }

    fn export(&self, now: OffsetDateTime) -> io::Result<String> {
        let Some(Ok(history)) = &self.read else {
            return Err(io::Error::other("there is nothing to export"));
        };
        let folder = file::folder().ok_or(io::ErrorKind::NotFound)?;
        let table = csv(&history.entries);
        let path = file::write(&folder, "kyso-history", "csv", now, table.as_bytes())?;
        Ok(path.display().to_string())
    }

    pub(super) fn screen(&self, text: Text) -> shown::History {
        let history = match &self.read {
            Some(Ok(history)) => Some(history),
            _ => None,
        };
        let entries = history.map_or(&[][..], |history| &history.entries);
        let newest = entries.iter().rev().take(ROWS_MAX);
        shown::History {
            rows: newest.map(|entry| row(entry, text)).collect(),
            total: u32::try_from(history.map_or(0, |history| history.lines)).unwrap_or(u32::MAX),
            intact: self.intact(),
            exported: self.exported.clone().and_then(Result::ok),
            problem: match self.exported {
                Some(Err(())) => Some(text.get("page.not-written").to_owned()),
                _ => history
                    .filter(|history| history.gap)
                    .map(|_| text.get("history.gap").to_owned()),
            },
        }
    }

    fn intact(&self) -> Intact {
        match &self.read {
            None => Intact::Unread,
            Some(Err(_)) => Intact::Unreadable,
            Some(Ok(history)) => match (history.broken, history.unfinished) {
                (Some(line), _) => Intact::Broken {
                    line: u32::try_from(line).unwrap_or(u32::MAX),
                },
                (None, true) => Intact::Unfinished,
                (None, false) => Intact::Yes,
            },
        }
    }
}

fn read(around: &Around) -> Job {
    let journal = Journal::of(&around.settings);
    Box::new(move || News(What::Read(journal.read())))
}

fn row(entry: &Entry, text: Text) -> HistoryRow {
    HistoryRow {
        time: moment(entry.time),
        portal: brief(&entry.portal),
        purpose: brief(&Entry::words("purpose", &entry.purpose, text)),
        method: brief(&Entry::words("method", &entry.method, text)),
        certificate: brief(entry.certificate.as_deref().unwrap_or_default()),
        result: brief(&Entry::words("outcome", &entry.outcome, text)),
        accepted: matches!(entry.outcome.as_str(), "accepted" | "tried"),
    }
}

/// As RFC 4180 has it, in UTF-8 with its mark, which spreadsheets want; the record's own words, and times in UTC. The
/// same for every language, for programs.
fn csv(entries: &[Entry]) -> String {
    let heads = [
        "time",
        "portal",
        "purpose",
        "subject",
        "method",
        "certificate",
        "signed",
        "outcome",
        "matching-code",
        "text",
        "gap",
    ];
    let mut table = format!("\u{feff}{}\r\n", heads.join(","));
    for entry in entries {
        let time = entry
            .time
            .format(&time::format_description::well_known::Rfc3339);
        let cells = [
            time.unwrap_or_default(),
            entry.portal.clone(),
            entry.purpose.clone(),
            entry.subject.clone().unwrap_or_default(),
            entry.method.clone(),
            entry.certificate.clone().unwrap_or_default(),
            entry.signed.to_string(),
            entry.outcome.clone(),
            entry.matching_code.clone(),
            entry.text.clone().unwrap_or_default(),
            entry.gap.to_string(),
        ];
        let cells: Vec<_> = cells.iter().map(|cell| quoted(cell)).collect();
        // Writing to a text can't fail.
        let _ = write!(table, "{}\r\n", cells.join(","));
    }
    table
}

/// Spreadsheets take a cell that begins so for a formula; an apostrophe says that it is text.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let mark = if formula { "'" } else { "" };
    format!("\"{mark}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;
    use time::macros::datetime;

    fn entry(text: &str) -> Entry {
        Entry {
            time: datetime!(2026-11-21 07:00 UTC),
            portal: "https://portal.example".into(),
            purpose: "confirm".into(),
            subject: Some("citizen".into()),
            method: "usb".into(),
            certificate: Some("0A1B".into()),
            signed: true,
            outcome: "accepted".into(),
            matching_code: "0042".into(),
            text: Some(text.into()),
            gap: false,
        }
    }

    #[test]
    fn a_text_becomes_no_formula_and_no_other_cell() {
        let check = |text: &str, expected: &str| {
            let table = csv(&[entry(text)]);
            let line = format!(
                "\"2026-11-21T07:00:00Z\",\"https://portal.example\",\"confirm\",\"citizen\",\"usb\",\"0A1B\",\
                 \"true\",\"accepted\",\"0042\",{expected},\"false\"\r\n"
            );
            assert!(table.ends_with(&line), "{table}");
        };
        check("Đồng ý", "\"Đồng ý\"");
        check("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\"");
        check("a,b\nc", "\"a,b\nc\"");
    }

    #[test]
    fn the_newest_stand_first_and_at_most_five_hundred() {
        let entries: Vec<_> = (0..501).map(|n| entry(&n.to_string())).collect();
        let mut oldest = entry("");
        oldest.portal = "https://first.example".into();
        let history = journal::History {
            entries: [vec![oldest], entries].concat(),
            lines: 502,
            gap: true,
            ..journal::History::default()
        };
        let page = History {
            read: Some(Ok(history)),
            exported: None,
        };
        let screen = page.screen(Text::of(Language::En));
        assert_eq!((screen.rows.len(), screen.total), (500, 502));
        assert!(
            screen
                .rows
                .iter()
                .all(|row| row.portal == "https://portal.example")
        );
        assert_eq!(screen.intact, Intact::Yes);
        let problem = screen.problem.expect("the gap is said");
        assert!(problem.contains("missing"), "{problem}");
    }

    #[test]
    fn what_nobody_has_read_is_not_called_intact() {
        let page = |read| History {
            read,
            exported: None,
        };
        let broken = journal::History {
            broken: Some(3),
            ..journal::History::default()
        };
        let check = |page: History, expected: Intact| assert_eq!(page.intact(), expected);
        check(page(None), Intact::Unread);
        check(page(Some(Err(io::Error::other("x")))), Intact::Unreadable);
        check(page(Some(Ok(broken))), Intact::Broken { line: 3 });
    }
}
