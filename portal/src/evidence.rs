//! What tells whether a certificate was revoked: lists given as files, and what the certificate's own CA publishes.
//!
//! Nothing is fetched for a certificate whose path has not reached an anchor, so nobody chooses our requests but a CA
//! that is trusted. What was fetched is kept once it was judged to be sound, and outlives a restart.

mod fetch;
mod gather;
mod kept;
mod lists;
mod pile;
mod requests;

use std::{
    collections::HashSet,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use kyso_certs::{Crl, OcspAnswer, RevocationRule, RevocationSettings};
use time::Duration as Span;

pub(crate) use fetch::Hosts;
pub(crate) use gather::Question;
pub(crate) use kept::forget;
pub(crate) use lists::EvidenceError;
pub(crate) use pile::Asked;

use crate::store::Store;
use fetch::Fetcher;
use kept::Kept;
use lists::Lists;

/// How revocation is judged here, and where evidence may come from.
#[derive(Debug, Clone, Default)]
pub(crate) struct EvidenceRules {
    /// What missing evidence means; under `if-given` nothing is fetched.
    pub(crate) rule: RevocationRule,
    /// Evidence that is older counts as none.
    pub(crate) max_age: Option<Span>,
    /// For so long evidence that was fetched is used again, and nobody is asked.
    pub(crate) reuse: Span,
    /// Hosts that evidence may be fetched from though they are not on the public network.
    pub(crate) hosts: Hosts,
}

/// Everything that this portal knows of revocation.
pub(crate) struct Evidence {
    lists: Lists,
    rules: EvidenceRules,
    fetcher: Option<Fetcher>,
    kept: Kept,
    /// Addresses of lists that are being read though nobody waits for them any more.
    under_way: Mutex<HashSet<String>>,
}

/// The evidence for one judgement.
#[derive(Clone, Default)]
pub(crate) struct Gathered {
    pub(crate) crls: Vec<Crl>,
    pub(crate) ocsp: Vec<OcspAnswer>,
    settings: RevocationSettings,
}

impl Gathered {
    /// As the judge takes it.
    pub(crate) fn given(&self) -> kyso_certs::Evidence<'_> {
        kyso_certs::Evidence {
            crls: &self.crls,
            ocsp: &self.ocsp,
            settings: self.settings,
        }
    }
}

impl Evidence {
    /// Reads the folder of lists for the first time.
    pub(crate) fn open(
        folder: Option<PathBuf>,
        rules: EvidenceRules,
        store: Store,
    ) -> Result<Self, EvidenceError> {
        let fetches = rules.rule != RevocationRule::IfGiven;
        Ok(Self {
            lists: Lists::open(folder)?,
            fetcher: fetches
                .then(|| Fetcher::new(rules.hosts.clone()))
                .transpose()?,
            kept: Kept::new(store, rules.reuse),
            under_way: Mutex::default(),
            rules,
        })
    }

    fn under_way(&self) -> MutexGuard<'_, HashSet<String>> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anything can be known without somebody's login: there is a folder of lists, or lists are fetched.
    pub(crate) fn is_at_hand(&self) -> bool {
        self.lists.is_configured() || self.fetcher.is_some()
    }

    /// Reads the folder whether or not it looks changed.
    ///
    /// # Errors
    /// A file is no list; the lists of before stay.
    pub(crate) fn reload(&self) -> Result<(), EvidenceError> {
        self.lists.reload()
    }

    /// What the folder has now, judged by the rule that missing evidence is no fault: for looking through accounts.
    ///
    /// # Errors
    /// A file is no list.
    fn listed(&self) -> Result<Gathered, EvidenceError> {
        Ok(Gathered {
            crls: self.lists.current()?.to_vec(),
            settings: RevocationSettings {
                max_age: self.rules.max_age,
                ..RevocationSettings::default()
            },
            ..Gathered::default()
        })
    }

    fn settings(&self, rule: RevocationRule) -> RevocationSettings {
        RevocationSettings {
            rule,
            max_age: self.rules.max_age,
            ..RevocationSettings::default()
        }
    }
}

/// Whether the folder can be read, before a portal starts.
///
/// # Errors
/// A file in it is no list.
pub(crate) fn check(folder: Option<PathBuf>) -> Result<(), EvidenceError> {
    Lists::open(folder).map(drop)
}
