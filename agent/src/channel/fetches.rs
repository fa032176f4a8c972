//! How often statements are fetched: one at a time and six a minute, all processes of the person together.
//!
//! A page can make the browser start this program with any link, so the count is kept outside it: in a file of the
//! runtime folder that is locked for as long as a fetch takes. Where the count can't be kept, nothing is fetched.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;
use time::OffsetDateTime;

use crate::folders;
use crate::settings::Settings;

/// Fetches within [`WINDOW`].
const MOST: usize = 6;
const WINDOW: Duration = Duration::from_secs(60);
/// How long another fetch is waited for; one takes five seconds at most.
const PATIENCE: Duration = Duration::from_secs(10);
/// Digits of a time in the file, in milliseconds since 1970.
const DIGITS: usize = 13;
const LINE: usize = DIGITS + 1;

/// Why a statement isn't fetched now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TooSoon {
    /// Another fetch has been under way for longer than one may take.
    #[error("another request is being fetched")]
    Busy,
    /// Six within a minute.
    #[error("too many requests; {seconds} s to wait")]
    TooMany {
        /// Until the next one is allowed, rounded up.
        seconds: u64,
    },
    /// There is no place to keep the count, or it can't be locked, read or written.
    #[error("the count of requests cannot be kept")]
    Uncounted,
}

/// The count.
#[derive(Debug, Clone)]
pub struct Fetches {
    file: Option<PathBuf>,
}

/// The right to fetch once; until it is dropped nobody else has it.
#[derive(Debug)]
pub struct Turn {
    _locked: File,
}

impl Fetches {
    /// The count in the runtime folder.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        let folder = folders::runtime(settings);
        Self {
            file: folder.map(|folder| folder.join("fetches")),
        }
    }

    /// Waits for its turn, and counts it at the time that `now` says then.
    ///
    /// # Errors
    /// [`TooSoon`]; nothing may be fetched then.
    pub async fn turn(&self, now: fn() -> OffsetDateTime) -> Result<Turn, TooSoon> {
        let file = self.file.clone().ok_or(TooSoon::Uncounted)?;
        let waiting = tokio::task::spawn_blocking(move || counted(&file, now));
        let turn = tokio::time::timeout(PATIENCE, waiting).await;
        turn.map_err(|_| TooSoon::Busy)?
            .unwrap_or(Err(TooSoon::Uncounted))
    }
}

/// Waits for its turn and counts it in this file.
///
/// # Errors
/// [`TooSoon`].
pub(crate) fn counted(path: &Path, now: fn() -> OffsetDateTime) -> Result<Turn, TooSoon> {
    let uncounted = |error: std::io::Error| {
        tracing::warn!(%error, "the count of requests");
        TooSoon::Uncounted
    };
    let file = folders::open_own(path).map_err(uncounted)?;
    file.lock().map_err(uncounted)?;
    let now = milliseconds(now());
    let mut times = read(&file, now).map_err(uncounted)?;
    let counted = count(&mut times, now);
    write(&file, &times).map_err(uncounted)?;
    counted.map(|()| Turn { _locked: file })
}

/// Adds `now` to the times, or says how long to wait. Times of the future count as now: the clock was set back.
fn count(times: &mut Vec<u64>, now: u64) -> Result<(), TooSoon> {
    let window = u64::try_from(WINDOW.as_millis()).unwrap_or(u64::MAX);
    for time in times.iter_mut() {
        *time = (*time).min(now);
    }
    times.retain(|time| now - time < window);
    match times.iter().min() {
        Some(first) if times.len() >= MOST => Err(TooSoon::TooMany {
            seconds: (first + window - now).div_ceil(1000),
        }),
        _ => {
            times.push(now);
            Ok(())
        }
    }
}

/// A file that isn't ours counts as six fetches just now.
fn read(file: &File, now: u64) -> std::io::Result<Vec<u64>> {
    let mut bytes = [0; MOST * LINE];
    let size = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    let Some(there) = bytes.get_mut(..size) else {
        return Ok(vec![now; MOST]);
    };
    file.read_exact_at(there, 0)?;
    let parsed = std::str::from_utf8(there).ok().and_then(parse);
    Ok(parsed.unwrap_or_else(|| vec![now; MOST]))
}

fn parse(text: &str) -> Option<Vec<u64>> {
    if !text.is_empty() && !text.ends_with('\n') {
        return None;
    }
    let time = |line: &str| line.parse().ok().filter(|_| line.len() == DIGITS);
    text.lines().map(time).collect()
}

fn write(file: &File, times: &[u64]) -> std::io::Result<()> {
    let text: String = times
        .iter()
        .map(|time| format!("{time:0DIGITS$}\n"))
        .collect();
    file.write_all_at(text.as_bytes(), 0)?;
    file.set_len(text.len() as u64)
}

fn milliseconds(at: OffsetDateTime) -> u64 {
    u64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn check(times: &[u64], now: u64, expected: Result<(), TooSoon>, after: &[u64]) {
        let mut times = times.to_vec();
        assert_eq!(count(&mut times, now), expected);
        assert_eq!(times, after);
    }

    #[test]
    fn six_a_minute_and_no_more() {
        let full = [1_000, 2_000, 3_000, 4_000, 5_000, 6_000];
        let wait = |seconds| Err(TooSoon::TooMany { seconds });
        check(&full[..5], 6_000, Ok(()), &full);
        check(&full, 6_500, wait(55), &full);
        check(&full, 60_999, wait(1), &full);
        check(
            &full,
            61_000,
            Ok(()),
            &[2_000, 3_000, 4_000, 5_000, 6_000, 61_000],
        );
    }

    #[test]
    fn a_clock_set_back_blocks_for_a_minute_at_most() {
        let wait = Err(TooSoon::TooMany { seconds: 60 });
        check(&[9_000_000; 6], 5_000, wait, &[5_000; 6]);
    }

    #[test]
    fn a_file_that_is_not_ours_counts_as_full() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("fetches");
        for content in [
            "x",
            "0000000001000",
            "00000000010000\n",
            "0000000001000\nabc\n",
        ] {
            std::fs::write(&path, content).expect("written");
            let file = folders::open_own(&path).expect("opened");
            assert_eq!(read(&file, 7).expect("readable"), [7; MOST], "{content:?}");
        }
        std::fs::write(&path, "0".repeat(1_000_000)).expect("written");
        let file = folders::open_own(&path).expect("opened");
        assert_eq!(read(&file, 7).expect("readable"), [7; MOST]);
    }

    #[test]
    fn what_was_counted_is_found_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("fetches");
        let now = || datetime!(2026-11-21 07:00 UTC);
        for _ in 0..MOST {
            counted(&path, now).expect("a turn");
        }
        assert_eq!(
            counted(&path, now).map(drop),
            Err(TooSoon::TooMany { seconds: 60 })
        );
        let later = || datetime!(2026-11-21 07:01 UTC);
        assert!(counted(&path, later).is_ok());
    }

    #[test]
    fn nothing_is_fetched_where_the_count_cannot_be_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = || datetime!(2026-11-21 07:00 UTC);
        assert_eq!(
            counted(folder.path(), now).map(drop),
            Err(TooSoon::Uncounted)
        );
        let nowhere = Fetches { file: None };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let got = runtime.expect("a runtime").block_on(nowhere.turn(now));
        assert_eq!(got.map(drop), Err(TooSoon::Uncounted));
    }
}
