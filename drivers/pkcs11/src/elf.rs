//! What an ELF header says, read before the system's loader sees the file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::Unfit;

/// `EI_CLASS` and `e_machine` of this program (System V ABI, chapter 4; values from the processor supplements).
const OURS: Option<(u8, u16)> = if cfg!(target_arch = "x86_64") {
    Some((2, 62))
} else if cfg!(target_arch = "aarch64") {
    Some((2, 183))
} else if cfg!(target_arch = "x86") {
    Some((1, 3))
} else if cfg!(target_arch = "riscv64") {
    Some((2, 243))
} else {
    None
};

const SHARED_OBJECT: u16 = 3;

/// Whether the file can be a module for this machine.
pub(crate) fn check(path: &Path) -> Result<(), Unfit> {
    let mut header = [0; 20];
    let mut file = File::open(path).map_err(|_| Unfit::Unreadable)?;
    file.read_exact(&mut header)
        .map_err(|_| Unfit::NotALibrary)?;
    judge(&header, OURS)
}

fn judge(header: &[u8; 20], ours: Option<(u8, u16)>) -> Result<(), Unfit> {
    let [
        0x7f,
        b'E',
        b'L',
        b'F',
        class,
        order,
        ..,
        kind_0,
        kind_1,
        machine_0,
        machine_1,
    ] = *header
    else {
        return Err(Unfit::NotALibrary);
    };
    let number = |bytes: [u8; 2]| {
        if order == 2 {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        }
    };
    if number([kind_0, kind_1]) != SHARED_OBJECT {
        return Err(Unfit::NotALibrary);
    }
    let machine = number([machine_0, machine_1]);
    match ours {
        Some(ours) if ours != (class, machine) => Err(Unfit::OtherMachine { class, machine }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(class: u8, kind: u8, machine: u8) -> [u8; 20] {
        let mut header = [0; 20];
        header[..6].copy_from_slice(&[0x7f, b'E', b'L', b'F', class, 1]);
        header[16] = kind;
        header[18] = machine;
        header
    }

    fn check_header(header: [u8; 20], expected: Result<(), Unfit>) {
        assert_eq!(judge(&header, Some((2, 62))), expected);
    }

    #[test]
    fn takes_a_library_of_this_machine() {
        check_header(header(2, 3, 62), Ok(()));
    }

    #[test]
    fn names_the_machine_of_a_32_bit_module() {
        check_header(
            header(1, 3, 3),
            Err(Unfit::OtherMachine {
                class: 1,
                machine: 3,
            }),
        );
    }

    #[test]
    fn refuses_programs_and_other_files() {
        check_header(header(2, 2, 62), Err(Unfit::NotALibrary));
        check_header([0; 20], Err(Unfit::NotALibrary));
        assert_eq!(check(Path::new("/dev/null")), Err(Unfit::NotALibrary));
        assert_eq!(check(Path::new("/nowhere/lib.so")), Err(Unfit::Unreadable));
    }
}
