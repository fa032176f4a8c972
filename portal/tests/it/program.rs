//! The program itself: its commands, its exit status, its stop.

use std::{
    fs,
    io::{BufRead as _, BufReader, Lines},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, ChildStderr, Command, Output, Stdio},
};

use kyso_support::Role;
use tempfile::TempDir;
use time::OffsetDateTime;

use crate::{
    trust::{Anchors, Desk, bundle_of},
    world::{ORIGIN, UNIT, pki},
};

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
fn check_config_says_what_is_trusted() {
    let folder = configuration();
    let (success, said) = run(portal(folder.path()).arg("check-config"));
    assert!(success, "{said}");
    for expected in [
        "\nanchor (public): ",
        "\nanchor (government): ",
        "\nCA Kyso Demo CA (public): usb; citizen, business; ",
    ] {
        assert!(said.contains(expected), "{said}");
    }
    assert!(!said.contains("bundle"), "{said}");
    let desk = with_bundles(folder.path());
    desk.sign(&bundle_of(
        OffsetDateTime::now_utc(),
        17,
        Anchors::Government,
    ));
    let (success, said) = run(portal(folder.path()).arg("check-config"));
    assert!(success, "{said}");
    assert!(
        said.contains("\nbundle: version 17, signed by key "),
        "{said}"
    );
    assert!(
        said.contains("\nwarning: trust bundle 17: ends on "),
        "{said}"
    );
    assert!(!said.contains("anchor (public)"), "{said}");
    assert!(!folder.path().join("portal.sqlite").exists());
}

/// Takes the trust file out of the configuration and puts a desk's bundles in.
fn with_bundles(folder: &Path) -> Desk {
    let (path, desk) = (folder.join("portal.toml"), Desk::new());
    let text = fs::read_to_string(&path).unwrap();
    let others = text.lines().filter(|line| !line.starts_with("trust = "));
    let lines: Vec<_> = others
        .map(ToOwned::to_owned)
        .chain([desk.lines()])
        .collect();
    fs::write(path, lines.join("\n")).unwrap();
    desk
}

#[test]
fn an_older_bundle_is_refused_by_a_hang_up_and_by_a_restart() {
    let folder = configuration();
    let desk = with_bundles(folder.path());
    let now = OffsetDateTime::now_utc();
    let sign = |version| desk.sign(&bundle_of(now, version, Anchors::Both));
    sign(2);
    let mut running = Running::start(&mut portal(folder.path()));
    running.says("trust bundle in force");
    let ending = running.says("trust ends");
    let warning = field(&ending, "warning");
    assert!(warning.starts_with("trust bundle 2: ends on "), "{warning}");
    sign(1);
    let refused = running.refuses_to_reload();
    let expected = "trust-bundle: version 1 does not follow the installed version 2";
    assert_eq!(refused, expected);
    running.stops();
    let (success, said) = run(&mut portal(folder.path()));
    assert_eq!(
        (success, said),
        (false, format!("kyso-portal: {expected}\n"))
    );
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

/// A portal that serves, and what it says.
struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next line with that message.
    fn says(&mut self, message: &str) -> serde_json::Value {
        self.lines
            .by_ref()
            .map(|line| serde_json::from_str::<serde_json::Value>(&line.unwrap()).unwrap())
            .find(|line| field(line, "message") == message)
            .unwrap_or_else(|| panic!("ended without saying {message}"))
    }

    /// Why nothing was reloaded.
    fn refuses_to_reload(&mut self) -> String {
        self.send("-HUP");
        field(&self.says("nothing reloaded"), "error").to_owned()
    }

    fn reloads(&mut self) {
        self.send("-HUP");
        self.says("reloaded");
    }

    fn send(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status().unwrap();
        assert!(sent.success());
    }

    fn stops(mut self) {
        self.send("-TERM");
        self.says("stopped");
        assert!(self.child.wait().unwrap().success());
    }
}

fn field<'a>(line: &'a serde_json::Value, name: &str) -> &'a str {
    let found = line.pointer(&format!("/fields/{name}"));
    found
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default()
}

#[test]
fn stops_in_order_when_told_to() {
    let folder = configuration();
    let mut running = Running::start(&mut portal(folder.path()));
    running.says("listening");
    running.stops();
}

#[test]
fn a_hang_up_has_everything_read_again_or_nothing() {
    let folder = configuration();
    let trust = folder.path().join("trust");
    copy_trust(&trust);
    let mut command = portal(folder.path());
    let mut running = Running::start(command.env("KYSO_PORTAL_TRUST", trust.join("trust.toml")));
    running.says("listening");
    running.reloads();
    fs::write(trust.join("trust.toml"), "version = 2").unwrap();
    let refused = running.refuses_to_reload();
    assert!(refused.starts_with("trust: "), "{refused}");
    copy_trust(&trust);
    fs::write(folder.path().join("units.csv"), "heading\nA,B").unwrap();
    let refused = running.refuses_to_reload();
    assert!(refused.starts_with("units: line 2"), "{refused}");
    running.stops();
}

fn copy_trust(to: &Path) {
    let from = pki().1.trust_file.parent().unwrap();
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

#[test]
fn a_hang_up_has_a_new_tls_certificate_served_to_who_comes_next() {
    let folder = configuration();
    let (chain, key) = (
        folder.path().join("chain.pem"),
        folder.path().join("key.pem"),
    );
    let renew = || {
        let server = pki().0.server(&["quocgia.localhost"]).unwrap();
        fs::write(&chain, &server.chain_pem).unwrap();
        fs::write(&key, &server.key_pem).unwrap();
        server.chain_pem
    };
    let first = renew();
    let mut command = portal(folder.path());
    command.env("KYSO_PORTAL_TLS_CERTIFICATE", &chain);
    let mut running = Running::start(command.env("KYSO_PORTAL_TLS_KEY", &key));
    let listening = running.says("listening");
    let address = field(&listening, "address");
    assert!(first.starts_with(&served(address)));
    let second = renew();
    assert!(first.starts_with(&served(address)), "nobody told it");
    running.reloads();
    assert!(second.starts_with(&served(address)));
    fs::write(&key, "no key").unwrap();
    let refused = running.refuses_to_reload();
    assert!(refused.starts_with("tls-key: "), "{refused}");
    assert!(second.starts_with(&served(address)));
    running.stops();
}

/// The certificate that a TLS client is shown, PEM.
fn served(address: &str) -> String {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    let name = ["-servername", "quocgia.localhost"];
    let shown = Command::new("openssl")
        .args(["s_client", "-connect", address])
        .args(name)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(shown.stdout).unwrap();
    let (_, rest) = text.split_once(BEGIN).unwrap();
    let (inside, _) = rest.split_once(END).unwrap();
    format!("{BEGIN}{inside}{END}")
}
