//! The administrator's file, where it really lies: each program sees an /etc of its own (a mount namespace), in which the
//! file is root's.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use kyso_support::{Key, KeyKind, may_unshare, sign_detached};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::fetch::{HOST, world};
use crate::person::portal;
use crate::program::path;
use crate::server::Server;

/// An /etc of one's own, with an administrator's folder in it.
pub(crate) struct Etc(PathBuf);

impl Etc {
    /// Below this folder. None (said aloud) where this user can have no namespace.
    pub(crate) fn below(folder: &Path) -> Option<Self> {
        if !may_unshare("an administrator's file") {
            return None;
        }
        let etc = folder.join("etc");
        let copied = Command::new("cp").arg("-a").arg("/etc").arg(&etc).status();
        assert!(copied.expect("cp").success());
        std::fs::create_dir_all(etc.join("kyso")).expect("made");
        Some(Self(etc))
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join("kyso").join(name)
    }

    pub(crate) fn policy(&self, text: &str) {
        std::fs::write(self.file("policy.toml"), text).expect("written");
    }

    /// The program that sees it.
    pub(crate) fn seen_by(&self, program: &str) -> Command {
        let mut command = Command::new("unshare");
        command
            .args(["-m", "sh", "-c", "mount --bind \"$0\" /etc && exec \"$@\""])
            .arg(&self.0)
            .arg(program);
        command
    }
}

/// A computer with an administrator.
struct Computer {
    folder: tempfile::TempDir,
    etc: Etc,
    server: Server,
}

impl Computer {
    /// None (said aloud) where this user can have no namespace.
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let etc = Etc::below(folder.path())?;
        let root = world().pki.tls.certificate().pem().expect("PEM");
        std::fs::write(etc.file("root.pem"), root).expect("written");
        let server = portal();
        Some(Self {
            folder,
            etc,
            server,
        })
    }

    fn file(&self, name: &str) -> PathBuf {
        self.etc.file(name)
    }

    fn policy(&self, text: &str) {
        self.etc.policy(text);
    }

    fn origin(&self) -> String {
        format!("https://{HOST}:{}", self.server.address.port())
    }

    fn listed(&self) -> String {
        let origin = self.origin();
        format!("[[portal]]\norigin = \"{origin}\"\ntls-root = \"root.pem\"\n")
    }

    /// The program with these settings of the user's.
    fn kyso(&self, settings: &str, arguments: &[&str]) -> Command {
        let file = self.folder.path().join("kyso.toml");
        let usual = "only-these-modules = true\nstate-folder = \"s\"\nruntime-folder = \"r\"\n";
        std::fs::write(&file, format!("{usual}{settings}")).expect("written");
        let mut command = self.etc.seen_by(env!("CARGO_BIN_EXE_kyso"));
        command
            .args(["--config", path(&file), "--json"])
            .args(arguments)
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
        command
    }

    fn says(&self, settings: &str, arguments: &[&str]) -> (Option<i32>, String) {
        let output = self.kyso(settings, arguments).output().expect("unshare");
        let value: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        (output.status.code(), value.to_string())
    }

    fn sign_in(&self, settings: &str) -> String {
        let link = format!(
            "kyso:1/{HOST}:{}/CQkJCQkJCQkJCQkJCQkJCQ",
            self.server.address.port()
        );
        self.says(settings, &["sign-in", "--yes", &link]).1
    }

    fn asked(&self) -> usize {
        self.server
            .requests
            .lock()
            .expect("no test panicked with it")
            .len()
    }
}

/// SHA-256 of the key of the portal's certificate.
fn pin() -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("chain.pem");
    std::fs::write(&file, &world().identity.chain_pem).expect("written");
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl")
            .args(arguments)
            .output()
            .expect("openssl");
        assert!(output.status.success());
        output.stdout
    };
    let pem = openssl(&["x509", "-in", path(&file), "-pubkey", "-noout"]);
    let key = folder.path().join("key.pem");
    std::fs::write(&key, pem).expect("written");
    let der = openssl(&["pkey", "-pubin", "-in", path(&key), "-outform", "DER"]);
    Sha256::digest(der)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn whom_the_administrator_does_not_allow_is_not_even_asked() {
    let Some(computer) = Computer::new() else {
        return;
    };
    let users = format!(
        "[[portal]]\norigin = \"{}\"\ntls-root = \"etc/kyso/root.pem\"\n",
        computer.origin()
    );
    computer.policy("allowed = [\"https://other.example\"]\n");
    assert!(computer.sign_in(&users).contains("ORIGIN-BLOCKED"));
    computer.policy(&format!("blocked = [\"{}\"]\n", computer.origin()));
    assert!(computer.sign_in(&users).contains("ORIGIN-BLOCKED"));
    let doctor = computer.says(&users, &["doctor", "--portal", &computer.origin()]);
    assert!(doctor.1.contains("ORIGIN-BLOCKED"), "{doctor:?}");
    assert_eq!(computer.asked(), 0);
    computer.policy(&format!("allowed = [\"{}\"]\n", computer.origin()));
    let said = computer.sign_in(&users);
    assert!(said.contains("TOKEN-ABSENT"), "{said}");
    assert!(computer.asked() > 0);
}

