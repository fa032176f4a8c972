//! What a module must bring to be put through the suite.

use std::any::Any;
use std::path::{Path, PathBuf};

use kyso_pkcs11::{Config, ModuleSpec, Tokens};
use kyso_support::{Authority, Issued, Key, KeyKind, Name};

use crate::rig::{draft, validity};

/// One real module with one token in it.
pub(super) struct Stand {
    /// Name and, where the module doesn't tell it itself, version.
    pub(super) name: &'static str,
    pub(super) spec: ModuleSpec,
    pub(super) host_program: PathBuf,
    /// Its label, where whoever sets the token up can choose it.
    pub(super) label: Option<&'static str>,
    pub(super) holdings: Vec<Holding>,
    pub(super) lock: Lock,
    /// Folders and daemons, in the order in which they go.
    pub(super) _keeps: Vec<Box<dyn Any>>,
}

/// How the token answers wrong PINs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lock {
    /// It takes as many as come.
    Never,
    /// It locks with this many in a row.
    After(usize),
}

/// A key on the token and its certificate.
#[derive(Clone)]
pub(super) struct Holding {
    pub(super) label: &'static str,
    /// `CKA_ID`, for modules that let it be chosen.
    pub(super) id: u8,
    pub(super) key: Key,
    pub(super) certificate: Issued,
}

impl Stand {
    pub(super) fn tokens(&self, spec: ModuleSpec) -> Tokens {
        Tokens::new(Config {
            host_program: self.host_program.clone(),
            modules: vec![spec],
        })
    }
}

/// The host that Cargo built for these tests.
pub(super) fn host_program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_kyso-pkcs11-host"))
}

/// A key and a certificate of each kind.
pub(super) fn holdings(kinds: &[KeyKind]) -> Vec<Holding> {
    let (from, to) = validity();
    let key = Key::pooled(KeyKind::P256, 0).unwrap();
    let root = Authority::root(Name::new().cn("Gốc mô-đun"), key, from, to).unwrap();
    let holding = |(kind, id): (&KeyKind, u8)| {
        let label = match kind {
            KeyKind::P256 => "ec",
            _ => "rsa",
        };
        let key = Key::pooled(*kind, 5).unwrap();
        let certificate = root.issue(&draft(label, &key)).unwrap();
        Holding {
            label,
            id,
            key,
            certificate,
        }
    };
    kinds.iter().zip(1..).map(holding).collect()
}

impl Holding {
    /// Writes key and certificate as files: PKCS#8 and X.509, each as PEM and as DER.
    pub(super) fn write(&self, folder: &Path) -> Files {
        let file = |ending: &str, bytes: &[u8]| {
            let path = folder.join(format!("{}.{ending}", self.label));
            std::fs::write(&path, bytes).unwrap();
            path
        };
        Files {
            key_pem: file("key.pem", self.key.pkcs8_pem().as_bytes()),
            key_der: file("key.der", self.key.pkcs8_der()),
            certificate_pem: file("pem", self.certificate.pem().unwrap().as_bytes()),
            certificate_der: file("der", self.certificate.der()),
        }
    }
}

/// Where they lie.
pub(super) struct Files {
    pub(super) key_pem: PathBuf,
    pub(super) key_der: PathBuf,
    pub(super) certificate_pem: PathBuf,
    pub(super) certificate_der: PathBuf,
}

/// RSA and P-256, as most tokens hold.
pub(super) const BOTH: [KeyKind; 2] = [KeyKind::Rsa(2048), KeyKind::P256];

/// The PIN of every token here; eight characters suit all of them.
pub(super) const RIGHT: &str = "24681012";
/// One that fits every token's form and opens none.
pub(super) const WRONG: &str = "11111111";
/// The security officer's.
pub(super) const OFFICER: &str = "87654321";
