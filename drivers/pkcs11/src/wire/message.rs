//! What is asked of a host and what it answers. No message has a PIN in it.

use super::codec::{List, Reader, Wire, WireError, decode, encode, put_list};
use crate::public_key::PublicValue;
use crate::report::{ModuleInfo, PinState, TokenInfo};
use crate::scheme::Hash;

/// Version of these messages; the host's first frame says it as four little-endian bytes.
pub const VERSION: u32 = 1;

/// A question to the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Load the module; the first request, and only once.
    Open {
        /// Path of the module, as the system writes paths.
        path: Vec<u8>,
        /// Text for `pReserved` of `C_Initialize`, where the module wants one (NSS).
        reserved: Option<String>,
    },
    /// Which slots there are.
    Slots,
    /// What is in this slot.
    Slot(u64),
    /// Make one signature. A frame with the PIN follows where `pin_follows`.
    Sign(SignRequest),
    /// Log in and stay so, for measurements. A frame with the PIN follows.
    #[cfg(feature = "bench")]
    BenchOpen(SignRequest),
    /// `C_SignInit` and `C_Sign` in the session that stayed open.
    #[cfg(feature = "bench")]
    BenchSign(Attempt),
}

/// One signature by the key of one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignRequest {
    /// Serial number of the token.
    pub serial: String,
    /// The certificate; the PIN is tried only on a token that holds exactly this one.
    pub certificate: Vec<u8>,
    /// `CKA_ID` of the certificate; may be empty.
    pub id: Vec<u8>,
    /// The certificate's key.
    pub key: PublicValue,
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
    /// To `Slots`.
    Slots(Vec<u64>),
    /// To `Slot`.
    Listed(Listed),
    /// To `Sign`.
    Signature(Vec<u8>),
    /// To `Sign`.
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

/// Why the host made no signature, beside a call that failed for no special reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No token with this serial number holds the certificate.
    TokenAbsent,
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
    /// A PIN is needed, none was sent, and the device can't ask for it.
    PinNeeded,
    /// `C_Login` failed.
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
    /// `CKR_PIN_INVALID`, `CKR_PIN_LEN_RANGE`.
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

impl Wire for Request {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Open { path, reserved } => {
                out.push(0);
                path.put(out);
                reserved.put(out);
            }
            Self::Slots => out.push(1),
            Self::Slot(slot) => {
                out.push(2);
                slot.put(out);
            }
            Self::Sign(request) => {
                out.push(3);
                request.put(out);
            }
            #[cfg(feature = "bench")]
            Self::BenchOpen(request) => {
                out.push(200);
                request.put(out);
            }
            #[cfg(feature = "bench")]
            Self::BenchSign(attempt) => {
                out.push(201);
                attempt.put(out);
            }
        }
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, WireError> {
        match from.get::<u8>()? {
            0 => Ok(Self::Open {
                path: from.get()?,
                reserved: from.get()?,
            }),
            1 => Ok(Self::Slots),
            2 => Ok(Self::Slot(from.get()?)),
            3 => Ok(Self::Sign(from.get()?)),
            #[cfg(feature = "bench")]
            200 => Ok(Self::BenchOpen(from.get()?)),
            #[cfg(feature = "bench")]
            201 => Ok(Self::BenchSign(from.get()?)),
            _ => Err(WireError::Unknown),
        }
    }
}

impl Wire for Reply {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Opened(info) => {
                out.push(0);
                info.put(out);
            }
            Self::LoadFailed(why) => {
                out.push(1);
                why.put(out);
            }
            Self::Slots(slots) => {
                out.push(2);
                put_list(slots, out);
            }
            Self::Listed(listed) => {
                out.push(3);
                listed.put(out);
            }
            Self::Signature(bytes) => {
                out.push(4);
                bytes.put(out);
            }
            Self::Refused(refusal) => {
                out.push(5);
                refusal.put(out);
            }
            Self::Failed(fault) => {
                out.push(6);
                fault.put(out);
            }
        }
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, WireError> {
        match from.get::<u8>()? {
            0 => Ok(Self::Opened(from.get()?)),
            1 => Ok(Self::LoadFailed(from.get()?)),
            2 => Ok(Self::Slots(from.get::<List<u64>>()?.0)),
            3 => Ok(Self::Listed(from.get()?)),
            4 => Ok(Self::Signature(from.get()?)),
            5 => Ok(Self::Refused(from.get()?)),
            6 => Ok(Self::Failed(from.get()?)),
            _ => Err(WireError::Unknown),
        }
    }
}

