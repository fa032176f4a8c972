//! The drivers list, as they come; the person chooses.

use kyso_pkcs11::{SlotReport, TokenReport};

use super::signing::{Chosen, PinGiven};
use super::unlocking::Opening;
use crate::login::ask::Ask;
use crate::login::candidate::{Candidate, Hidden};
use crate::login::event::{Act, Effect, Event, Intent, says_nothing};
use crate::login::{State, Turn};
use crate::problem::Failure;
use crate::view::{ChooseView, Row, View};

/// The drivers list, the person chooses.
#[derive(Debug)]
pub(in crate::login) struct Choosing {
    pub(in crate::login) ask: Ask,
    found: Vec<Candidate>,
    /// Tokens that show their certificates only after the PIN; they stand behind those that were found.
    hidden: Vec<Hidden>,
    silent: Vec<Failure>,
    searching: bool,
    /// The certificates are those of a token that was unlocked, by a PIN given to us or on its own keypad.
    unlocked: Option<PinGiven>,
}

impl Choosing {
    pub(super) fn begin(ask: Ask, turn: &mut Turn) -> State {
        let choosing = Self {
            ask,
            found: Vec::new(),
            hidden: Vec::new(),
            silent: Vec::new(),
            searching: true,
            unlocked: None,
        };
        choosing.show(turn);
        turn.effects.push(Effect::List { login: turn.login });
        State::Choosing(Box::new(choosing))
    }

    /// Among the certificates of a token that was just unlocked.
    pub(super) fn among(ask: Ask, report: &TokenReport, pin_given: bool, turn: &mut Turn) -> State {
        let (algorithms, wanted) = (&ask.statement.algorithms, ask.statement.subject);
        let found = Candidate::all_of(report, algorithms, wanted, turn.now);
        let choosing = Box::new(Self {
            ask,
            found,
            hidden: Vec::new(),
            silent: vec![Failure::NoIdentity],
            searching: false,
            unlocked: Some(PinGiven(pin_given)),
        });
        choosing.listed(turn)
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
                if token.certificates_after_pin {
                    self.hidden.push(Hidden {
                        reference: token.reference(&report.module),
                        token: token.token,
                    });
                }
                self.silent.push(Failure::NoIdentity);
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
        if self.found.is_empty() && self.hidden.is_empty() {
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
        let rows = self.found.iter().map(row);
        let rows = rows.chain(self.hidden.iter().map(Row::of_hidden)).collect();
        turn.show(View::Choose(ChooseView {
            purpose,
            searching: self.searching,
            rows,
        }));
    }

    fn choose(mut self: Box<Self>, number: usize, turn: &mut Turn) -> State {
        if let Some(at) = number.checked_sub(self.found.len()) {
            return match self.hidden.get(at).cloned() {
                Some(hidden) => Opening::begin(self.ask, hidden, turn),
                None => State::Choosing(self),
            };
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
                unlocked: self.unlocked,
            }
            .go_on(turn),
        }
    }
}
