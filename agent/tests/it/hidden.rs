//! A token that shows its certificates only after the PIN: a module that hangs when it is asked before.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kyso_agent::controller::{Begin, Controller, Ended};
use kyso_agent::drivers::Drivers;
use kyso_agent::journal::Journal;
use kyso_agent::login::{Act, Intent};
use kyso_agent::settings::Settings;
use kyso_agent::shell::{Intents, Returned, Shell};
use kyso_agent::view::{Shown, View};
use kyso_faulty_module::{Class, Fault, Misdeed, Object, PLAN, Plan, Record, Token, module_file};
use kyso_pkcs11::{Deadlines, ModuleSpec, Pin, Quirks};
use kyso_protocol::{AskId, Link, Origin};
use kyso_support::Role;

use crate::fetch::{HOST, world};
use crate::person::{PIN, host_program, portal};
use crate::program::path;

/// Agrees, takes what is there, and types the PIN; until then the module says nothing.
struct Person {
    event: PathBuf,
    shown: Arc<Mutex<Vec<String>>>,
}

impl Person {
    fn act(&self, view: &View) -> Option<Act> {
        let mut shown = self.shown.lock().expect("no test panicked with it");
        match view {
            View::Consent(_) => Some(Act::Agree),
            View::Choose(choose) if !choose.searching => {
                let hidden = choose.rows.iter().any(|row| row.after_pin);
                shown.push(format!("choose, hidden: {hidden}"));
                Some(Act::Choose(0))
            }
            View::Pin(_) => {
                shown.push("pin".to_owned());
                std::fs::remove_file(&self.event).expect("it was there");
                Some(Act::Enter(Pin::new(PIN.as_bytes()).expect("a PIN")))
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
            intents.try_send(intent).expect("room");
        }
    }

    fn return_to(&mut self, address: &str, _: bool) -> Returned {
        Returned::Printed(address.to_owned())
    }
}

/// The plan: nothing is shown while the pipe is there.
fn plan(folder: &Path) -> Plan {
    let subject = world().pki.subject(Role::PersonInOrganisation);
    let object = |class, value: &[u8]| Object {
        class,
        id: [1][..].into(),
        label: "sign".into(),
        value: value.into(),
    };
    let fault = Fault {
        event: Some(folder.join("event")),
        ..Fault::at("C_FindObjectsInit", Misdeed::Hang)
    };
    let token = Token {
        label: "thẻ kín".into(),
        serial: "77".into(),
        pin: PIN.to_owned(),
        tries: 3,
        pin_pad: false,
        logged_in: false,
        objects: vec![
            object(Class::Certificate, subject.certificate.der()),
            object(Class::PrivateKey, subject.key.pkcs8_der()),
        ],
    };
    Plan {
        record: folder.join("record"),
        faults: vec![fault],
        tokens: vec![token],
        ..Plan::default()
    }
}

fn module(folder: &Path) -> ModuleSpec {
    let file = folder.join("plan.toml");
    plan(folder).write(&file).expect("written");
    ModuleSpec {
        environment: vec![(PLAN.to_owned(), file.into_os_string())],
        quirks: Quirks {
            log_in_first: true,
            ..Quirks::default()
        },
        deadlines: Deadlines {
            list: Duration::from_secs(10),
            ..Deadlines::default()
        },
        ..ModuleSpec::configured("Kín", module_file().expect("built with this test"))
    }
}

#[test]
fn a_token_that_hides_its_certificates_signs_in_with_one_pin() {
    let Some(host) = host_program() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let event = folder.path().join("event");
    let made = Command::new("mkfifo").arg(&event).status().expect("mkfifo");
    assert!(made.success());
    let server = portal();
    std::fs::write(
        folder.path().join("root.der"),
        world().pki.tls.certificate().der(),
    )
    .expect("written");
    let origin = format!("https://{HOST}:{}", server.address.port());
    let text = format!(
        "state-folder = \"state\"\nruntime-folder = \"run\"\n[[portal]]\norigin = \"{origin}\"\ntls-root = \"root.der\"\n"
    );
    let file = folder.path().join("kyso.toml");
    std::fs::write(&file, text).expect("written");
    let settings = Settings::read(Path::new(path(&file))).expect("settings");
    let drivers = Arc::new(Drivers::of(vec![module(folder.path())], host));
    let shown = Arc::new(Mutex::new(Vec::new()));
    let person = Person {
        event: event.clone(),
        shown: Arc::clone(&shown),
    };
    // The fault begins when somebody reads the pipe.
    std::thread::spawn(move || File::open(event).and_then(|mut pipe| pipe.read(&mut [0])));
    let controller = Controller::new(person, Arc::new(settings.clone()), drivers);
    let link = Link::new(
        Origin::parse(&origin).expect("an origin"),
        AskId::from_bytes([9; 16]),
    );
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let ended = runtime.block_on(controller.run(Begin::Link(link), std::future::pending()));
    match ended {
        Ended::Accepted(_) => {}
        Ended::Tried => panic!("nothing was to be tried"),
        Ended::Failed(failure) => panic!("{failure:?}"),
    }
    let shown = shown.lock().expect("no test panicked with it").clone();
    assert_eq!(
        shown,
        ["choose, hidden: true", "pin", "choose, hidden: false"]
    );
    let record = Record::of(&folder.path().join("record"));
    assert_eq!(record.count("C_Login"), 1);
    let history = Journal::of(&settings).read().expect("readable");
    assert_eq!(
        history.entries.first().map(|entry| entry.signed),
        Some(true)
    );
}
