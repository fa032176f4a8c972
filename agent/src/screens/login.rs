//! The screens of one login.

use kyso_certs::SubjectKind;
use kyso_protocol::{Origin, Purpose};
use kyso_screens as shown;
use kyso_screens::{Screen, Waiting};

use super::{certificate, language, origin, problem, report, tries};
use crate::portals::Resembled;
use crate::problem::{Code, Problem};
use crate::text::Text;
use crate::view::{Aim, ChooseView, ConsentView, PinView, View, printable};

/// A login's view as a screen in this language.
#[must_use]
pub fn of_view(view: &View, text: Text) -> Screen {
    match view {
        View::Checking { origin } => Screen::Waiting(Waiting::Ask {
            origin: origin.to_string(),
        }),
        View::Consent(view) => Screen::Consent(Box::new(consent(view, text))),
        View::Searching => Screen::Waiting(Waiting::Searching),
        View::Choose(view) => Screen::Choose(choose(view, text)),
        View::Pin(view) => Screen::Pin(pin(view, text)),
        View::Unlocking { keypad: false } => Screen::Waiting(Waiting::Unlocking),
        View::Signing { keypad: false } => Screen::Waiting(Waiting::Signing),
        View::Unlocking { keypad: true } | View::Signing { keypad: true } => {
            Screen::Waiting(Waiting::Keypad)
        }
        View::Posting { origin } => Screen::Waiting(Waiting::Answer {
            origin: origin.to_string(),
        }),
        View::Done { origin } => Screen::Done(shown::Done {
            origin: origin.as_ref().map(Origin::to_string),
            no_browser: None,
        }),
        View::Failed(problem) => Screen::Failed(failed(problem, text)),
    }
}

/// The same screen with what is asked or said of a computer without a keychain, where it is a consent.
#[must_use]
pub fn with_no_keychain(screen: Screen, notice: Option<shown::NoKeychain>) -> Screen {
    match screen {
        Screen::Consent(consent) => Screen::Consent(Box::new(shown::Consent {
            no_keychain: notice,
            ..*consent
        })),
        other => other,
    }
}

/// The portal accepted, and no browser could be opened for it.
#[must_use]
pub fn nowhere(origin: &Origin, text: Text) -> Screen {
    let origin = origin.to_string();
    Screen::Done(shown::Done {
        no_browser: Some(text.fill("done.no-browser", &[("origin", &origin)])),
        origin: Some(origin),
    })
}

fn consent(view: &ConsentView, text: Text) -> shown::Consent {
    let (origin, look_alike) = origin::shown(&view.origin);
    shown::Consent {
        origin,
        name: view.listed_name.as_deref().map(printable),
        new_site: view.new_site,
        look_alike,
        resembles: view.resembles.as_ref().map(|known| resembles(known, text)),
        purpose: purpose(Aim::Ask(view.purpose)),
        subject: view.subject.map(subject),
        matching_code: view.matching_code.clone(),
        text: view.text.as_ref().map(|asked| shown::TextShown {
            language: language(asked.language()),
            value: asked.value().to_owned(),
        }),
        remembered: view
            .remembered
            .as_ref()
            .map(|seen| certificate::remembered(seen, view.now, text)),
        no_keychain: None,
    }
}

/// That an address is easily mistaken for this portal's.
pub(crate) fn resembles(known: &Resembled, text: Text) -> String {
    let key = if known.used {
        "consent.resembles.used"
    } else {
        "consent.resembles.listed"
    };
    text.fill(key, &[("known", known.origin.as_str())])
}

fn choose(view: &ChooseView, text: Text) -> shown::Choose {
    shown::Choose {
        purpose: purpose(view.aim),
        searching: view.searching,
        rows: view
            .rows
            .iter()
            .map(|row| certificate::row(row, text))
            .collect(),
        problem: view.instead.as_ref().map(|why| problem(why, text)),
    }
}

fn pin(view: &PinView, text: Text) -> shown::Pin {
    shown::Pin {
        purpose: purpose(view.aim),
        device: view.device.clone(),
        certificate: printable(&view.certificate),
        tries: tries(view.tries),
        last: view.last.as_ref().map(|last| problem(last, text)),
    }
}

/// The ends after which the ask is still open, or none was taken: trying it again makes sense.
const AGAIN: [Code; 3] = [Code::PortalUnreachable, Code::TooMany, Code::Busy];

fn failed(failure: &Problem, text: Text) -> shown::Failed {
    shown::Failed {
        problem: problem(failure, text),
        report: report::of(failure),
        again: AGAIN.contains(&failure.code),
    }
}

fn purpose(aim: Aim) -> shown::Purpose {
    match aim {
        Aim::Ask(Purpose::Login) => shown::Purpose::Login,
        Aim::Ask(Purpose::Register) => shown::Purpose::Register,
        Aim::Ask(Purpose::AddMethod) => shown::Purpose::AddMethod,
        Aim::Ask(Purpose::Confirm) => shown::Purpose::Confirm,
        Aim::Trial => shown::Purpose::SelfTest,
    }
}

fn subject(kind: SubjectKind) -> shown::Subject {
    match kind {
        SubjectKind::Citizen => shown::Subject::Citizen,
        SubjectKind::Business => shown::Subject::Business,
        SubjectKind::Agency => shown::Subject::Agency,
    }
}
