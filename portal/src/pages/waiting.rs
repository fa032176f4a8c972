//! The browser waits for Kyso, and comes back from it.

use askama::Template;
use kyso_certs::SubjectKind;
use kyso_protocol::Purpose;
use serde::Serialize;

use super::download::System;
use super::finish;
use super::format::minutes;
use super::frame::Frame;

/// How far an ask has come, as its waiting page may know it: never a code, a name or a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitState {
    /// Nobody answered yet; `fetched`: the statement has been read.
    Waiting {
        /// An agent has fetched the statement.
        fetched: bool,
    },
    /// Answered, refused, used or run out.
    Ended,
}

/// Waiting page of one ask.
#[derive(Clone, Debug)]
pub struct WaitView {
    /// The ask's id, 22 letters of base64url.
    pub ask: String,
    /// Login or registration.
    pub purpose: Purpose,
    /// Subject of a registration: beginning again keeps it.
    pub subject: Option<SubjectKind>,
    /// The deep link, `kyso:1/…`.
    pub link: String,
    /// Four digits, mã đối chiếu.
    pub matching_code: String,
    /// Seconds until the ask expires, at most 300.
    pub seconds_left: u64,
    /// How far it is.
    pub state: WaitState,
    /// The visitor's system, where there are packages for it: offered where Kyso doesn't answer.
    pub download: Option<System>,
}

/// Body of `/wait/<id>/state`: `{"state":"waiting","fetched":false,"seconds":123}`, `{"state":"ended"}`, or
/// `{"state":"problem","code":"CERT-EXPIRED"}`, at which the script loads `/wait/<id>` again to have the
/// problem page.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum WaitStateJson {
    /// Nobody answered yet.
    Waiting {
        /// An agent has fetched the statement.
        fetched: bool,
        /// Seconds until the ask expires.
        seconds: u64,
    },
    /// Answered, refused, used or run out.
    Ended,
    /// It ended by a problem that its waiting page may name.
    Problem {
        /// The problem's code.
        code: String,
    },
}

/// A return code came from a browser that didn't make the ask.
#[derive(Clone, Debug)]
pub struct OtherBrowserView {
    /// What was asked for: *begin again here* leads there.
    pub purpose: Purpose,
}

#[derive(Template)]
#[template(path = "wait.html")]
struct Wait<'a> {
    f: &'a Frame,
    v: &'a WaitView,
}

impl Wait<'_> {
    fn title(&self) -> &'static str {
        self.f.t(if registers(&self.v.purpose) {
            "wait.title.register"
        } else {
            "wait.title.sign-in"
        })
    }

    /// A button must not lead anywhere but to Kyso.
    fn link(&self) -> &str {
        if self.v.link.starts_with("kyso:1/") {
            &self.v.link
        } else {
            ""
        }
    }

    fn ended(&self) -> bool {
        self.v.state == WaitState::Ended
    }

    fn fetched(&self) -> bool {
        self.v.state == WaitState::Waiting { fetched: true }
    }

    fn download(&self) -> Option<String> {
        let system = self.v.download?;
        Some(format!("{}#{}", super::paths::DOWNLOAD, system.id()))
    }

    fn clock(&self) -> String {
        minutes(self.v.seconds_left)
    }

    fn again(&self) -> String {
        match (registers(&self.v.purpose), &self.v.subject) {
            (true, Some(subject)) => format!("{}?subject={subject}", super::paths::REGISTER_USB),
            (true, None) => super::paths::REGISTER.to_owned(),
            (false, _) => super::paths::LOGIN.to_owned(),
        }
    }
}

#[derive(Template)]
#[template(path = "return.html")]
struct Return<'a> {
    f: &'a Frame,
}

#[derive(Template)]
#[template(path = "other_browser.html")]
struct OtherBrowser<'a> {
    f: &'a Frame,
    registers: bool,
}

fn registers(purpose: &Purpose) -> bool {
    matches!(purpose, Purpose::Register)
}

/// Waiting page of one ask.
#[must_use]
pub fn render_wait(frame: &Frame, view: &WaitView) -> String {
    finish(&Wait { f: frame, v: view })
}

/// Return page: the same bytes for everyone in one language; give it a frame without a person.
#[must_use]
pub fn render_return(frame: &Frame) -> String {
    finish(&Return { f: frame })
}

/// The page for a return code that another browser presented.
#[must_use]
pub fn render_other_browser(frame: &Frame, view: &OtherBrowserView) -> String {
    finish(&OtherBrowser {
        f: frame,
        registers: registers(&view.purpose),
    })
}
