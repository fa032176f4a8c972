//! What is told about modules, slots, tokens and the certificates on them.

use std::path::PathBuf;

use crate::discovery::Source;
use crate::error::{DriverError, Unfit};
use crate::examine::Architecture;
use crate::wire::TokenName;

/// What a module says of itself (`C_GetInfo`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleInfo {
    /// Who made it.
    pub manufacturer: String,
    /// Which library it is.
    pub description: String,
    /// The library's version, `major.minor`.
    pub version: String,
    /// The PKCS#11 version it speaks, `major.minor`.
    pub cryptoki: String,
}

/// One configured or found module, and whether it works.
#[derive(Clone, Debug)]
pub struct ModuleReport {
    /// Its name in the configuration or the catalogue.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// Where its path came from.
    pub source: Source,
    /// Certification authorities that hand it out, where the catalogue says.
    pub ca: Vec<String>,
    /// The machine that it is built for, or why it is never loaded.
    pub file: Result<Architecture, Unfit>,
    /// What it says of itself and how many slots it has, or why it doesn't.
    pub state: Result<(ModuleInfo, usize), DriverError>,
}

/// What a token says about its user PIN (`CK_TOKEN_INFO.flags`). All false also where the token doesn't tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PinState {
    /// A wrong PIN was entered since the last right one.
    pub low: bool,
    /// The next wrong PIN locks.
    pub final_try: bool,
    /// No PIN is taken any more.
    pub locked: bool,
    /// Still the PIN of delivery, or expired.
    pub to_be_changed: bool,
}

/// What a token says of itself (`C_GetTokenInfo`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInfo {
    /// Label given at initialisation.
    pub label: String,
    /// Serial number; with the manufacturer it names the device.
    pub serial: String,
    /// Model.
    pub model: String,
    /// Manufacturer of the chip, not of the module.
    pub manufacturer: String,
    /// State of the user PIN.
    pub pin: PinState,
    /// The PIN is typed on the device itself.
    pub protected_path: bool,
    /// Private keys need a PIN.
    pub login_required: bool,
    /// Fewest bytes of a PIN.
    pub pin_min: u32,
    /// Most bytes of a PIN; 0 where the token doesn't say.
    pub pin_max: u32,
    /// Its mechanism list names a way to RSASSA-PSS: `CKM_RSA_PKCS_PSS`, or `CKM_RSA_X_509` for padding of our own.
    /// `None` where the list couldn't be read. Some lists leave out what the token can do.
    pub rsa_pss: Option<bool>,
}

/// A certificate that a token can sign for: all that is needed to find its key again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRef {
    /// Name of the module that saw it.
    pub module: String,
    /// The token's label, for the person.
    pub token_label: String,
    /// The token's serial number.
    pub token_serial: String,
    /// `CKA_ID` of the certificate; may be empty.
    pub id: Vec<u8>,
    /// `CKA_LABEL` of the certificate; may be empty.
    pub label: String,
    /// The certificate, one DER value.
    pub certificate_der: Vec<u8>,
    /// Whether the key was seen. Many tokens show private keys only after the PIN.
    pub key_seen: bool,
}

/// A certificate on a token that is not offered, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Omission {
    /// `CKA_LABEL` of the certificate.
    pub label: String,
    /// Why it can't be used.
    pub why: &'static str,
}

/// One token in one slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenReport {
    /// What it says of itself.
    pub token: TokenInfo,
    /// Certificates that can be chosen.
    pub certificates: Vec<KeyRef>,
    /// Certificates that can't.
    pub omitted: Vec<Omission>,
    /// Nothing could be read yet: this token shows its certificates only after the PIN, see
    /// [`Tokens::unlock`](crate::Tokens::unlock).
    pub certificates_after_pin: bool,
}

impl TokenReport {
    /// What names this token in further calls.
    #[must_use]
    pub fn reference(&self, module: &str) -> TokenRef {
        TokenRef {
            module: module.to_owned(),
            label: self.token.label.clone(),
            serial: self.token.serial.clone(),
        }
    }
}

/// A token that the person chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRef {
    /// Name of the module that saw it.
    pub module: String,
    /// Its label.
    pub label: String,
    /// Its serial number.
    pub serial: String,
}

impl TokenRef {
    pub(crate) fn name(&self) -> TokenName {
        TokenName {
            label: self.label.clone(),
            serial: self.serial.clone(),
        }
    }
}

/// One slot of one module; or the whole module, where it didn't even list its slots.
#[derive(Clone, Debug)]
pub struct SlotReport {
    /// Name of the module.
    pub module: String,
    /// The slot's number at this moment; it may change when a token is plugged in again.
    pub slot: Option<u64>,
    /// The token, or why there is none.
    pub token: Result<TokenReport, DriverError>,
}
