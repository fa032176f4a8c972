//! NSS's softokn: a module that is given its database by a parameter of `C_Initialize`, and chooses `CKA_ID` itself.

use kyso_pkcs11::ModuleSpec;
use kyso_support::missing;

use super::program::{Program, first_file, is_installed, text};
use super::stand::{BOTH, Lock, RIGHT, Stand, holdings, host_program};

/// Only on the way from one file to the other.
const TRANSPORT: &str = "transport";

pub(super) fn stand() -> Option<Stand> {
    let module = first_file(&["*/libsoftokn3.so", "/usr/lib64/libsoftokn3.so"]);
    let Some(module) = module.filter(|_| is_installed("certutil")) else {
        missing("NSS: libnss3, libnss3-tools");
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    let place = format!("sql:{}", folder.path().display());
    let password = folder.path().join("password");
    std::fs::write(&password, RIGHT).unwrap();
    Program::new(["certutil"]).run(&["-N", "-d", &place, "-f", text(&password)]);
    let holdings = holdings(&BOTH);
    for held in &holdings {
        let files = held.write(folder.path());
        let bag = folder.path().join("bag.p12");
        let (key, certificate) = (text(&files.key_pem), text(&files.certificate_pem));
        let password_of_bag = format!("pass:{TRANSPORT}");
        Program::new(["openssl", "pkcs12", "-export"]).run(&[
            "-inkey",
            key,
            "-in",
            certificate,
            "-name",
            held.label,
            "-out",
            text(&bag),
            "-passout",
            &password_of_bag,
        ]);
        Program::new(["pk12util"]).run(&[
            "-i",
            text(&bag),
            "-d",
            &place,
            "-k",
            text(&password),
            "-W",
            TRANSPORT,
        ]);
    }
    let parameter = format!("configdir='{place}' certPrefix='' keyPrefix='' secmod='secmod.db'");
    let spec = ModuleSpec {
        reserved: Some(parameter),
        ..ModuleSpec::configured("nss", module)
    };
    Some(Stand {
        name: "NSS softokn",
        spec,
        host_program: host_program(),
        label: Some("NSS Certificate DB"),
        holdings,
        lock: Lock::Never,
        _keeps: vec![Box::new(folder)],
    })
}
