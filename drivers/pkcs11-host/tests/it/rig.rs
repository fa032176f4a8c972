//! A folder of soft tokens and the library set on them.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use kyso_faulty_module::{Class, Fault, Misdeed, Object, PLAN, Plan, Record, Token, module_file};
use kyso_pkcs11::{
    Config, Deadlines, Hash, KeyRef, ModuleSpec, Pin, Scheme, SignError, TokenRef, TokenReport,
    Tokens,
};
use kyso_support::{Authority, Draft, Key, KeyKind, Name, SoftToken, missing, module_path};
use time::macros::datetime;

pub(crate) const PIN: &str = "246810";

/// Soft tokens in a folder of their own.
pub(crate) struct Rig {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) authority: Authority,
    pub(crate) tokens: Vec<SoftToken>,
    /// The same tokens for the module that misbehaves.
    twins: Vec<Token>,
}

impl Rig {
    /// A folder without tokens; `None` (said aloud) where SoftHSM2 isn't installed.
    pub(crate) fn empty() -> Option<Self> {
        if let Err(error) = module_path() {
            missing(&error.to_string());
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = validity();
        let key = Key::pooled(KeyKind::P256, 0).unwrap();
        let authority = Authority::root(Name::new().cn("Gốc thử"), key, from, to).unwrap();
        Some(Self {
            folder,
            authority,
            tokens: Vec::new(),
            twins: Vec::new(),
        })
    }

    /// One token with one key of this kind.
    pub(crate) fn with_key(kind: KeyKind) -> Option<Self> {
        let mut rig = Self::empty()?;
        rig.add_token("thẻ thử", kind);
        Some(rig)
    }

    pub(crate) fn add_token(&mut self, label: &str, kind: KeyKind) -> &SoftToken {
        let token = SoftToken::create(self.folder.path(), label, PIN).unwrap();
        let key = Key::pooled(kind, 1).unwrap();
        let certificate = self.authority.issue(&draft(label, &key)).unwrap();
        token.import(1, "sign", &key, &certificate).unwrap();
        self.twins.push(twin(label, &key, certificate.der()));
        self.tokens.push(token);
        self.tokens.last().unwrap()
    }

    /// The calls that the module of [`faulty`] got.
    pub(crate) fn record(&self) -> Record {
        Record::of(&self.folder.path().join("record"))
    }

    /// SoftHSM2 itself.
    pub(crate) fn module(&self) -> ModuleSpec {
        self.through(&module_path().unwrap())
    }

    /// Another module that sits in front of SoftHSM2.
    pub(crate) fn through(&self, module: &Path) -> ModuleSpec {
        let configuration = self.folder.path().join("softhsm2.conf");
        let environment = vec![("SOFTHSM2_CONF".to_owned(), configuration.into_os_string())];
        ModuleSpec {
            environment,
            ..ModuleSpec::configured("soft", module)
        }
    }

    pub(crate) fn open(&self) -> Tokens {
        tokens(vec![self.module()])
    }
}

pub(crate) fn tokens(modules: Vec<ModuleSpec>) -> Tokens {
    let host_program = PathBuf::from(env!("CARGO_BIN_EXE_kyso-pkcs11-host"));
    Tokens::new(Config {
        host_program,
        modules,
    })
}

/// The module that misbehaves, with the rig's keys on tokens of its own.
pub(crate) fn faulty(rig: &Rig, faults: &[(&str, Misdeed)]) -> ModuleSpec {
    planned(rig, |plan| {
        let faults = faults.iter();
        plan.faults = faults
            .map(|(function, what)| Fault::at(function, what.clone()))
            .collect();
    })
}

/// As [`faulty`], with the whole plan open to changes.
pub(crate) fn planned(rig: &Rig, change: impl FnOnce(&mut Plan)) -> ModuleSpec {
    let file = rig.folder.path().join("plan.toml");
    let mut plan = Plan {
        record: rig.folder.path().join("record"),
        tokens: rig.twins.clone(),
        ..Plan::default()
    };
    change(&mut plan);
    plan.write(&file).unwrap();
    ModuleSpec {
        environment: vec![(PLAN.to_owned(), file.into_os_string())],
        ..ModuleSpec::configured("soft", module_file().unwrap())
    }
}

/// A fault in the call by which a token is left after a signature or a change of PIN.
pub(crate) fn leaving_badly(rig: &Rig, function: &str, what: &Misdeed) -> ModuleSpec {
    // The first session is closed when the tokens are listed.
    let from = if function == "C_CloseSession" { 2 } else { 1 };
    planned(rig, |plan| {
        plan.faults = vec![Fault {
            from,
            ..Fault::at(function, what.clone())
        }];
    })
}

/// As that module, with little patience.
pub(crate) fn short(module: ModuleSpec) -> ModuleSpec {
    let granted = Duration::from_millis(900);
    ModuleSpec {
        deadlines: Deadlines {
            list: granted,
            sign: granted,
            pin_pad: granted,
        },
        ..module
    }
}

/// A module with a fault that tells through a named pipe when it begins.
pub(crate) fn telling(rig: &Rig, function: &str, what: Misdeed) -> (ModuleSpec, PathBuf) {
    let event = rig.folder.path().join("event");
    assert!(
        Command::new("mkfifo")
            .arg(&event)
            .status()
            .unwrap()
            .success()
    );
    let fault = Fault {
        event: Some(event.clone()),
        ..Fault::at(function, what)
    };
    let module = planned(rig, |plan| plan.faults = vec![fault]);
    (module, event)
}

/// Returns when the fault begins.
pub(crate) fn wait_for(event: &Path) {
    assert_eq!(File::open(event).unwrap().read(&mut [0]).unwrap(), 1);
}

fn twin(label: &str, key: &Key, certificate: &[u8]) -> Token {
    let object = |class, value: &[u8]| Object {
        class,
        id: [1][..].into(),
        label: "sign".into(),
        value: value.into(),
    };
    Token {
        label: label.into(),
        serial: format!("{:x}", label.len()),
        pin: PIN.to_owned(),
        tries: 3,
        pin_pad: false,
        logged_in: false,
        objects: vec![
            object(Class::PrivateKey, key.pkcs8_der()),
            object(Class::Certificate, certificate),
        ],
    }
}

pub(crate) fn draft(name: &str, key: &Key) -> Draft {
    let (from, to) = validity();
    Draft::new(Name::new().cn(name), key, from, to).subscriber()
}

pub(crate) fn validity() -> (time::OffsetDateTime, time::OffsetDateTime) {
    (
        datetime!(2026-01-01 00:00 UTC),
        datetime!(2036-01-01 00:00 UTC),
    )
}

/// All tokens that were listed without an error.
pub(crate) fn listed(tokens: &Tokens) -> Vec<TokenReport> {
    tokens
        .list()
        .into_iter()
        .filter_map(|slot| slot.token.ok())
        .collect()
}

/// The only certificate that is offered.
pub(crate) fn only_key(tokens: &Tokens) -> KeyRef {
    let mut keys: Vec<KeyRef> = listed(tokens)
        .into_iter()
        .flat_map(|token| token.certificates)
        .collect();
    assert_eq!(keys.len(), 1, "{:?}", tokens.list());
    keys.remove(0)
}

/// The only token that is listed.
pub(crate) fn only_token(tokens: &Tokens) -> TokenRef {
    let found: Vec<TokenRef> = tokens
        .list()
        .into_iter()
        .filter_map(|slot| Some(slot.token.ok()?.reference(&slot.module)))
        .collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

pub(crate) fn pin(text: &str) -> Pin {
    Pin::new(text.as_bytes()).unwrap()
}

pub(crate) fn sign(
    tokens: &Tokens,
    key: &KeyRef,
    how: Scheme,
    pin: &str,
) -> Result<Vec<u8>, SignError> {
    let length = match how {
        Scheme::RsaPkcs1(hash) | Scheme::RsaPss(hash) => hash.digest_len(),
        Scheme::Ecdsa => 32,
    };
    let digest = vec![0x5a; length];
    let pin = Some(Pin::new(pin.as_bytes()).unwrap());
    let signature = tokens.sign(key, &[(how, &digest)], pin)?;
    assert_eq!(signature.scheme, how);
    Ok(signature.bytes)
}

/// Whether the `openssl` program takes the signature over [`sign`]'s digest.
pub(crate) fn verifies(key: &KeyRef, how: Scheme, signature: &[u8]) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let certificate = file("certificate", &key.certificate_der);
    let (options, digest, signature) = match how {
        Scheme::RsaPkcs1(hash) => (
            vec!["rsa_padding_mode:pkcs1", digest_name(hash)],
            hash.digest_len(),
            signature.to_vec(),
        ),
        Scheme::RsaPss(hash) => {
            let options = vec![
                "rsa_padding_mode:pss",
                "rsa_pss_saltlen:digest",
                digest_name(hash),
            ];
            (options, hash.digest_len(), signature.to_vec())
        }
        Scheme::Ecdsa => (Vec::new(), 32, der_of(signature)),
    };
    let (digest, signature) = (
        file("digest", &vec![0x5a; digest]),
        file("signature", &signature),
    );
    let mut command = Command::new("openssl");
    command.args([
        "pkeyutl",
        "-verify",
        "-certin",
        "-inkey",
        &certificate,
        "-keyform",
        "DER",
    ]);
    command.args(["-in", &digest, "-sigfile", &signature]);
    options
        .iter()
        .for_each(|option| _ = command.args(["-pkeyopt", option]));
    command.output().unwrap().status.success()
}

fn digest_name(hash: Hash) -> &'static str {
    match hash {
        Hash::Sha256 => "digest:sha256",
        Hash::Sha384 => "digest:sha384",
        Hash::Sha512 => "digest:sha512",
    }
}

/// `SEQUENCE { INTEGER r, INTEGER s }` of r‖s.
fn der_of(signature: &[u8]) -> Vec<u8> {
    let (r, s) = signature.split_at(signature.len() / 2);
    let integer = |number: &[u8]| {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        let mut body = number[zeros..].to_vec();
        if body[0] >= 0x80 {
            body.insert(0, 0);
        }
        [&[2, body.len() as u8], &body[..]].concat()
    };
    let body = [integer(r), integer(s)].concat();
    [&[0x30, body.len() as u8], &body[..]].concat()
}
