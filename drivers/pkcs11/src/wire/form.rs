//! How each message is written: a tag where there is a choice, then the fields in the order they are named.

use super::codec::{List, Reader, Wire, WireError, put_list};
use super::message::{
    Attempt, Cause, Certificate, Fault, FileIdentity, Key, Listed, Mechanism, Refusal, Reply,
    Request, SignRequest, TokenName,
};
use crate::public_key::PublicValue;
use crate::report::{ModuleInfo, PinState, TokenInfo};
use crate::scheme::Hash;

impl Wire for Request {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Open {
                path,
                file,
                reserved,
            } => {
                out.push(0);
                path.put(out);
                file.put(out);
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
            Self::Token(slot) => {
                out.push(4);
                slot.put(out);
            }
            Self::ChangePin { token, pins_follow } => {
                out.push(5);
                token.put(out);
                pins_follow.put(out);
            }
            Self::Unlock { token, pin_follows } => {
                out.push(6);
                token.put(out);
                pin_follows.put(out);
            }
            Self::SignUnlocked(request) => {
                out.push(7);
                request.put(out);
            }
            Self::Lock => out.push(8),
            Self::UsesReaders => out.push(9),
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
                file: from.get()?,
                reserved: from.get()?,
            }),
            1 => Ok(Self::Slots),
            2 => Ok(Self::Slot(from.get()?)),
            3 => Ok(Self::Sign(from.get()?)),
            4 => Ok(Self::Token(from.get()?)),
            5 => Ok(Self::ChangePin {
                token: from.get()?,
                pins_follow: from.get()?,
            }),
            6 => Ok(Self::Unlock {
                token: from.get()?,
                pin_follows: from.get()?,
            }),
            7 => Ok(Self::SignUnlocked(from.get()?)),
            8 => Ok(Self::Lock),
            9 => Ok(Self::UsesReaders),
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
            Self::Signature { attempt, bytes } => {
                out.push(4);
                attempt.put(out);
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
            Self::FileChanged => out.push(7),
            Self::Token(token) => {
                out.push(8);
                token.put(out);
            }
            Self::Done => out.push(9),
            Self::UsesReaders(uses) => {
                out.push(10);
                uses.put(out);
            }
            Self::Left => out.push(11),
        }
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, WireError> {
        match from.get::<u8>()? {
            0 => Ok(Self::Opened(from.get()?)),
            1 => Ok(Self::LoadFailed(from.get()?)),
            2 => Ok(Self::Slots(from.get::<List<u64>>()?.0)),
            3 => Ok(Self::Listed(from.get()?)),
            4 => Ok(Self::Signature {
                attempt: from.get()?,
                bytes: from.get()?,
            }),
            5 => Ok(Self::Refused(from.get()?)),
            6 => Ok(Self::Failed(from.get()?)),
            7 => Ok(Self::FileChanged),
            8 => Ok(Self::Token(from.get()?)),
            9 => Ok(Self::Done),
            10 => Ok(Self::UsesReaders(from.get()?)),
            11 => Ok(Self::Left),
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
            Self::NewPinForm { min, max } => {
                out.push(7);
                min.put(out);
                max.put(out);
            }
            Self::TokensAlike => out.push(8),
            Self::TokenUnnamed => out.push(9),
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
            7 => Ok(Self::NewPinForm {
                min: from.get()?,
                max: from.get()?,
            }),
            8 => Ok(Self::TokensAlike),
            9 => Ok(Self::TokenUnnamed),
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
    pin_max,
    rsa_pss
});
in_order!(FileIdentity { device, number });
in_order!(TokenName { label, serial });
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
        self.token.put(out);
        self.certificate.put(out);
        self.id.put(out);
        self.key.put(out);
        self.hidden.put(out);
        put_list(&self.attempts, out);
        self.pin_follows.put(out);
    }
    fn take(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            token: from.get()?,
            certificate: from.get()?,
            id: from.get()?,
            key: from.get()?,
            hidden: from.get()?,
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
    Self::Removed => 9, Self::Cancelled => 10, Self::Mechanism => 11, Self::ReadOnly => 12,
});
