//! From the choice to a token that has passed our own check.

use kyso_pkcs11::SignError;
use kyso_protocol::check::{self, Expected};
use kyso_protocol::{Algorithm, Answer, Outcome as Carried, Token};

use super::posting::Posting;
use crate::login::ask::Ask;
use crate::login::candidate::{Candidate, scheme};
use crate::login::event::{Act, Effect, Event, Intent, SignOrder};
use crate::login::{State, Turn};
use crate::problem::Failure;
use crate::view::{PinView, Tries, View};

/// What stays the same from the choice to the signature.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) ask: Ask,
    pub(super) candidate: Candidate,
    pub(super) algorithm: Algorithm,
    /// The token was unlocked before the choice.
    pub(super) unlocked: Option<PinGiven>,
}

/// Whether a PIN was given to this program, for this login.
#[derive(Debug, Clone, Copy)]
pub(super) struct PinGiven(pub(super) bool);

impl Chosen {
    pub(super) fn go_on(self, turn: &mut Turn) -> State {
        let token = &self.candidate.token;
        if token.pin.locked {
            let ca = self.candidate.ca().to_owned();
            return turn.refuse(&self.ask, Failure::Locked { ca });
        }
        turn.effects.push(Effect::Guard {
            login: turn.login,
            key: Box::new(self.candidate.key.clone()),
        });
        if self.unlocked.is_some() {
            self.sign(None, turn)
        } else if token.login_required && !token.protected_path {
            let tries = Tries::of(token.pin);
            self.ask_pin(tries, None, turn)
        } else {
            self.sign(None, turn)
        }
    }

    fn ask_pin(self, tries: Tries, last: Option<Failure>, turn: &mut Turn) -> State {
        let view = PinView::of(
            &self.candidate,
            self.ask.statement.purpose,
            tries,
            last.as_ref().map(Into::into),
        );
        turn.show(View::Pin(Box::new(view)));
        let Self {
            ask,
            candidate,
            algorithm,
            ..
        } = self;
        State::EnteringPin(Box::new(EnteringPin {
            ask,
            candidate,
            algorithm,
            last,
        }))
    }

    fn sign(self, pin: Option<kyso_pkcs11::Pin>, turn: &mut Turn) -> State {
        turn.show(View::Signing {
            keypad: self.candidate.token.protected_path && self.unlocked.is_none(),
        });
        let earlier = self.unlocked.is_some_and(|given| given.0);
        let pin_given = pin.is_some() || earlier;
        let unlocked = self.unlocked.is_some();
        let Self {
            ask,
            candidate,
            algorithm,
            ..
        } = self;
        let digest = ask.nonce().digest(algorithm, ask.link.origin());
        let order = SignOrder {
            key: candidate.key.clone(),
            scheme: scheme(algorithm),
            digest,
            pin,
            unlocked,
        };
        turn.effects.push(Effect::Sign {
            login: turn.login,
            order: Box::new(order),
        });
        State::Signing(Box::new(Signing {
            ask,
            candidate,
            algorithm,
            pin_given,
            given_up: false,
        }))
    }
}

/// The person types the PIN.
#[derive(Debug)]
pub(in crate::login) struct EnteringPin {
    pub(in crate::login) ask: Ask,
    candidate: Candidate,
    algorithm: Algorithm,
    last: Option<Failure>,
}

impl EnteringPin {
    pub(in crate::login) fn take(self: Box<Self>, event: Event, turn: &mut Turn) -> State {
        match event {
            Event::Intent(Intent {
                act: Act::Enter(pin),
                ..
            }) => {
                let Self {
                    ask,
                    candidate,
                    algorithm,
                    ..
                } = *self;
                Chosen {
                    ask,
                    candidate,
                    algorithm,
                    unlocked: None,
                }
                .sign(Some(pin), turn)
            }
            Event::Intent(Intent {
                act: Act::NoPin(error),
                ..
            }) => turn.refuse(&self.ask, Failure::Pin(error)),
            Event::Intent(Intent {
                act: Act::GiveUp, ..
            }) => {
                let failure = self.last.unwrap_or(Failure::Cancelled);
                turn.refuse(&self.ask, failure)
            }
            Event::Intent(Intent {
                act: Act::Refuse, ..
            })
            | Event::Cancelled => turn.refuse(&self.ask, Failure::Cancelled),
            Event::Unplugged(_) => turn.refuse(&self.ask, Failure::NoToken),
            _ => State::EnteringPin(self),
        }
    }

