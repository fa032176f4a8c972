//! The one-screen sign-in, and a signature that is only tried, with a module that counts every call.

use std::path::Path;
use std::sync::Arc;

use kyso_agent::controller::{Begin, Ended};
use kyso_agent::login::Act;
use kyso_agent::view::View;
use kyso_certs::Certificate;
use kyso_faulty_module::{Fault, Misdeed, Plan};
use kyso_pkcs11::ModuleSpec;
use kyso_support::Role;

use crate::desk::{Desk, Said, module, pin, plan};
use crate::fetch::world;
use crate::person::PIN;

fn desk(tries: u32) -> Option<Desk> {
    Desk::new(|folder| module(folder, &plan(folder, tries)))
}

fn word(view: &View) -> &'static str {
    match view {
        View::Checking { .. } => "checking",
        View::Consent(view) if view.remembered.is_some() => "one screen",
        View::Consent(_) => "consent",
        View::Searching => "searching",
        View::Choose(_) => "choose",
        View::Pin(view) if view.last.is_some() => "pin again",
        View::Pin(_) => "pin",
        View::Signing { .. } => "signing",
        View::Unlocking { .. } => "unlocking",
        View::Posting { .. } => "posting",
        View::Done { .. } => "done",
        View::Failed(problem) => problem.code.as_str(),
    }
}

/// Signs in; on one screen this PIN is typed, and the right one wherever else a PIN is asked for.
fn sign_in(desk: &Desk, first: &'static str) -> (Ended, Vec<&'static str>) {
    let said = Said::default();
    let saying = Arc::clone(&said);
    let ended = desk.sign_in(move |view| {
        saying.lock().expect("no test panicked").push(word(view));
        match view {
            View::Consent(view) if view.remembered.is_some() => {
                Some(Act::AgreeRemembered(Some(pin(first))))
            }
            View::Consent(_) => Some(Act::Agree),
            View::Choose(view) if !view.searching => Some(Act::Choose(0)),
            View::Pin(_) => Some(Act::Enter(pin(PIN))),
            _ => None,
        }
    });
    let said = said.lock().expect("no test panicked").clone();
    (ended, said)
}

fn accepted(desk: &Desk, first: &'static str, expected: &[&str], logins: usize) {
    let before = desk.record().count("C_Login");
    let (ended, said) = sign_in(desk, first);
    assert!(matches!(ended, Ended::Accepted(_)), "{said:?}");
    assert_eq!(said, expected);
    assert_eq!(desk.record().count("C_Login") - before, logins);
}

fn first_time(desk: &Desk) {
    let (ended, said) = sign_in(desk, PIN);
    assert!(matches!(ended, Ended::Accepted(_)), "{said:?}");
    assert!(
        said.contains(&"choose") && said.contains(&"pin"),
        "{said:?}"
    );
}

#[test]
fn the_second_sign_in_is_one_screen_and_one_login_at_the_token() {
    let Some(desk) = desk(3) else {
        return;
    };
    first_time(&desk);
    let expected = [
        "checking",
        "one screen",
        "searching",
        "signing",
        "posting",
        "done",
    ];
    accepted(&desk, PIN, &expected, 1);
}

#[test]
fn a_wrong_pin_on_the_one_screen_is_spent_once_and_asked_for_again() {
    let Some(desk) = desk(3) else {
        return;
    };
    first_time(&desk);
    let expected = [
        "checking",
        "one screen",
        "searching",
        "signing",
        "pin again",
        "signing",
        "posting",
        "done",
    ];
    accepted(&desk, "11112222", &expected, 2);
}

#[test]
fn the_last_try_is_told_before_the_pin_of_the_one_screen_is_spent() {
    let Some(desk) = desk(1) else {
        return;
    };
    first_time(&desk);
    let expected = [
        "checking",
        "one screen",
        "searching",
        "pin",
        "signing",
        "posting",
        "done",
    ];
    // Had the wrong one been spent, the token were locked.
    accepted(&desk, "11112222", &expected, 1);
}

/// Shows no token while the file is there.
fn plugged_in_later(folder: &Path) -> ModuleSpec {
    let absent = folder.join("absent");
    std::fs::write(&absent, "").expect("written");
    let fault = Fault {
        event: Some(absent),
        ..Fault::at("C_GetSlotList", Misdeed::Length(0))
    };
    let plan = Plan {
        faults: vec![fault],
        ..plan(folder, 3)
    };
    module(folder, &plan)
}

#[test]
fn a_login_waits_for_a_token_that_is_plugged_in_later() {
    let Some(desk) = Desk::new(plugged_in_later) else {
        return;
    };
    let absent = desk.folder.path().join("absent");
    let mut waited = false;
    let ended = desk.sign_in(move |view| match view {
        View::Consent(_) => Some(Act::Agree),
        View::Choose(view) if !view.searching && view.rows.is_empty() => {
            waited = true;
            std::fs::remove_file(&absent).expect("asked for once");
            None
        }
        View::Choose(view) if !view.searching => {
            assert!(waited);
            Some(Act::Choose(0))
        }
        View::Pin(_) => Some(Act::Enter(pin(PIN))),
        _ => None,
    });
    assert!(matches!(ended, Ended::Accepted(_)));
    assert_eq!(desk.record().count("C_Login"), 1);
}

#[test]
fn a_tried_signature_is_checked_here_and_stands_in_the_history() {
    let Some(desk) = desk(3) else {
        return;
    };
    let subject = world().pki.subject(Role::PersonInOrganisation);
    let certificate = Certificate::from_der(subject.certificate.der()).expect("a certificate");
    let ended = desk.run(Begin::TryOut(certificate.fingerprint()), |view| {
        matches!(view, View::Pin(_)).then(|| Act::Enter(pin(PIN)))
    });
    assert!(matches!(ended, Ended::Tried));
    assert_eq!(desk.record().count("C_Sign"), 1);
    let history = desk.history();
    let [entry] = history.as_slice() else {
        panic!("{history:?}")
    };
    let said = (entry.portal.as_str(), entry.outcome.as_str(), entry.signed);
    assert_eq!(said, ("kyso:self-test", "tried", false));
}
