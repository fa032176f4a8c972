//! Inputs that fuzzing kept, read again: none may panic, whatever else it does.

use std::path::{Path, PathBuf};

use kyso_certs::{Certificate, Crl, OcspResponse, TrustStore};

fn inputs(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let read: Vec<_> = entries
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    assert!(!read.is_empty(), "no kept input for {target}");
    read
}

/// How many of the target's inputs are read without error: both kinds are kept.
fn check(target: &str, reads: impl Fn(&[u8]) -> bool) {
    let inputs = inputs(target);
    let good = inputs.iter().filter(|(_, bytes)| reads(bytes)).count();
    assert!(
        good > 0 && good < inputs.len(),
        "{target}: {good} of {}",
        inputs.len()
    );
}

#[test]
fn reads_the_kept_certificates() {
    check("certificate", |bytes| Certificate::from_der(bytes).is_ok());
}

#[test]
fn reads_the_kept_subjects() {
    check("subject", |bytes| {
        Certificate::from_der(bytes).is_ok_and(|cert| cert.subject().identity().is_ok())
    });
}

#[test]
fn reads_the_kept_lists() {
    check("crl", |bytes| Crl::all_from_bytes(bytes).is_ok());
}

#[test]
fn reads_the_kept_responses() {
    check("ocsp", |bytes| OcspResponse::from_der(bytes).is_ok());
}

#[test]
fn reads_the_kept_trust_files() {
    let root = inputs("certificate")
        .into_iter()
        .find(|(_, bytes)| Certificate::from_der(bytes).is_ok())
        .map(|(_, bytes)| bytes)
        .unwrap();
    check("trust_file", |bytes| {
        let text = String::from_utf8_lossy(bytes);
        TrustStore::from_trust_file(&text, &mut |_| Ok(root.clone())).is_ok()
    });
}
