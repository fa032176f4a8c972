//! No token is there, and whoever shows the login lets the person plug one in.

use super::choosing::Choosing;
use super::seeking::{Seeking, Sought};
use crate::login::ask::Ask;
use crate::login::event::{Act, Effect, Event, Intent};
use crate::login::{State, Turn};
use crate::problem::Failure;
use crate::view::{ChooseView, View};

/// The person is asked to plug a token in.
#[derive(Debug)]
pub(in crate::login) struct Absent {
    pub(in crate::login) ask: Ask,
    /// What was agreed to on one screen. Its PIN is gone: it is asked for again.
    sought: Option<Sought>,
}

impl Absent {
    /// Waits for a token, where anybody can; else this is the end.
    pub(super) fn begin(ask: Ask, sought: Option<Sought>, turn: &mut Turn) -> State {
        if !turn.patient {
            return turn.refuse(&ask, Failure::NoToken);
        }
        turn.show(View::Choose(ChooseView {
            aim: ask.aim(),
            searching: false,
            rows: Vec::new(),
            instead: None,
        }));
        turn.effects.push(Effect::AwaitToken { login: turn.login });
        State::Absent(Box::new(Self { ask, sought }))
    }

    pub(in crate::login) fn take(self: Box<Self>, event: &Event, turn: &mut Turn) -> State {
        if let Some(stop) = event.stops() {
            return turn.refuse(&self.ask, stop.into());
        }
        match event {
            Event::PluggedIn(_)
            | Event::Intent(Intent {
                act: Act::LookAgain,
                ..
            }) => match *self {
                Self {
                    ask,
                    sought: Some(sought),
                } => Seeking::begin(ask, sought, None, turn),
                Self { ask, sought: None } => Choosing::begin(ask, turn),
            },
            Event::Intent(Intent {
                act: Act::GiveUp, ..
            }) => turn.refuse(&self.ask, Failure::NoToken),
            _ => State::Absent(self),
        }
    }

    pub(in crate::login) fn clock(self: Box<Self>, turn: &mut Turn) -> State {
        if turn.now < self.ask.deadline {
            State::Absent(self)
        } else {
            turn.refuse(&self.ask, Failure::Expired)
        }
    }
}
