//! One signature: what is asked of the host, and what its answer means.

use crate::error::{DriverError, SignError};
use crate::host::{Ended, failed};
use crate::padding;
use crate::public_key::PublicValue;
use crate::report::KeyRef;
use crate::scheme::Scheme;
use crate::wire::{Cause, Fault, Refusal, Reply, SignRequest, WireError};

/// The question, and the length that the signature must have.
pub(crate) fn request(
    key: &KeyRef,
    scheme: Scheme,
    digest: &[u8],
    pin_follows: bool,
    hidden: bool,
) -> Result<(SignRequest, usize), SignError> {
    let value = PublicValue::of_certificate(&key.certificate_der).ok_or(SignError::KeyUnfit)?;
    let request = SignRequest {
        serial: key.token_serial.clone(),
        certificate: key.certificate_der.clone(),
        id: key.id.clone(),
        attempts: padding::attempts(scheme, &value, digest)?,
        key: value.clone(),
        hidden,
        pin_follows,
    };
    Ok((request, value.signature_len()))
}

/// The signature, or why there is none.
pub(crate) fn outcome(reply: Reply, want: usize) -> Result<Vec<u8>, SignError> {
    match reply {
        Reply::Signature(bytes) if bytes.len() == want => Ok(bytes),
        Reply::Signature(bytes) => Err(SignError::SignatureForm {
            got: bytes.len(),
            want,
        }),
        Reply::Refused(refusal) => Err(refused(refusal)),
        Reply::Failed(fault) => Err(broken(fault)),
        _ => Err(DriverError::from(WireError::Unexpected).into()),
    }
}

impl From<Ended> for SignError {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Failed(error) => error.into(),
            Ended::Stopped => Self::Cancelled,
        }
    }
}

pub(crate) fn refused(refusal: Refusal) -> SignError {
    match refusal {
        Refusal::TokenAbsent => SignError::TokenAbsent,
        Refusal::KeyAbsent => SignError::KeyAbsent,
        Refusal::PinLocked => SignError::PinLocked,
        Refusal::PinForm { min, max } | Refusal::NewPinForm { min, max } => {
            SignError::PinForm { min, max }
        }
        Refusal::PinNeeded => SignError::PinNeeded,
        Refusal::MechanismMissing => SignError::MechanismMissing,
        Refusal::Login {
            fault,
            state,
            bounds,
        } => match fault.cause {
            // The last wrong PIN is answered "incorrect" by some modules, with the flag already set.
            Cause::PinIncorrect if state.is_some_and(|state| state.locked) => SignError::PinLocked,
            Cause::PinIncorrect => SignError::PinWrong { state },
            Cause::PinForm => SignError::PinForm {
                min: bounds.0,
                max: bounds.1,
            },
            _ => broken(fault),
        },
    }
}

pub(crate) fn broken(fault: Fault) -> SignError {
    tracing::info!(fault.function, fault.code, "no signature");
    match fault.cause {
        Cause::PinIncorrect => SignError::PinWrong { state: None },
        Cause::PinLocked => SignError::PinLocked,
        Cause::PinExpired => SignError::PinMustChange,
        Cause::InUse => SignError::TokenBusy,
        Cause::Cancelled => SignError::Cancelled,
        Cause::Mechanism => SignError::MechanismMissing,
        Cause::Removed | Cause::TokenAbsent => SignError::TokenRemoved,
        _ => failed(fault).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::PinState;

    fn login(cause: Cause, state: Option<PinState>) -> Reply {
        let fault = Fault {
            function: "C_Login".to_owned(),
            code: "x".to_owned(),
            cause,
        };
        Reply::Refused(Refusal::Login {
            fault,
            state,
            bounds: (4, 8),
        })
    }

    fn check(reply: Reply, expected: SignError) {
        assert_eq!(outcome(reply, 64), Err(expected));
    }

    #[test]
    fn a_wrong_pin_carries_the_state_after_it() {
        let state = Some(PinState {
            low: true,
            final_try: true,
            ..PinState::default()
        });
        check(
            login(Cause::PinIncorrect, state),
            SignError::PinWrong { state },
        );
    }

    #[test]
    fn a_wrong_pin_that_locked_says_locked() {
        let state = Some(PinState {
            locked: true,
            ..PinState::default()
        });
        check(login(Cause::PinIncorrect, state), SignError::PinLocked);
        check(login(Cause::PinLocked, None), SignError::PinLocked);
    }

    #[test]
    fn other_refusals_of_a_pin_are_told_apart() {
        check(
            login(Cause::PinForm, None),
            SignError::PinForm { min: 4, max: 8 },
        );
        check(login(Cause::PinExpired, None), SignError::PinMustChange);
        check(login(Cause::InUse, None), SignError::TokenBusy);
        check(login(Cause::Cancelled, None), SignError::Cancelled);
        check(login(Cause::Removed, None), SignError::TokenRemoved);
    }

    #[test]
    fn a_signature_of_another_length_is_none() {
        check(
            Reply::Signature(vec![0; 72]),
            SignError::SignatureForm { got: 72, want: 64 },
        );
        check(
            Reply::Signature(Vec::new()),
            SignError::SignatureForm { got: 0, want: 64 },
        );
        assert_eq!(outcome(Reply::Signature(vec![1; 64]), 64), Ok(vec![1; 64]));
    }

    #[test]
    fn an_answer_to_another_question_is_refused() {
        check(
            Reply::Slots(Vec::new()),
            DriverError::from(WireError::Unexpected).into(),
        );
    }
}
