//! The program itself: its commands, its exit status, its stop.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output, Stdio},
};

use kyso_support::Role;
use tempfile::TempDir;

use crate::world::{ORIGIN, UNIT, pki};

fn configuration() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (_, files) = pki();
    let text = format!(
        "origin = '{ORIGIN}'\nlisten = '127.0.0.1:0'\ntls-certificate = '{}'\ntls-key = '{}'\n\
         database = 'portal.sqlite'\ntrust = '{}'\nunits = 'units.csv'\n",
        files.tls_chain.display(),
        files.tls_key.display(),
        files.trust_file.display(),
    );
    fs::write(folder.path().join("portal.toml"), text).unwrap();
    fs::write(
        folder.path().join("units.csv"),
        format!("heading\n{UNIT},Sở Mẫu,UBND,Số 1\n"),
    )
    .unwrap();
    folder
}

fn portal(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kyso-portal"));
    command.env("KYSO_PORTAL_CONFIG", folder.join("portal.toml"));
    command
}

fn run(command: &mut Command) -> (bool, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    (
        status.success(),
        String::from_utf8([stdout, stderr].concat()).unwrap(),
    )
}

#[test]
fn check_config_names_the_field_and_makes_no_database() {
    let folder = configuration();
    let check = |variable: &str, value: &str, good: bool, expected: &str| {
        let mut command = portal(folder.path());
        let (success, said) = run(command.arg("check-config").env(variable, value));
        assert_eq!(success, good, "{said}");
        assert!(said.contains(expected), "{said}");
    };
    let (_, files) = pki();
    check(
        "KYSO_PORTAL_LOG",
        "info",
        true,
        "the configuration is complete",
    );
    check(
        "KYSO_PORTAL_ORIGIN",
        "http://a.example",
        false,
        "kyso-portal: origin: ",
    );
    check(
        "KYSO_PORTAL_TLS_KEY",
        files.tls_chain.to_str().unwrap(),
        false,
        "kyso-portal: tls-key: ",
    );
    check(
        "KYSO_PORTAL_TRUST",
        files.tls_chain.to_str().unwrap(),
        false,
        "kyso-portal: trust: ",
    );
    check(
        "KYSO_PORTAL_UNITS",
        files.trust_file.to_str().unwrap(),
        false,
        "kyso-portal: units: line 2",
    );
    check("KYSO_PORTAL_LOG", "kyso=loud", false, "kyso-portal: log: ");
    assert!(!folder.path().join("portal.sqlite").exists());
}

#[test]
fn tie_unit_ties_a_certificate_once() {
    let folder = configuration();
    let agency = pki().1.certificate(Role::Agency);
    let tie = |unit: &str| {
        let mut command = portal(folder.path());
        run(command
            .arg("tie-unit")
            .arg("--certificate")
            .arg(&agency)
            .args(["--unit", unit]))
    };
    let (success, said) = tie(UNIT);
    assert!(success && said.contains("Sở Mẫu"), "{said}");
    let (success, said) = tie("999");
    assert!(!success && said.contains("no unit 999"), "{said}");
    let mode = fs::metadata(folder.path().join("portal.sqlite"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn stops_in_order_when_told_to() {
    let folder = configuration();
    let mut child = portal(folder.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let listening = lines.find(|line| line.contains("\"listening\"")).unwrap();
    serde_json::from_str::<serde_json::Value>(&listening).unwrap();
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert!(lines.any(|line| line.contains("\"stopped\"")));
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_hang_up_has_everything_read_again_or_nothing() {
    let folder = configuration();
    let trust = folder.path().join("trust");
    copy_trust(&trust);
    let mut child = portal(folder.path())
        .env("KYSO_PORTAL_TRUST", trust.join("trust.toml"))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let mut wait_for = |word: &str| lines.find(|line| line.contains(word)).unwrap();
    let pid = child.id().to_string();
    let send = |signal: &str| {
        let sent = Command::new("kill").args([signal, &pid]).status().unwrap();
        assert!(sent.success());
    };
    wait_for("\"listening\"");
    send("-HUP");
    wait_for("\"reloaded\"");
    fs::write(trust.join("trust.toml"), "version = 2").unwrap();
    send("-HUP");
    let refused = wait_for("\"nothing reloaded\"");
    assert!(refused.contains("trust: "), "{refused}");
    copy_trust(&trust);
    fs::write(folder.path().join("units.csv"), "heading\nA,B").unwrap();
    send("-HUP");
    let refused = wait_for("\"nothing reloaded\"");
    assert!(refused.contains("units: line 2"), "{refused}");
    send("-TERM");
    wait_for("\"stopped\"");
    assert!(child.wait().unwrap().success());
}

fn copy_trust(to: &Path) {
    let from = pki().1.trust_file.parent().unwrap();
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}
