//! From the link to the person's yes or no.

use kyso_protocol::Link;

use super::choosing::Choosing;
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

    pub(in crate::login) fn fetched(
        self,
        fetched: Result<(Fetched, Site), PortalError>,
        turn: &mut Turn,
    ) -> State {
        let host = self.link.origin().host().to_owned();
        let checked = fetched
            .map_err(|error| Failure::Portal { host, error })
            .and_then(|(fetched, site)| Ask::check(self.link, &fetched, site, turn.now));
        match checked {
            Ok(ask) => {
                turn.noted = Some(ask.noted());
                turn.show(View::Consent(Box::new(ask.consent())));
                State::Consent(Box::new(Consent { ask }))
            }
            Err(failure) => turn.fail(failure),
        }
    }
}

/// The person reads what is asked.
#[derive(Debug)]
pub(in crate::login) struct Consent {
    pub(in crate::login) ask: Ask,
}

impl Consent {
    pub(in crate::login) fn take(self: Box<Self>, event: &Event, turn: &mut Turn) -> State {
        match event {
            Event::Intent(Intent {
                act: Act::Agree, ..
            }) => Choosing::begin(self.ask, turn),
            Event::Intent(Intent {
                act: Act::Refuse, ..
            })
            | Event::Cancelled => turn.refuse(&self.ask, Failure::Cancelled),
            _ => State::Consent(self),
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
