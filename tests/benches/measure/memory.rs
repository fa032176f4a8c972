//! The memory of a program.

use std::io::{self, Write};
use std::path::Path;

/// Proportional set size of a process and all below it, in KiB (proc(5), `smaps_rollup`); none where the system doesn't
/// tell of one of them.
pub(crate) fn of_tree(process: u32) -> Option<f64> {
    let folder = Path::new("/proc").join(process.to_string());
    let text = std::fs::read_to_string(folder.join("smaps_rollup")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    let mut sum: f64 = line.split_whitespace().next()?.parse().ok()?;
    for task in std::fs::read_dir(folder.join("task")).ok()?.flatten() {
        let children = std::fs::read_to_string(task.path().join("children")).ok()?;
        for child in children.split_whitespace() {
            sum += of_tree(child.parse().ok()?)?;
        }
    }
    Some(sum)
}

/// Writes the line of a measurement, or says that there is none.
pub(crate) fn report(out: &mut impl Write, name: &str, kilobytes: Option<f64>) -> io::Result<()> {
    match kilobytes {
        Some(kilobytes) => writeln!(out, "{name} {:.1} MiB", kilobytes / 1024.0),
        None => writeln!(
            io::stderr(),
            "not measured: {name} (who hides their memory shows it to root alone)"
        ),
    }
}
