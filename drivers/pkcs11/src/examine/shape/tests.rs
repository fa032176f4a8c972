use super::*;

const HERE: Architecture = Architecture::X86_64;

fn judged(bytes: &[u8], system: System) -> Result<Architecture, Unfit> {
    check(bytes, system, HERE)
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    bytes[at..at + value.len()].copy_from_slice(value);
}

fn numbers(bytes: &mut [u8], at: usize, values: &[u32]) {
    for (index, value) in values.iter().enumerate() {
        put(bytes, at + 4 * index, &value.to_le_bytes());
    }
}

/// A 64-bit ELF library with one dynamic symbol (System V ABI, chapters 4 and 5).
fn elf(machine: u16, symbol: &str) -> Vec<u8> {
    let mut file = vec![0; 0x300];
    put(&mut file, 0, b"\x7fELF\x02\x01\x01");
    put(&mut file, 16, &3_u16.to_le_bytes());
    put(&mut file, 18, &machine.to_le_bytes());
    numbers(&mut file, 20, &[1]);
    put(&mut file, 40, &0x200_u64.to_le_bytes());
    put(&mut file, 58, &[64, 0, 3, 0, 1, 0]);
    put(&mut file, 0x80, symbol.as_bytes());
    // The symbol: its name, that it is a global function, its section, address and size.
    numbers(&mut file, 0x158, &[1]);
    put(&mut file, 0x15c, &[0x12, 0, 1, 0]);
    put(&mut file, 0x160, &[1; 16]);
    // Section headers: none, the strings, the symbols.
    let mut section = |index: usize, kind: u32, offset: u64, size: u64, link: u32, entry: u64| {
        let at = 0x200 + 64 * index;
        numbers(&mut file, at + 4, &[kind]);
        put(&mut file, at + 24, &offset.to_le_bytes());
        put(&mut file, at + 32, &size.to_le_bytes());
        numbers(&mut file, at + 40, &[link, 1]);
        put(&mut file, at + 56, &entry.to_le_bytes());
    };
    section(1, 3, 0x7f, 64, 0, 0);
    section(2, 11, 0x140, 48, 1, 24);
    file
}

/// A 64-bit Windows library with one export ("PE Format", sections 3, 4 and 6.3).
fn pe(machine: u16, characteristics: u16, symbol: &str) -> Vec<u8> {
    let mut file = vec![0; 0x400];
    put(&mut file, 0, b"MZ");
    numbers(&mut file, 60, &[64]);
    put(&mut file, 64, b"PE\0\0");
    put(&mut file, 68, &machine.to_le_bytes());
    put(&mut file, 70, &[1, 0]);
    put(&mut file, 84, &240_u16.to_le_bytes());
    put(&mut file, 86, &characteristics.to_le_bytes());
    put(&mut file, 88, &0x20b_u16.to_le_bytes());
    numbers(&mut file, 88 + 32, &[0x1000, 0x200]);
    numbers(&mut file, 88 + 108, &[16, 0x1000, 0x100]);
    put(&mut file, 328, b".edata\0\0");
    numbers(&mut file, 336, &[0x200, 0x1000, 0x200, 0x200]);
    // The directory: one function under one name.
    numbers(&mut file, 0x20c, &[0x1080, 1, 1, 1, 0x1040, 0x1048, 0x1050]);
    numbers(&mut file, 0x240, &[0x1180, 0, 0x1090]);
    put(&mut file, 0x280, b"lib.dll");
    put(&mut file, 0x290, symbol.as_bytes());
    file
}

/// A 64-bit macOS library with one external symbol (`mach-o/loader.h`).
fn macho(processor: u32, symbol: &str) -> Vec<u8> {
    let mut file = vec![0; 0x200];
    numbers(&mut file, 0, &[0xfeed_facf, processor, 3, 6, 2, 104, 0, 0]);
    numbers(&mut file, 32, &[2, 24, 0x100, 1, 0x120, 0x40]);
    numbers(&mut file, 56, &[11, 80, 0, 0, 0, 1, 1, 0]);
    numbers(&mut file, 0x100, &[1]);
    put(&mut file, 0x104, &[0x0f, 1]);
    put(&mut file, 0x121, symbol.as_bytes());
    file
}

