//! One page of memory that is not swapped. Windows' error reports may hold it: a process that fails must make none.
#![expect(
    unsafe_code,
    reason = "allocating and locking a page have no safe form"
)]

use std::io;
use std::ptr::{NonNull, null};

use windows_sys::Win32::System::Memory::{
    MEM_COMMIT, MEM_RELEASE, MEM_RESERVE, PAGE_READWRITE, VirtualAlloc, VirtualFree, VirtualLock,
};

/// A page of `SIZE` zeros of its own, given back when it is dropped.
pub(crate) struct Page<const SIZE: usize>(NonNull<u8>);

impl<const SIZE: usize> Page<SIZE> {
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: an allocation at an address of the system's choice overlaps nothing.
        let start = unsafe { VirtualAlloc(null(), SIZE, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE) };
        let page = Self(NonNull::new(start.cast()).ok_or_else(io::Error::last_os_error)?);
        // SAFETY: start and SIZE are those of the allocation that `page` owns; a failure drops and frees it.
        if unsafe { VirtualLock(start, SIZE) } == 0 {
            return Err(io::Error::last_os_error());
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
        // SAFETY: the allocation is ours, and no reference into it outlives this value. Freeing also unlocks.
        let _ = unsafe { VirtualFree(self.0.as_ptr().cast(), 0, MEM_RELEASE) };
    }
}