    pub(in crate::login) fn clock(self: Box<Self>, turn: &mut Turn) -> State {
        if turn.now < self.ask.deadline {
            State::EnteringPin(self)
        } else {
            turn.refuse(&self.ask, Failure::Expired)
        }
    }
}

/// The driver signs. A cancellation ends that, and what still comes of it is thrown away.
#[derive(Debug)]
pub(in crate::login) struct Signing {
    pub(in crate::login) ask: Ask,
    candidate: Candidate,
    algorithm: Algorithm,
    pin_given: bool,
    given_up: bool,
}

impl Signing {
    pub(in crate::login) fn take(mut self: Box<Self>, event: Event, turn: &mut Turn) -> State {
        match event {
            Event::Signed(_, _) if self.given_up => turn.refuse(&self.ask, Failure::Cancelled),
            Event::Signed(_, Ok(signature)) => self.signed(signature, turn),
            Event::Signed(_, Err(error)) => self.unsigned(error, turn),
            Event::Unplugged(_) => {
                turn.effects.push(Effect::StopSigning);
                turn.refuse(&self.ask, Failure::NoToken)
            }
            Event::Intent(Intent {
                act: Act::Refuse, ..
            })
            | Event::Cancelled => {
                self.given_up = true;
                turn.effects.push(Effect::StopSigning);
                State::Signing(self)
            }
            _ => State::Signing(self),
        }
    }

    pub(in crate::login) fn clock(self: Box<Self>, turn: &mut Turn) -> State {
        if turn.now < self.ask.deadline {
            State::Signing(self)
        } else {
            turn.refuse(&self.ask, Failure::Expired)
        }
    }

    fn signed(self: Box<Self>, signature: Vec<u8>, turn: &mut Turn) -> State {
        let Self {
            ask,
            candidate,
            algorithm,
            pin_given,
            ..
        } = *self;
        let version = concat!("kyso/", env!("CARGO_PKG_VERSION")).to_owned();
        let token = Token::new(
            candidate.key.certificate_der,
            algorithm,
            signature,
            Some(version),
        );
        let expected = Expected {
            origin: ask.link.origin(),
            nonce: ask.nonce(),
            algorithms: &ask.statement.algorithms,
        };
        if let Err(error) = check::possession(&token, &expected) {
            return turn.refuse(&ask, Failure::Check(error));
        }
        if let Some(noted) = &mut turn.noted {
            noted.signed = true;
        }
        turn.show(View::Posting {
            origin: ask.link.origin().clone(),
        });
        let answer = Answer {
            ask: ask.link.ask(),
            outcome: Carried::Token(token, None),
        };
        turn.effects.push(Effect::Post {
            login: turn.login,
            link: ask.link.clone(),
            answer: Box::new(answer),
        });
        State::Posting(Posting {
            link: ask.link,
            certificate: candidate.certificate,
            wanted: ask.statement.subject,
            pin_given,
        })
    }

    fn unsigned(self: Box<Self>, error: SignError, turn: &mut Turn) -> State {
        let Self {
            ask,
            candidate,
            algorithm,
            ..
        } = *self;
        let tries = match &error {
            SignError::PinWrong { state } => Some(state.map_or(Tries::Few, Tries::of)),
            // A key may want the PIN for itself, also where the token is unlocked.
            SignError::PinForm { .. } | SignError::PinNeeded => {
                Some(Tries::of(candidate.token.pin))
            }
            _ => None,
        };
        let failure = Failure::Sign {
            module: candidate.key.module.clone(),
            ca: candidate.ca().to_owned(),
            error,
        };
        match tries {
            Some(tries) => Chosen {
                ask,
                candidate,
                algorithm,
                unlocked: None,
            }
            .ask_pin(tries, Some(failure), turn),
            None => turn.refuse(&ask, failure),
        }
    }
}
