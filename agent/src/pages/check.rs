//! What a sign-in needs, from the cable to the certificate, and the report for support.

use std::io;
use std::sync::Arc;

use kyso_protocol::Origin;
use kyso_screens as shown;
use kyso_screens::{Act, Level};
use time::OffsetDateTime;

use super::{Around, Job, News, Step, What, file};
use crate::doctor::{self, Findings, Grade, Line, Places, report};
use crate::portals::Portals;
use crate::text::Text;

/// What came of looking.
pub(super) struct Looked {
    pub(super) findings: Findings,
    pub(super) at: OffsetDateTime,
}

pub(super) struct Check {
    looked: Option<Looked>,
    running: bool,
    written: Option<Result<String, ()>>,
}

impl Check {
    pub(super) fn open(around: &Around) -> (Self, Vec<Job>) {
        let page = Self {
            looked: None,
            running: true,
            written: None,
        };
        (page, vec![look(around)])
    }

    pub(super) fn take(&mut self, looked: Looked) {
        self.running = false;
        self.looked = Some(looked);
    }

    pub(super) fn act(&mut self, act: &Act, around: &Around) -> Step {
        match act {
            Act::Refresh if !self.running => {
                self.running = true;
                self.written = None;
                vec![look(around)].into()
            }
            Act::Report => {
                self.written = Some(self.report().map_err(drop));
                Step::default()
            }
            _ => Step::default(),
        }
    }

    fn report(&self) -> io::Result<String> {
        let looked = self.looked.as_ref().ok_or(io::ErrorKind::NotFound)?;
        let folder = file::folder().ok_or(io::ErrorKind::NotFound)?;
        let report = format!("{:#}\n", report::of(&looked.findings, looked.at));
        let now = OffsetDateTime::now_utc();
        let path = file::write(&folder, "kyso-report", "json", now, report.as_bytes())?;
        Ok(path.display().to_string())
    }

    pub(super) fn screen(&self, text: Text) -> shown::Check {
        let looked = self.looked.as_ref();
        let lines = looked.map_or(&[][..], |looked| &looked.findings.lines);
        shown::Check {
            running: self.running,
            findings: lines.iter().map(|line| finding(line, text)).collect(),
            works: looked
                .filter(|_| !self.running)
                .map(|looked| looked.findings.ready),
            report: self.written.clone().and_then(Result::ok),
            problem: match self.written {
                Some(Err(())) => Some(text.get("page.not-written").to_owned()),
                _ => None,
            },
        }
    }
}

/// The portal that was used last is asked as well.
fn look(around: &Around) -> Job {
    let settings = Arc::clone(&around.settings);
    Box::new(move || {
        let used = Portals::of(&settings).used().unwrap_or_default();
        let portal = used.into_iter().next();
        let portal = portal.as_ref().map(Origin::as_str);
        let seen = doctor::look(&Places::default(), &settings, portal);
        let at = OffsetDateTime::now_utc();
        let findings = doctor::judge(&seen, at);
        News(What::Looked(Box::new(Looked { findings, at })))
    })
}

fn finding(line: &Line, text: Text) -> shown::Finding {
    shown::Finding {
        step: text.get(&format!("check.{}", line.subject)).to_owned(),
        level: match line.grade {
            Grade::Ok => Level::Ok,
            Grade::Warning => Level::Warning,
            Grade::Error => Level::Error,
            Grade::Unchecked => Level::Unchecked,
        },
        found: line.says.shown(text),
        remedy: line
            .remedy
            .as_ref()
            .map(|remedy| remedy.shown(text))
            .unwrap_or_default(),
    }
}
