//! Opens the return page.

use std::path::Path;
use std::process::{Command, Stdio};

/// Starts the browser: the one that was set, else the system's way to the default one.
///
/// # Errors
/// The program can't be started.
pub fn open(address: &str, browser: Option<&Path>) -> std::io::Result<()> {
    let program = browser.unwrap_or(Path::new(if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    }));
    let mut command = Command::new(program);
    command
        .arg(address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = command.spawn()?;
    // It may stay as long as the browser does; waiting only keeps no dead process behind.
    std::thread::spawn(move || child.wait());
    Ok(())
}
