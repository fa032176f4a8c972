//! One change of a PIN: what is asked of the host, and what its answer means.

use crate::error::{DriverError, PinChangeError};
use crate::host::{Ended, failed};
use crate::pin::Pin;
use crate::report::TokenRef;
use crate::wire::{Cause, Fault, Refusal, Reply, Request, WireError};

/// Who types the PINs.
pub enum PinChange {
    /// The person, into this program.
    Typed {
        /// What is the PIN now.
        old: Pin,
        /// What it shall be.
        new: Pin,
    },
    /// The person, on the device: only where [`TokenInfo::protected_path`](crate::TokenInfo::protected_path).
    OnDevice,
}

impl PinChange {
    /// The PINs in the order in which they cross the pipe.
    pub(crate) fn pins(&self) -> Vec<&Pin> {
        match self {
            Self::Typed { old, new } => vec![old, new],
            Self::OnDevice => Vec::new(),
        }
    }
}

pub(crate) fn request(token: &TokenRef, change: &PinChange) -> Request {
    Request::ChangePin {
        token: token.name(),
        pins_follow: matches!(change, PinChange::Typed { .. }),
    }
}

/// Nothing where the PIN was changed, else why not.
pub(crate) fn outcome(reply: Reply) -> Result<(), PinChangeError> {
    match reply {
        Reply::Done => Ok(()),
        Reply::Refused(refusal) => Err(refused(refusal)),
        Reply::Failed(fault) => Err(broken(fault)),
        _ => Err(DriverError::from(WireError::Unexpected).into()),
    }
}

impl From<Ended> for PinChangeError {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Failed(error) => error.into(),
            Ended::Stopped => Self::Cancelled,
        }
    }
}

fn refused(refusal: Refusal) -> PinChangeError {
    match refusal {
        Refusal::TokenAbsent | Refusal::KeyAbsent => PinChangeError::TokenAbsent,
        Refusal::TokensAlike => PinChangeError::TokensAlike,
        Refusal::TokenUnnamed => PinChangeError::TokenUnnamed,
        Refusal::PinLocked => PinChangeError::PinLocked,
        Refusal::PinForm { min, max } => PinChangeError::OldPinForm { min, max },
        Refusal::NewPinForm { min, max } => PinChangeError::NewPinForm { min, max },
        Refusal::PinNeeded => PinChangeError::PinNeeded,
        Refusal::MechanismMissing => PinChangeError::ReadOnly,
        Refusal::Login { fault, state, .. } => match fault.cause {
            // The last wrong PIN is answered "incorrect" by some modules, with the flag already set.
            Cause::PinIncorrect if state.is_some_and(|state| state.locked) => {
                PinChangeError::PinLocked
            }
            Cause::PinIncorrect => PinChangeError::PinWrong { state },
            _ => broken(fault),
        },
    }
}

fn broken(fault: Fault) -> PinChangeError {
    tracing::info!(fault.function, fault.code, "the PIN was not changed");
    match fault.cause {
        Cause::PinIncorrect => PinChangeError::PinWrong { state: None },
        Cause::PinLocked => PinChangeError::PinLocked,
        Cause::PinForm => PinChangeError::NewPinRefused,
        Cause::InUse => PinChangeError::TokenBusy,
        Cause::Cancelled => PinChangeError::Cancelled,
        // A module that has no C_SetPIN says that the function is not supported.
        Cause::ReadOnly | Cause::Mechanism => PinChangeError::ReadOnly,
        Cause::Removed | Cause::TokenAbsent => PinChangeError::TokenRemoved,
        _ => failed(fault).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::PinState;

    fn check(cause: Cause, state: Option<PinState>, expected: PinChangeError) {
        let fault = Fault {
            function: "C_SetPIN".to_owned(),
            code: "x".to_owned(),
            cause,
        };
        let bounds = (4, 8);
        let refusal = Refusal::Login {
            fault,
            state,
            bounds,
        };
        assert_eq!(outcome(Reply::Refused(refusal)), Err(expected));
    }

    #[test]
    fn what_the_token_says_is_told_apart() {
        let locked = Some(PinState {
            locked: true,
            ..PinState::default()
        });
        let low = Some(PinState {
            low: true,
            ..PinState::default()
        });
        check(
            Cause::PinIncorrect,
            low,
            PinChangeError::PinWrong { state: low },
        );
        check(Cause::PinIncorrect, locked, PinChangeError::PinLocked);
        check(Cause::PinForm, None, PinChangeError::NewPinRefused);
        check(Cause::ReadOnly, None, PinChangeError::ReadOnly);
        check(Cause::Cancelled, None, PinChangeError::Cancelled);
        check(Cause::Removed, None, PinChangeError::TokenRemoved);
    }

    #[test]
    fn lengths_are_told_apart_by_which_pin_they_are_of() {
        let (min, max) = (4, 8);
        let check = |refusal, expected| {
            assert_eq!(outcome(Reply::Refused(refusal)), Err(expected));
        };
        check(
            Refusal::PinForm { min, max },
            PinChangeError::OldPinForm { min, max },
        );
        check(
            Refusal::NewPinForm { min, max },
            PinChangeError::NewPinForm { min, max },
        );
        assert_eq!(outcome(Reply::Done), Ok(()));
    }
}
