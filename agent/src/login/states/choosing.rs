//! The drivers list, as they come; the person chooses.

use kyso_pkcs11::{DriverError, SILENCE, SlotReport, TokenReport};

use super::signing::Chosen;
use crate::login::ask::Ask;
use crate::login::candidate::Candidate;
use crate::login::event::{Act, Effect, Event, Intent, says_nothing};
use crate::login::{State, Turn};
use crate::problem::Failure;
use crate::view::{ChooseView, Row, View};

/// The drivers list, the person chooses.
#[derive(Debug)]
pub(in crate::login) struct Choosing {
    pub(in crate::login) ask: Ask,
    found: Vec<Candidate>,
    silent: Vec<Failure>,
    searching: bool,
}

impl Choosing {
    pub(super) fn begin(ask: Ask, turn: &mut Turn) -> State {
        let choosing = Self {
            ask,
            found: Vec::new(),
            silent: Vec::new(),
            searching: true,
        };
        choosing.show(turn);
        turn.effects.push(Effect::List { login: turn.login });
        State::Choosing(Box::new(choosing))
    }

    pub(in crate::login) fn take(mut self: Box<Self>, event: Event, turn: &mut Turn) -> State {
        match event {
            Event::Found(_, report) => {
                self.add(*report, turn);
                State::Choosing(self)
            }
            Event::Listed(_) => self.listed(turn),
            Event::Intent(Intent {
                act: Act::Choose(number),
                ..
            }) => self.choose(number, turn),
            Event::Intent(Intent {
                act: Act::ChooseAbsent,
                ..
            }) => turn.refuse(&self.ask, Failure::CertificateAbsent),
            Event::Intent(Intent {
                act: Act::Refuse | Act::GiveUp,
                ..
            })
            | Event::Cancelled => turn.refuse(&self.ask, Failure::Cancelled),
            _ => State::Choosing(self),
        }
    }

    pub(in crate::login) fn clock(self: Box<Self>, turn: &mut Turn) -> State {
        if turn.now < self.ask.deadline {
            State::Choosing(self)
        } else {
            turn.refuse(&self.ask, Failure::Expired)
        }
    }

    fn add(&mut self, report: SlotReport, turn: &mut Turn) {
        match report.token {
            Ok(token) => {
                let statement = &self.ask.statement;
                self.found.extend(Candidate::all_of(
                    &token,
                    &statement.algorithms,
                    statement.subject,
                    turn.now,
                ));
                self.silent.push(without_identity(report.module, &token));
                self.show(turn);
            }
            Err(error) if says_nothing(&error) => {}
            Err(error) => self.silent.push(Failure::Driver {
                module: report.module,
                error,
            }),
        }
    }

    fn listed(mut self: Box<Self>, turn: &mut Turn) -> State {
        self.searching = false;
        if self.found.is_empty() {
            // A token without certificates says more than a module that failed.
            let empty = self
                .silent
                .iter()
                .position(|failure| matches!(failure, Failure::NoIdentity));
            let failure = match empty.or((!self.silent.is_empty()).then_some(0)) {
                Some(at) => self.silent.swap_remove(at),
                None => Failure::NoToken,
            };
            return turn.refuse(&self.ask, failure);
        }
        self.show(turn);
        State::Choosing(self)
    }

    fn show(&self, turn: &mut Turn) {
        let purpose = self.ask.statement.purpose;
        let (wanted, usual) = (self.ask.statement.subject, self.ask.usual());
        let row = |candidate| Row::of(candidate, wanted, usual, turn.now);
        let rows = self.found.iter().map(row).collect();
        turn.show(View::Choose(ChooseView {
            purpose,
            searching: self.searching,
            rows,
        }));
    }

    fn choose(mut self: Box<Self>, number: usize, turn: &mut Turn) -> State {
        if number >= self.found.len() {
            return State::Choosing(self);
        }
        let mut chosen = self.found.swap_remove(number);
        if let Some(noted) = &mut turn.noted {
            noted.certificate.clone_from(&chosen.certificate);
        }
        match (chosen.unfit.take(), chosen.algorithm) {
            (Some(unfit), _) => turn.refuse(&self.ask, unfit),
            (None, None) => turn.refuse(&self.ask, Failure::NoAlgorithm),
            (None, Some(algorithm)) => Chosen {
                ask: self.ask,
                candidate: chosen,
                algorithm,
            }
            .go_on(turn),
        }
    }
}

/// What is told where a token shows no certificate that could be chosen. One that waits for its PIN first isn't empty: its
/// driver didn't answer.
fn without_identity(module: String, token: &TokenReport) -> Failure {
    if token.certificates_after_pin {
        let error = DriverError::ModuleTimeout {
            seconds: SILENCE.as_secs(),
        };
        Failure::Driver { module, error }
    } else {
        Failure::NoIdentity
    }
}
