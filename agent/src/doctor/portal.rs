//! The portal that was asked, and the clock against its own.

use time::{Duration, OffsetDateTime};

use super::{Grade, Lines, Seen, plain};
use crate::problem::Failure;

/// A clock that is off by more has the wrong certificates called valid.
const OFF: Duration = Duration::minutes(2);

/// Whether it answered, where one was named.
pub(super) fn judge(seen: &Seen, now: OffsetDateTime, lines: &mut Lines) -> bool {
    let Some(portal) = &seen.portal else {
        return true;
    };
    match &portal.reply {
        Ok(time) => {
            clock(*time, now, lines);
            let facts = vec![("origin", plain(&portal.origin))];
            lines.say("portal", Grade::Ok, "check.portal-answers", facts);
            true
        }
        Err(error) => {
            let failure = Failure::Portal {
                host: portal.host.clone(),
                error: error.clone(),
            };
            lines.problem("portal", Grade::Error, &failure);
            false
        }
    }
}

fn clock(portal: Option<OffsetDateTime>, now: OffsetDateTime, lines: &mut Lines) {
    let Some(portal) = portal else {
        return lines.say("clock", Grade::Unchecked, "check.clock-unknown", vec![]);
    };
    let off = (now - portal).abs();
    let facts = vec![("n", plain(off.whole_seconds()))];
    if off <= OFF {
        return lines.say("clock", Grade::Ok, "check.clock-right", facts);
    }
    lines.say("clock", Grade::Warning, "check.clock-off", facts);
    lines.do_this("check.clock-do", vec![]);
}
