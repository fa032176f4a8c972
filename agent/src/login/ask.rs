//! What is asked, once it has passed our checks.

use kyso_certs::SubjectKind;
use kyso_protocol::check::{self, Expected};
use kyso_protocol::{
    Algorithm, CheckError, Link, Nonce, SELF_TEST_PORTAL, SelfTest, Statement, Token, matching_code,
};
use time::{Duration, OffsetDateTime};

use super::event::{Noted, Site};
use super::remembered::Remembered;
use crate::channel::deep_link::Fetched;
use crate::problem::Failure;
use crate::view::{Aim, ConsentView};

/// How long the person may take to try a signature.
const TRIAL: Duration = Duration::minutes(5);

/// What was asked, by whom, and until when.
pub(super) struct Ask {
    what: What,
    site: Site,
    /// By our clock: the portal's reply said how far apart the clocks are.
    pub(super) deadline: OffsetDateTime,
}

enum What {
    Portal(Box<Asked>),
    /// The person tries a signature; nobody asked for one.
    Trial(SelfTest),
}

struct Asked {
    link: Link,
    statement: Statement,
    nonce: Nonce,
    matching_code: String,
}

/// Without what is secret until the login is over.
impl std::fmt::Debug for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let portal = self.link().map(Link::origin);
        f.debug_struct("Ask").field("portal", &portal).finish()
    }
}

impl Ask {
    /// Purpose and limits are the parser's; here: portal, ask, freshness by the portal's own clock.
    pub(super) fn check(
        link: Link,
        fetched: &Fetched,
        site: Site,
        now: OffsetDateTime,
    ) -> Result<Self, Failure> {
        let statement = Statement::parse(&fetched.statement).map_err(Failure::Statement)?;
        if statement.portal != *link.origin() {
            return Err(Failure::OtherOrigin {
                claimed: statement.portal,
                origin: link.origin().clone(),
            });
        }
        if statement.ask != link.ask() {
            return Err(Failure::OtherAsk);
        }
        if !statement.is_fresh(fetched.portal_time) {
            return Err(Failure::Expired);
        }
        Ok(Self {
            deadline: now + (statement.expires - fetched.portal_time),
            what: What::Portal(Box::new(Asked {
                nonce: Nonce::of_statement(&fetched.statement),
                matching_code: matching_code(&fetched.statement),
                link,
                statement,
            })),
            site,
        })
    }

    /// A signature that no portal takes.
    pub(super) fn trial(challenge: &[u8; 32], now: OffsetDateTime) -> Self {
        Self {
            what: What::Trial(SelfTest::new(challenge, now)),
            site: Site::default(),
            deadline: now + TRIAL,
        }
    }

    /// Where the answer goes; nowhere after a trial.
    pub(super) fn link(&self) -> Option<&Link> {
        match &self.what {
            What::Portal(asked) => Some(&asked.link),
            What::Trial(_) => None,
        }
    }

    pub(super) fn aim(&self) -> Aim {
        match &self.what {
            What::Portal(asked) => Aim::Ask(asked.statement.purpose),
            What::Trial(_) => Aim::Trial,
        }
    }

    pub(super) fn algorithms(&self) -> &[Algorithm] {
        match &self.what {
            What::Portal(asked) => &asked.statement.algorithms,
            What::Trial(_) => &Algorithm::ALL,
        }
    }

    pub(super) fn subject(&self) -> Option<SubjectKind> {
        match &self.what {
            What::Portal(asked) => asked.statement.subject,
            What::Trial(_) => None,
        }
    }

    /// What the token's key signs.
    pub(super) fn digest(&self, algorithm: Algorithm) -> Vec<u8> {
        match &self.what {
            What::Portal(asked) => asked.nonce.digest(algorithm, asked.link.origin()),
            What::Trial(trial) => trial.digest(algorithm),
        }
    }

    /// The portal's own check, up to the signature.
    pub(super) fn check_token(&self, token: &Token) -> Result<(), CheckError> {
        match &self.what {
            What::Portal(asked) => {
                let expected = Expected {
                    origin: asked.link.origin(),
                    nonce: &asked.nonce,
                    algorithms: &asked.statement.algorithms,
                };
                check::possession(token, &expected).map(drop)
            }
            What::Trial(trial) => trial.check(token),
        }
    }

    /// SHA-256 of the certificate that this portal accepted last.
    pub(super) fn usual(&self) -> Option<[u8; 32]> {
        self.site.last
    }

    pub(super) fn noted(&self) -> Noted {
        let asked = match &self.what {
            What::Portal(asked) => Some(asked),
            What::Trial(_) => None,
        };
        Noted {
            portal: asked.map_or_else(
                || SELF_TEST_PORTAL.to_owned(),
                |asked| asked.link.origin().to_string(),
            ),
            aim: self.aim(),
            subject: self.subject(),
            matching_code: asked
                .map(|asked| asked.matching_code.clone())
                .unwrap_or_default(),
            text: asked.and_then(|asked| asked.statement.text.clone()),
            certificate: None,
            seen: None,
            signed: false,
        }
    }

    /// None where nobody asks.
    pub(super) fn consent(&self, now: OffsetDateTime) -> Option<ConsentView> {
        let What::Portal(asked) = &self.what else {
            return None;
        };
        let purpose = asked.statement.purpose;
        let remembered = self.site.remembered.as_deref();
        Some(ConsentView {
            origin: asked.link.origin().clone(),
            listed_name: self.site.name.clone(),
            new_site: !self.site.known,
            resembles: self.site.resembles.clone(),
            purpose,
            subject: asked.statement.subject,
            matching_code: asked.matching_code.clone(),
            text: asked.statement.text.clone(),
            remembered: remembered
                .filter(|certificate| certificate.serves(purpose, now))
                .map(Remembered::to_owned),
            now,
        })
    }
}
