//! What this process gives up before it shows anything.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

const AUTOMATION: &str = "TAURI_WEBVIEW_AUTOMATION";

/// Whether WebDriver may drive the window: in tests alone.
pub(crate) fn is_automated() -> bool {
    cfg!(feature = "automation") && std::env::var_os(AUTOMATION).is_some()
}

/// Starts anew without the variable by which the web view would let WebDriver in. A process that has begun can't change
/// its own environment without `unsafe`.
///
/// # Errors
/// If the variable is there and the system refuses the new start.
pub(crate) fn shed_automation() -> std::io::Result<()> {
    if cfg!(feature = "automation") || std::env::var_os(AUTOMATION).is_none() {
        return Ok(());
    }
    let program = std::env::current_exe()?;
    Err(Command::new(program).env_remove(AUTOMATION).exec())
}

/// No core file, here and in the web view's processes, and no look into this one's memory.
pub(crate) fn close_to_others() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    // A system that refuses leaves things as they are for every program of this user.
    setrlimit(Resource::Core, none).ok();
    set_dumpable_behavior(DumpableBehavior::NotDumpable).ok();
}
