//! The same `C_Sign` again and again in one session, to measure what the pipe adds. Not in a release.

use std::time::Duration;

use crate::deadline::Deadline;
use crate::error::SignError;
use crate::lane::Turn;
use crate::pin::Pin;
use crate::report::KeyRef;
use crate::scheme::Scheme;
use crate::signing::{self, Due};
use crate::token::Tokens;
use crate::wire::{Attempt, Reply, Request};

/// A host with a session that stays logged in.
pub struct Session<'a> {
    turn: Turn<'a>,
    attempt: Attempt,
    due: Due,
}

impl Tokens {
    /// Logs in with the key of one certificate, ready to sign one digest repeatedly.
    ///
    /// # Errors
    /// As [`Tokens::sign`].
    pub fn bench(
        &self,
        key: &KeyRef,
        how: Scheme,
        digest: &[u8],
        pin: &Pin,
    ) -> Result<Session<'_>, SignError> {
        let (request, due) = signing::request(key, &[(how, digest)], true, false)?;
        let attempt = request
            .attempts
            .first()
            .cloned()
            .ok_or(SignError::MechanismMissing)?;
        let deadline = Deadline::after(Duration::from_secs(10));
        let mut turn = self.turn(self.lane(&key.module)?, deadline)?;
        let reply = turn.call_with_person(&Request::BenchOpen(request), &[pin], deadline)?;
        if reply != Reply::Done {
            due.outcome(reply)?;
        }
        Ok(Session { turn, attempt, due })
    }
}

impl Session<'_> {
    /// `C_SignInit` and `C_Sign` in the host.
    ///
    /// # Errors
    /// As [`Tokens::sign`].
    pub fn sign(&mut self) -> Result<Vec<u8>, SignError> {
        let request = Request::BenchSign(self.attempt.clone());
        let reply = self
            .turn
            .call(&request, Deadline::after(Duration::from_secs(10)))?;
        Ok(self.due.outcome(reply)?.bytes)
    }
}
