//! The record of calls: one line of fixed length a call, so that its number is known without reading.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// How a process that was left behind stands in the record.
pub(crate) const FORK: &str = "fork";

/// Bytes of one line.
const LINE: usize = 40;

/// What a module was called for, over all processes that ran it.
#[derive(Clone, Debug)]
pub struct Record(PathBuf);

impl Record {
    /// The record in this file; it needn't be there yet.
    #[must_use]
    pub fn of(file: &Path) -> Self {
        Self(file.to_owned())
    }

    /// Every call, in order: function and process.
    #[must_use]
    pub fn calls(&self) -> Vec<(String, u32)> {
        let text = std::fs::read_to_string(&self.0).unwrap_or_default();
        let call = |line: &str| {
            let (function, process) = line.trim_end().split_once(' ')?;
            Some((function.to_owned(), process.parse().ok()?))
        };
        text.lines().filter_map(call).collect()
    }

    /// How often a function was called.
    #[must_use]
    pub fn count(&self, function: &str) -> usize {
        self.calls()
            .iter()
            .filter(|(called, _)| called == function)
            .count()
    }

    /// Every process that ran the module.
    #[must_use]
    pub fn hosts(&self) -> Vec<u32> {
        self.processes_of(|function| function != FORK)
    }

    /// Every process that ran the module, and every one that it left behind.
    #[must_use]
    pub fn processes(&self) -> Vec<u32> {
        self.processes_of(|_| true)
    }

    fn processes_of(&self, counts: impl Fn(&str) -> bool) -> Vec<u32> {
        let calls = self
            .calls()
            .into_iter()
            .filter(|(function, _)| counts(function));
        let all: BTreeSet<u32> = calls.map(|(_, process)| process).collect();
        all.into_iter().collect()
    }
}

/// The end of the record, for the module.
pub(crate) struct Writer(File);

impl Writer {
    pub(crate) fn open(file: &Path) -> io::Result<Self> {
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(file)
            .map(Self)
    }

    /// Takes a call down and gives its number over all processes.
    pub(crate) fn call(&mut self, function: &str, process: u32) -> u64 {
        let line = format!(
            "{:<width$}\n",
            format!("{function} {process}"),
            width = LINE - 1
        );
        let _ = self.0.write_all(line.as_bytes());
        self.0.metadata().map_or(0, |file| file.len() / LINE as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_is_numbered_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("record");
        let mut writer = Writer::open(&file).unwrap();
        assert_eq!(writer.call("C_Login", 7), 1);
        assert_eq!(
            Writer::open(&file)
                .unwrap()
                .call("C_GetAttributeValue", 4_194_304),
            2
        );
        let record = Record::of(&file);
        assert_eq!(record.count("C_Login"), 1);
        assert_eq!(record.processes(), [7, 4_194_304]);
    }
}
