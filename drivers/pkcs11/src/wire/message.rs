//! What is asked of a host and what it answers. No message has a PIN in it.

use super::codec::{WireError, decode, encode};
use crate::public_key::PublicValue;
use crate::report::{ModuleInfo, PinState, TokenInfo};
use crate::scheme::Hash;

/// Version of these messages; the host's first frame says it as four little-endian bytes.
pub const VERSION: u32 = 4;

/// A question to the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Load the module; the first request, and only once.
    Open {
        /// Path of the module, as the system writes paths.
        path: Vec<u8>,
        /// The file that was examined; another one is not loaded.
        file: FileIdentity,
        /// Text for `pReserved` of `C_Initialize`, where the module wants one (NSS).
        reserved: Option<String>,
    },
    /// Which slots there are.
    Slots,
    /// Which token is in this slot; its objects aren't looked at.
    Token(u64),
    /// What is in this slot.
    Slot(u64),
    /// Make one signature. A frame with the PIN follows where `pin_follows`. After the answer comes [`Reply::Left`].
    Sign(SignRequest),
    /// Change the PIN of the only token of that name. Two frames with the old and the new PIN follow where `pins_follow`.
    /// After the answer comes [`Reply::Left`].
    ChangePin {
        /// The token.
        token: TokenName,
        /// Whether the next frames are the PINs; else the device asks for them.
        pins_follow: bool,
    },
    /// Log in on the only token of that name, stay so, and say what it shows then. A frame with the PIN follows where
    /// `pin_follows`.
    Unlock {
        /// The token.
        token: TokenName,
        /// Whether the next frame is the PIN.
        pin_follows: bool,
    },
    /// Make one signature on the token that is unlocked.
    SignUnlocked(SignRequest),
    /// Log out from the token that is unlocked.
    Lock,
    /// Whether the module has loaded PC/SC's library.
    UsesReaders,
    /// Log in and stay so, for measurements. A frame with the PIN follows.
    #[cfg(feature = "bench")]
    BenchOpen(SignRequest),
    /// `C_SignInit` and `C_Sign` in the session that stayed open.
    #[cfg(feature = "bench")]
    BenchSign(Attempt),
}

/// A file, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileIdentity {
    /// The device that it is on.
    pub device: u64,
    /// Its number there.
    pub number: u64,
}

/// What a token is known by, as it tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenName {
    /// Its label.
    pub label: String,
    /// Its serial number.
    pub serial: String,
}

impl TokenName {
    /// Whether this token has it.
    #[must_use]
    pub fn is_of(&self, token: &TokenInfo) -> bool {
        self.label == token.label && self.serial == token.serial
    }
}

/// One signature by the key of one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignRequest {
    /// The token.
    pub token: TokenName,
    /// The certificate; the PIN is tried only on a token that holds exactly this one.
    pub certificate: Vec<u8>,
    /// `CKA_ID` of the certificate; may be empty.
    pub id: Vec<u8>,
    /// The certificate's key.
    pub key: PublicValue,
    /// The token shows its certificates only after the PIN: it is found by its name alone, and the certificate is looked
    /// for before anything is signed.
    pub hidden: bool,
    /// Ways to make the signature, tried in this order until the token takes one.
    pub attempts: Vec<Attempt>,
    /// Whether the next frame is the PIN.
    pub pin_follows: bool,
}

/// One way to have a signature made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The mechanism.
    pub mechanism: Mechanism,
    /// What goes into `C_Sign`.
    pub input: Vec<u8>,
}

/// The PKCS#11 mechanisms that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// `CKM_RSA_PKCS`; the input is a `DigestInfo`.
    RsaPkcs,
    /// `CKM_RSA_PKCS_PSS`; the input is the digest.
    RsaPss(Hash),
    /// `CKM_RSA_X_509`; the input is the padded block.
    RsaRaw,
    /// `CKM_ECDSA`; the input is the digest.
    Ecdsa,
}

