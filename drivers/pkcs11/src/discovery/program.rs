//! Another program's output, bounded in length and time.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

/// What the program writes on stdout until it closes it, or `None` where it doesn't start, writes more than `most` bytes
/// or isn't ready in time. It is killed then. Its words are English, and its other output is thrown away.
pub(super) fn output(mut command: Command, most: usize, patience: Duration) -> Option<Vec<u8>> {
    command
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    let stdout = child.stdout.take()?;
    let (tell, told) = channel();
    std::thread::spawn(move || {
        let mut said = Vec::new();
        let read = stdout.take(most as u64 + 1).read_to_end(&mut said);
        let _ = tell.send(read.ok().map(|_| said));
    });
    let said = told.recv_timeout(patience).ok().flatten();
    let _ = child.kill();
    let _ = child.wait();
    said.filter(|said| said.len() <= most)
}
