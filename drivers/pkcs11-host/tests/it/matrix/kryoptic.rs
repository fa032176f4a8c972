//! Kryoptic: a strict soft token that speaks PKCS#11 3.2. Its library comes from its published sources.

use std::path::PathBuf;

use kyso_pkcs11::ModuleSpec;
use kyso_support::missing;

use super::program::{Program, text};
use super::stand::{BOTH, Lock, OFFICER, RIGHT, Stand, holdings, host_program};

const LABEL: &str = "kry";

pub(super) fn stand() -> Option<Stand> {
    let Some(module) = module() else {
        missing("Kryoptic: ./dev builds it, or set KYSO_KRYOPTIC");
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("token.conf");
    let place = folder.path().join("token.sql");
    let slots = format!("[[slots]]\nslot = 1\ndbtype = \"sqlite\"\ndbargs = {place:?}\n");
    std::fs::write(&configuration, slots).unwrap();
    let environment = vec![("KRYOPTIC_CONF".to_owned(), configuration.into_os_string())];
    let tool = Program::new(["pkcs11-tool", "--module", text(&module)]).with(&environment);
    let officer = ["--login", "--login-type", "so", "--so-pin", OFFICER];
    tool.run(&[
        "--init-token",
        "--slot",
        "1",
        "--label",
        LABEL,
        "--so-pin",
        OFFICER,
    ]);
    tool.run(
        &[
            &["--token-label", LABEL, "--init-pin", "--new-pin", RIGHT][..],
            &officer,
        ]
        .concat(),
    );
    let holdings = holdings(&BOTH);
    let login = [
        "--token-label",
        LABEL,
        "--login",
        "--pin",
        RIGHT,
        "--write-object",
    ];
    for held in &holdings {
        let (files, id) = (held.write(folder.path()), format!("{:02x}", held.id));
        let named = ["--id", &id, "--label", held.label];
        let key = [text(&files.key_der), "--type", "privkey", "--usage-sign"];
        let certificate = [text(&files.certificate_der), "--type", "cert"];
        tool.run(&[&login[..], &key, &named].concat());
        tool.run(&[&login[..], &certificate, &named].concat());
    }
    let spec = ModuleSpec {
        environment,
        ..ModuleSpec::configured("kryoptic", module)
    };
    Some(Stand {
        name: "Kryoptic",
        spec,
        host_program: host_program(),
        label: Some(LABEL),
        holdings,
        lock: Lock::Never,
        _keeps: vec![Box::new(folder)],
    })
}

/// `KYSO_KRYOPTIC`, else what `./dev` built.
fn module() -> Option<PathBuf> {
    let named = std::env::var_os("KYSO_KRYOPTIC").map(PathBuf::from);
    let built = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../.tools/lib/libkryoptic_pkcs11.so"
    );
    [named, Some(built.into())]
        .into_iter()
        .flatten()
        .find(|path| path.is_file())
}
