//! What a host inherits, and which files it loads.

use std::fs::{Permissions, set_permissions};
use std::io::{Read, Write, pipe};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use kyso_faulty_module::{module_file, without_symbol};
use kyso_pkcs11::wire::{FileIdentity, Reply, Request, read_frame, write_frame};
use kyso_pkcs11::{Architecture, Config, DriverError, ModuleSpec, Tokens, Unfit};

use crate::rig::tokens;

const HOST: &str = env!("CARGO_BIN_EXE_kyso-pkcs11-host");

fn copy_of_module(folder: &Path) -> PathBuf {
    let copy = folder.join("module.so");
    std::fs::copy(module_file().unwrap(), &copy).unwrap();
    copy
}

fn check_unfit(path: &Path, expected: &Unfit) {
    let report = tokens(vec![ModuleSpec::configured("x", path)])
        .modules()
        .remove(0);
    assert_eq!(report.file.as_ref(), Err(expected));
    let why = expected.clone();
    let path = path.to_owned();
    assert_eq!(
        report.state.err(),
        Some(DriverError::ModuleUnfit { path, why })
    );
}

/// The real host program, started by hand.
fn start() -> Child {
    let mut host = Command::new(HOST)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut greeting = [0; 4];
    host.stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut greeting)
        .unwrap();
    host
}

#[test]
fn a_host_sees_nothing_of_our_environment_but_what_modules_need() {
    let folder = tempfile::tempdir().unwrap();
    let (program, seen) = (folder.path().join("host"), folder.path().join("seen"));
    let script = format!("#!/bin/sh\nenv > {}\n", seen.display());
    std::fs::write(&program, script).unwrap();
    set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    let module = ModuleSpec {
        environment: vec![("SOFTHSM2_CONF".to_owned(), "/x".into())],
        ..ModuleSpec::configured("x", module_file().unwrap())
    };
    let config = Config {
        host_program: program,
        modules: vec![module],
    };
    assert!(Tokens::new(config).list()[0].token.is_err());
    let seen = std::fs::read_to_string(seen).unwrap();
    // Cargo tells every test these.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    assert!(!seen.contains("CARGO_"), "{seen}");
    assert!(seen.contains("SOFTHSM2_CONF=/x"), "{seen}");
    assert!(seen.contains("PATH="), "{seen}");
}

#[test]
fn a_host_keeps_no_descriptor_that_it_inherits() {
    let (mut ours, theirs) = pipe().unwrap();
    // Unlike everything that the standard library opens, a plain duplicate is inherited.
    let inherited = rustix::io::dup(&theirs).unwrap();
    let mut host = start();
    drop((theirs, inherited));
    let mut end = Vec::new();
    assert_eq!(ours.read_to_end(&mut end).unwrap(), 0);
    assert!(host.try_wait().unwrap().is_none());
    host.kill().unwrap();
    host.wait().unwrap();
}

#[test]
fn a_host_loads_no_other_file_than_the_one_that_was_examined() {
    let mut host = start();
    let open = Request::Open {
        path: module_file().unwrap().as_os_str().as_bytes().to_vec(),
        file: FileIdentity {
            device: 0,
            number: 0,
        },
        reserved: None,
    };
    let mut stdin = host.stdin.take().unwrap();
    write_frame(&mut stdin, &open.to_bytes()).unwrap();
    stdin.flush().unwrap();
    let said = read_frame(host.stdout.as_mut().unwrap()).unwrap().unwrap();
    assert_eq!(Reply::parse(&said), Ok(Reply::FileChanged));
    drop(stdin);
    host.wait().unwrap();
}

#[test]
fn a_module_for_another_processor_is_not_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let module = copy_of_module(folder.path());
    let mut bytes = std::fs::read(&module).unwrap();
    // `e_machine`: PowerPC, 64-bit; nobody runs these tests there.
    bytes[18..20].copy_from_slice(&21_u16.to_ne_bytes());
    std::fs::write(&module, bytes).unwrap();
    let ours = Architecture::here();
    let theirs = Architecture::Other;
    check_unfit(&module, &Unfit::OtherMachine { theirs, ours });
}

#[test]
fn a_library_without_the_function_list_is_not_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let library = without_symbol("C_GetFunctionList", folder.path()).unwrap();
    check_unfit(&library, &Unfit::NotAModule);
}

#[test]
fn a_module_that_others_could_replace_is_not_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let module = copy_of_module(folder.path());
    let why = "can be changed by everybody";
    set_permissions(&module, Permissions::from_mode(0o777)).unwrap();
    let path = module.canonicalize().unwrap();
    check_unfit(&module, &Unfit::Insecure { path, why });
    set_permissions(&module, Permissions::from_mode(0o755)).unwrap();
    set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
    let path = folder.path().canonicalize().unwrap();
    check_unfit(&module, &Unfit::Insecure { path, why });
}

#[test]
fn a_module_that_works_tells_its_architecture() {
    let folder = tempfile::tempdir().unwrap();
    let module = copy_of_module(folder.path());
    let report = tokens(vec![ModuleSpec::configured("x", module)])
        .modules()
        .remove(0);
    assert_eq!(report.file, Ok(Architecture::here()));
}
