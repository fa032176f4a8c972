//! Pointers and lengths of callers, and what the faults do to them.
#![expect(
    unsafe_code,
    reason = "it is a C library; who calls it keeps PKCS#11's own rules about pointers"
)]

use std::slice;

use cryptoki_sys::*;

use crate::misdeed::Due;
use crate::plan::Misdeed;

pub(super) fn refused(due: &Due, kind: CK_MECHANISM_TYPE) -> bool {
    due.find(|misdeed| (*misdeed == Misdeed::Refuse(kind)).then_some(()))
        .is_some()
}

/// The length that a fault tells, whatever there is.
pub(super) fn told_length(due: &Due, probes: bool) -> Option<CK_ULONG> {
    due.find(|misdeed| match misdeed {
        Misdeed::Length(length) => Some(*length as CK_ULONG),
        Misdeed::ProbeLength(length) if probes => Some(*length as CK_ULONG),
        _ => None,
    })
}

/// Gives bytes as PKCS#11 does: the length alone where there is no buffer.
pub(super) unsafe fn give_bytes(
    given: &[u8],
    to: *mut CK_BYTE,
    length: *mut CK_ULONG,
    due: &Due,
) -> Result<(), CK_RV> {
    // SAFETY: as the caller says, `length` is a place with the buffer's length in it.
    let room = unsafe { *length };
    let told = told_length(due, to.is_null());
    // SAFETY: as above.
    unsafe { *length = told.unwrap_or(given.len() as CK_ULONG) };
    if to.is_null() {
        return Ok(());
    }
    if room < given.len() as CK_ULONG {
        return Err(CKR_BUFFER_TOO_SMALL);
    }
    // SAFETY: there is room for so many bytes.
    unsafe { to.copy_from_nonoverlapping(given.as_ptr(), given.len()) };
    Ok(())
}

/// Gives numbers as PKCS#11 does, or too many for any buffer.
pub(super) unsafe fn give_list(
    given: &[CK_ULONG],
    to: *mut CK_ULONG,
    count: *mut CK_ULONG,
    due: &Due,
) -> Result<(), CK_RV> {
    // SAFETY: as the caller says, `count` is a place with the buffer's length in it.
    let room = unsafe { *count };
    let told = told_length(due, to.is_null());
    let endless = due
        .has(&Misdeed::Endless)
        .then_some(if to.is_null() { 1 } else { room + 1 });
    // SAFETY: as above.
    unsafe { *count = told.or(endless).unwrap_or(given.len() as CK_ULONG) };
    if to.is_null() {
        return Ok(());
    }
    if endless.is_some() || room < given.len() as CK_ULONG {
        return Err(CKR_BUFFER_TOO_SMALL);
    }
    // SAFETY: there is room for so many numbers.
    unsafe { to.copy_from_nonoverlapping(given.as_ptr(), given.len()) };
    Ok(())
}

pub(super) unsafe fn bytes<'a>(start: *const u8, length: CK_ULONG) -> Option<&'a [u8]> {
    let length = usize::try_from(length).ok()?;
    // SAFETY: as the caller says, so many bytes stand there.
    (!start.is_null()).then(|| unsafe { slice::from_raw_parts(start, length) })
}

pub(super) unsafe fn entries<'a>(
    start: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> &'a mut [CK_ATTRIBUTE] {
    let count = usize::try_from(count).unwrap_or_default();
    if start.is_null() {
        return &mut [];
    }
    // SAFETY: as the caller says, so many attributes stand there, and nobody else uses them meanwhile.
    unsafe { slice::from_raw_parts_mut(start, count) }
}

/// Text padded with blanks; what doesn't fit is cut.
pub(super) fn padded<const N: usize>(text: &[u8]) -> [u8; N] {
    let mut all = [b' '; N];
    for (to, from) in all.iter_mut().zip(text) {
        *to = *from;
    }
    all
}
