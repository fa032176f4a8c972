//! One page of memory that is not swapped and not in core files.
#![expect(unsafe_code, reason = "mapping and locking a page have no safe form")]

use std::io;
use std::ptr::NonNull;

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mlock, mmap_anonymous, munmap};

/// A page of `SIZE` zeros of its own, given back when it is dropped.
pub(crate) struct Page<const SIZE: usize>(NonNull<u8>);

impl<const SIZE: usize> Page<SIZE> {
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: an anonymous mapping at an address of the system's choice overlaps nothing.
        let start = unsafe {
            mmap_anonymous(
                std::ptr::null_mut(),
                SIZE,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::PRIVATE,
            )
        }?;
        let page = Self(NonNull::new(start.cast()).ok_or(io::ErrorKind::OutOfMemory)?);
        // SAFETY: start and SIZE are those of the mapping that `page` owns; a failure drops and unmaps it.
        unsafe {
            mlock(start, SIZE)?;
            madvise(start, SIZE, Advice::LinuxDontDump)?;
        }
        Ok(page)
    }

    /// SIZE readable and writable bytes that belong to this value alone.
    pub(crate) fn start(&self) -> NonNull<u8> {
        self.0
    }
}

impl<const SIZE: usize> Drop for Page<SIZE> {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours and no reference into it outlives this value. Unmapping also unlocks.
        let _ = unsafe { munmap(self.0.as_ptr().cast(), SIZE) };
    }
}
