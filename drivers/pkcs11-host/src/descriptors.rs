//! What this process inherited: nothing but its two pipes is left.
#![expect(unsafe_code, reason = "the system hands over bare numbers")]

use std::os::fd::RawFd;

/// Closes every descriptor above stderr: a program that starts ours may have one open on a PIN, and a vendor's module
/// could read it. Call it first thing in `main`.
pub(crate) fn close_inherited() -> std::io::Result<()> {
    let open: Vec<RawFd> = std::fs::read_dir("/proc/self/fd")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|number| *number > 2)
        .collect();
    for number in open {
        // SAFETY: nothing of ours is open yet. The folder's own number is in the list too, and closed already.
        let _ = unsafe { rustix::io::try_close(number) };
    }
    Ok(())
}
