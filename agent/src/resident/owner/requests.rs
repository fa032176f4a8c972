//! What programs of this user want of the agent.

use kyso_protocol::Link;

use super::{Resident, Wanted};
use crate::controller::Begin;
use crate::problem::Failure;
use crate::resident::event::Event;
use crate::resident::listener::Said;
use crate::resident::message::{Refusal, Reply, Request, Status};
use crate::shell::browser::Browser;

impl Resident {
    pub(super) fn said(&mut self, said: Said) {
        let Said {
            request,
            caller,
            reply,
        } = said;
        let answer = match request {
            Request::Ask { link, token } => {
                of_result(self.asked(&link, token, caller.and_then(Browser::above)))
            }
            Request::Open { page, token } => of_result(self.opened(page, token)),
            Request::Status => Reply::Status(self.status()),
            Request::Quit => {
                let _ = self.events.send(Event::End);
                Reply::Done
            }
            Request::Turn => of_result(self.lend()),
        };
        // A caller that went away wants no reply.
        let _ = reply.send(answer);
    }

    fn asked(
        &mut self,
        link: &str,
        token: Option<String>,
        browser: Option<Browser>,
    ) -> Result<(), Refusal> {
        let link = Link::parse(link).map_err(|error| {
            self.notify(&Failure::Link(error));
            Refusal::Link
        })?;
        let begin = Begin::Link(link);
        self.begin(Wanted { begin, browser }, token)
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