/// An answer of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// To `Open`.
    Opened(ModuleInfo),
    /// To `Open`: the system's loader said no, in its words.
    LoadFailed(String),
    /// To `Open`: the file isn't the one that was examined.
    FileChanged,
    /// To `Slots`.
    Slots(Vec<u64>),
    /// To `Token`.
    Token(TokenInfo),
    /// To `Slot` and `Unlock`.
    Listed(Listed),
    /// To `Sign` and `SignUnlocked`.
    Signature {
        /// Which of the attempts made it, from 0.
        attempt: u32,
        /// What `C_Sign` gave.
        bytes: Vec<u8>,
    },
    /// To `UsesReaders`.
    UsesReaders(bool),
    /// To `ChangePin` and `Lock`.
    Done,
    /// After the answer to `Sign` and `ChangePin`: the token is logged out, and the session closed.
    Left,
    /// To whatever wants a PIN.
    Refused(Refusal),
    /// A call of the module failed.
    Failed(Fault),
}

/// What is on the token in a slot, as its objects stand before a PIN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// What the token says of itself.
    pub token: TokenInfo,
    /// Every X.509 certificate object.
    pub certificates: Vec<Certificate>,
    /// Every private and public key object that is visible.
    pub keys: Vec<Key>,
}

/// A certificate object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// `CKA_ID`.
    pub id: Vec<u8>,
    /// `CKA_LABEL`.
    pub label: String,
    /// `CKA_VALUE`.
    pub der: Vec<u8>,
}

/// A key object, private or public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// `CKA_ID`.
    pub id: Vec<u8>,
    /// Its public half, where the object tells.
    pub value: Option<PublicValue>,
}

/// Why the host didn't do what wants a PIN, beside a call that failed for no special reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No token of that name holds the certificate.
    TokenAbsent,
    /// Several tokens have that name, and nothing else tells which one is meant; nothing was tried.
    TokensAlike,
    /// The name has no serial number: another token could be in this one's place. Nothing was tried.
    TokenUnnamed,
    /// The token doesn't hold the private key.
    KeyAbsent,
    /// The flags say locked; nothing was tried.
    PinLocked,
    /// The PIN is too short or too long; nothing was tried.
    PinForm {
        /// Fewest bytes.
        min: u32,
        /// Most bytes; 0 where the token doesn't say.
        max: u32,
    },
    /// The new PIN is too short or too long; nothing was tried.
    NewPinForm {
        /// Fewest bytes.
        min: u32,
        /// Most bytes; 0 where the token doesn't say.
        max: u32,
    },
    /// A PIN is needed, none was sent, and the device can't ask for it.
    PinNeeded,
    /// `C_Login` or `C_SetPIN` failed.
    Login {
        /// What it said.
        fault: Fault,
        /// The flags, read again.
        state: Option<PinState>,
        /// Bounds for a PIN's length.
        bounds: (u32, u32),
    },
    /// No attempt was a mechanism that the token takes.
    MechanismMissing,
}

/// A failed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The function's name.
    pub function: String,
    /// The return code's name.
    pub code: String,
    /// What it means here.
    pub cause: Cause,
}

/// Return codes, by what is done about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Anything that has no treatment of its own.
    Other,
    /// `CKR_PIN_INCORRECT`.
    PinIncorrect,
    /// `CKR_PIN_LOCKED`.
    PinLocked,
    /// `CKR_PIN_EXPIRED`.
    PinExpired,
    /// `CKR_PIN_INVALID`, `CKR_PIN_LEN_RANGE`, `CKR_PIN_TOO_WEAK`.
    PinForm,
    /// Somebody is logged in already and doesn't go.
    InUse,
    /// `CKR_TOKEN_NOT_PRESENT`.
    TokenAbsent,
    /// `CKR_TOKEN_NOT_RECOGNIZED`.
    TokenUnrecognised,
    /// The token isn't initialised, or has no user PIN.
    TokenUninitialised,
    /// The device or the session went away.
    Removed,
    /// `CKR_FUNCTION_CANCELED`, `CKR_CANCEL`, `CKR_FUNCTION_REJECTED`.
    Cancelled,
    /// The mechanism isn't taken for this key.
    Mechanism,
    /// The token or the session can't be written.
    ReadOnly,
}

impl Request {
    /// The message as bytes of one frame.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// # Errors
    /// [`WireError`] for anything but exactly one request.
    pub fn parse(bytes: &[u8]) -> Result<Self, WireError> {
        decode(bytes)
    }
}

impl Reply {
    /// The message as bytes of one frame.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// # Errors
    /// [`WireError`] for anything but exactly one reply.
    pub fn parse(bytes: &[u8]) -> Result<Self, WireError> {
        decode(bytes)
    }
}
