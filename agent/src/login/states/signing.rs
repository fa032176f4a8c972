//! From the choice to a token that has passed our own check.

use kyso_pkcs11::{Pin, Scheme, SignError, Signature};
use kyso_protocol::{Algorithm, Answer, Link, Outcome as Carried, Token};

use super::posting::Posting;
use crate::login::ask::Ask;
use crate::login::candidate::{Candidate, scheme};
use crate::login::event::{Act, Effect, Event, Intent, Outcome, SignOrder, Stop};
use crate::login::remembered::Remembered;
use crate::login::{State, Turn};
use crate::problem::Failure;
use crate::view::{PinView, Tries, View};

/// What stays the same from the choice to the signature.
#[derive(Debug)]
pub(super) struct Chosen {
    ask: Ask,
    candidate: Candidate,
    /// Best first; the token makes the first that it can.
    algorithms: Vec<Algorithm>,
    /// The token was unlocked before the choice.
    unlocked: Option<PinGiven>,
}

/// Whether a PIN was given to this program, for this login.
#[derive(Debug, Clone, Copy)]
pub(super) struct PinGiven(pub(super) bool);

impl Chosen {
    /// `pin`: typed before this token was seen. Where the token has something to say first, it is wiped unused.
    pub(super) fn begin(
        ask: Ask,
        mut candidate: Candidate,
        unlocked: Option<PinGiven>,
        pin: Option<Pin>,
        turn: &mut Turn,
    ) -> State {
        if let Some(noted) = &mut turn.noted {
            noted.certificate.clone_from(&candidate.certificate);
            // One that shows only after the PIN can't be looked for.
            noted.seen = Remembered::of(&candidate).filter(|_| unlocked.is_none());
        }
        let algorithms = candidate.algorithms(ask.algorithms());
        match candidate.unfit.take() {
            Some(unfit) => turn.refuse(&ask, unfit),
            None if algorithms.is_empty() => turn.refuse(&ask, Failure::NoAlgorithm),
            None => Self {
                ask,
                candidate,
                algorithms,
                unlocked,
            }
            .go_on(pin, turn),
        }
    }

    fn go_on(self, early: Option<Pin>, turn: &mut Turn) -> State {
        let token = &self.candidate.token;
        if token.pin.locked {
            let ca = self.candidate.ca().to_owned();
            return turn.refuse(&self.ask, Failure::Locked { ca });
        }
        turn.effects.push(Effect::Guard {
            login: turn.login,
            key: Box::new(self.candidate.key.clone()),
        });
        let typed_here = token.login_required && !token.protected_path;
        if self.unlocked.is_some() || !typed_here {
            return self.sign(None, turn);
        }
        let (tries, to_be_changed) = (Tries::of(token.pin), token.pin.to_be_changed);
        match early {
            Some(pin) if tries == Tries::Untold && !to_be_changed => self.sign(Some(pin), turn),
            Some(_) if to_be_changed => {
                let told = self.failed(SignError::PinMustChange);
                self.ask_pin(tries, Some(told), turn)
            }
            _ => self.ask_pin(tries, None, turn),
        }
    }

    fn failed(&self, error: SignError) -> Failure {
        Failure::Sign {
            module: self.candidate.key.module.clone(),
            ca: self.candidate.ca().to_owned(),
            error,
        }
    }

    fn ask_pin(self, tries: Tries, last: Option<Failure>, turn: &mut Turn) -> State {
        let problem = last.as_ref().map(Into::into);
        let view = PinView::of(&self.candidate, self.ask.aim(), tries, problem);
        turn.show(View::Pin(Box::new(view)));
        State::EnteringPin(Box::new(EnteringPin { chosen: self, last }))
    }

    fn ways(&self) -> impl Iterator<Item = (Scheme, Vec<u8>)> {
        let all = self.algorithms.iter();
        all.map(|algorithm| (scheme(*algorithm), self.ask.digest(*algorithm)))
    }

    fn sign(self, pin: Option<Pin>, turn: &mut Turn) -> State {
        turn.show(View::Signing {
            keypad: self.candidate.token.protected_path && self.unlocked.is_none(),
        });
        let earlier = self.unlocked.is_some_and(|given| given.0);
        let pin_given = pin.is_some() || earlier;
        let order = SignOrder {
            key: self.candidate.key.clone(),
            ways: self.ways().collect(),
            pin,
            unlocked: self.unlocked.is_some(),
        };
        turn.effects.push(Effect::Sign {
            login: turn.login,
            order: Box::new(order),
        });
        State::Signing(Box::new(Signing {
            chosen: self,
            pin_given,
            given_up: None,
        }))
    }
}

/// The person types the PIN.
#[derive(Debug)]
pub(in crate::login) struct EnteringPin {
    chosen: Chosen,
    last: Option<Failure>,
}

impl EnteringPin {
    pub(in crate::login) fn ask(&self) -> &Ask {
        &self.chosen.ask
    }

