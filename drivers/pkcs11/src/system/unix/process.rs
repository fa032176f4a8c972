//! What a process that may see a PIN forbids itself.

use std::io;

use rustix::process::{DumpableBehavior, Resource, Rlimit, Signal};

/// Makes this process unreadable for other processes of the same user and keeps it from writing core files.
/// Call it first thing in `main`.
///
/// # Errors
/// What the system answers; a program that handles PINs should then stop.
pub fn harden() -> io::Result<()> {
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    Ok(rustix::process::setrlimit(Resource::Core, none)?)
}

/// Has the system kill this process when the thread that started it ends.
///
/// # Errors
/// What the system answers.
pub fn die_with_parent() -> io::Result<()> {
    Ok(rustix::process::set_parent_process_death_signal(Some(
        Signal::KILL,
    ))?)
}

/// Ends this process at once: what libraries do when a process ends by itself may hang or crash.
pub fn end_at_once() {
    let _ = rustix::process::kill_process(rustix::process::getpid(), Signal::KILL);
}
