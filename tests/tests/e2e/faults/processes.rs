//! Processes that must end.

use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

/// How long the system may take to end what was killed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Whether the process is there and no mere entry that waits to be reaped.
pub(crate) fn runs(process: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| {
        !stat
            .rsplit(')')
            .next()
            .is_some_and(|rest| rest.starts_with(" Z"))
    })
}

/// Waits until the process has ended; false where it outlasts all patience.
pub(crate) fn ends(process: u32) -> bool {
    let pid = i32::try_from(process).ok().and_then(Pid::from_raw).unwrap();
    let Ok(handle) = pidfd_open(pid, PidfdFlags::empty()) else {
        return !runs(process);
    };
    let patience = Timespec {
        tv_sec: PATIENCE.as_secs().try_into().unwrap(),
        tv_nsec: 0,
    };
    poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&patience)).is_ok_and(|count| count == 1)
}

/// The children of this process that have ended and that nobody has reaped.
pub(crate) fn unreaped() -> Vec<u32> {
    let me = std::process::id().to_string();
    let threads = std::fs::read_dir(format!("/proc/{me}/task"))
        .unwrap()
        .flatten();
    let children = threads.flat_map(|thread| {
        let list = std::fs::read_to_string(thread.path().join("children")).unwrap_or_default();
        list.split_whitespace()
            .map(|pid| pid.parse().unwrap())
            .collect::<Vec<u32>>()
    });
    children.filter(|child| !runs(*child)).collect()
}

/// Waits until this process has reaped every child that ended; what it hasn't when patience ends.
pub(crate) fn after_reaping() -> Vec<u32> {
    let begun = Instant::now();
    loop {
        let left = unreaped();
        if left.is_empty() || begun.elapsed() > PATIENCE {
            return left;
        }
        std::thread::yield_now();
    }
}
