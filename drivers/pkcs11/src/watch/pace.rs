//! When a module is asked again.

use std::time::{Duration, Instant};

/// Between an answer and the next question to a module that can't tell of a change by itself.
pub(super) const REST: Duration = Duration::from_secs(2);
/// The same where the module failed as a whole: each question starts a process anew.
const LONG_REST: Duration = Duration::from_secs(30);

/// What one module's answers were like.
#[derive(Default)]
pub(super) struct Pace {
    answered: Option<Instant>,
    /// Questions that a change of readers still calls for.
    due: u8,
    uses_readers: bool,
    failed: bool,
}

/// What to do now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Ask,
    /// Wait for a change, at most that long.
    Wait(Option<Duration>),
}

impl Pace {
    /// The readers changed. Some modules notice a card a little after PC/SC does, so that they are asked twice.
    pub(super) fn changed(&mut self) {
        self.due = 2;
    }

    /// The module answered.
    pub(super) fn answered(&mut self, now: Instant, uses_readers: bool, failed: bool) {
        self.answered = Some(now);
        self.due = self.due.saturating_sub(1);
        self.uses_readers = uses_readers;
        self.failed = failed;
    }

    pub(super) fn next(&self, now: Instant) -> Next {
        let Some(answered) = self.answered else {
            return Next::Ask;
        };
        let at_once = self.due == 2 && (self.uses_readers || self.failed);
        let rest = match (self.due, self.uses_readers, self.failed) {
            (0, true, _) => return Next::Wait(None),
            (0, false, true) => LONG_REST,
            _ => REST,
        };
        let left = rest.saturating_sub(now.saturating_duration_since(answered));
        if at_once || left.is_zero() {
            Next::Ask
        } else {
            Next::Wait(Some(left))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    fn answered(uses_readers: bool, failed: bool) -> (Pace, Instant) {
        let (mut pace, start) = (Pace::default(), Instant::now());
        assert_eq!(pace.next(start), Next::Ask);
        pace.answered(start, uses_readers, failed);
        (pace, start)
    }

    #[test]
    fn a_module_on_readers_is_asked_after_a_change_only() {
        let (mut pace, start) = answered(true, false);
        assert_eq!(pace.next(start + seconds(3600)), Next::Wait(None));
        pace.changed();
        assert_eq!(pace.next(start), Next::Ask);
        pace.answered(start, true, false);
        assert_eq!(pace.next(start), Next::Wait(Some(REST)));
        assert_eq!(pace.next(start + REST), Next::Ask);
        pace.answered(start + REST, true, false);
        assert_eq!(pace.next(start + seconds(3600)), Next::Wait(None));
    }

    #[test]
    fn a_module_without_readers_is_asked_every_two_seconds_at_most() {
        let (mut pace, start) = answered(false, false);
        pace.changed();
        assert_eq!(pace.next(start), Next::Wait(Some(seconds(2))));
        assert_eq!(pace.next(start + seconds(1)), Next::Wait(Some(seconds(1))));
        assert_eq!(pace.next(start + seconds(2)), Next::Ask);
    }

    #[test]
    fn a_module_that_failed_is_left_alone_until_something_changes() {
        let (mut pace, start) = answered(false, true);
        assert_eq!(pace.next(start + seconds(3)), Next::Wait(Some(seconds(27))));
        pace.changed();
        assert_eq!(pace.next(start + seconds(3)), Next::Ask);
    }
}
