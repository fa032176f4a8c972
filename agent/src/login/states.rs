//! One struct a state, with exactly what is valid in it; consuming it makes a stale state unusable.

use kyso_certs::{Certificate, SubjectKind};
use kyso_pkcs11::{SignError, SlotReport};
use kyso_protocol::check::{self, Expected};
use kyso_protocol::{Algorithm, Answer, AnswerReply, Link, Outcome as Carried, Token};

use super::ask::Ask;
use super::candidate::{Candidate, scheme};
use super::event::{Act, Effect, Event, Intent, Outcome, SignOrder, Site, says_nothing};
use super::{State, Turn};
use crate::channel::deep_link::{Fetched, PortalError};
use crate::problem::Failure;
use crate::view::{ChooseView, PinView, Tries, View};

/// The statement is being fetched.
#[derive(Debug)]
pub(super) struct Checking {
    link: Link,
}

impl Checking {
    pub(super) fn begin(link: Link, turn: &mut Turn) -> State {
        turn.show(View::Checking {
            origin: link.origin().clone(),
        });
        turn.effects.push(Effect::Fetch {
            login: turn.login,
            link: link.clone(),
        });
        State::Checking(Self { link })
    }

    pub(super) fn fetched(
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
                turn.show(View::Consent(Box::new(ask.consent())));
                State::Consent(Box::new(Consent { ask }))
            }
            Err(failure) => turn.fail(failure),
        }
    }
}

/// The person reads what is asked.
#[derive(Debug)]
pub(super) struct Consent {
    pub(super) ask: Ask,
}

impl Consent {
    pub(super) fn take(self: Box<Self>, event: &Event, turn: &mut Turn) -> State {
        match event {
            Event::Intent(Intent {
                act: Act::Agree, ..
            }) => {
                let choosing = Choosing {
                    ask: self.ask,
                    found: Vec::new(),
                    silent: Vec::new(),
                    searching: true,
                };
                choosing.show(turn);
                turn.effects.push(Effect::List { login: turn.login });
                State::Choosing(Box::new(choosing))
            }
            Event::Intent(Intent {
                act: Act::Refuse, ..
            })
            | Event::Cancelled => turn.refuse(&self.ask, Failure::Cancelled),
            _ => State::Consent(self),
        }
    }

    pub(super) fn clock(self: Box<Self>, turn: &mut Turn) -> State {
        if turn.now < self.ask.deadline {
            State::Consent(self)
        } else {
            turn.refuse(&self.ask, Failure::Expired)
        }
    }
}

/// The drivers list, the person chooses.
#[derive(Debug)]
pub(super) struct Choosing {
    pub(super) ask: Ask,
    found: Vec<Candidate>,
    silent: Vec<Failure>,
    searching: bool,
}

impl Choosing {
    pub(super) fn take(mut self: Box<Self>, event: Event, turn: &mut Turn) -> State {
        match event {
            Event::Found(_, report) => {
                self.add(*report, turn);
                State::Choosing(self)
            }
            Event::Listed(_) => self.listed(turn),
            Event::Intent(Intent {
                act: Act::Choose(number),
                ..
            }) => self.choose(number, turn),
            Event::Intent(Intent {
                act: Act::ChooseAbsent,
                ..
            }) => turn.refuse(&self.ask, Failure::CertificateAbsent),
            Event::Intent(Intent {
                act: Act::Refuse | Act::GiveUp,
                ..
            })
            | Event::Cancelled => turn.refuse(&self.ask, Failure::Cancelled),
            _ => State::Choosing(self),
        }
    }

    pub(super) fn clock(self: Box<Self>, turn: &mut Turn) -> State {
        if turn.now < self.ask.deadline {
            State::Choosing(self)
        } else {
            turn.refuse(&self.ask, Failure::Expired)
        }
    }

    fn add(&mut self, report: SlotReport, turn: &mut Turn) {
        match report.token {
            Ok(token) => {
                let statement = &self.ask.statement;
                self.found.extend(Candidate::all_of(
                    &token,
                    &statement.algorithms,
                    statement.subject,
                    turn.now,
                ));
                self.silent.push(Failure::NoIdentity);
                self.show(turn);
            }
            Err(error) if says_nothing(&error) => {}
            Err(error) => self.silent.push(Failure::Driver {
                module: report.module,
                error,
            }),
        }
    }

    fn listed(mut self: Box<Self>, turn: &mut Turn) -> State {
        self.searching = false;
        if self.found.is_empty() {
            // A token without certificates says more than a module that failed.
            let empty = self
                .silent
                .iter()
                .position(|failure| matches!(failure, Failure::NoIdentity));
            let failure = match empty.or((!self.silent.is_empty()).then_some(0)) {
                Some(at) => self.silent.swap_remove(at),
                None => Failure::NoToken,
            };
            return turn.refuse(&self.ask, failure);
        }
        self.show(turn);
        State::Choosing(self)
    }

