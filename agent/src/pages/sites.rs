//! The portals that were used or listed, and what each may.

use std::collections::BTreeSet;

use kyso_protocol::Origin;
use kyso_screens as shown;
use kyso_screens::Act;

use super::{Around, Step, Wish};
use crate::portals::Portals;
use crate::problem::{Failure, Problem};
use crate::settings::{Change, Permission, Settings, SettingsError};
use crate::text::Text;
use crate::view::printable;

pub(super) struct Sites {
    rows: Vec<shown::Site>,
    problem: Option<Problem>,
}

impl Sites {
    pub(super) fn open(around: &Around) -> Self {
        let mut page = Self {
            rows: Vec::new(),
            problem: None,
        };
        page.renew(around);
        page
    }

    pub(super) fn renew(&mut self, around: &Around) {
        let used = Portals::of(&around.settings).used();
        if used.is_err() {
            let unread = Failure::Internal("the list of portals cannot be read");
            self.problem = Some(Problem::from(&unread));
        }
        self.rows = rows(used.unwrap_or_default(), &around.settings);
    }

    pub(super) fn screen(&self, text: Text) -> shown::Sites {
        shown::Sites {
            rows: self.rows.clone(),
            problem: self
                .problem
                .as_ref()
                .map(|problem| printable(&problem.happened(text))),
        }
    }

    pub(super) fn act(&mut self, act: Act, around: &Around) -> Step {
        let done = match act {
            Act::Permit { origin, permission } => {
                let written = permit(&origin, permission, &around.settings);
                return self
                    .told(written)
                    .map_or_else(Step::default, |()| Wish::Changed.into());
            }
            Act::Forget { origin } => forget(&origin, &around.settings),
            Act::Refresh => Ok(()),
            _ => return Step::default(),
        };
        self.told(done);
        self.renew(around);
        Step::default()
    }

    fn told(&mut self, done: Result<(), Failure>) -> Option<()> {
        self.problem = done.as_ref().err().map(Problem::from);
        done.ok()
    }
}

fn permit(origin: &str, permission: shown::Permission, settings: &Settings) -> Result<(), Failure> {
    let origin = known(origin)?;
    let change = match permission {
        shown::Permission::Allowed => Change::Allow(origin),
        shown::Permission::Blocked => Change::Block(origin),
    };
    settings.set(&change).map(drop).map_err(Failure::Settings)
}

fn forget(origin: &str, settings: &Settings) -> Result<(), Failure> {
    let written = Portals::of(settings).forget(&known(origin)?);
    written.map_err(|_| Failure::Internal("the list of portals cannot be written"))
}

/// The window sends back what it was told.
fn known(origin: &str) -> Result<Origin, Failure> {
    let refused = |error| Failure::Settings(SettingsError::at("blocked", error));
    Origin::parse(origin).map_err(refused)
}

fn rows(used: Vec<Origin>, settings: &Settings) -> Vec<shown::Site> {
    let used: BTreeSet<Origin> = used.into_iter().collect();
    let rules = &settings.rules;
    let listed = settings.portals.iter().map(|portal| &portal.origin);
    let ruled = rules.listed.iter().chain(&rules.blocked);
    let ruled = ruled.chain(rules.allowed.iter().flatten());
    let all: BTreeSet<&Origin> = used
        .iter()
        .chain(listed)
        .chain(&settings.blocked)
        .chain(ruled)
        .collect();
    all.into_iter()
        .map(|origin| row(origin, used.contains(origin), settings))
        .collect()
}

fn row(origin: &Origin, used: bool, settings: &Settings) -> shown::Site {
    let (permission, locked) = settings.permission(origin);
    shown::Site {
        origin: origin.to_string(),
        name: settings.name_of(origin).map(printable),
        permission: match permission {
            Permission::Allowed => shown::Permission::Allowed,
            Permission::Blocked => shown::Permission::Blocked,
        },
        used,
        locked,
    }
}
