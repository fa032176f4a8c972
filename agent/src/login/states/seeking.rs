//! The person agreed to the certificate that was shown from memory: it is looked for, and its token's PIN state is read
//! before a PIN that was typed already is used. That PIN is for the device that was shown, and for no other that has the
//! certificate too: there it is wiped, and the view that asks again names the device.

use kyso_pkcs11::Pin;

use super::absent::Absent;
use super::choosing::Choosing;
use super::found::Found;
use super::signing::Chosen;
use crate::login::ask::Ask;
use crate::login::candidate::Candidate;
use crate::login::event::{Effect, Event};
use crate::login::remembered::Remembered;
use crate::login::{State, Turn};
use crate::problem::Failure;
use crate::view::View;

/// Which certificate shall sign.
#[derive(Debug)]
pub(super) struct Sought {
    /// Its SHA-256.
    pub(super) sha256: [u8; 32],
    /// As it was shown; the device that it was on goes before others.
    pub(super) seen: Option<Box<Remembered>>,
}

impl Sought {
    fn was_on(&self, candidate: &Candidate) -> bool {
        let seen = self.seen.as_ref();
        seen.is_some_and(|seen| seen.was_on(candidate))
    }
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
        let sought = Sought { sha256, seen: None };
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
                let before = |candidate: &_| self.sought.was_on(candidate);
                match self.found.take_fit(&self.sought.sha256, before) {
                    Some(candidate) => self.go_on(candidate, turn),
                    None => State::Seeking(self),
                }
            }
            Event::Listed(_) => match self.found.take_fit(&self.sought.sha256, |_| true) {
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
        let Self {
            ask, sought, pin, ..
        } = *self;
        let pin = pin.0.filter(|_| sought.was_on(&candidate));
        Chosen::begin(ask, candidate, None, pin, turn)
    }
}
