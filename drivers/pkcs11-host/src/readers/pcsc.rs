//! The four calls of PC/SC that tell of readers (PC/SC Workgroup, part 5; pcsc-lite's `winscard.h`).
//!
//! The library is loaded when it is needed and may be absent: what links to it doesn't even start without it.
#![expect(unsafe_code, reason = "PC/SC is a C library")]

use std::ffi::{CString, c_char, c_long, c_uchar, c_ulong, c_void};
use std::time::Duration;

use kyso_pkcs11::wire::ReaderState;
use libloading::{Library as Loaded, Symbol};

/// pcsc-lite.
#[cfg(unix)]
mod here {
    pub(super) const NAME: &str = "libpcsclite.so.1";
    pub(super) const LIST_READERS: &[u8] = b"SCardListReaders\0";
    pub(super) const GET_STATUS_CHANGE: &[u8] = b"SCardGetStatusChange\0";
    pub(super) const ATR: usize = 33;
    pub(super) type Context = std::ffi::c_long;
}

/// Windows' own.
#[cfg(windows)]
mod here {
    pub(super) const NAME: &str = "winscard.dll";
    pub(super) const LIST_READERS: &[u8] = b"SCardListReadersA\0";
    pub(super) const GET_STATUS_CHANGE: &[u8] = b"SCardGetStatusChangeA\0";
    pub(super) const ATR: usize = 36;
    pub(super) type Context = usize;
}

use here::Context;

type Word = c_ulong;
type Establish =
    unsafe extern "system" fn(Word, *const c_void, *const c_void, *mut Context) -> c_long;
type Release = unsafe extern "system" fn(Context) -> c_long;
type ListReaders =
    unsafe extern "system" fn(Context, *const c_char, *mut c_char, *mut Word) -> c_long;
type GetStatusChange = unsafe extern "system" fn(Context, Word, *mut State, Word) -> c_long;

const SUCCESS: u32 = 0;
const NO_READERS: u32 = 0x8010_002E;
const TIMEOUT: u32 = 0x8010_000A;
const SCOPE_SYSTEM: Word = 2;
const STATE_CHANGED: Word = 0x2;
const STATE_UNKNOWN: Word = 0x4;
const STATE_PRESENT: Word = 0x20;
/// The pseudo reader whose state changes when a reader comes or goes.
const PLUG_AND_PLAY: &std::ffi::CStr = c"\\\\?PnP?\\Notification";
/// Longest list of names that is read; pcsc-lite has at most 16 readers of 128 bytes.
const LONGEST_LIST: Word = 1 << 16;

/// `SCARD_READERSTATE`.
#[repr(C)]
struct State {
    name: *const c_char,
    user: *mut c_void,
    current: Word,
    event: Word,
    atr_length: Word,
    atr: [c_uchar; here::ATR],
}

impl State {
    fn unaware(name: &std::ffi::CStr) -> Self {
        Self {
            name: name.as_ptr(),
            user: std::ptr::null_mut(),
            current: 0,
            event: 0,
            atr_length: 0,
            atr: [0; here::ATR],
        }
    }
}

/// A call that PC/SC refused, with its code.
#[derive(Debug)]
pub(super) struct Refused(u32);

fn checked(code: c_long) -> Result<(), Refused> {
    // Codes are 32 bits wide; where a long is wider some libraries extend the sign.
    match code as u32 {
        SUCCESS => Ok(()),
        code => Err(Refused(code)),
    }
}

/// How often a card came or went, which the upper half of a reader's state counts.
#[cfg_attr(
    windows,
    expect(
        clippy::useless_conversion,
        reason = "the state is wider on other machines"
    )
)]
fn changes(state: Word) -> u32 {
    u32::try_from(state >> 16 & 0xffff).unwrap_or(0)
}

/// The library, loaded.
pub(super) struct Library(Loaded);

impl Library {
    /// `None` where it isn't installed.
    pub(super) fn load() -> Option<Self> {
        // SAFETY: loading runs the library's constructors; the system's own PC/SC library is meant to be loaded.
        unsafe { Loaded::new(here::NAME) }.ok().map(Self)
    }