/// A macOS file of several libraries (`mach-o/fat.h`).
fn fat(parts: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut file = vec![0; 0x1000];
    let big = |values: &[u32]| -> Vec<u8> { values.iter().flat_map(|v| v.to_be_bytes()).collect() };
    put(
        &mut file,
        0,
        &big(&[0xcafe_babe, u32::try_from(parts.len()).unwrap()]),
    );
    for (index, (processor, part)) in parts.iter().enumerate() {
        let at = 0x400 * (index + 1);
        let [start, length] = [at, part.len()].map(|number| u32::try_from(number).unwrap());
        let entry = [*processor, 3, start, length, 4];
        put(&mut file, 8 + 20 * index, &big(&entry));
        put(&mut file, at, part);
    }
    file
}

const LIST: &str = "C_GetFunctionList";
const MAC_X86_64: u32 = 0x0100_0007;
const MAC_ARM64: u32 = 0x0100_000c;

#[test]
fn takes_modules_of_each_system() {
    assert_eq!(judged(&elf(62, LIST), System::Linux), Ok(HERE));
    assert_eq!(judged(&pe(0x8664, 0x2022, LIST), System::Windows), Ok(HERE));
    let list = "_C_GetFunctionList";
    assert_eq!(judged(&macho(MAC_X86_64, list), System::Macos), Ok(HERE));
    let both = [
        (MAC_ARM64, macho(MAC_ARM64, list)),
        (MAC_X86_64, macho(MAC_X86_64, list)),
    ];
    assert_eq!(judged(&fat(&both), System::Macos), Ok(HERE));
}

#[test]
fn names_the_machine_that_a_module_is_for() {
    let other = |theirs| Err(Unfit::OtherMachine { theirs, ours: HERE });
    assert_eq!(
        judged(&elf(3, LIST), System::Linux),
        other(Architecture::X86)
    );
    assert_eq!(
        judged(&elf(183, LIST), System::Linux),
        other(Architecture::Aarch64)
    );
    assert_eq!(
        judged(&pe(0xaa64, 0x2022, LIST), System::Windows),
        other(Architecture::Aarch64)
    );
    let arm = macho(MAC_ARM64, LIST);
    assert_eq!(judged(&arm, System::Macos), other(Architecture::Aarch64));
    assert_eq!(
        judged(&fat(&[(MAC_ARM64, arm)]), System::Macos),
        other(Architecture::Aarch64)
    );
}

#[test]
fn refuses_libraries_that_are_no_modules_and_files_that_are_no_libraries() {
    assert_eq!(
        judged(&elf(62, "sin"), System::Linux),
        Err(Unfit::NotAModule)
    );
    assert_eq!(
        judged(&pe(0x8664, 0x2022, "DllMain"), System::Windows),
        Err(Unfit::NotAModule)
    );
    assert_eq!(
        judged(&pe(0x8664, 0x0022, LIST), System::Windows),
        Err(Unfit::NotALibrary)
    );
    assert_eq!(judged(&fat(&[]), System::Macos), Err(Unfit::NotALibrary));
    assert_eq!(judged(b"", System::Linux), Err(Unfit::NotALibrary));
    assert_eq!(
        judged(b"no library at all, only a text", System::Linux),
        Err(Unfit::NotALibrary)
    );
}

#[test]
fn refuses_libraries_of_another_system() {
    assert_eq!(
        judged(&pe(0x8664, 0x2022, LIST), System::Linux),
        Err(Unfit::OtherSystem)
    );
    assert_eq!(
        judged(&elf(62, LIST), System::Windows),
        Err(Unfit::OtherSystem)
    );
}

#[test]
fn leaves_a_library_without_section_headers_to_the_loader() {
    let mut stripped = elf(62, LIST);
    put(&mut stripped, 40, &[0; 8]);
    put(&mut stripped, 60, &[0; 4]);
    assert_eq!(judged(&stripped, System::Linux), Ok(HERE));
}

proptest::proptest! {
    #[test]
    fn never_panics_on_a_damaged_library(at in 0_usize..0x200, value: u8, cut in 0_usize..0x400) {
        for mut file in [elf(62, LIST), pe(0x8664, 0x2022, LIST), macho(MAC_X86_64, LIST)] {
            file[at] = value;
            file.truncate(cut.max(1));
            let _ = judged(&file, System::Linux);
        }
    }
}
