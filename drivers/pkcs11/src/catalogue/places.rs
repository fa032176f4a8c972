//! Lists that differ by system, and where a module's builds differ by processor, by that too.

use crate::discovery::System;
use crate::examine::Architecture;

/// Names for one system, for every processor or one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct List {
    pub(super) system: System,
    pub(super) architecture: Option<Architecture>,
    pub(super) names: Vec<String>,
}

/// Everything that a field such as `files` says.
pub(super) type Lists = Vec<List>;

/// A system, or a system and a processor, as `linux` and `linux-x86`.
pub(super) fn key(written: &str) -> Option<(System, Option<Architecture>)> {
    let (system, architecture) = match written.split_once('-') {
        Some((system, architecture)) => (system, Some(architecture)),
        None => (written, None),
    };
    let system = match system {
        "linux" => System::Linux,
        "macos" => System::Macos,
        "windows" => System::Windows,
        _ => return None,
    };
    let architecture = match architecture {
        None => None,
        Some("x86") => Some(Architecture::X86),
        Some("x86_64") => Some(Architecture::X86_64),
        Some("arm") => Some(Architecture::Arm),
        Some("aarch64") => Some(Architecture::Aarch64),
        Some("riscv64") => Some(Architecture::Riscv64),
        Some(_) => return None,
    };
    Some((system, architecture))
}

/// The names for a system, with the processor that they are for.
pub(super) fn of(
    lists: &Lists,
    system: System,
) -> impl Iterator<Item = (&str, Option<Architecture>)> {
    lists
        .iter()
        .filter(move |list| list.system == system)
        .flat_map(|list| {
            list.names
                .iter()
                .map(move |name| (name.as_str(), list.architecture))
        })
}
