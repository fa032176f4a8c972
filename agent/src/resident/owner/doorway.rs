//! How often a link brings up a window: a page can have the browser start this program with any link, as often as it
//! likes.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Links that bring up a window within [`MINUTE`]; no more requests are fetched either.
const MOST: usize = 6;
const MINUTE: Duration = Duration::from_secs(60);

/// What came in within the last minute.
#[derive(Debug, Default)]
pub(super) struct Doorway {
    entered: VecDeque<Instant>,
    said: Option<Instant>,
}

impl Doorway {
    /// Lets a link in.
    ///
    /// # Errors
    /// It is one too many, and this many seconds are to wait, rounded up.
    pub(super) fn enter(&mut self, now: Instant) -> Result<(), u64> {
        let age = |at: &Instant| now.saturating_duration_since(*at);
        self.entered.retain(|at| age(at) < MINUTE);
        match self.entered.front() {
            Some(first) if self.entered.len() >= MOST => {
                let left = MINUTE.saturating_sub(age(first));
                Err(left.as_secs() + u64::from(left.subsec_nanos() > 0))
            }
            _ => {
                self.entered.push_back(now);
                Ok(())
            }
        }
    }

    /// Whether it is said that something was kept out: once a minute.
    pub(super) fn is_said(&mut self, now: Instant) -> bool {
        let quiet = |at: Instant| now.saturating_duration_since(at) < MINUTE;
        let is_said = !self.said.is_some_and(quiet);
        if is_said {
            self.said = Some(now);
        }
        is_said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_a_minute_come_in() {
        let (mut doorway, begun) = (Doorway::default(), Instant::now());
        let at = |milliseconds| begun + Duration::from_millis(milliseconds);
        let mut check = |milliseconds, expected| {
            assert_eq!(doorway.enter(at(milliseconds)), expected, "{milliseconds}");
        };
        for milliseconds in [0, 100, 200, 300, 400, 500] {
            check(milliseconds, Ok(()));
        }
        check(600, Err(60));
        check(59_999, Err(1));
        check(60_000, Ok(()));
        check(60_050, Err(1));
        check(60_100, Ok(()));
    }

    #[test]
    fn what_is_kept_out_is_said_once_a_minute() {
        let (mut doorway, begun) = (Doorway::default(), Instant::now());
        let mut check = |seconds, expected| {
            let now = begun + Duration::from_secs(seconds);
            assert_eq!(doorway.is_said(now), expected, "{seconds}");
        };
        check(0, true);
        check(59, false);
        check(60, true);
    }
}
