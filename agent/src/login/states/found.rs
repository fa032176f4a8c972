//! What the drivers have listed so far.

use kyso_pkcs11::SlotReport;

use crate::login::Turn;
use crate::login::ask::Ask;
use crate::login::candidate::{Candidate, Hidden};
use crate::login::event::says_nothing;
use crate::login::remembered;
use crate::problem::Failure;
use crate::view::{Row, apart};

/// Certificates, tokens that hide theirs, and why there are no others.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) candidates: Vec<Candidate>,
    /// Tokens that show their certificates only after the PIN; they stand behind those that were found.
    pub(super) hidden: Vec<Hidden>,
    silent: Vec<Failure>,
}

impl Found {
    /// The certificates of one token; without any, that is why there are none.
    pub(super) fn on_one_token(candidates: Vec<Candidate>) -> Self {
        Self {
            candidates,
            hidden: Vec::new(),
            silent: vec![Failure::NoIdentity],
        }
    }

    /// Whether there is more to show now.
    pub(super) fn add(&mut self, report: SlotReport, ask: &Ask, turn: &Turn) -> bool {
        match report.token {
            Ok(token) => {
                let (offered, wanted) = (ask.algorithms(), ask.subject());
                let found = Candidate::all_of(&token, offered, wanted, turn.now);
                self.candidates.extend(found);
                if token.certificates_after_pin {
                    self.hidden.push(Hidden {
                        reference: token.reference(&report.module),
                        token: token.token,
                        apart: None,
                    });
                }
                self.tell_apart();
                self.silent.push(Failure::NoIdentity);
                true
            }
            Err(error) if says_nothing(&error) => false,
            Err(error) => {
                self.silent.push(Failure::Driver {
                    module: report.module,
                    error,
                });
                false
            }
        }
    }

    fn tell_apart(&mut self) {
        let shown = self.candidates.iter().map(|candidate| &candidate.token);
        let hidden = self.hidden.iter().map(|hidden| &hidden.token);
        let tokens: Vec<_> = shown.chain(hidden).cloned().collect();
        for candidate in &mut self.candidates {
            candidate.apart = apart(&candidate.token, &tokens);
        }
        for hidden in &mut self.hidden {
            hidden.apart = apart(&hidden.token, &tokens);
        }
    }

    /// Why nothing was found, where that is so. A token without certificates says more than a module that failed.
    pub(super) fn nothing(&mut self) -> Option<Failure> {
        if !self.candidates.is_empty() || !self.hidden.is_empty() {
            return None;
        }
        let is_empty = |failure: &Failure| matches!(failure, Failure::NoIdentity);
        let empty = self.silent.iter().position(is_empty);
        Some(match empty.or((!self.silent.is_empty()).then_some(0)) {
            Some(at) => self.silent.swap_remove(at),
            None => Failure::NoToken,
        })
    }

    /// Takes out a certificate that can sign, from where it may be.
    pub(super) fn take_fit(
        &mut self,
        sha256: &[u8; 32],
        may_be_on: impl Fn(&Candidate) -> bool,
    ) -> Option<Candidate> {
        let at = self.candidates.iter().position(|candidate| {
            remembered::is(candidate.certificate.as_ref(), sha256)
                && may_be_on(candidate)
                && candidate.unfit.is_none()
                && candidate.algorithm.is_some()
        })?;
        Some(self.candidates.swap_remove(at))
    }

    pub(super) fn rows(&self, ask: &Ask, turn: &Turn) -> Vec<Row> {
        let (wanted, usual) = (ask.subject(), ask.usual());
        let row = |candidate| Row::of(candidate, wanted, usual, turn.now);
        let rows = self.candidates.iter().map(row);
        rows.chain(self.hidden.iter().map(Row::of_hidden)).collect()
    }
}
