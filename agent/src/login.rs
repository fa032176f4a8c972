//! One login after another as a state machine: an event comes in, effects go out. No I/O and no clock here; the time
//! is a parameter, and what takes time is an effect whose result comes back as an event.
//!
//! **Invariant.** At most one login waits for the person. Nothing touches a token before consent. What a token signs
//! is made here, from a statement that was checked and shown; it leaves only after our own check of the signature.
//! Results and intents that belong to another login or an older view are dropped.

mod ask;
mod candidate;
mod event;
mod remembered;
mod states;
#[cfg(test)]
mod tests;

use kyso_protocol::Answer;
use time::OffsetDateTime;

pub use candidate::{Candidate, Hidden, choose_algorithm};
pub(crate) use event::says_nothing;
pub use event::{
    Act, Effect, Event, Intent, LoginId, Noted, Outcome, SignOrder, Site, Stop, TryOut, UnlockOrder,
};
pub use remembered::Remembered;
use states::{
    Absent, Checking, Choosing, Consent, Ending, EnteringPin, Opening, Posting, Seeking, Signing,
    Unlocking,
};

use crate::problem::Failure;
use crate::view::{Shown, View};

/// The machine. Between logins it is idle.
#[derive(Debug, Default)]
pub struct Login {
    state: State,
    logins: u64,
    views: u64,
    noted: Option<Noted>,
    patient: bool,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Idle,
    Checking(Checking),
    Consent(Box<Consent>),
    Seeking(Box<Seeking>),
    Absent(Box<Absent>),
    Choosing(Box<Choosing>),
    Opening(Box<Opening>),
    Unlocking(Box<Unlocking>),
    EnteringPin(Box<EnteringPin>),
    Signing(Box<Signing>),
    Posting(Posting),
    Ending(Ending),
}

/// What one step hands to the states: the time, the number of the login, and what to do.
struct Turn {
    now: OffsetDateTime,
    login: LoginId,
    views: u64,
    noted: Option<Noted>,
    /// Whoever shows the login can wait for a token.
    patient: bool,
    effects: Vec<Effect>,
}

impl Turn {
    fn show(&mut self, view: View) {
        self.views += 1;
        self.effects.push(Effect::Show(Shown {
            login: self.login,
            number: self.views,
            view,
        }));
    }

    fn finish(&mut self, outcome: Outcome) -> State {
        self.effects.push(Effect::Finish {
            login: self.login,
            outcome,
            noted: self.noted.take().map(Box::new),
        });
        State::Idle
    }

    /// Ends a login about which the portal isn't told: there is no checked ask, or it was answered already.
    fn fail(&mut self, failure: Failure) -> State {
        self.show(View::Failed((&failure).into()));
        self.finish(Outcome::Failed(failure))
    }

    /// Ends a login whose ask was checked: the portal, where there is one, gets one of four words.
    fn refuse(&mut self, ask: &ask::Ask, failure: Failure) -> State {
        let Some(link) = ask.link() else {
            return self.fail(failure);
        };
        self.show(View::Failed((&failure).into()));
        let answer = Answer {
            ask: link.ask(),
            outcome: kyso_protocol::Outcome::Refusal(failure.refusal()),
        };
        self.effects.push(Effect::Post {
            login: self.login,
            link: link.clone(),
            answer: Box::new(answer),
        });
        State::Ending(Ending { failure })
    }
}

impl Login {
    /// One that asks for a token where none is there, and doesn't end.
    #[must_use]
    pub fn patient() -> Self {
        Self {
            patient: true,
            ..Self::default()
        }
    }

    /// Takes one event at one time; gives the machine after it and what is to be done, in this order.
    #[must_use]
    pub fn step(self, event: Event, now: OffsetDateTime) -> (Self, Vec<Effect>) {
        let late = self.deadline().is_some_and(|deadline| deadline <= now);
        let Self {
            state,
            mut logins,
            views,
            noted,
            patient,
        } = self;
        if !is_current(&event, &state, logins, views) {
            return (
                Self {
                    state,
                    logins,
                    views,
                    noted,
                    patient,
                },
                Vec::new(),
            );
        }
        if matches!(
            (&event, &state),
            (Event::Asked(_) | Event::TryOut(_), State::Idle)
        ) {
            logins += 1;
        }
        let mut turn = Turn {
            now,
            login: LoginId(logins),
            views,
            noted,
            patient,
            effects: Vec::new(),
        };
        // After a suspension something else may come before the clock.
        let event = match event {
            event @ (Event::Asked(_) | Event::Broken) => event,
            _ if late => Event::Clock,
            event => event,
        };
        let state = state.take(event, &mut turn);
        (
            Self {
                state,
                logins,
                views: turn.views,
                noted: turn.noted,
                patient,
            },
            turn.effects,
        )
    }

