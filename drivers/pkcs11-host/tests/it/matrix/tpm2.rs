//! TPM2-PKCS#11 on a software TPM: swtpm, a resource manager before it, and a message bus between them, all private.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use kyso_pkcs11::ModuleSpec;
use kyso_support::{Daemon, missing, two_free_ports, until};

use super::program::{Program, first_file, is_installed, text};
use super::stand::{BOTH, Holding, Lock, OFFICER, RIGHT, Stand, holdings, host_program};

const LABEL: &str = "tpm";
const PROGRAMS: [&str; 5] = [
    "swtpm",
    "tpm2-abrmd",
    "tpm2_ptool",
    "tpm2_getrandom",
    "dbus-daemon",
];

type Environment = Vec<(String, OsString)>;

pub(super) fn stand() -> Option<Stand> {
    let module = first_file(&["*/libtpm2_pkcs11.so.1", "*/pkcs11/libtpm2_pkcs11.so"]);
    let bus_module = first_file(&["*/libtss2-tcti-tabrmd.so.0"]);
    let all = PROGRAMS.iter().all(|program| is_installed(program)) && bus_module.is_some();
    let Some(module) = module.filter(|_| all) else {
        missing(
            "a software TPM: swtpm, tpm2-abrmd, tpm2-tools, libtss2-tcti-tabrmd0, libtpm2-pkcs11-1, \
             libtpm2-pkcs11-tools, dbus-daemon",
        );
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    let (daemons, environment) = start(folder.path());
    let holdings = holdings(&BOTH);
    fill(folder.path(), &environment, &holdings);
    let spec = ModuleSpec {
        environment,
        ..ModuleSpec::configured("tpm2", module)
    };
    Some(Stand {
        name: "TPM2-PKCS#11",
        spec,
        host_program: host_program(),
        label: Some(LABEL),
        holdings,
        lock: Lock::After(3),
        _keeps: vec![Box::new(daemons), Box::new(folder)],
    })
}

/// The three daemons, in the order in which they may end, and where they are reached.
fn start(folder: &Path) -> ([Daemon; 3], Environment) {
    let port = two_free_ports().unwrap();
    let tpm = software_tpm(folder, port);
    let address = OsString::from(format!("unix:path={}/bus", folder.display()));
    let bus = Daemon::start(
        Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--nopidfile"])
            .arg("--address")
            .arg(&address),
    );
    until("the bus to listen", || folder.join("bus").exists()).unwrap();
    let environment: Environment = [
        ("DBUS_SESSION_BUS_ADDRESS", address),
        ("TPM2TOOLS_TCTI", "tabrmd:bus_type=session".into()),
        ("TPM2_PKCS11_TCTI", "tabrmd:bus_type=session".into()),
        ("TPM2_PKCS11_STORE", folder.into()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec();
    let place = format!("swtpm:host=127.0.0.1,port={port}");
    let manager = Program::new(["tpm2-abrmd", "--allow-root", "--session", "--tcti"]);
    let manager = Daemon::start(&mut manager.with(&environment).command(&[&place]));
    let asked = Program::new(["tpm2_getrandom", "--hex", "4"]).with(&environment);
    until("the TPM to answer", || asked.succeeds(&[])).unwrap();
    ([manager.unwrap(), bus.unwrap(), tpm], environment)
}

fn software_tpm(folder: &Path, port: u16) -> Daemon {
    let state = folder.join("state");
    std::fs::create_dir(&state).unwrap();
    let daemon = Daemon::start(
        Command::new("swtpm")
            .args(["socket", "--tpm2", "--flags", "not-need-init,startup-clear"])
            .arg("--tpmstate")
            .arg(format!("dir={}", state.display()))
            .arg("--server")
            .arg(format!("type=tcp,bindaddr=127.0.0.1,port={port}"))
            .arg("--ctrl")
            .arg(format!("type=tcp,bindaddr=127.0.0.1,port={}", port + 1)),
    );
    // To connect would be to use it up: it serves one client. A listening socket shows in this table.
    let listening = format!("0100007F:{port:04X} 00000000:0000 0A");
    until("swtpm to listen", || {
        std::fs::read_to_string("/proc/net/tcp").is_ok_and(|table| table.contains(&listening))
    })
    .unwrap();
    daemon.unwrap()
}

fn fill(folder: &Path, environment: &Environment, holdings: &[Holding]) {
    let tool = Program::new(["tpm2_ptool"]).with(environment);
    let (pin, officer, label) = (
        format!("--userpin={RIGHT}"),
        format!("--sopin={OFFICER}"),
        format!("--label={LABEL}"),
    );
    tool.run(&["init"]);
    tool.run(&["addtoken", "--pid=1", &label, &pin, &officer]);
    for held in holdings {
        let files = held.write(folder);
        let algorithm = if held.label == "ec" { "ecc" } else { "rsa" };
        let named = format!("--key-label={}", held.label);
        tool.run(&[
            "import",
            &label,
            &pin,
            &named,
            &format!("--algorithm={algorithm}"),
            &format!("--id={:02}", held.id),
            &format!("--privkey={}", text(&files.key_pem)),
        ]);
        tool.run(&["addcert", &label, &named, text(&files.certificate_pem)]);
    }
}
