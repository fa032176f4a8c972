//! A card in a virtual reader: what `kyso doctor` and `kyso token pin` say of a real token's states.

use std::io::Write as _;
use std::process::{Command, Stdio};

use kyso_pkcs11::{Config, Hash, ModuleSpec, Pin, Scheme, SignError, Tokens};
use kyso_support::{Card, CardKey, Role, VirtualReader, until};
use serde_json::Value;

use crate::fetch::world;
use crate::program::{command, path};

const PIN: &str = "135790";

struct Desk {
    folder: tempfile::TempDir,
    reader: VirtualReader,
}

impl Desk {
    /// None (said aloud) where this machine can't have a virtual reader.
    fn new() -> Option<Self> {
        let host = crate::person::host_program()?;
        let reader = VirtualReader::start().expect("pcscd starts")?;
        let folder = tempfile::tempdir().expect("a folder");
        let settings = format!(
            "only-these-modules = true\nhost-program = {:?}\n[[module]]\nname = \"OpenSC\"\npath = {:?}\n",
            path(&host),
            path(reader.module())
        );
        std::fs::write(folder.path().join("kyso.toml"), settings).expect("written");
        Some(Self { folder, reader })
    }

    fn kyso(&self, arguments: &[&str]) -> Command {
        let config = self.folder.path().join("kyso.toml");
        let mut all = vec!["--json", "--config", path(&config)];
        all.extend(arguments);
        let mut command = command(&all);
        command.envs(self.reader.environment());
        command
    }

    /// Whether a sign-in would work, and how it is with one thing.
    fn doctor(&self, subject: &str) -> (bool, String) {
        let output = self.kyso(&["doctor"]).output().expect("kyso was built");
        let value: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let lines = value.get("checks").and_then(Value::as_array);
        let line = lines.and_then(|lines| {
            lines
                .iter()
                .find(|line| line.get("check") == Some(&subject.into()))
        });
        let result = line
            .and_then(|line| line.get("result"))
            .and_then(Value::as_str);
        let said = result.unwrap_or("none").to_owned();
        (output.status.success(), said)
    }

    fn tokens(&self) -> Tokens {
        let module = ModuleSpec {
            environment: self.reader.environment(),
            ..ModuleSpec::configured("OpenSC", self.reader.module())
        };
        Tokens::new(Config {
            host_program: crate::person::host_program().expect("it was there before"),
            modules: vec![module],
        })
    }

    fn change(&self, old: &str) -> String {
        let mut command = self.kyso(&["token", "pin", "--pin-fd", "0"]);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().expect("kyso was built");
        let mut stdin = child.stdin.take().expect("a pipe");
        // A locked token is told before anything is read.
        drop(stdin.write_all(format!("{old}\n246802\n246802\n").as_bytes()));
        drop(stdin);
        let output = child.wait_with_output().expect("it ends");
        let value: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let code = value.get("code").or_else(|| value.get("outcome"));
        code.and_then(Value::as_str).unwrap_or("?").to_owned()
    }
}

pub(crate) fn card() -> Card {
    let subject = world().pki.subject(Role::Citizen);
    let held = CardKey {
        reference: 0x9a,
        key: subject.key.clone(),
        certificate: subject.certificate.clone(),
    };
    Card::new(PIN, vec![held])
}

/// What a wrong PIN comes to.
fn wrong(tokens: &Tokens) -> SignError {
    let listed = tokens.list().into_iter().find_map(|slot| slot.token.ok());
    let listed = listed.expect("a token");
    let key = listed.certificates.first().expect("a certificate");
    let pin = Pin::new(b"000000").expect("a PIN");
    let signed = tokens.sign(
        key,
        &[(Scheme::RsaPkcs1(Hash::Sha256), &[0; 32])],
        Some(pin),
    );
    signed.expect_err("a wrong PIN")
}

#[test]
fn doctor_follows_a_card_from_the_reader_to_a_locked_pin() {
    let Some(desk) = Desk::new() else {
        return;
    };
    let check = |subject: &str, ready: bool, result: &str| {
        assert_eq!(
            desk.doctor(subject),
            (ready, result.to_owned()),
            "{subject}"
        );
    };
    check("card-service", false, "ok");
    check("reader", false, "warning");
    check("token", false, "error");
    let card = card();
    let shown = card.pins_shown();
    let inserted = desk.reader.insert(card).expect("it goes in");
    let listed = || {
        desk.kyso(&["tokens"])
            .output()
            .is_ok_and(|output| output.status.success())
    };
    until("the card to be listed", listed).expect("it is listed");
    check("reader", true, "ok");
    check("certificate", true, "ok");
    check("pin", true, "ok");
    let tokens = desk.tokens();
    assert!(matches!(wrong(&tokens), SignError::PinWrong { .. }));
    assert!(matches!(wrong(&tokens), SignError::PinWrong { .. }));
    check("pin", true, "warning");
    assert_eq!(wrong(&tokens), SignError::PinLocked);
    let tried = shown.count();
    check("pin", false, "error");
    assert_eq!(desk.change(PIN), "PIN-LOCKED");
    assert_eq!(shown.count(), tried);
    drop(inserted);
}
