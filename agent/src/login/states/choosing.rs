//! The drivers list, as they come; the person chooses.

use kyso_pkcs11::TokenReport;

use super::absent::Absent;
use super::found::Found;
use super::signing::{Chosen, PinGiven};
use super::unlocking::Opening;
use crate::login::ask::Ask;
use crate::login::candidate::{Candidate, Hidden};
use crate::login::event::{Act, Effect, Event, Intent};
use crate::login::{State, Turn};
use crate::problem::Failure;
use crate::view::{ChooseView, View};

/// The drivers list, the person chooses.
#[derive(Debug)]
pub(in crate::login) struct Choosing {
    pub(in crate::login) ask: Ask,
    found: Found,
    searching: bool,
    /// The certificates are those of a token that was unlocked, by a PIN given to us or on its own keypad.
    unlocked: Option<PinGiven>,
    /// Why the certificate to which the person agreed does not sign.
    instead: Option<Failure>,
}

impl Choosing {
    pub(super) fn begin(ask: Ask, turn: &mut Turn) -> State {
        let choosing = Self {
            ask,
            found: Found::default(),
            searching: true,
            unlocked: None,
            instead: None,
        };
        choosing.show(turn);
        turn.effects.push(Effect::List { login: turn.login });
        State::Choosing(Box::new(choosing))
    }

    /// Among the certificates of a token that was just unlocked.
    pub(super) fn among(
        ask: Ask,
        report: &TokenReport,
        hidden: &Hidden,
        pin_given: bool,
        turn: &mut Turn,
    ) -> State {
        let mut found = Candidate::all_of(report, ask.algorithms(), ask.subject(), turn.now);
        for candidate in &mut found {
            candidate.apart.clone_from(&hidden.apart);
        }
        let choosing = Box::new(Self {
            ask,
            found: Found::on_one_token(found),
            searching: false,
            unlocked: Some(PinGiven(pin_given)),
            instead: None,
        });
        choosing.listed(turn)
    }

    /// Among what was found instead of the certificate to which the person agreed.
    pub(super) fn instead(ask: Ask, found: Found, why: Failure, turn: &mut Turn) -> State {
        let choosing = Box::new(Self {
            ask,
            found,
            searching: false,
            unlocked: None,
            instead: Some(why),
        });
        choosing.listed(turn)
    }

    pub(in crate::login) fn take(mut self: Box<Self>, event: Event, turn: &mut Turn) -> State {
        if let Some(stop) = event.stops() {
            return turn.refuse(&self.ask, stop.into());
        }
        match event {
            Event::Found(_, report) => {
                if self.found.add(*report, &self.ask, turn) {
                    self.show(turn);
                }
                State::Choosing(self)
            }
            Event::Listed(_) => self.listed(turn),
            Event::Intent(Intent { act, .. }) => match act {
                Act::Choose(number) => self.choose(number, turn),
                Act::ChooseAbsent => turn.refuse(&self.ask, Failure::CertificateAbsent),
                Act::GiveUp => turn.refuse(&self.ask, Failure::Cancelled),
                _ => State::Choosing(self),
            },
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

    fn listed(mut self: Box<Self>, turn: &mut Turn) -> State {
        self.searching = false;
        match self.found.nothing() {
            Some(Failure::NoToken) => Absent::begin(self.ask, None, turn),
            Some(failure) => turn.refuse(&self.ask, failure),
            None => {
                self.show(turn);
                State::Choosing(self)
            }
        }
    }

    fn show(&self, turn: &mut Turn) {
        turn.show(View::Choose(ChooseView {
            aim: self.ask.aim(),
            searching: self.searching,
            rows: self.found.rows(&self.ask, turn),
            instead: self.instead.as_ref().map(Into::into),
        }));
    }

    fn choose(mut self: Box<Self>, number: usize, turn: &mut Turn) -> State {
        if let Some(at) = number.checked_sub(self.found.candidates.len()) {
            return match self.found.hidden.get(at).cloned() {
                Some(hidden) => Opening::begin(self.ask, hidden, turn),
                None => State::Choosing(self),
            };
        }
        let chosen = self.found.candidates.swap_remove(number);
        Chosen::begin(self.ask, chosen, self.unlocked, None, turn)
    }
}
