//! Somebody at the agent: agrees, chooses a certificate, types one PIN, and gives up when asked again.

use std::io::Read as _;
use std::path::PathBuf;
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

/// When the person cancels a signature.
#[derive(Clone, Debug)]
pub(crate) enum Cancel {
    Never,
    AtOnce,
    /// As soon as a byte comes through this named pipe.
    After(PathBuf),
}

pub(crate) struct Person {
    pub(crate) cancel: Cancel,
    name: String,
    pin: String,
    seen: Arc<Mutex<Seen>>,
}

impl Person {
    /// Who has a certificate in this name and types this PIN.
    pub(crate) fn new(name: &str, pin: &str) -> Self {
        Self {
            cancel: Cancel::Never,
            name: name.to_owned(),
            pin: pin.to_owned(),
            seen: Arc::default(),
        }
    }

    /// Where it is kept what this person sees.
    pub(crate) fn seen(&self) -> Arc<Mutex<Seen>> {
        Arc::clone(&self.seen)
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
                let chosen = own.or_else(|| choose.rows.iter().position(|row| row.after_pin));
                Some(chosen.map_or(Act::ChooseAbsent, Act::Choose))
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
        let (login, view) = (shown.login, shown.number);
        let intent = move |act| Intent { login, view, act };
        if let Some(act) = self.act(&shown.view) {
            intents.try_send(intent(act)).ok().unwrap();
        }
        if !matches!(shown.view, View::Signing { .. }) {
            return;
        }
        match self.cancel.clone() {
            Cancel::Never => {}
            Cancel::AtOnce => intents.try_send(intent(Act::Refuse)).ok().unwrap(),
            Cancel::After(pipe) => {
                let intents = intents.clone();
                std::thread::spawn(move || {
                    std::fs::File::open(pipe)
                        .unwrap()
                        .read_exact(&mut [0])
                        .unwrap();
                    // A login that has ended takes no intents any more.
                    drop(intents.blocking_send(intent(Act::Refuse)));
                });
            }
        }
    }

    fn return_to(&mut self, address: &str, _: bool) -> Returned {
        Returned::Printed(address.to_owned())
    }
}
