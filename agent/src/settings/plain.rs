//! Files that settings are read from: plain ones, and none that is too large. Neither a pipe nor a device holds anyone up.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;

use super::file::{SIZE_MAX, too_large};

/// A plain file, with what is known of it as it was opened.
pub(super) fn open(path: &Path, follow_links: bool) -> io::Result<(File, Metadata)> {
    let mut flags = OFlags::NONBLOCK;
    flags.set(OFlags::NOFOLLOW, !follow_links);
    let flags = flags.bits().cast_signed();
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)?;
    let about = file.metadata()?;
    if about.is_file() {
        Ok((file, about))
    } else {
        Err(io::Error::other("no plain file"))
    }
}

/// The whole of what was opened.
pub(super) fn whole(file: File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(SIZE_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > SIZE_MAX {
        return Err(io::Error::other(too_large().detail));
    }
    Ok(bytes)
}

/// A file of the user's, wherever links lead.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    whole(open(path, true)?.0)
}

#[cfg(test)]
mod tests {
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;

    #[test]
    fn only_a_plain_file_is_read_and_a_large_one_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let check = |name: &str, good: bool| {
            let read = read(&folder.path().join(name));
            assert_eq!(read.is_ok(), good, "{name}: {read:?}");
        };
        std::fs::write(folder.path().join("file"), "a").expect("written");
        std::fs::write(folder.path().join("large"), vec![b'a'; 256 * 1024 + 1]).expect("written");
        let link = |to: &str, name: &str| {
            std::os::unix::fs::symlink(to, folder.path().join(name)).expect("linked");
        };
        link("file", "link");
        link("/dev/zero", "device");
        let pipe = folder.path().join("pipe");
        mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR, 0).expect("made");
        check("file", true);
        check("link", true);
        check("large", false);
        check("device", false);
        check("pipe", false);
        check(".", false);
        check("none", false);
    }
}
