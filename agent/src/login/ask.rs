//! An ask whose statement has passed our checks.

use kyso_protocol::{Link, Nonce, Statement, matching_code};
use time::OffsetDateTime;

use super::event::{Noted, Site};
use crate::channel::deep_link::Fetched;
use crate::problem::Failure;
use crate::view::ConsentView;

/// What was asked, by whom, and until when.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) link: Link,
    pub(super) statement: Statement,
    nonce: NonceOf,
    matching_code: String,
    site: Site,
    /// By our clock: the portal's reply said how far apart the clocks are.
    pub(super) deadline: OffsetDateTime,
}

/// The nonce without its text in `Debug`.
struct NonceOf(Nonce);

impl std::fmt::Debug for NonceOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Nonce(..)")
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
            nonce: NonceOf(Nonce::of_statement(&fetched.statement)),
            matching_code: matching_code(&fetched.statement),
            link,
            statement,
            site,
        })
    }

    pub(super) fn nonce(&self) -> &Nonce {
        &self.nonce.0
    }

    /// SHA-256 of the certificate that this portal accepted last.
    pub(super) fn usual(&self) -> Option<[u8; 32]> {
        self.site.last
    }

    pub(super) fn noted(&self) -> Noted {
        Noted {
            portal: self.link.origin().clone(),
            purpose: self.statement.purpose,
            subject: self.statement.subject,
            matching_code: self.matching_code.clone(),
            text: self.statement.text.clone(),
            certificate: None,
            signed: false,
        }
    }

    pub(super) fn consent(&self) -> ConsentView {
        ConsentView {
            origin: self.link.origin().clone(),
            listed_name: self.site.name.clone(),
            new_site: !self.site.known,
            purpose: self.statement.purpose,
            subject: self.statement.subject,
            matching_code: self.matching_code.clone(),
            text: self.statement.text.clone(),
        }
    }
}