impl Wire for Refusal {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::TokenAbsent => out.push(0),
            Self::KeyAbsent => out.push(1),
            Self::PinLocked => out.push(2),
            Self::PinForm { min, max } => {
                out.push(3);
                min.put(out);
                max.put(out);
            }
            Self::PinNeeded => out.push(4),
            Self::Login {
                fault,
                state,
                bounds,
            } => {
                out.push(5);
                fault.put(out);
                state.put(out);
                bounds.0.put(out);
                bounds.1.put(out);
            }
            Self::MechanismMissing => out.push(6),
        }
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, WireError> {
        match from.get::<u8>()? {
            0 => Ok(Self::TokenAbsent),
            1 => Ok(Self::KeyAbsent),
            2 => Ok(Self::PinLocked),
            3 => Ok(Self::PinForm {
                min: from.get()?,
                max: from.get()?,
            }),
            4 => Ok(Self::PinNeeded),
            5 => Ok(Self::Login {
                fault: from.get()?,
                state: from.get()?,
                bounds: (from.get()?, from.get()?),
            }),
            6 => Ok(Self::MechanismMissing),
            _ => Err(WireError::Unknown),
        }
    }
}

/// A struct whose fields cross in the order they are named.
macro_rules! in_order {
    ($name:ident { $($field:ident),* $(,)? }) => {
        impl Wire for $name {
            fn put(&self, out: &mut Vec<u8>) {
                $(self.$field.put(out);)*
            }
            fn take(from: &mut Reader<'_>) -> Result<Self, WireError> {
                Ok(Self { $($field: from.get()?),* })
            }
        }
    };
}

in_order!(ModuleInfo {
    manufacturer,
    description,
    version,
    cryptoki
});
in_order!(PinState {
    low,
    final_try,
    locked,
    to_be_changed
});
in_order!(TokenInfo {
    label,
    serial,
    model,
    manufacturer,
    pin,
    protected_path,
    login_required,
    pin_min,
    pin_max
});
in_order!(Certificate { id, label, der });
in_order!(Key { id, value });
in_order!(Fault {
    function,
    code,
    cause
});
in_order!(Attempt { mechanism, input });

impl Wire for Listed {
    fn put(&self, out: &mut Vec<u8>) {
        self.token.put(out);
        put_list(&self.certificates, out);
        put_list(&self.keys, out);
    }
    fn take(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            token: from.get()?,
            certificates: from.get::<List<Certificate>>()?.0,
            keys: from.get::<List<Key>>()?.0,
        })
    }
}

impl Wire for SignRequest {
    fn put(&self, out: &mut Vec<u8>) {
        self.serial.put(out);
        self.certificate.put(out);
        self.id.put(out);
        self.key.put(out);
        put_list(&self.attempts, out);
        self.pin_follows.put(out);
    }
    fn take(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            serial: from.get()?,
            certificate: from.get()?,
            id: from.get()?,
            key: from.get()?,
            attempts: from.get::<List<Attempt>>()?.0,
            pin_follows: from.get()?,
        })
    }
}

impl Wire for PublicValue {
    fn put(&self, out: &mut Vec<u8>) {
        let (tag, bytes) = match self {
            Self::Rsa(modulus) => (0, modulus),
            Self::Ec(point) => (1, point),
        };
        out.push(tag);
        bytes.put(out);
    }
    fn take(from: &mut Reader<'_>) -> Result<Self, WireError> {
        match from.get::<u8>()? {
            0 => Ok(Self::Rsa(from.get()?)),
            1 => Ok(Self::Ec(from.get()?)),
            _ => Err(WireError::Unknown),
        }
    }
}

/// An enum without fields, one byte each.
macro_rules! tagged {
    ($name:ident { $($value:expr => $tag:literal),* $(,)? }) => {
        impl Wire for $name {
            fn put(&self, out: &mut Vec<u8>) {
                let all = [$(($value, $tag)),*];
                out.extend(all.iter().filter(|(value, _)| value == self).map(|(_, tag)| *tag));
            }
            fn take(from: &mut Reader<'_>) -> Result<Self, WireError> {
                let tag = from.get::<u8>()?;
                let all = [$(($value, $tag)),*];
                all.iter().find(|(_, known)| *known == tag).map(|(value, _)| *value).ok_or(WireError::Unknown)
            }
        }
    };
}

tagged!(Mechanism {
    Self::RsaPkcs => 0_u8, Self::RsaPss(Hash::Sha256) => 1, Self::RsaPss(Hash::Sha384) => 2,
    Self::RsaPss(Hash::Sha512) => 3, Self::RsaRaw => 4, Self::Ecdsa => 5,
});
tagged!(Cause {
    Self::Other => 0_u8, Self::PinIncorrect => 1, Self::PinLocked => 2, Self::PinExpired => 3, Self::PinForm => 4,
    Self::InUse => 5, Self::TokenAbsent => 6, Self::TokenUnrecognised => 7, Self::TokenUninitialised => 8,
    Self::Removed => 9, Self::Cancelled => 10, Self::Mechanism => 11,
});
