//! A token that is unlocked for a while: for those that show their certificates only after the PIN.

use crate::deadline::Deadline;
use crate::error::{DriverError, SignError};
use crate::keys;
use crate::lane::{FAREWELL, Turn};
use crate::pin::Pin;
use crate::report::{KeyRef, TokenRef, TokenReport};
use crate::scheme::{Scheme, Signature};
use crate::signing;
use crate::wire::{Reply, Request, WireError};

/// A token that the person unlocked. Nobody else uses its module until this is dropped, which logs out.
pub struct Unlocked<'a> {
    turn: Turn<'a>,
    report: TokenReport,
}

impl<'a> Unlocked<'a> {
    pub(crate) fn open(
        mut turn: Turn<'a>,
        token: &TokenRef,
        pin: Option<&Pin>,
        deadline: Deadline,
    ) -> Result<Self, SignError> {
        let request = Request::Unlock {
            token: token.name(),
            pin_follows: pin.is_some(),
        };
        match turn.call_with_person(&request, pin.as_slice(), deadline)? {
            Reply::Listed(listed) => Ok(Self {
                turn,
                report: keys::report(&token.module, listed),
            }),
            Reply::Refused(refusal) => Err(signing::refused(refusal)),
            Reply::Failed(fault) => Err(signing::broken(fault)),
            _ => Err(DriverError::from(WireError::Unexpected).into()),
        }
    }

    /// The token, with the certificates that it shows now.
    #[must_use]
    pub fn report(&self) -> &TokenReport {
        &self.report
    }

    /// Has one of these digests signed by the key of one of its certificates, without another PIN: the first in whose
    /// way the token can.
    ///
    /// # Errors
    /// As [`crate::Tokens::sign`]; [`SignError::PinNeeded`] also where the key wants the PIN for every signature.
    pub fn sign(&mut self, key: &KeyRef, ways: &[(Scheme, &[u8])]) -> Result<Signature, SignError> {
        let (request, due) = signing::request(key, ways, false, true)?;
        let deadline = Deadline::after(self.turn.spec().deadlines.sign);
        let request = Request::SignUnlocked(request);
        due.outcome(self.turn.call_with_person(&request, &[], deadline)?)
    }
}

impl Drop for Unlocked<'_> {
    fn drop(&mut self) {
        // A host that died is logged out, and another one isn't started for that.
        if self.turn.is_running() {
            let _ = self.turn.call(&Request::Lock, Deadline::after(FAREWELL));
        }
    }
}
