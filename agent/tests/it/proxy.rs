//! The road through an HTTP proxy, as the program `kyso` takes it.

use std::process::Command;

use kyso_support::Server as Identity;
use serde_json::Value;

use crate::connect::Proxy;
use crate::fetch::world;
use crate::program::{command, path};
use crate::server::Server;

/// A name that is public and leads nowhere: what is reached under it is reached through the proxy.
const PUBLIC: &str = "cong.example";
const OK: &str = r#""result":"ok""#;
const FAULT: &str = r#""result":"error""#;
const ORIGIN: &str = "https://cong.example";

/// A portal that knows no ask, and a proxy to it.
struct Office {
    folder: tempfile::TempDir,
    server: Server,
    proxy: Proxy,
}

impl Office {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let identity: Identity = world().pki.server(&[PUBLIC]).expect("a certificate");
        let reply = "HTTP/1.1 404 Not Found\r\nDate: Sat, 21 Nov 2026 07:00:00 GMT\r\n\
            Content-Length: 0\r\nConnection: close\r\n\r\n";
        let server = Server::start(&identity, reply.into());
        let proxy = Proxy::start(Ok(server.address));
        let root = world().pki.tls.certificate().pem().expect("PEM");
        std::fs::write(folder.path().join("root.pem"), root).expect("written");
        Self {
            folder,
            server,
            proxy,
        }
    }

    fn settings(&self, text: &str) -> String {
        let file = self.folder.path().join("kyso.toml");
        let usual = "only-these-modules = true\nstate-folder = \"s\"\nruntime-folder = \"r\"\n";
        std::fs::write(&file, format!("{usual}{text}")).expect("written");
        path(&file).to_owned()
    }

    /// `kyso doctor` with these settings; the system trusts the portal's authority.
    fn doctor(&self, settings: &str, origin: &str) -> Command {
        let file = self.settings(settings);
        let mut doctor = command(&["--config", &file, "--json", "doctor", "--portal", origin]);
        doctor.env("SSL_CERT_FILE", self.folder.path().join("root.pem"));
        for variable in ["HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
            doctor
                .env_remove(variable)
                .env_remove(variable.to_lowercase());
        }
        doctor
    }

    fn through(&self) -> String {
        format!("proxy = \"{}\"\n", self.proxy.url())
    }
}

/// What is said of the portal.
fn said(doctor: &mut Command) -> String {
    let output = doctor.output().expect("kyso was built");
    let value: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let lines = value.get("checks").and_then(Value::as_array);
    let about_portal = |line: &&Value| line.get("check") == Some(&"portal".into());
    let line = lines.and_then(|lines| lines.iter().find(about_portal));
    line.expect("a line about the portal").to_string()
}

fn check(doctor: &mut Command, part: &str) {
    let said = said(doctor);
    assert!(said.contains(part), "{said}");
}

#[test]
fn a_public_portal_is_reached_through_the_proxy_and_verified_behind_it() {
    let office = Office::new();
    check(&mut office.doctor(&office.through(), ORIGIN), OK);
    let heads = office.proxy.heads();
    let head = heads.first().expect("the proxy was asked").to_lowercase();
    assert!(
        head.starts_with("connect cong.example:443 http/1.1\r\n"),
        "{head}"
    );
    assert!(
        !head.contains("authorization") && !head.contains("cookie"),
        "{head}"
    );
    assert!(!head.contains("/.well-known"), "{head}");
    let requests = office.server.requests.lock().expect("done").clone();
    assert_eq!(requests.len(), 1);
    // Without the authority among those that the system trusts.
    let mut stranger = office.doctor(&office.through(), ORIGIN);
    let nobody = world().pki.unknown_ca.certificate().pem().expect("PEM");
    let file = office.folder.path().join("nobody.pem");
    std::fs::write(&file, nobody).expect("written");
    check(stranger.env("SSL_CERT_FILE", file), "PORTAL-TLS");
}

#[test]
fn the_systems_proxy_counts_where_none_is_set_and_no_longer_where_one_is() {
    let office = Office::new();
    let mut system = office.doctor("", ORIGIN);
    check(system.env("HTTPS_PROXY", office.proxy.url()), OK);
    let asked = office.proxy.heads().len();
    assert_eq!(asked, 1);
    let mut left_out = office.doctor("", ORIGIN);
    left_out.env("HTTPS_PROXY", office.proxy.url());
    check(left_out.env("NO_PROXY", ".example"), FAULT);
    let mut direct = office.doctor("proxy = \"direct\"\n", ORIGIN);
    check(direct.env("HTTPS_PROXY", office.proxy.url()), FAULT);
    let dead = Proxy::start(Err("503 Service Unavailable"));
    let mut set = office.doctor(&office.through(), ORIGIN);
    check(set.env("HTTPS_PROXY", dead.url()), OK);
    assert_eq!(dead.heads().len(), 0);
    assert_eq!(office.proxy.heads().len(), asked + 1);
}

#[test]
fn a_secret_for_the_systems_proxy_goes_to_the_proxy_alone() {
    let office = Office::new();
    let mut doctor = office.doctor("", ORIGIN);
    let url = format!("http://an:sample@{}", office.proxy.address);
    check(doctor.env("HTTPS_PROXY", url), OK);
    let heads = office.proxy.heads();
    assert!(
        heads.iter().any(|head| head.contains("Basic YW46c2FtcGxl")),
        "{heads:?}"
    );
    let requests = office.server.requests.lock().expect("done").clone();
    assert!(!requests.concat().contains("YW46c2FtcGxl"), "{requests:?}");
}

#[test]
fn a_proxy_opens_no_door_to_what_is_not_public() {
    let office = Office::new();
    for origin in [
        "https://router",
        "https://10.0.0.1",
        "https://[fd00::1]",
        "https://cong.example:8443",
        "https://cong.localhost",
    ] {
        check(
            &mut office.doctor(&office.through(), origin),
            "ORIGIN-REFUSED",
        );
    }
    assert!(office.proxy.heads().is_empty());
}

#[test]
fn a_listed_portal_is_reached_without_the_proxy() {
    let office = Office::new();
    let origin = format!(
        "https://{}:{}",
        crate::fetch::HOST,
        office.server.address.port()
    );
    let listed = format!(
        "{}[[portal]]\norigin = \"{origin}\"\ntls-root = \"root.pem\"\n",
        office.through()
    );
    // Its certificate is for another name: that it was asked at all is what counts.
    check(&mut office.doctor(&listed, &origin), "PORTAL-TLS");
    assert!(office.proxy.heads().is_empty());
}

#[test]
fn a_proxy_that_refuses_or_is_not_there_is_told_as_one() {
    let office = Office::new();
    for status in [
        "403 Forbidden",
        "407 Proxy Authentication Required",
        "502 Bad Gateway",
    ] {
        let proxy = Proxy::start(Err(status));
        let settings = format!("proxy = \"{}\"\n", proxy.url());
        check(&mut office.doctor(&settings, ORIGIN), "PORTAL-UNREACHABLE");
        assert_eq!(proxy.heads().len(), 1, "{status}");
    }
    let gone = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr());
    let settings = format!("proxy = \"http://{}\"\n", gone.expect("a port"));
    check(&mut office.doctor(&settings, ORIGIN), "PORTAL-UNREACHABLE");
}
