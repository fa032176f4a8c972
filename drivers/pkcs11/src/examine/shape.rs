//! What a library's headers say, of Linux, macOS and Windows alike.

use object::read::macho::{FatArch, MachOFatFile32, MachOFatFile64};
use object::{BinaryFormat, FileKind, Object, ObjectKind};

use crate::discovery::System;
use crate::error::Unfit;

/// A kind of processor, as a library is built for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// Intel and AMD, 32-bit.
    X86,
    /// Intel and AMD, 64-bit.
    X86_64,
    /// ARM, 32-bit.
    Arm,
    /// ARM, 64-bit.
    Aarch64,
    /// RISC-V, 64-bit.
    Riscv64,
    /// Any other.
    Other,
}

impl Architecture {
    /// That of this program.
    #[must_use]
    pub fn here() -> Self {
        match std::env::consts::ARCH {
            "x86" => Self::X86,
            "x86_64" => Self::X86_64,
            "arm" => Self::Arm,
            "aarch64" => Self::Aarch64,
            "riscv64" => Self::Riscv64,
            _ => Self::Other,
        }
    }

    /// Width of its addresses in bits, where it is one that is known here.
    #[must_use]
    pub fn bits(self) -> Option<u8> {
        match self {
            Self::X86 | Self::Arm => Some(32),
            Self::X86_64 | Self::Aarch64 | Self::Riscv64 => Some(64),
            Self::Other => None,
        }
    }

    fn of(told: object::Architecture) -> Self {
        match told {
            object::Architecture::I386 => Self::X86,
            object::Architecture::X86_64 => Self::X86_64,
            object::Architecture::Arm => Self::Arm,
            object::Architecture::Aarch64 => Self::Aarch64,
            object::Architecture::Riscv64 => Self::Riscv64,
            _ => Self::Other,
        }
    }
}

impl std::fmt::Display for Architecture {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(match self {
            Self::X86 => "x86, 32-bit",
            Self::X86_64 => "x86-64, 64-bit",
            Self::Arm => "ARM, 32-bit",
            Self::Aarch64 => "ARM64, 64-bit",
            Self::Riscv64 => "RISC-V, 64-bit",
            Self::Other => "another processor",
        })
    }
}

/// The architecture of a library that can be a module here.
pub(super) fn check(
    bytes: &[u8],
    system: System,
    ours: Architecture,
) -> Result<Architecture, Unfit> {
    match FileKind::parse(bytes).map_err(|_| Unfit::NotALibrary)? {
        FileKind::MachOFat32 => {
            let file = MachOFatFile32::parse(bytes).map_err(|_| Unfit::NotALibrary)?;
            of_many(bytes, file.arches(), system, ours)
        }
        FileKind::MachOFat64 => {
            let file = MachOFatFile64::parse(bytes).map_err(|_| Unfit::NotALibrary)?;
            of_many(bytes, file.arches(), system, ours)
        }
        _ => of_one(bytes, system, ours),
    }
}

/// A file that holds the same library for several processors: the part for this one.
fn of_many(
    bytes: &[u8],
    parts: &[impl FatArch],
    system: System,
    ours: Architecture,
) -> Result<Architecture, Unfit> {
    let fitting = parts
        .iter()
        .find(|part| Architecture::of(part.architecture()) == ours);
    let part = fitting.or(parts.first()).ok_or(Unfit::NotALibrary)?;
    let bytes = part.data(bytes).map_err(|_| Unfit::NotALibrary)?;
    of_one(bytes, system, ours)
}

fn of_one(bytes: &[u8], system: System, ours: Architecture) -> Result<Architecture, Unfit> {
    let file = object::File::parse(bytes).map_err(|_| Unfit::NotALibrary)?;
    let theirs_system = match file.format() {
        BinaryFormat::Elf => System::Linux,
        BinaryFormat::MachO => System::Macos,
        BinaryFormat::Pe => System::Windows,
        _ => return Err(Unfit::NotALibrary),
    };
    // A Mach-O bundle can be loaded as well, and has no kind of its own.
    let bundle = theirs_system == System::Macos && file.kind() == ObjectKind::Unknown;
    if file.kind() != ObjectKind::Dynamic && !bundle {
        return Err(Unfit::NotALibrary);
    }
    if theirs_system != system {
        return Err(Unfit::OtherSystem);
    }
    let theirs = Architecture::of(file.architecture());
    if theirs != ours {
        return Err(Unfit::OtherMachine { theirs, ours });
    }
    exports_functions(&file)
        .then_some(theirs)
        .ok_or(Unfit::NotAModule)
}

/// Whether `C_GetFunctionList` is among the exports. A library stripped of its section headers shows none to us, though
/// the loader finds them: it is not refused here.
fn exports_functions(file: &object::File<'_>) -> bool {
    let exports = file.exports().unwrap_or_default();
    let wanted = |name: &[u8]| name == b"C_GetFunctionList" || name == b"_C_GetFunctionList";
    let shows_none = exports.is_empty() && file.sections().next().is_none();
    shows_none || exports.iter().any(|export| wanted(export.name()))
}

#[cfg(test)]
mod tests;
