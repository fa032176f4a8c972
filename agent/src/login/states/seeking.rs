//! The person agreed to the certificate that was shown from memory: it is looked for, and its token's PIN state is read
//! before a PIN that was typed already is used.

use kyso_pkcs11::Pin;

use super::absent::Absent;
use super::choosing::Choosing;
use super::found::Found;
use super::signing::Chosen;
use crate::login::ask::Ask;
use crate::login::candidate::Candidate;
use crate::login::event::{Effect, Event};
use crate::login::{State, Turn};
use crate::problem::Failure;
use crate::view::View;

/// Which certificate shall sign.
#[derive(Debug)]
pub(super) struct Sought {
    /// Its SHA-256.
    pub(super) sha256: [u8; 32],
    /// The module that saw it last: the first to show it, or nobody knows.
    pub(super) module: Option<String>,
}

/// A PIN that was typed before its token was seen.
pub(super) struct Typed(pub(super) Option<Pin>);

impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Typed(..)")
    }
}

/// The drivers list; nothing is left to choose where the certificate is there.
#[derive(Debug)]
pub(in crate::login) struct Seeking {
    pub(in crate::login) ask: Ask,
    sought: Sought,
    pin: Typed,
    found: Found,
}

impl Seeking {
    pub(super) fn begin(ask: Ask, sought: Sought, pin: Option<Pin>, turn: &mut Turn) -> State {
        turn.show(View::Searching);
        turn.effects.push(Effect::List { login: turn.login });
        State::Seeking(Box::new(Self {
            ask,
            sought,
            pin: Typed(pin),
            found: Found::default(),
        }))
    }

    /// A certificate whose signature the person wants to try.
    pub(in crate::login) fn trial(ask: Ask, sha256: [u8; 32], turn: &mut Turn) -> State {
        turn.noted = Some(ask.noted());
        let sought = Sought {
            sha256,
            module: None,
        };
        Self::begin(ask, sought, None, turn)
    }

    pub(in crate::login) fn take(mut self: Box<Self>, event: Event, turn: &mut Turn) -> State {
        if let Some(stop) = event.stops() {
            return turn.refuse(&self.ask, stop.into());
        }
        match event {
            Event::Found(_, report) => {
                self.found.add(*report, &self.ask, turn);
                // Where several modules show one token, the one that signed before goes first.
                let module = self.sought.module.as_deref();
                let first = module.and_then(|m| self.found.take_fit(&self.sought.sha256, Some(m)));
                match first {
                    Some(candidate) => self.go_on(candidate, turn),
                    None => State::Seeking(self),
                }
            }
            Event::Listed(_) => match self.found.take_fit(&self.sought.sha256, None) {
                Some(candidate) => self.go_on(candidate, turn),
                None => (*self).unfound(turn),
            },
            _ => State::Seeking(self),
        }
    }

    pub(in crate::login) fn clock(self: Box<Self>, turn: &mut Turn) -> State {
        if turn.now < self.ask.deadline {
            State::Seeking(self)
        } else {
            turn.refuse(&self.ask, Failure::Expired)
        }
    }

    fn unfound(mut self, turn: &mut Turn) -> State {
        match self.found.nothing() {
            Some(Failure::NoToken) => Absent::begin(self.ask, Some(self.sought), turn),
            Some(failure) => turn.refuse(&self.ask, failure),
            None => Choosing::instead(self.ask, self.found, Failure::ChosenUnusable, turn),
        }
    }

    fn go_on(self: Box<Self>, candidate: Candidate, turn: &mut Turn) -> State {
        let Self { ask, pin, .. } = *self;
        Chosen::begin(ask, candidate, None, pin.0, turn)
    }
}
