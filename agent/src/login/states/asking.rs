//! From the link to the person's yes or no.

use kyso_pkcs11::Pin;
use kyso_protocol::Link;

use super::choosing::Choosing;
use super::seeking::{Seeking, Sought};
use crate::channel::deep_link::{Fetched, PortalError};
use crate::login::ask::Ask;
use crate::login::event::{Act, Effect, Event, Intent, Site};
use crate::login::{State, Turn};
use crate::problem::Failure;
use crate::view::View;

/// The statement is being fetched.
#[derive(Debug)]
pub(in crate::login) struct Checking {
    link: Link,
}

impl Checking {
    pub(in crate::login) fn begin(link: Link, turn: &mut Turn) -> State {
        turn.show(View::Checking {
            origin: link.origin().clone(),
        });
        turn.effects.push(Effect::Fetch {
            login: turn.login,
            link: link.clone(),
        });
        State::Checking(Self { link })
    }

    pub(in crate::login) fn take(self, event: Event, turn: &mut Turn) -> State {
        if let Some(stop) = event.stops() {
            return turn.fail(stop.into());
        }
        match event {
            Event::Fetched(_, fetched) => self.fetched(fetched, turn),
            _ => State::Checking(self),
        }
    }

    fn fetched(self, fetched: Result<(Fetched, Site), PortalError>, turn: &mut Turn) -> State {
        let host = self.link.origin().host().to_owned();
        let checked = fetched
            .map_err(|error| Failure::Portal { host, error })
            .and_then(|(fetched, site)| Ask::check(self.link, &fetched, site, turn.now));
        match checked {
            Ok(ask) => Consent::begin(ask, turn),
            Err(failure) => turn.fail(failure),
        }
    }
}

/// The person reads what is asked.
#[derive(Debug)]
pub(in crate::login) struct Consent {
    pub(in crate::login) ask: Ask,
    /// The certificate that is shown, from memory.
    remembered: Option<Sought>,
}

impl Consent {
    fn begin(ask: Ask, turn: &mut Turn) -> State {
        turn.noted = Some(ask.noted());
        let Some(view) = ask.consent(turn.now) else {
            return turn.fail(Failure::Internal("nobody asks"));
        };
        let remembered = view.remembered.as_ref().map(|remembered| Sought {
            sha256: remembered.fingerprint,
            seen: Some(Box::new(remembered.clone())),
        });
        turn.show(View::Consent(Box::new(view)));
        State::Consent(Box::new(Self { ask, remembered }))
    }

    pub(in crate::login) fn take(self: Box<Self>, event: Event, turn: &mut Turn) -> State {
        if let Some(stop) = event.stops() {
            return turn.refuse(&self.ask, stop.into());
        }
        let Event::Intent(Intent { act, .. }) = event else {
            return State::Consent(self);
        };
        match act {
            Act::Agree => Choosing::begin(self.ask, turn),
            Act::AgreeRemembered(pin) => (*self).agree(pin, turn),
            Act::NoPin(error) => turn.refuse(&self.ask, Failure::Pin(error)),
            _ => State::Consent(self),
        }
    }

    /// To nothing but what was shown: without a remembered certificate this is no answer to the view.
    fn agree(self, pin: Option<Pin>, turn: &mut Turn) -> State {
        match self {
            Self {
                ask,
                remembered: Some(sought),
            } => Seeking::begin(ask, sought, pin, turn),
            without => State::Consent(Box::new(without)),
        }
    }

    pub(in crate::login) fn clock(self: Box<Self>, turn: &mut Turn) -> State {
        if turn.now < self.ask.deadline {
            State::Consent(self)
        } else {
            turn.refuse(&self.ask, Failure::Expired)
        }
    }
}
