//! One signature: what is asked of the host, and what its answer means.

use crate::error::{DriverError, SignError};
use crate::host::{Ended, failed};
use crate::padding;
use crate::public_key::PublicValue;
use crate::report::KeyRef;
use crate::scheme::{Scheme, Signature};
use crate::wire::{Attempt, Cause, Fault, Refusal, Reply, SignRequest, TokenName, WireError};

/// The question, and what its answer can be.
pub(crate) fn request(
    key: &KeyRef,
    ways: &[(Scheme, &[u8])],
    pin_follows: bool,
    hidden: bool,
) -> Result<(SignRequest, Due), SignError> {
    let value = PublicValue::of_certificate(&key.certificate_der).ok_or(SignError::KeyUnfit)?;
    let (schemes, attempts) = attempts(ways, &value)?;
    let request = SignRequest {
        token: TokenName {
            label: key.token_label.clone(),
            serial: key.token_serial.clone(),
        },
        certificate: key.certificate_der.clone(),
        id: key.id.clone(),
        attempts,
        key: value.clone(),
        hidden,
        pin_follows,
    };
    let length = value.signature_len();
    Ok((request, Due { schemes, length }))
}

/// The attempts at all ways, each with its way. One that doesn't fit the key counts only where no other does.
fn attempts(
    ways: &[(Scheme, &[u8])],
    key: &PublicValue,
) -> Result<(Vec<Scheme>, Vec<Attempt>), SignError> {
    let (mut attempts, mut unfit) = (Vec::new(), SignError::KeyUnfit);
    for (scheme, digest) in ways {
        match padding::attempts(*scheme, key, digest) {
            Ok(made) => attempts.extend(made.into_iter().map(|attempt| (*scheme, attempt))),
            Err(error) => unfit = error,
        }
    }
    if attempts.is_empty() {
        return Err(unfit);
    }
    Ok(attempts.into_iter().unzip())
}

/// What a signature must be.
pub(crate) struct Due {
    /// The way of each attempt.
    schemes: Vec<Scheme>,
    /// Its length in bytes.
    length: usize,
}

impl Due {
    /// The signature, or why there is none.
    pub(crate) fn outcome(&self, reply: Reply) -> Result<Signature, SignError> {
        let (attempt, bytes) = match reply {
            Reply::Signature { attempt, bytes } => (attempt, bytes),
            Reply::Refused(refusal) => return Err(refused(refusal)),
            Reply::Failed(fault) => return Err(broken(fault)),
            _ => return Err(DriverError::from(WireError::Unexpected).into()),
        };
        let made = usize::try_from(attempt).ok();
        let scheme = made.and_then(|made| self.schemes.get(made).copied());
        let scheme = scheme.ok_or(DriverError::from(WireError::Unexpected))?;
        if bytes.len() != self.length {
            let (got, want) = (bytes.len(), self.length);
            return Err(SignError::SignatureForm { got, want });
        }
        Ok(Signature { scheme, bytes })
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
        Refusal::TokensAlike => SignError::TokensAlike,
        Refusal::TokenUnnamed => SignError::TokenUnnamed,
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
    use crate::scheme::Hash;

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

    const DUE: Due = Due {
        schemes: Vec::new(),
        length: 64,
    };

    fn check(reply: Reply, expected: SignError) {
        assert_eq!(DUE.outcome(reply), Err(expected));
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

    fn signature(attempt: u32, length: usize) -> Result<Signature, SignError> {
        let hash = Hash::Sha256;
        let due = Due {
            schemes: vec![
                Scheme::RsaPss(hash),
                Scheme::RsaPss(hash),
                Scheme::RsaPkcs1(hash),
            ],
            length: 64,
        };
        let bytes = vec![1; length];
        due.outcome(Reply::Signature { attempt, bytes })
    }

    #[test]
    fn a_signature_of_another_length_is_none() {
        for got in [72, 0] {
            let want = 64;
            assert_eq!(
                signature(0, got),
                Err(SignError::SignatureForm { got, want })
            );
        }
        assert_eq!(signature(0, 64).map(|made| made.bytes), Ok(vec![1; 64]));
    }

    #[test]
    fn a_signature_is_known_by_the_attempt_that_made_it() {
        let scheme = |attempt| signature(attempt, 64).map(|made| made.scheme);
        assert_eq!(scheme(1), Ok(Scheme::RsaPss(Hash::Sha256)));
        assert_eq!(scheme(2), Ok(Scheme::RsaPkcs1(Hash::Sha256)));
        let none = DriverError::from(WireError::Unexpected);
        assert_eq!(scheme(3), Err(none.into()));
    }

    #[test]
    fn a_way_that_does_not_fit_the_key_leaves_the_others() {
        let key = PublicValue::Rsa([&[0xb0][..], &[0x55; 127]].concat());
        let (long, short) = (Scheme::RsaPss(Hash::Sha512), Scheme::RsaPkcs1(Hash::Sha256));
        let (schemes, made) = attempts(&[(long, &[7; 64]), (short, &[7; 32])], &key).unwrap();
        assert_eq!((schemes, made.len()), (vec![short], 1));
        assert_eq!(
            attempts(&[(long, &[7; 64])], &key),
            Err(SignError::KeyUnfit)
        );
    }

    #[test]
    fn an_answer_to_another_question_is_refused() {
        check(
            Reply::Slots(Vec::new()),
            DriverError::from(WireError::Unexpected).into(),
        );
    }
}