    /// Connects to the service.
    pub(super) fn connect(&self) -> Result<Service<'_>, Refused> {
        // SAFETY: these are the types that `winscard.h` gives the functions, and the symbols can't outlive the library.
        let found = unsafe {
            (
                self.0.get::<Establish>(b"SCardEstablishContext\0"),
                self.0.get::<Release>(b"SCardReleaseContext\0"),
                self.0.get::<ListReaders>(here::LIST_READERS),
                self.0.get::<GetStatusChange>(here::GET_STATUS_CHANGE),
            )
        };
        let (Ok(establish), Ok(release), Ok(list), Ok(wait)) = found else {
            return Err(Refused(0));
        };
        let mut context = 0;
        let null = std::ptr::null();
        // SAFETY: the reserved arguments are null as they must be, and `context` outlives the call.
        checked(unsafe { establish(SCOPE_SYSTEM, null, null, &raw mut context) })?;
        Ok(Service {
            context,
            release,
            list,
            wait,
        })
    }
}

/// A connection to the service, released when it is dropped.
pub(super) struct Service<'a> {
    context: Context,
    release: Symbol<'a, Release>,
    list: Symbol<'a, ListReaders>,
    wait: Symbol<'a, GetStatusChange>,
}

impl Drop for Service<'_> {
    fn drop(&mut self) {
        // SAFETY: the context is ours and is released once.
        let _ = unsafe { (self.release)(self.context) };
    }
}

impl Service<'_> {
    /// The names of all readers.
    pub(super) fn readers(&self) -> Result<Vec<CString>, Refused> {
        let mut names = vec![0_u8; LONGEST_LIST as usize];
        let mut length = LONGEST_LIST;
        let (groups, start) = (std::ptr::null(), names.as_mut_ptr().cast());
        // SAFETY: the buffer has the length that is given, and both outlive the call.
        match checked(unsafe { (self.list)(self.context, groups, start, &raw mut length) }) {
            Err(Refused(NO_READERS)) => return Ok(Vec::new()),
            other => other?,
        }
        names.truncate(usize::try_from(length).unwrap_or(0));
        let names = names
            .split(|byte| *byte == 0)
            .filter(|name| !name.is_empty());
        Ok(names.filter_map(|name| CString::new(name).ok()).collect())
    }

    /// The readers of these names, and whether others come.
    pub(super) fn look_at(&self, names: Vec<CString>) -> Look<'_> {
        let named = names.iter().map(|name| State::unaware(name));
        let states = named.chain([State::unaware(PLUG_AND_PLAY)]).collect();
        Look {
            service: self,
            names,
            states,
        }
    }
}

/// The readers between two changes. The states point to the names, which stay where they are.
pub(super) struct Look<'a> {
    service: &'a Service<'a>,
    names: Vec<CString>,
    states: Vec<State>,
}

impl Look<'_> {
    /// How each reader is at this moment. One that is gone by now is left out: the next list won't have it.
    pub(super) fn now(&mut self) -> Result<Vec<ReaderState>, Refused> {
        self.wait(Duration::ZERO)?;
        for state in &mut self.states {
            state.current = state.event & !STATE_CHANGED;
        }
        let each = self.names.iter().zip(&self.states);
        Ok(each
            .filter(|(_, state)| state.current & STATE_UNKNOWN == 0)
            .map(|(name, state)| ReaderState {
                name: name.to_string_lossy().into_owned(),
                card: state.current & STATE_PRESENT != 0,
                changes: changes(state.current),
            })
            .collect())
    }

    /// Until anything changes or the time is over.
    pub(super) fn wait(&mut self, at_most: Duration) -> Result<(), Refused> {
        let milliseconds = Word::try_from(at_most.as_millis()).unwrap_or(Word::MAX);
        let count = Word::try_from(self.states.len()).unwrap_or(0);
        let wait = &self.service.wait;
        // SAFETY: the list has that many entries, whose names end in NUL and live as long as `self`.
        let code = unsafe {
            wait(
                self.service.context,
                milliseconds,
                self.states.as_mut_ptr(),
                count,
            )
        };
        match checked(code) {
            Err(Refused(TIMEOUT)) => Ok(()),
            other => other,
        }
    }
}
