//! Real modules, each set up by program in a folder of its own, and all passed through one and the same suite.

mod kryoptic;
mod nss;
mod opencryptoki;
mod piv;
mod program;
mod softhsm;
pub(crate) mod spy;
mod stand;
mod suite;
mod tpm2;

use kyso_pkcs11::{Catalogue, ModuleSpec, System};
use stand::Stand;

/// Sets the module up (or says what is missing), runs the suite, and prints the module's line.
fn check(stand: Option<Stand>) {
    if let Some(mut stand) = stand {
        stand.spec = as_in_the_catalogue(stand.spec);
        let line = suite::run(&stand);
        // Not by `eprintln`, which the test harness keeps to itself when a test passes.
        let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
    }
}

/// With the quirks that the catalogue knows of its file.
fn as_in_the_catalogue(module: ModuleSpec) -> ModuleSpec {
    let catalogue = Catalogue::built_in().unwrap();
    kyso_pkcs11::find(vec![module], &catalogue, System::here()).remove(0)
}

#[test]
fn softhsm2_passes_the_suite() {
    check(softhsm::stand());
}

#[test]
fn nss_softokn_passes_the_suite() {
    check(nss::stand());
}

#[test]
fn kryoptic_passes_the_suite() {
    check(kryoptic::stand());
}

#[test]
fn opencryptoki_passes_the_suite() {
    check(opencryptoki::stand());
}

#[test]
fn tpm2_pkcs11_passes_the_suite() {
    check(tpm2::stand());
}

#[test]
fn opensc_with_a_piv_card_passes_the_suite() {
    check(piv::stand());
}
