//! A token that shows its certificates only after the PIN: it is unlocked first, and then the person chooses among them.

use kyso_pkcs11::{Pin, SignError, TokenReport};

use super::choosing::Choosing;
use crate::login::ask::Ask;
use crate::login::candidate::Hidden;
use crate::login::event::{Act, Effect, Event, Intent, UnlockOrder};
use crate::login::{State, Turn};
use crate::problem::Failure;
use crate::view::{PinView, Tries, View};

/// The person types the PIN of a token that has shown nothing yet.
#[derive(Debug)]
pub(in crate::login) struct Opening {
    pub(in crate::login) ask: Ask,
    hidden: Hidden,
    last: Option<Failure>,
}

impl Opening {
    pub(super) fn begin(ask: Ask, hidden: Hidden, turn: &mut Turn) -> State {
        let token = &hidden.token;
        if token.pin.locked {
            let ca = String::new();
            return turn.refuse(&ask, Failure::Locked { ca });
        }
        if token.login_required && !token.protected_path {
            let tries = Tries::of(token.pin);
            Self::ask_pin(ask, hidden, tries, None, turn)
        } else {
            Unlocking::begin(ask, hidden, None, turn)
        }
    }

    fn ask_pin(
        ask: Ask,
        hidden: Hidden,
        tries: Tries,
        last: Option<Failure>,
        turn: &mut Turn,
    ) -> State {
        let problem = last.as_ref().map(Into::into);
        let view = PinView::of_hidden(&hidden, ask.aim(), tries, problem);
        turn.show(View::Pin(Box::new(view)));
        State::Opening(Box::new(Self { ask, hidden, last }))
    }

    pub(in crate::login) fn take(self: Box<Self>, event: Event, turn: &mut Turn) -> State {
        if let Some(stop) = event.stops() {
            return turn.refuse(&self.ask, stop.into());
        }
        let Event::Intent(Intent { act, .. }) = event else {
            return State::Opening(self);
        };
        match act {
            Act::Enter(pin) => Unlocking::begin(self.ask, self.hidden, Some(pin), turn),
            Act::NoPin(error) => turn.refuse(&self.ask, Failure::Pin(error)),
            Act::GiveUp => turn.refuse(&self.ask, self.last.unwrap_or(Failure::Cancelled)),
            _ => State::Opening(self),
        }
    }

    pub(in crate::login) fn clock(self: Box<Self>, turn: &mut Turn) -> State {
        if turn.now < self.ask.deadline {
            State::Opening(self)
        } else {
            turn.refuse(&self.ask, Failure::Expired)
        }
    }
}

/// The driver unlocks the token.
#[derive(Debug)]
pub(in crate::login) struct Unlocking {
    pub(in crate::login) ask: Ask,
    hidden: Hidden,
    pin_given: bool,
}

impl Unlocking {
    fn begin(ask: Ask, hidden: Hidden, pin: Option<Pin>, turn: &mut Turn) -> State {
        turn.show(View::Unlocking {
            keypad: hidden.token.protected_path,
        });
        let pin_given = pin.is_some();
        let token = hidden.reference.clone();
        turn.effects.push(Effect::Unlock {
            login: turn.login,
            order: Box::new(UnlockOrder { token, pin }),
        });
        State::Unlocking(Box::new(Self {
            ask,
            hidden,
            pin_given,
        }))
    }

    pub(in crate::login) fn take(self: Box<Self>, event: Event, turn: &mut Turn) -> State {
        if let Some(stop) = event.stops() {
            turn.effects.push(Effect::StopSigning);
            return turn.refuse(&self.ask, stop.into());
        }
        match event {
            Event::Unlocked(_, Ok(report)) => self.unlocked(&report, turn),
            Event::Unlocked(_, Err(error)) => self.refused(error, turn),
            _ => State::Unlocking(self),
        }
    }

    pub(in crate::login) fn clock(self: Box<Self>, turn: &mut Turn) -> State {
        if turn.now < self.ask.deadline {
            State::Unlocking(self)
        } else {
            turn.effects.push(Effect::StopSigning);
            turn.refuse(&self.ask, Failure::Expired)
        }
    }

    fn unlocked(self: Box<Self>, report: &TokenReport, turn: &mut Turn) -> State {
        let Self {
            ask,
            hidden,
            pin_given,
        } = *self;
        Choosing::among(ask, report, &hidden, pin_given, turn)
    }

    fn refused(self: Box<Self>, error: SignError, turn: &mut Turn) -> State {
        let tries = match &error {
            SignError::PinWrong { state } => Some(state.map_or(Tries::Few, Tries::of)),
            SignError::PinForm { .. } => Some(Tries::of(self.hidden.token.pin)),
            _ => None,
        };
        let failure = Failure::Sign {
            module: self.hidden.reference.module.clone(),
            ca: String::new(),
            error,
        };
        match tries {
            Some(tries) => Opening::ask_pin(self.ask, self.hidden, tries, Some(failure), turn),
            None => turn.refuse(&self.ask, failure),
        }
    }
}
