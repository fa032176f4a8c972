//! Tokens and their certificates.

use kyso_screens as shown;
use kyso_screens::Act;
use time::OffsetDateTime;

use super::found::Found;
use super::{Around, Job, Step, Wish};
use crate::text::Text;

pub(super) struct Identities {
    pub(super) found: Found,
}

impl Identities {
    pub(super) fn open(around: &Around, now: OffsetDateTime) -> (Self, Vec<Job>) {
        let (found, jobs) = Found::look(around, now);
        (Self { found }, jobs)
    }

    pub(super) fn screen(&self, text: Text) -> shown::Identities {
        shown::Identities {
            found: self.found.screen(text),
        }
    }

    pub(super) fn act(&mut self, act: &Act, around: &Around) -> Step {
        match act {
            Act::Refresh => self
                .found
                .look_again(around, OffsetDateTime::now_utc())
                .into(),
            Act::TryOut { row } => match self.found.certificate(*row) {
                Some(certificate) => Wish::TryOut(certificate).into(),
                None => Step::default(),
            },
            _ => Step::default(),
        }
    }
}
