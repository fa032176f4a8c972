//! The pages that the person opens: each gives a screen and takes acts. What takes time is a job for whoever owns the
//! page; its news come back.

mod about;
mod check;
mod file;
mod found;
mod history;
mod identities;
mod settings;
mod sites;
#[cfg(test)]
mod tests;
mod welcome;

use std::sync::Arc;

use kyso_screens::{Act, Page, Screen};
use time::OffsetDateTime;

use crate::controller::Ended;
use crate::drivers::Drivers;
use crate::problem::{Code, Problem};
use crate::settings::{Settings, SettingsError};
use crate::text::Text;

/// What pages are made of.
#[derive(Clone)]
pub struct Around {
    /// What was set.
    pub settings: Arc<Settings>,
    /// The drivers of this computer.
    pub drivers: Arc<Drivers>,
    /// The desktop starts the agent at log-in.
    pub starts: bool,
}

/// Work that blocks: on disks, modules, the network.
pub type Job = Box<dyn FnOnce() -> News + Send>;

/// What came of a job.
pub struct News(What);

enum What {
    Listed(found::Listed),
    Read(std::io::Result<crate::journal::History>),
    Looked(Box<check::Looked>),
    Tried(Option<Result<(), Problem>>),
}

impl News {
    /// What came of a signature that was tried.
    #[must_use]
    pub fn tried(ended: &Ended) -> Self {
        Self(What::Tried(match ended {
            Ended::Tried | Ended::Accepted(_) => Some(Ok(())),
            Ended::Failed(failure) => {
                let problem = Problem::from(failure);
                // Whoever stopped it knows.
                let stopped = matches!(problem.code, Code::Cancelled | Code::WindowClosed);
                (!stopped).then_some(Err(problem))
            }
        }))
    }
}

#[cfg(test)]
impl News {
    pub(crate) fn listed(name: &str, slots: Vec<kyso_pkcs11::SlotReport>) -> Self {
        let name = name.to_owned();
        Self(What::Listed(found::Listed::Module { name, slots }))
    }

    pub(crate) fn plugged(cas: Vec<Vec<String>>) -> Self {
        Self(What::Listed(found::Listed::Plugged(cas)))
    }

    pub(crate) fn read(read: std::io::Result<crate::journal::History>) -> Self {
        Self(What::Read(read))
    }

    pub(crate) fn looked(findings: crate::doctor::Findings, at: OffsetDateTime) -> Self {
        Self(What::Looked(Box::new(check::Looked {
            findings,
            at,
            portal: true,
        })))
    }
}

/// What a page wants of its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Another page.
    Page(Page),
    /// The signature of the certificate with this SHA-256, over a statement that no portal takes.
    TryOut([u8; 32]),
    /// The settings were written: they are to be read anew, and the page renewed.
    Changed,
    /// As [`Wish::Changed`], and the desktop is to start the agent at log-in, or not.
    Start(bool),
    /// The end.
    Close,
}

/// What comes of an act.
#[derive(Default)]
pub struct Step {
    /// To be done.
    pub jobs: Vec<Job>,
    /// What the owner is to do.
    pub wish: Option<Wish>,
}

impl From<Wish> for Step {
    fn from(wish: Wish) -> Self {
        Self {
            jobs: Vec::new(),
            wish: Some(wish),
        }
    }
}

impl From<Vec<Job>> for Step {
    fn from(jobs: Vec<Job>) -> Self {
        Self { jobs, wish: None }
    }
}

/// A page that is open.
pub struct Open(Kind);

enum Kind {
    Welcome(Box<welcome::Welcome>),
    Identities(identities::Identities),
    History(history::History),
    Sites(sites::Sites),
    Check(check::Check),
    Settings(Box<settings::Page>),
    About(about::About),
}

/// Opens a page, and says what is to be done for it.
#[must_use]
pub fn open(page: Page, around: &Around) -> (Open, Vec<Job>) {
    open_at(page, around, OffsetDateTime::now_utc())
}

