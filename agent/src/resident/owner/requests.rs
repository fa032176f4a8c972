//! What programs of this user want of the agent.

use std::time::Instant;

use kyso_protocol::Link;
use kyso_screens::Page;
use rustix::process::Pid;

use super::{Resident, Wanted};
use crate::controller::Begin;
use crate::problem::Failure;
use crate::resident::anew::Anew;
use crate::resident::event::Event;
use crate::resident::listener::Said;
use crate::resident::message::{Refusal, Reply, Request, Status};
use crate::resident::surroundings::Surroundings;
use crate::settings::Permission;
use crate::shell::browser::Browser;

impl Resident {
    pub(super) fn said(&mut self, said: Said) {
        let Said {
            request,
            caller,
            reply,
        } = said;
        let answer = if self.starts_anew(request.as_ref()) {
            let why = Refusal::Replaced;
            Reply::Refused { why }
        } else {
            self.answered(request, caller)
        };
        // A caller that went away wants no reply.
        let _ = reply.send(answer);
    }

    fn answered(&mut self, request: Option<Request>, caller: Option<Pid>) -> Reply {
        match request {
            Some(Request::Ask {
                link, token, clues, ..
            }) => of_result(self.asked(&link, token, Browser::asking(caller, &clues))),
            Some(Request::Open { page, token, .. }) => of_result(self.opened(page, token)),
            Some(Request::Begun { .. }) => Reply::Done,
            Some(Request::Status) => Reply::Status(self.status()),
            Some(Request::Quit) => {
                let _ = self.events.send(Event::End);
                Reply::Done
            }
            Some(Request::Turn) => of_result(self.lend()),
            None => of_result(Err(Refusal::Message)),
        }
    }

    /// Whether the next one does this, which begins as soon as this one has ended. What isn't understood may be what a
    /// newer version says.
    fn starts_anew(&mut self, request: Option<&Request>) -> bool {
        let there = request.and_then(Request::surroundings);
        if request.is_some() && there.is_none() {
            return false;
        }
        self.begins_anew(there, None)
    }

    /// Whether this agent ends, for one that begins with this page.
    pub(super) fn begins_anew(&mut self, there: Option<&Surroundings>, page: Option<Page>) -> bool {
        if self.anew.is_none() && !self.is_busy() {
            self.anew = Anew::wanted(there, page);
            if self.anew.is_some() {
                let _ = self.events.send(Event::End);
            }
        }
        self.anew.is_some()
    }

    fn asked(
        &mut self,
        link: &str,
        token: Option<String>,
        browser: Option<Browser>,
    ) -> Result<(), Refusal> {
        let link = Link::parse(link).map_err(|error| {
            if self.knocks.enter(Instant::now()).is_ok() {
                self.notify(&Failure::Link(error));
            }
            Refusal::Link
        })?;
        self.let_in(&link)?;
        let begin = Begin::Link(link);
        self.begin(Wanted { begin, browser }, token)
    }

    /// Before anything comes up. One that will be turned away counts elsewhere.
    ///
    /// # Errors
    /// The portal is blocked, or this is one link too many.
    fn let_in(&mut self, link: &Link) -> Result<(), Refusal> {
        if !self.is_busy() {
            self.reload()?;
        }
        let now = Instant::now();
        let refusal = match self.settings.permission(link.origin()) {
            (Permission::Blocked, _) => Refusal::Blocked,
            (Permission::Allowed, _) if self.is_busy() => return Ok(()),
            (Permission::Allowed, _) => match self.doorway.enter(now) {
                Ok(()) => return Ok(()),
                Err(seconds) => Refusal::TooMany { seconds },
            },
        };
        tracing::info!(origin = link.origin().as_str(), ?refusal, "kept out");
        if self.doorway.is_said(now) {
            self.notify(&refusal.failure(link.origin().host()));
        }
        Err(refusal)
    }

    pub(super) fn is_busy(&self) -> bool {
        self.login.is_some() || self.lent || self.ending
    }

    fn lend(&mut self) -> Result<(), Refusal> {
        if self.is_busy() {
            return Err(Refusal::Busy);
        }
        self.lent = true;
        Ok(())
    }

    fn status(&self) -> Status {
        Status {
            version: env!("CARGO_PKG_VERSION").into(),
            process: std::process::id(),
            state: self.state(),
            tray: self.tray.is_some() && self.room,
            window: self.stage.has_window(),
        }
    }
}

fn of_result(done: Result<(), Refusal>) -> Reply {
    match done {
        Ok(()) => Reply::Done,
        Err(why) => Reply::Refused { why },
    }
}
