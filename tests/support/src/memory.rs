//! What stands in the memory of a process, seen from outside.

use std::fs::{self, File};
use std::io::{self, BufRead as _};
use std::os::unix::fs::FileExt as _;

/// A mapping of no more bytes is read as a whole.
const SMALL: u64 = 1024 * 1024;

/// A copy of all memory of a process that can be read.
pub struct Memory(Vec<Vec<u8>>);

impl Memory {
    /// Copies it. Processes that hide their memory show it to root only.
    ///
    /// # Errors
    /// If the system doesn't let it be read, or next to nothing of it.
    pub fn of(process: u32) -> io::Result<Self> {
        let memory = File::open(format!("/proc/{process}/mem"))?;
        let maps = fs::read_to_string(format!("/proc/{process}/maps"))?;
        let pages = File::open(format!("/proc/{process}/pagemap"))?;
        let ranges = maps.lines().filter_map(range);
        let filled = ranges.flat_map(|(from, to)| filled(&pages, from, to));
        let copy = Self(filled.map(|(from, to)| part(&memory, from, to)).collect());
        match copy.0.iter().map(Vec::len).sum() {
            // A process that runs at all has more.
            0..100_000 => Err(io::Error::other("next to nothing could be read")),
            _ => Ok(copy),
        }
    }

    /// Whether these bytes stand anywhere in it.
    #[must_use]
    pub fn holds(&self, wanted: &[u8]) -> bool {
        self.0.iter().any(|part| contains(part, wanted))
    }
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

/// The parts of a mapping that have ever been written or read; a web view reserves dozens of gigabytes that have not
/// (`/proc/PID/pagemap`, eight bytes a page; the two highest bits: in memory, swapped).
fn filled(pages: &File, from: u64, to: u64) -> Vec<(u64, u64)> {
    let page = rustix::param::page_size() as u64;
    if to - from <= SMALL {
        return vec![(from, to)];
    }
    let mut parts: Vec<(u64, u64)> = Vec::new();
    let mut entries = vec![0; 64 * 1024];
    let mut at = from;
    while at < to {
        let read = pages.read_at(&mut entries, at / page * 8).unwrap_or(0) / 8 * 8;
        if read == 0 {
            break;
        }
        for entry in entries.iter().take(read).skip(7).step_by(8) {
            if at < to && entry & 0b1100_0000 != 0 {
                match parts.last_mut() {
                    Some(last) if last.1 == at => last.1 = at + page,
                    _ => parts.push((at, at + page)),
                }
            }
            at += page;
        }
    }
    parts
}

/// A mapping's bytes; what the system doesn't give of them stands for nothing.
fn part(memory: &File, from: u64, to: u64) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(to - from).unwrap_or_default()];
    let read = memory.read_at(&mut bytes, from).unwrap_or(0);
    bytes.truncate(read);
    bytes
}

/// Goes from one first byte to the next by the standard library's own search, which is fast in a debug build too.
fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    let Some((first, rest)) = wanted.split_first() else {
        return true;
    };
    let mut left = bytes;
    while left.skip_until(*first).is_ok_and(|skipped| skipped > 0) {
        let (before, behind) = bytes.split_at(bytes.len() - left.len());
        if before.last() == Some(first) && behind.starts_with(rest) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_stands_in_this_very_process() {
        let planted = format!("planted-{}", std::process::id()).into_bytes();
        assert!(Memory::of(std::process::id()).unwrap().holds(&planted));
    }

    #[test]
    fn finds_what_stands_far_inside_a_mapping_that_is_mostly_empty() {
        let mut wide = vec![0_u8; 256 * 1024 * 1024];
        let planted = format!("far-{}", std::process::id()).into_bytes();
        let middle = wide.len() / 2;
        wide[middle..middle + planted.len()].copy_from_slice(&planted);
        let copy = Memory::of(std::process::id()).unwrap();
        let wide = std::hint::black_box(wide);
        assert!(copy.holds(&wide[middle..middle + planted.len()]));
        assert!(copy.0.iter().map(Vec::len).sum::<usize>() < wide.len());
    }

    #[test]
    fn finds_bytes_wherever_they_stand_and_no_others() {
        for (bytes, wanted, found) in [
            (&b"abc"[..], &b"abc"[..], true),
            (b"xxabc", b"abc", true),
            (b"aabc", b"abc", true),
            (b"ab", b"abc", false),
            (b"abxabd", b"abc", false),
            (b"", b"abc", false),
            (b"c", b"c", true),
        ] {
            assert_eq!(contains(bytes, wanted), found, "{bytes:?} {wanted:?}");
        }
    }
}
