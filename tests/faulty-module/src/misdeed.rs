//! What is done wrong: which faults are due at a call, and those that any function can commit.
#![expect(unsafe_code, reason = "misbehaving takes system calls")]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "that is a fault too"
)]

use std::collections::BTreeMap;
use std::ffi::{CStr, OsStr};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cryptoki_sys::CK_RV;

use crate::module;
use crate::plan::{Fault, Misdeed, PLAN, Plan, Token};
use crate::record::{FORK, Writer};

static STAGE: Mutex<Option<Stage>> = Mutex::new(None);

/// The plan, and how far its process has come.
struct Stage {
    plan: Plan,
    writer: Writer,
    calls: BTreeMap<&'static str, u64>,
}

/// The faults of one call.
pub(crate) struct Due(Vec<Misdeed>);

/// The tokens of the plan that the environment or else this file names; none where there is no plan.
pub(crate) fn tokens(file: Option<PathBuf>) -> Option<Vec<Token>> {
    let mut stage = stage();
    if stage.is_none() {
        *stage = file.and_then(|file| Stage::open(&file));
    }
    stage.as_ref().map(|stage| stage.plan.tokens.clone())
}

/// Takes the call down and commits what is due before it; the code that it returns instead of doing anything.
pub(crate) fn begin(function: &'static str, slot: Option<usize>) -> Result<Due, CK_RV> {
    let due: Vec<Fault> = stage()
        .as_mut()
        .map(|stage| stage.due(function, slot))
        .unwrap_or_default();
    let due: Vec<Misdeed> = due
        .into_iter()
        .filter(|fault| told(fault.event.as_deref()))
        .map(|fault| fault.what)
        .collect();
    for misdeed in &due {
        commit(misdeed, slot)?;
    }
    Ok(Due(due))
}

impl Due {
    pub(crate) fn has(&self, misdeed: &Misdeed) -> bool {
        self.0.contains(misdeed)
    }

    /// What one of the faults makes of the call.
    pub(crate) fn find<T>(&self, pick: impl FnMut(&Misdeed) -> Option<T>) -> Option<T> {
        self.0.iter().find_map(pick)
    }

    /// A value or signature as the faults leave it.
    pub(crate) fn spoil(&self, mut value: Vec<u8>) -> Vec<u8> {
        for misdeed in &self.0 {
            match misdeed {
                Misdeed::Shorter(by) => value.truncate(value.len().saturating_sub(*by)),
                Misdeed::Longer(by) => value.resize(value.len() + by, 0xa5),
                Misdeed::Garbled => value.iter_mut().for_each(|byte| *byte ^= 0x55),
                _ => {}
            }
        }
        value
    }
}

impl Stage {
    fn open(file: &Path) -> Option<Self> {
        let plan = Plan::read(file).ok()?;
        let writer = Writer::open(&plan.record).ok()?;
        Some(Self {
            plan,
            writer,
            calls: BTreeMap::new(),
        })
    }

    fn due(&mut self, function: &'static str, slot: Option<usize>) -> Vec<Fault> {
        let number = self.writer.call(function, std::process::id());
        let call = self.calls.entry(function).or_default();
        *call += 1;
        let (call, seed) = (*call, self.plan.seed);
        let is_due = |fault: &&Fault| {
            (fault.at == function || fault.at == "*")
                && call >= fault.from
                && fault.times.is_none_or(|times| call - fault.from < times)
                && (fault.slot.is_none() || fault.slot == slot)
                && fault
                    .one_in
                    .is_none_or(|n| mixed(seed ^ number).is_multiple_of(n))
        };
        self.plan.faults.iter().filter(is_due).cloned().collect()
    }
}

fn stage() -> MutexGuard<'static, Option<Stage>> {
    let mut stage = STAGE.lock().unwrap_or_else(PoisonError::into_inner);
    if stage.is_none() {
        let file = std::env::var_os(PLAN)
            .map(PathBuf::from)
            .or_else(beside_the_module);
        *stage = file.and_then(|file| Stage::open(&file));
    }
    stage
}

/// The module's own path with `.toml` behind it.
fn beside_the_module() -> Option<PathBuf> {
    let mut found = MaybeUninit::<libc::Dl_info>::uninit();
    let ours: *const Mutex<Option<Stage>> = &raw const STAGE;
    // SAFETY: the address lies in this library, and the place is of the type that is filled.
    let found = unsafe {
        if libc::dladdr(ours.cast(), found.as_mut_ptr()) == 0 {
            return None;
        }
        CStr::from_ptr(found.assume_init().dli_fname)
    };
    let mut file = OsStr::from_bytes(found.to_bytes()).to_owned();
    file.push(".toml");
    Some(file.into())
}

/// SplitMix64's finisher (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Whether the fault may begin: where a pipe is to be told, somebody must hold its other end.
fn told(event: Option<&Path>) -> bool {
    event.is_none_or(|pipe| {
        let pipe = OpenOptions::new().write(true).open(pipe);
        pipe.is_ok_and(|mut pipe| pipe.write_all(b"!").is_ok())
    })
}

fn commit(misdeed: &Misdeed, slot: Option<usize>) -> Result<(), CK_RV> {
    match misdeed {
        Misdeed::Hang => forever(),
        Misdeed::Abort => std::process::abort(),
        Misdeed::BadWrite => bad_write(),
        Misdeed::Exit(status) => std::process::exit(*status),
        Misdeed::Slow(milliseconds) => std::thread::sleep(Duration::from_millis(*milliseconds)),
        Misdeed::Code(code) => return Err(*code as CK_RV),
        Misdeed::Remove => module::lock().remove(slot),
        Misdeed::Print => print(),
        Misdeed::Thread => drop(std::thread::spawn(forever)),
        Misdeed::Fork => fork(),
        _ => {}
    }
    Ok(())
}

pub(crate) fn forever() {
    loop {
        std::thread::park();
    }
}

fn bad_write() {
    let nowhere: *mut u8 = std::ptr::without_provenance_mut(8);
    // SAFETY: none; the system ends the process, which is what is wanted. Volatile, so that the write isn't left out.
    unsafe { nowhere.write_volatile(1) };
}

fn print() {
    println!("\u{5}\0\0\0noise on standard output");
    eprintln!("noise on standard error");
    let mut swallowed = String::new();
    let _ = std::io::stdin().read_line(&mut swallowed);
}

fn fork() {
    // SAFETY: the child calls nothing but `pause`, which is safe after a fork of many threads.
    let child = unsafe { libc::fork() };
    if child == 0 {
        loop {
            // SAFETY: it takes no arguments.
            unsafe { libc::pause() };
        }
    }
    if let (Ok(child), Some(stage)) = (u32::try_from(child), stage().as_mut()) {
        stage.writer.call(FORK, child);
    }
}
