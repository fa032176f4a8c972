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
use crate::settings::Settings;
use crate::text::Text;

/// What came of looking.
pub(super) struct Looked {
    pub(super) findings: Findings,
    pub(super) at: OffsetDateTime,
    /// The portal was asked too.
    pub(super) portal: bool,
}

/// What is looked at.
struct Look {
    settings: Arc<Settings>,
    /// The portal that was used last, as well.
    portal: bool,
}

pub(super) struct Check {
    looked: Option<Looked>,
    running: bool,
    /// What follows the look that is running.
    next: Option<Look>,
    written: Option<Result<String, ()>>,
}

impl Check {
    pub(super) fn open(around: &Around) -> (Self, Vec<Job>) {
        let mut page = Self {
            looked: None,
            running: false,
            next: None,
            written: None,
        };
        let jobs = page.look(around, true);
        (page, jobs)
    }

    pub(super) fn take(&mut self, mut looked: Looked) -> Option<Job> {
        if let Some(before) = self.looked.take().filter(|_| !looked.portal) {
            keep_portal(&mut looked.findings, before.findings);
        }
        self.looked = Some(looked);
        let next = self.next.take();
        self.running = next.is_some();
        next.map(Look::job)
    }

    /// A token came or went: of that no portal knows.
    pub(super) fn plugged(&mut self, around: &Around) -> Vec<Job> {
        self.look(around, false)
    }

    /// Whatever changes during a look is looked at after it.
    fn look(&mut self, around: &Around, portal: bool) -> Vec<Job> {
        let mut look = Look {
            settings: Arc::clone(&around.settings),
            portal,
        };
        if self.running {
            look.portal |= self.next.as_ref().is_some_and(|next| next.portal);
            self.next = Some(look);
            return Vec::new();
        }
        self.running = true;
        vec![look.job()]
    }

    pub(super) fn act(&mut self, act: &Act, around: &Around) -> Step {
        match act {
            Act::Refresh => {
                self.written = None;
                self.look(around, true).into()
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

impl Look {
    fn job(self) -> Job {
        Box::new(move || {
            let Self { settings, portal } = self;
            let used = Portals::of(&settings).used().unwrap_or_default();
            let asked = used.first().filter(|_| portal).map(Origin::as_str);
            let seen = doctor::look(&Places::default(), &settings, asked);
            let at = OffsetDateTime::now_utc();
            let findings = doctor::judge(&seen, at);
            News(What::Looked(Box::new(Looked {
                findings,
                at,
                portal,
            })))
        })
    }
}

/// What the portal and its clock said before still stands.
fn keep_portal(findings: &mut Findings, before: Findings) {
    let said = |line: &Line| matches!(line.subject, "clock" | "portal");
    let kept: Vec<_> = before.lines.into_iter().filter(said).collect();
    findings.ready &= kept.iter().all(|line| line.grade != Grade::Error);
    findings.lines.extend(kept);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Says;
    use crate::fixtures::NOW;
    use crate::fixtures::pages::around;
    use crate::text::Language;

    fn line(subject: &'static str, grade: Grade) -> Line {
        Line {
            subject,
            grade,
            says: Says::Words("check.portal-answers", Vec::new()),
            remedy: None,
        }
    }

    fn looked(lines: &[(&'static str, Grade)], portal: bool) -> Looked {
        let faulty = lines.iter().any(|(_, grade)| *grade == Grade::Error);
        Looked {
            findings: Findings {
                lines: lines
                    .iter()
                    .map(|(subject, grade)| line(subject, *grade))
                    .collect(),
                ready: !faulty,
            },
            at: NOW,
            portal,
        }
    }

    fn shown(page: &Check) -> shown::Check {
        page.screen(Text::of(Language::En))
    }

    #[test]
    fn what_comes_or_goes_during_a_look_is_looked_at_after_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let around = around(folder.path());
        let (mut page, first) = Check::open(&around);
        assert_eq!(first.len(), 1);
        for _ in 0..3 {
            assert_eq!(page.plugged(&around).len(), 0);
        }
        assert!(page.take(looked(&[], true)).is_some());
        assert!(shown(&page).running);
        assert!(page.take(looked(&[], false)).is_none());
        assert!(!shown(&page).running);
        assert_eq!(page.plugged(&around).len(), 1);
    }

    #[test]
    fn a_portal_is_asked_for_the_person_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let around = around(folder.path());
        let (mut page, _) = Check::open(&around);
        let mut check = |acts: &[bool], expected: bool| {
            for by_person in acts {
                if *by_person {
                    page.act(&Act::Refresh, &around);
                } else {
                    page.plugged(&around);
                }
            }
            let next = page.next.as_ref().map(|next| next.portal);
            assert_eq!(next, Some(expected), "{acts:?}");
        };
        check(&[false], false);
        check(&[false, true, false], true);
    }

    #[test]
    fn what_the_portal_said_stays_while_tokens_come_and_go() {
        let folder = tempfile::tempdir().expect("a folder");
        let around = around(folder.path());
        let check = |portal: Grade, token: Grade, expected: bool| {
            let (mut page, _) = Check::open(&around);
            let before = [
                ("token", Grade::Error),
                ("clock", Grade::Ok),
                ("portal", portal),
            ];
            page.take(looked(&before, true));
            page.plugged(&around);
            page.take(looked(&[("token", token)], false));
            let levels: Vec<_> = shown(&page)
                .findings
                .into_iter()
                .map(|found| found.level)
                .collect();
            let of = |grade| finding(&line("token", grade), Text::of(Language::En)).level;
            assert_eq!(levels, [of(token), Level::Ok, of(portal)]);
            assert_eq!(shown(&page).works, Some(expected));
        };
        check(Grade::Ok, Grade::Ok, true);
        check(Grade::Ok, Grade::Error, false);
        check(Grade::Error, Grade::Ok, false);
    }

    #[test]
    fn where_a_report_was_written_is_said_until_the_person_looks_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let around = around(folder.path());
        let (mut page, _) = Check::open(&around);
        page.take(looked(&[], true));
        page.written = Some(Ok("/home/an/kyso-report.json".into()));
        page.plugged(&around);
        page.take(looked(&[], false));
        assert!(shown(&page).report.is_some());
        page.act(&Act::Refresh, &around);
        assert!(shown(&page).report.is_none());
    }
}