#[test]
fn a_policy_that_somebody_else_may_change_stops_everything() {
    let Some(computer) = Computer::new() else {
        return;
    };
    computer.policy(&computer.listed());
    let file = computer.file("policy.toml");
    let refused = |what: &str| {
        for arguments in [&["tokens"][..], &["doctor"], &["history"]] {
            let (status, said) = computer.says("", arguments);
            assert_eq!(status, Some(2), "{what}: {said}");
            assert!(said.contains("POLICY-REFUSED"), "{what}: {said}");
        }
        let said = computer.sign_in("");
        assert!(said.contains("POLICY-REFUSED"), "{what}: {said}");
    };
    std::fs::set_permissions(&file, Permissions::from_mode(0o666)).expect("set");
    refused("others write it");
    std::fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("set");
    std::os::unix::fs::chown(&file, Some(12_345), None).expect("given away");
    refused("it is another's");
    std::os::unix::fs::chown(&file, Some(0), None).expect("taken back");
    std::fs::set_permissions(computer.file("root.pem"), Permissions::from_mode(0o666))
        .expect("set");
    refused("others write what it names");
    std::fs::set_permissions(computer.file("root.pem"), Permissions::from_mode(0o644))
        .expect("set");
    computer.policy("langauge = \"vi\"\n");
    refused("a word that is none");
    assert_eq!(computer.asked(), 0);
}

#[test]
fn a_portal_with_another_key_than_the_pinned_is_not_verified() {
    let Some(computer) = Computer::new() else {
        return;
    };
    let policy = |sha256: &str| {
        let (listed, origin) = (computer.listed(), computer.origin());
        computer.policy(&format!(
            "{listed}[[pin]]\norigin = \"{origin}\"\nsha256 = [\"{sha256}\"]\n"
        ));
    };
    policy(&"00".repeat(32));
    assert!(computer.sign_in("").contains("PORTAL-TLS"));
    assert_eq!(computer.asked(), 0, "something was sent");
    policy(&pin());
    let said = computer.sign_in("");
    assert!(said.contains("TOKEN-ABSENT"), "{said}");
}

#[test]
fn a_name_is_shown_from_the_signed_list() {
    let Some(computer) = Computer::new() else {
        return;
    };
    let key = Key::pooled(KeyKind::Ed25519, 0).expect("openssl");
    let list = format!(
        "format = \"kyso-portal-names-1\"\n[names]\n\"{}\" = \"Cổng Mẫu Đã Ký\"\n",
        computer.origin()
    );
    let signature = sign_detached(&key, list.as_bytes()).expect("openssl");
    std::fs::write(computer.file("names.toml"), &list).expect("written");
    std::fs::write(computer.file("names.toml.sig"), signature).expect("written");
    std::fs::write(computer.file("names.der"), key.public_key_der()).expect("written");
    let names = "[names]\nlist = \"names.toml\"\nkeys = [\"names.der\"]\n";
    computer.policy(&format!("{names}{}", computer.listed()));
    let link = format!(
        "kyso:1/{HOST}:{}/CQkJCQkJCQkJCQkJCQkJCQ",
        computer.server.address.port()
    );
    let output = computer.kyso("", &["sign-in", "--yes", &link]).output();
    let shown = String::from_utf8(output.expect("unshare").stderr).expect("UTF-8");
    assert!(shown.contains("Cổng Mẫu Đã Ký"), "{shown}");
    std::fs::write(computer.file("names.toml"), list.replace("Mẫu", "Giả")).expect("written");
    assert!(computer.sign_in("").contains("POLICY-REFUSED"));
}

#[test]
fn the_administrators_language_is_the_programs() {
    let Some(computer) = Computer::new() else {
        return;
    };
    computer.policy("language = \"en\"\n");
    let output = computer.kyso("language = \"vi\"\n", &[]).output();
    let said = String::from_utf8(output.expect("unshare").stdout).expect("UTF-8");
    assert!(said.contains("Usage: kyso"), "{said}");
}
