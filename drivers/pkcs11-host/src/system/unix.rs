//! Linux, and where it is the same, macOS. Of what this process inherited nothing but its two pipes is left.
#![expect(unsafe_code, reason = "the system hands over bare numbers")]

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, RawFd};

use rustix::io::fcntl_dupfd_cloexec;
use rustix::stdio;

/// Closes every descriptor above stderr: a program that starts ours may have one open on a PIN, and a vendor's module
/// could read it. Call it first thing in `main`.
pub(crate) fn close_inherited() -> io::Result<()> {
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

/// Input and output of this process, moved away from where a module could meet them; `/dev/null` is left in their places.
pub(crate) fn take_pipes() -> io::Result<(File, File)> {
    let apart = |end| fcntl_dupfd_cloexec(end, 3).map(File::from);
    let pipes = (apart(stdio::stdin())?, apart(stdio::stdout())?);
    let null = File::options().read(true).write(true).open("/dev/null")?;
    stdio::dup2_stdin(null.as_fd())?;
    stdio::dup2_stdout(null.as_fd())?;
    Ok(pipes)
}

/// Whether PC/SC's library is loaded in this process, by whatever name.
pub(crate) fn has_loaded_readers() -> bool {
    std::fs::read_to_string("/proc/self/maps").is_ok_and(|maps| maps.contains("pcsclite"))
}
