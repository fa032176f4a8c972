//! What stands in the memory of a process, seen from outside.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;

/// Whether the bytes stand anywhere in the memory of the process that can be read. Processes that hide their memory
/// show it to root only.
///
/// # Errors
/// If the system doesn't let it be read, or next to nothing of it.
pub fn memory_holds(process: u32, wanted: &[u8]) -> io::Result<bool> {
    let memory = File::open(format!("/proc/{process}/mem"))?;
    let maps = fs::read_to_string(format!("/proc/{process}/maps"))?;
    let mut read = 0;
    for (from, to) in maps.lines().filter_map(range) {
        let part = part(&memory, from, to);
        read += part.len();
        if contains(&part, wanted) {
            return Ok(true);
        }
    }
    // A process that runs at all has more.
    if read < 100_000 {
        return Err(io::Error::other(format!("only {read} bytes could be read")));
    }
    Ok(false)
}

/// First and last address of what can be read, by a line of `/proc/PID/maps`.
fn range(line: &str) -> Option<(u64, u64)> {
    let mut fields = line.split(' ');
    let (from, to) = fields.next()?.split_once('-')?;
    let readable = fields.next()?.starts_with('r')
        && !line.ends_with("[vvar]")
        && !line.ends_with("[vsyscall]");
    let number = |text| u64::from_str_radix(text, 16).ok();
    readable.then_some((number(from)?, number(to)?))
}

/// A mapping's bytes; what the system doesn't give of them stands for nothing.
fn part(memory: &File, from: u64, to: u64) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(to - from).unwrap_or_default()];
    let read = memory.read_at(&mut bytes, from).unwrap_or(0);
    bytes.truncate(read);
    bytes
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    let Some(first) = wanted.first() else {
        return true;
    };
    let starts = bytes.iter().enumerate().filter(|(_, byte)| *byte == first);
    starts
        .map(|(at, _)| bytes.split_at(at).1)
        .any(|rest| rest.starts_with(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_there_and_only_that() {
        let planted = format!("planted-{}", std::process::id()).into_bytes();
        assert!(memory_holds(std::process::id(), &planted).unwrap());
        // Never as a whole in this process: each byte is another one here.
        let absent: Vec<u8> = b"Q`vjx\x7fl-bcqdms"
            .iter()
            .map(|byte| byte ^ 0x55)
            .collect();
        let mangled: Vec<u8> = absent.iter().map(|byte| byte.wrapping_add(1)).collect();
        assert!(!contains(&absent, &mangled));
    }
}