    fn show(&self, turn: &mut Turn) {
        let purpose = self.ask.statement.purpose;
        turn.show(View::Choose(ChooseView::of(
            &self.found,
            self.ask.statement.subject,
            purpose,
            self.searching,
        )));
    }

    fn choose(mut self: Box<Self>, number: usize, turn: &mut Turn) -> State {
        if number >= self.found.len() {
            return State::Choosing(self);
        }
        let mut chosen = self.found.swap_remove(number);
        match (chosen.unfit.take(), chosen.algorithm) {
            (Some(unfit), _) => turn.refuse(&self.ask, unfit),
            (None, None) => turn.refuse(&self.ask, Failure::NoAlgorithm),
            (None, Some(algorithm)) => Chosen {
                ask: self.ask,
                candidate: chosen,
                algorithm,
            }
            .go_on(turn),
        }
    }
}

/// What stays the same from the choice to the signature.
#[derive(Debug)]
struct Chosen {
    ask: Ask,
    candidate: Candidate,
    algorithm: Algorithm,
}

impl Chosen {
    fn go_on(self, turn: &mut Turn) -> State {
        let token = &self.candidate.token;
        if token.pin.locked {
            let ca = self.candidate.ca().to_owned();
            return turn.refuse(&self.ask, Failure::Locked { ca });
        }
        if token.login_required && !token.protected_path {
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
            keypad: self.candidate.token.protected_path,
        });
        let pin_given = pin.is_some();
        let Self {
            ask,
            candidate,
            algorithm,
        } = self;
        let digest = ask.nonce().digest(algorithm, ask.link.origin());
        let order = SignOrder {
            key: candidate.key.clone(),
            scheme: scheme(algorithm),
            digest,
            pin,
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
pub(super) struct EnteringPin {
    pub(super) ask: Ask,
    candidate: Candidate,
    algorithm: Algorithm,
    last: Option<Failure>,
}

impl EnteringPin {
    pub(super) fn take(self: Box<Self>, event: Event, turn: &mut Turn) -> State {
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
            _ => State::EnteringPin(self),
        }
    }

    pub(super) fn clock(self: Box<Self>, turn: &mut Turn) -> State {
        if turn.now < self.ask.deadline {
            State::EnteringPin(self)
        } else {
            turn.refuse(&self.ask, Failure::Expired)
        }
    }
}

/// The driver signs. It can't be called back; what comes after a cancellation is thrown away.
#[derive(Debug)]
pub(super) struct Signing {
    pub(super) ask: Ask,
    candidate: Candidate,
    algorithm: Algorithm,
    pin_given: bool,
    given_up: bool,
}

impl Signing {
    pub(super) fn take(mut self: Box<Self>, event: Event, turn: &mut Turn) -> State {
        match event {
            Event::Signed(_, _) if self.given_up => turn.refuse(&self.ask, Failure::Cancelled),
            Event::Signed(_, Ok(signature)) => self.signed(signature, turn),
            Event::Signed(_, Err(error)) => self.unsigned(error, turn),
            Event::Intent(Intent {
                act: Act::Refuse, ..
            })
            | Event::Cancelled => {
                self.given_up = true;
                State::Signing(self)
            }
            _ => State::Signing(self),
        }
    }

    pub(super) fn clock(self: Box<Self>, turn: &mut Turn) -> State {
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
        turn.show(View::Posting {
            origin: ask.link.origin().clone(),
        });
        let answer = Answer {
            ask: ask.link.ask(),
            outcome: Carried::Token(token),
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
            SignError::PinForm { .. } => Some(Tries::of(candidate.token.pin)),
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
            }
            .ask_pin(tries, Some(failure), turn),
            None => turn.refuse(&ask, failure),
        }
    }
}

/// The answer is on its way.
#[derive(Debug)]
pub(super) struct Posting {
    link: Link,
    certificate: Option<Certificate>,
    wanted: Option<SubjectKind>,
    pin_given: bool,
}

impl Posting {
    pub(super) fn posted(self, reply: Result<AnswerReply, PortalError>, turn: &mut Turn) -> State {
        let Self {
            link,
            certificate,
            wanted,
            pin_given,
        } = self;
        match reply {
            Ok(AnswerReply::Accepted { code, .. }) => {
                turn.show(View::Done);
                turn.finish(Outcome::Accepted {
                    link,
                    code,
                    pin_given,
                })
            }
            Ok(AnswerReply::Refused { code }) => turn.fail(Failure::Refused {
                code,
                certificate,
                wanted,
            }),
            // An ask that carried a token can't have ended without a code.
            Ok(AnswerReply::Ended) => turn.fail(Failure::Portal {
                host: link.origin().host().to_owned(),
                error: PortalError::Contradiction,
            }),
            Err(error) => turn.fail(Failure::Portal {
                host: link.origin().host().to_owned(),
                error,
            }),
        }
    }
}

/// A refusal is on its way; whatever comes back, the login ends with its failure.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) failure: Failure,
}
