//! Somebody at the agent: agrees, chooses a certificate, types one PIN, and gives up when asked again.

use std::sync::{Arc, Mutex};

use kyso_agent::login::{Act, Intent};
use kyso_agent::shell::{Intents, Returned, Shell};
use kyso_agent::view::{Row, Shown, View};
use kyso_pkcs11::Pin;

/// What was shown and done.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// How often a PIN was typed, here or on the device.
    pub(crate) pins: usize,
    /// The code of the last problem that was shown, beside a PIN field or at the end.
    pub(crate) problems: Vec<&'static str>,
}

pub(crate) struct Person {
    name: String,
    pin: String,
    seen: Arc<Mutex<Seen>>,
}

impl Person {
    /// Who has a certificate in this name and types this PIN.
    pub(crate) fn new(name: &str, pin: &str) -> (Self, Arc<Mutex<Seen>>) {
        let seen = Arc::default();
        let person = Self {
            name: name.to_owned(),
            pin: pin.to_owned(),
            seen: Arc::clone(&seen),
        };
        (person, seen)
    }

    fn act(&self, view: &View) -> Option<Act> {
        let mut seen = self.seen.lock().unwrap();
        match view {
            View::Consent(_) => Some(Act::Agree),
            View::Choose(choose) if !choose.searching => {
                let is_own = |row: &Row| {
                    let certificate = row.certificate.as_ref();
                    certificate.is_some_and(|certificate| {
                        certificate.subject().display_name() == self.name
                    })
                };
                let own = choose.rows.iter().position(is_own);
                Some(own.map_or(Act::ChooseAbsent, Act::Choose))
            }
            View::Pin(pin) if pin.last.is_some() => Some(Act::GiveUp),
            View::Pin(_) => {
                seen.pins += 1;
                Some(Act::Enter(Pin::new(self.pin.as_bytes()).unwrap()))
            }
            View::Signing { keypad: true } => {
                seen.pins += 1;
                None
            }
            View::Failed(problem) => {
                seen.problems.push(problem.code.as_str());
                None
            }
            _ => None,
        }
    }
}

impl Shell for Person {
    fn show(&mut self, shown: &Shown, intents: &Intents) {
        if let Some(act) = self.act(&shown.view) {
            let intent = Intent {
                login: shown.login,
                view: shown.number,
                act,
            };
            intents.try_send(intent).ok().unwrap();
        }
    }

    fn return_to(&mut self, address: &str, _: bool) -> Returned {
        Returned::Printed(address.to_owned())
    }
}
