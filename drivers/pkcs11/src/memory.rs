//! One page of memory that is not swapped, not in core files, and wiped before it is given back.
#![expect(unsafe_code, reason = "a locked page is reached by its address")]

use std::io;

use zeroize::Zeroize;

use crate::system::Page;

const SIZE: usize = 4096;

/// At most 4096 bytes of secret.
pub(crate) struct LockedPage {
    page: Page<SIZE>,
    filled: usize,
}

// SAFETY: the page belongs to this value alone and is reached only through `&self` and `&mut self`.
unsafe impl Send for LockedPage {}
// SAFETY: nothing is changed through `&self`.
unsafe impl Sync for LockedPage {}

impl LockedPage {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            page: Page::new()?,
            filled: 0,
        })
    }

    /// Replaces what is there; what doesn't fit is left out, so that callers check the length first.
    pub(crate) fn fill(&mut self, bytes: &[u8]) {
        self.filled = 0;
        for (to, from) in self.spare().iter_mut().zip(bytes) {
            *to = *from;
        }
        self.grow(bytes.len());
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.all().split_at(self.filled).0
    }

    /// Room behind what is filled.
    pub(crate) fn spare(&mut self) -> &mut [u8] {
        let filled = self.filled;
        self.all_mut().split_at_mut(filled).1
    }

    pub(crate) fn grow(&mut self, by: usize) {
        self.filled = self.filled.saturating_add(by).min(SIZE);
    }

    pub(crate) fn shrink(&mut self, by: usize) {
        self.filled = self.filled.saturating_sub(by);
        self.spare().zeroize();
    }

    fn all(&self) -> &[u8] {
        // SAFETY: the page is SIZE readable bytes, zeroed by the system, and lives as long as `self`.
        unsafe { std::slice::from_raw_parts(self.page.start().as_ptr(), SIZE) }
    }

    fn all_mut(&mut self) -> &mut [u8] {
        // SAFETY: as `all`, and `&mut self` makes this the only reference.
        unsafe { std::slice::from_raw_parts_mut(self.page.start().as_ptr(), SIZE) }
    }
}

impl Drop for LockedPage {
    fn drop(&mut self) {
        self.all_mut().zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `VmFlags` of the mapping that holds the page: `lo` is locked, `dd` stays out of core files.
    fn flags_of(page: &LockedPage) -> String {
        let start = format!("{:x}-", page.page.start().as_ptr() as usize);
        let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
        let from = maps.lines().skip_while(|line| !line.starts_with(&start));
        from.take(40)
            .find(|line| line.starts_with("VmFlags"))
            .unwrap()
            .to_owned()
    }

    #[test]
    fn is_locked_and_left_out_of_core_files() {
        let page = LockedPage::new().unwrap();
        let flags = flags_of(&page);
        assert!(flags.contains(" lo") && flags.contains(" dd"), "{flags}");
    }

    #[test]
    fn wipes_what_it_gives_up() {
        let mut page = LockedPage::new().unwrap();
        page.fill(b"123456");
        page.shrink(4);
        assert_eq!(page.bytes(), b"12");
        assert!(page.spare().iter().all(|byte| *byte == 0));
    }
}