    /// Whether no login is under way.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle)
    }

    /// When the present login's ask expires, by the clock of `step`; the owner sends [`Event::Clock`] then.
    #[must_use]
    pub fn deadline(&self) -> Option<OffsetDateTime> {
        match &self.state {
            State::Consent(state) => Some(state.ask.deadline),
            State::Seeking(state) => Some(state.ask.deadline),
            State::Absent(state) => Some(state.ask.deadline),
            State::Choosing(state) => Some(state.ask.deadline),
            State::Opening(state) => Some(state.ask.deadline),
            State::Unlocking(state) => Some(state.ask.deadline),
            State::EnteringPin(state) => Some(state.ask().deadline),
            State::Signing(state) => Some(state.ask().deadline),
            State::Idle | State::Checking(_) | State::Posting(_) | State::Ending(_) => None,
        }
    }
}

/// Whether an event speaks of the present login and, where a person acted, of the view that is shown now.
fn is_current(event: &Event, state: &State, logins: u64, views: u64) -> bool {
    let current = !matches!(state, State::Idle);
    match event {
        Event::Asked(_) | Event::Clock => true,
        Event::TryOut(_) => !current,
        Event::Stopped(_) | Event::Broken => current,
        Event::Intent(intent) => current && intent.login == LoginId(logins) && intent.view == views,
        Event::Fetched(login, _)
        | Event::Found(login, ..)
        | Event::Listed(login)
        | Event::Unlocked(login, _)
        | Event::Signed(login, _)
        | Event::Unplugged(login)
        | Event::PluggedIn(login)
        | Event::Posted(login, _) => current && *login == LoginId(logins),
    }
}

impl State {
    fn take(self, event: Event, turn: &mut Turn) -> Self {
        let late = matches!(event, Event::Clock);
        match (self, event) {
            (Self::Idle, Event::Asked(link)) => Checking::begin(link, turn),
            (state, Event::Asked(link)) => {
                turn.effects.push(Effect::TurnAway(link));
                state
            }
            (
                Self::Idle,
                Event::TryOut(TryOut {
                    certificate,
                    challenge,
                }),
            ) => Seeking::trial(ask::Ask::trial(&challenge, turn.now), certificate, turn),
            (Self::Idle, Event::Broken) => Self::Idle,
            (_, Event::Broken) => turn.fail(Failure::Internal("a task ended without a result")),
            (Self::Consent(state), _) if late => state.clock(turn),
            (Self::Seeking(state), _) if late => state.clock(turn),
            (Self::Absent(state), _) if late => state.clock(turn),
            (Self::Choosing(state), _) if late => state.clock(turn),
            (Self::Opening(state), _) if late => state.clock(turn),
            (Self::Unlocking(state), _) if late => state.clock(turn),
            (Self::EnteringPin(state), _) if late => state.clock(turn),
            (Self::Signing(state), _) if late => state.clock(turn),
            (Self::Checking(state), event) => state.take(event, turn),
            (Self::Consent(state), event) => state.take(event, turn),
            (Self::Seeking(state), event) => state.take(event, turn),
            (Self::Absent(state), event) => state.take(&event, turn),
            (Self::Choosing(state), event) => state.take(event, turn),
            (Self::Opening(state), event) => state.take(event, turn),
            (Self::Unlocking(state), event) => state.take(event, turn),
            (Self::EnteringPin(state), event) => state.take(event, turn),
            (Self::Signing(state), event) => state.take(event, turn),
            (Self::Posting(state), Event::Posted(_, reply)) => state.posted(reply, turn),
            (Self::Ending(state), Event::Posted(..)) => turn.finish(Outcome::Failed(state.failure)),
            (state, _) => state,
        }
    }
}