/// At this time.
pub(crate) fn open_at(page: Page, around: &Around, now: OffsetDateTime) -> (Open, Vec<Job>) {
    let (kind, jobs) = match page {
        Page::Welcome => {
            let (page, jobs) = welcome::Welcome::open(around, now);
            (Kind::Welcome(Box::new(page)), jobs)
        }
        Page::Identities => {
            let (page, jobs) = identities::Identities::open(around, now);
            (Kind::Identities(page), jobs)
        }
        Page::History => {
            let (page, jobs) = history::History::open(around);
            (Kind::History(page), jobs)
        }
        Page::Sites => (Kind::Sites(sites::Sites::open(around)), Vec::new()),
        Page::Check => {
            let (page, jobs) = check::Check::open(around);
            (Kind::Check(page), jobs)
        }
        Page::Settings => {
            let page = Box::new(settings::Page::open(around));
            (Kind::Settings(page), Vec::new())
        }
        Page::About => (Kind::About(about::About::open(around)), Vec::new()),
    };
    (Open(kind), jobs)
}

impl Open {
    /// The page as it is now.
    #[must_use]
    pub fn screen(&self, text: Text) -> Screen {
        match &self.0 {
            Kind::Welcome(page) => Screen::Welcome(page.screen(text)),
            Kind::Identities(page) => Screen::Identities(page.screen(text)),
            Kind::History(page) => Screen::History(page.screen(text)),
            Kind::Sites(page) => Screen::Sites(page.screen(text)),
            Kind::Check(page) => Screen::Check(page.screen(text)),
            Kind::Settings(page) => Screen::Settings(page.screen(text)),
            Kind::About(page) => Screen::About(page.screen()),
        }
    }

    /// Takes an act; one that means nothing here is dropped.
    pub fn act(&mut self, act: Act, around: &Around) -> Step {
        match (act, &mut self.0) {
            (Act::Open { page }, _) => Wish::Page(page).into(),
            (Act::Close, _) => Wish::Close.into(),
            (act, Kind::Welcome(page)) => page.act(act, around),
            (act, Kind::Identities(page)) => page.act(&act, around),
            (act, Kind::History(page)) => page.act(&act, around),
            (act, Kind::Sites(page)) => page.act(act, around),
            (act, Kind::Check(page)) => page.act(&act, around),
            (Act::Set(setting), Kind::Settings(page)) => page.set(setting, around),
            (_, Kind::Settings(_) | Kind::About(_)) => Step::default(),
        }
    }

    /// Takes that a token came or went.
    pub fn plugged(&mut self, around: &Around) -> Vec<Job> {
        match &mut self.0 {
            Kind::Check(page) => page.plugged(around),
            _ => self.act(Act::Refresh, around).jobs,
        }
    }

    /// Takes what came of one of its jobs, and says what is to be done then.
    pub fn take(&mut self, news: News) -> Option<Job> {
        match (&mut self.0, news.0) {
            (Kind::Welcome(page), What::Listed(listed)) => page.found.take(listed),
            (Kind::Welcome(page), What::Tried(result)) => page.tried(result),
            (Kind::Identities(page), What::Listed(listed)) => page.found.take(listed),
            (Kind::History(page), What::Read(read)) => page.take(read),
            (Kind::Check(page), What::Looked(looked)) => return page.take(*looked),
            _ => {}
        }
        None
    }

    /// Takes what hindered a wish.
    pub fn refuse(&mut self, problem: SettingsError) {
        match &mut self.0 {
            Kind::Welcome(page) => page.refuse(problem),
            Kind::Settings(page) => page.refuse(problem),
            _ => {}
        }
    }

    /// Takes other settings.
    pub fn renew(&mut self, around: &Around) {
        match &mut self.0 {
            Kind::Welcome(page) => page.renew(around),
            Kind::Sites(page) => page.renew(around),
            Kind::Settings(page) => page.renew(around),
            Kind::About(page) => *page = about::About::open(around),
            Kind::Identities(_) | Kind::History(_) | Kind::Check(_) => {}
        }
    }
}
