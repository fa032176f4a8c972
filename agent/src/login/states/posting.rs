//! The answer is on its way, or a refusal.

use kyso_certs::{Certificate, SubjectKind};
use kyso_protocol::{AnswerReply, Link};

use crate::channel::deep_link::PortalError;
use crate::login::event::Outcome;
use crate::login::{State, Turn};
use crate::problem::Failure;
use crate::view::View;

/// The answer is on its way.
#[derive(Debug)]
pub(in crate::login) struct Posting {
    pub(super) link: Link,
    pub(super) certificate: Option<Certificate>,
    pub(super) wanted: Option<SubjectKind>,
    pub(super) pin_given: bool,
}

impl Posting {
    pub(in crate::login) fn posted(
        self,
        reply: Result<AnswerReply, PortalError>,
        turn: &mut Turn,
    ) -> State {
        let Self {
            link,
            certificate,
            wanted,
            pin_given,
        } = self;
        match reply {
            Ok(AnswerReply::Accepted { code, .. }) => {
                turn.show(View::Done {
                    origin: Some(link.origin().clone()),
                });
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
            // It may have come through, and the ask be used up.
            Err(PortalError::TimedOut | PortalError::Unreachable(_)) => {
                turn.fail(Failure::Unanswered {
                    host: link.origin().host().to_owned(),
                })
            }
            Err(error) => turn.fail(Failure::Portal {
                host: link.origin().host().to_owned(),
                error,
            }),
        }
    }
}

/// A refusal is on its way; whatever comes back, the login ends with its failure.
#[derive(Debug)]
pub(in crate::login) struct Ending {
    pub(in crate::login) failure: Failure,
}