    pub(in crate::login) fn take(self: Box<Self>, event: Event, turn: &mut Turn) -> State {
        if let Some(stop) = event.stops() {
            return turn.refuse(self.ask(), stop.into());
        }
        match event {
            Event::Intent(Intent { act, .. }) => match act {
                Act::Enter(pin) => Chosen {
                    // A PIN for one signature is another than the one that unlocked the token.
                    unlocked: None,
                    ..self.chosen
                }
                .sign(Some(pin), turn),
                Act::NoPin(error) => turn.refuse(self.ask(), Failure::Pin(error)),
                Act::GiveUp => {
                    let failure = self.last.unwrap_or(Failure::Cancelled);
                    turn.refuse(&self.chosen.ask, failure)
                }
                _ => State::EnteringPin(self),
            },
            Event::Unplugged(_) => turn.refuse(self.ask(), Failure::NoToken),
            _ => State::EnteringPin(self),
        }
    }

    pub(in crate::login) fn clock(self: Box<Self>, turn: &mut Turn) -> State {
        if turn.now < self.ask().deadline {
            State::EnteringPin(self)
        } else {
            turn.refuse(self.ask(), Failure::Expired)
        }
    }
}

/// The driver signs. A cancellation ends that, and what still comes of it is thrown away.
#[derive(Debug)]
pub(in crate::login) struct Signing {
    chosen: Chosen,
    pin_given: bool,
    given_up: Option<Stop>,
}

impl Signing {
    pub(in crate::login) fn ask(&self) -> &Ask {
        &self.chosen.ask
    }

    pub(in crate::login) fn take(mut self: Box<Self>, event: Event, turn: &mut Turn) -> State {
        if let Some(stop) = event.stops() {
            self.given_up.get_or_insert(stop);
            turn.effects.push(Effect::StopSigning);
            return State::Signing(self);
        }
        match (event, self.given_up) {
            (Event::Signed(..), Some(stop)) => turn.refuse(self.ask(), stop.into()),
            (Event::Signed(_, Ok(signature)), None) => self.signed(signature, turn),
            (Event::Signed(_, Err(error)), None) => self.unsigned(error, turn),
            (Event::Unplugged(_), _) => {
                turn.effects.push(Effect::StopSigning);
                turn.refuse(self.ask(), Failure::NoToken)
            }
            _ => State::Signing(self),
        }
    }

    pub(in crate::login) fn clock(self: Box<Self>, turn: &mut Turn) -> State {
        if turn.now < self.ask().deadline {
            State::Signing(self)
        } else {
            turn.effects.push(Effect::StopSigning);
            turn.refuse(self.ask(), Failure::Expired)
        }
    }

    fn signed(self: Box<Self>, signature: Signature, turn: &mut Turn) -> State {
        let Chosen {
            ask,
            candidate,
            algorithms,
            ..
        } = self.chosen;
        let made = |algorithm: &Algorithm| scheme(*algorithm) == signature.scheme;
        let Some(algorithm) = algorithms.into_iter().find(made) else {
            return turn.refuse(&ask, Failure::Internal("a signature that nobody ordered"));
        };
        let version = concat!("kyso/", env!("CARGO_PKG_VERSION")).to_owned();
        let token = Token::new(
            candidate.key.certificate_der,
            algorithm,
            signature.bytes,
            Some(version),
        );
        if let Err(error) = ask.check_token(&token) {
            return turn.refuse(&ask, Failure::Check(error));
        }
        let Some(link) = ask.link().cloned() else {
            turn.show(View::Done { origin: None });
            return turn.finish(Outcome::Tried);
        };
        if let Some(noted) = &mut turn.noted {
            noted.signed = true;
        }
        post(&link, token, turn);
        State::Posting(Posting {
            link,
            certificate: candidate.certificate,
            wanted: ask.subject(),
            pin_given: self.pin_given,
        })
    }

    fn unsigned(self: Box<Self>, error: SignError, turn: &mut Turn) -> State {
        let chosen = self.chosen;
        let pin = chosen.candidate.token.pin;
        let tries = match &error {
            SignError::PinWrong { state } => Some(state.map_or(Tries::Few, Tries::of)),
            // A key may want the PIN for itself, also where the token is unlocked.
            SignError::PinForm { .. } | SignError::PinNeeded => Some(Tries::of(pin)),
            _ => None,
        };
        let failure = chosen.failed(error);
        match tries {
            Some(tries) => chosen.ask_pin(tries, Some(failure), turn),
            None => turn.refuse(&chosen.ask, failure),
        }
    }
}

fn post(link: &Link, token: Token, turn: &mut Turn) {
    turn.show(View::Posting {
        origin: link.origin().clone(),
    });
    let answer = Answer {
        ask: link.ask(),
        outcome: Carried::Token(token, None),
    };
    turn.effects.push(Effect::Post {
        login: turn.login,
        link: link.clone(),
        answer: Box::new(answer),
    });
}
