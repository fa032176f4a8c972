//! A shell for tests: keeps the views and answers each by rule.

use std::sync::{Arc, Mutex};

use super::{Intents, Returned, Shell};
use crate::login::{Act, Intent};
use crate::view::{Shown, View};

type Rule = Box<dyn FnMut(&View) -> Option<Act> + Send>;

/// What was shown, in order, as `Debug` prints the views.
pub(crate) type Record = Arc<Mutex<Vec<String>>>;

pub(crate) struct Recording {
    rule: Rule,
    record: Record,
}

impl Recording {
    pub(crate) fn new(rule: impl FnMut(&View) -> Option<Act> + Send + 'static) -> (Self, Record) {
        let record = Record::default();
        (
            Self {
                rule: Box::new(rule),
                record: Arc::clone(&record),
            },
            record,
        )
    }
}

impl Shell for Recording {
    fn show(&mut self, shown: &Shown, intents: &Intents) {
        self.record
            .lock()
            .expect("one test")
            .push(format!("{:?}", shown.view));
        if let Some(act) = (self.rule)(&shown.view) {
            intents
                .try_send(Intent {
                    login: shown.login,
                    view: shown.number,
                    act,
                })
                .expect("room");
        }
    }

    fn return_to(&mut self, address: &str, _: bool) -> Returned {
        Returned::Printed(address.to_owned())
    }
}
