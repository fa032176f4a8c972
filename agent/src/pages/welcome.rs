//! The first run: what is here, what is missing, a signature to try, in which language, and whether the agent starts at
//! log-in.

use kyso_screens as shown;
use kyso_screens::{Act, SelfTest, Setting};
use time::OffsetDateTime;

use super::found::Found;
use super::settings::{refused, written};
use super::{Around, Job, Step, Wish};
use crate::problem::Problem;
use crate::screens::problem;
use crate::settings::{Field, SettingsError};
use crate::text::Text;

pub(super) struct Welcome {
    pub(super) found: Found,
    test: Option<Result<(), Problem>>,
    autostart: Option<bool>,
    autostart_locked: bool,
    language_locked: bool,
    problem: Option<SettingsError>,
}

impl Welcome {
    pub(super) fn open(around: &Around, now: OffsetDateTime) -> (Self, Vec<Job>) {
        let (found, jobs) = Found::look(around, now);
        let mut page = Self {
            found,
            test: None,
            autostart: None,
            autostart_locked: false,
            language_locked: false,
            problem: None,
        };
        page.renew(around);
        (page, jobs)
    }

    pub(super) fn renew(&mut self, around: &Around) {
        self.autostart = around.settings.autostart.map(|_| around.starts);
        self.autostart_locked = around.settings.is_locked(Field::Autostart);
        self.language_locked = around.settings.is_locked(Field::Language);
    }

    pub(super) fn screen(&self, text: Text) -> shown::Welcome {
        let test = self.test.as_ref().map(|result| match result {
            Ok(()) => SelfTest::Right,
            Err(why) => SelfTest::Wrong(problem(why, text)),
        });
        shown::Welcome {
            found: self.found.screen(text),
            test,
            autostart: self.autostart,
            autostart_locked: self.autostart_locked,
            language_locked: self.language_locked,
            problem: self.problem.as_ref().map(|error| refused(error, text)),
        }
    }

    pub(super) fn refuse(&mut self, problem: SettingsError) {
        self.problem = Some(problem);
    }

    pub(super) fn act(&mut self, act: Act, around: &Around) -> Step {
        match act {
            Act::Refresh => self
                .found
                .look_again(around, OffsetDateTime::now_utc())
                .into(),
            Act::TryOut { row } => match self.found.certificate(row) {
                Some(certificate) => Wish::TryOut(certificate).into(),
                None => Step::default(),
            },
            Act::Set(setting @ (Setting::Autostart { .. } | Setting::Language { .. })) => {
                written(setting, around, &mut self.problem)
            }
            _ => Step::default(),
        }
    }

    pub(super) fn tried(&mut self, result: Option<Result<(), Problem>>) {
        self.test = result;
    }
}
