//! A token that shows its certificates only after the PIN: a module that hangs when it is asked before.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use kyso_agent::controller::Ended;
use kyso_agent::login::Act;
use kyso_agent::view::View;
use kyso_faulty_module::{Fault, Misdeed, Plan};
use kyso_pkcs11::{Deadlines, ModuleSpec, Quirks};

use crate::desk::{Desk, Said, module, pin, plan};
use crate::person::PIN;

/// Nothing is shown while the pipe is there.
fn hiding(folder: &Path) -> ModuleSpec {
    let fault = Fault {
        event: Some(folder.join("event")),
        ..Fault::at("C_FindObjectsInit", Misdeed::Hang)
    };
    let plan = Plan {
        faults: vec![fault],
        ..plan(folder, 3)
    };
    ModuleSpec {
        quirks: Quirks {
            log_in_first: true,
            ..Quirks::default()
        },
        deadlines: Deadlines {
            list: Duration::from_secs(10),
            ..Deadlines::default()
        },
        ..module(folder, &plan)
    }
}

#[test]
fn a_token_that_hides_its_certificates_signs_in_with_one_pin() {
    let Some(desk) = Desk::new(hiding) else {
        return;
    };
    let event = desk.folder.path().join("event");
    let made = Command::new("mkfifo").arg(&event).status().expect("mkfifo");
    assert!(made.success());
    // The fault begins when somebody reads the pipe.
    let read = event.clone();
    std::thread::spawn(move || File::open(read).and_then(|mut pipe| pipe.read(&mut [0])));
    let said = Said::default();
    let saying = Arc::clone(&said);
    let ended = desk.sign_in(move |view| {
        let mut said = saying.lock().expect("no test panicked with it");
        match view {
            View::Consent(_) => Some(Act::Agree),
            View::Choose(choose) if !choose.searching => {
                let hidden = choose.rows.iter().any(|row| row.after_pin);
                said.push(if hidden { "choose a token" } else { "choose" });
                Some(Act::Choose(0))
            }
            View::Pin(_) => {
                said.push("pin");
                std::fs::remove_file(&event).expect("it was there");
                Some(Act::Enter(pin(PIN)))
            }
            _ => None,
        }
    });
    match ended {
        Ended::Accepted(_) => {}
        Ended::Tried => panic!("nothing was to be tried"),
        Ended::Failed(failure) => panic!("{failure:?}"),
    }
    let said = said.lock().expect("no test panicked with it").clone();
    assert_eq!(said, ["choose a token", "pin", "choose"]);
    assert_eq!(desk.record().count("C_Login"), 1);
    let signed = desk.history().first().map(|entry| entry.signed);
    assert_eq!(signed, Some(true));
}
