//! What this process gives up before it shows anything.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rustix::process::{
    DumpableBehavior, Resource, Rlimit, Signal, set_dumpable_behavior,
    set_parent_process_death_signal, setrlimit,
};

const AUTOMATION: &str = "TAURI_WEBVIEW_AUTOMATION";

/// The variables by which Tauri and WebKit would let others drive the page, or look into it.
const DOORS: [&str; 3] = [
    AUTOMATION,
    "WEBKIT_INSPECTOR_SERVER",
    "WEBKIT_INSPECTOR_HTTP_SERVER",
];

/// Whether WebDriver may drive the window: in tests alone.
pub(crate) fn is_automated() -> bool {
    cfg!(feature = "automation") && std::env::var_os(AUTOMATION).is_some()
}

/// Starts anew without the variables that open a door. A process that has begun can't change its own environment without
/// `unsafe`.
///
/// # Errors
/// If there is one and the system refuses the new start.
pub(crate) fn shut_doors() -> std::io::Result<()> {
    let open = |name: &&str| std::env::var_os(name).is_some();
    if cfg!(feature = "automation") || !DOORS.iter().any(open) {
        return Ok(());
    }
    let mut anew = Command::new(std::env::current_exe()?);
    for door in DOORS {
        anew.env_remove(door);
    }
    Err(anew.exec())
}

/// No core file, here and in the web view's processes, no look into this one's memory, and no life without the agent, even
/// where this one hangs.
pub(crate) fn close_to_others() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    // A system that refuses leaves things as they are for every program of this user.
    setrlimit(Resource::Core, none).ok();
    set_dumpable_behavior(DumpableBehavior::NotDumpable).ok();
    set_parent_process_death_signal(Some(Signal::KILL)).ok();
}
