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

/// The children of a process, of all its threads.
pub(crate) fn children(process: u32) -> Vec<u32> {
    let threads = std::fs::read_dir(format!("/proc/{process}/task"))
        .unwrap()
        .flatten();
    let of_thread = |thread: std::fs::DirEntry| {
        let list = std::fs::read_to_string(thread.path().join("children")).unwrap_or_default();
        list.split_whitespace()
            .map(|pid| pid.parse().unwrap())
            .collect::<Vec<u32>>()
    };
    threads.flat_map(of_thread).collect()
}

/// Resident memory of a process in KiB, where it still runs.
pub(crate) fn resident(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().split(' ').next()?.parse().ok()
}

/// The children that have ended and that nobody has reaped.
fn unreaped() -> Vec<u32> {
    children(std::process::id())
        .into_iter()
        .filter(|child| !runs(*child))
        .collect()
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
