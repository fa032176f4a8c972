//! A computer with tokens of the faulty module and a portal that takes whatever is signed; the controller in this process.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use kyso_agent::controller::{Begin, Controller, Ended};
use kyso_agent::drivers::Drivers;
use kyso_agent::journal::{Entry, Journal};
use kyso_agent::login::{Act, Intent};
use kyso_agent::settings::Settings;
use kyso_agent::shell::{Intents, Returned, Shell};
use kyso_agent::view::{Shown, View};
use kyso_faulty_module::{Class, Object, PLAN, Plan, Record, Token, module_file};
use kyso_pkcs11::{ModuleSpec, Pin};
use kyso_protocol::{AskId, Link, Origin};
use kyso_support::Role;

use crate::fetch::{HOST, world};
use crate::person::{PIN, host_program, portal};
use crate::server::Server;

pub(crate) struct Desk {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) drivers: Arc<Drivers>,
    settings: Settings,
    link: Link,
    _server: Server,
}

impl Desk {
    /// `module` makes the module in a folder. None where the machine lacks what it takes.
    pub(crate) fn new(module: impl FnOnce(&Path) -> ModuleSpec) -> Option<Self> {
        let host = host_program()?;
        let folder = tempfile::tempdir().expect("a folder");
        let server = portal();
        let root = world().pki.tls.certificate().der();
        std::fs::write(folder.path().join("root.der"), root).expect("written");
        let origin = format!("https://{HOST}:{}", server.address.port());
        let text = format!(
            "state-folder = \"state\"\nruntime-folder = \"run\"\n[[portal]]\norigin = \"{origin}\"\n\
             tls-root = \"root.der\"\n"
        );
        let file = folder.path().join("kyso.toml");
        std::fs::write(&file, text).expect("written");
        let origin = Origin::parse(&origin).expect("an origin");
        Some(Self {
            settings: Settings::read(&file).expect("settings"),
            drivers: Arc::new(Drivers::of(vec![module(folder.path())], host)),
            link: Link::new(origin, AskId::from_bytes([9; 16])),
            _server: server,
            folder,
        })
    }

    /// A login by somebody who answers views by this rule.
    pub(crate) fn sign_in(&self, rule: impl FnMut(&View) -> Option<Act> + Send + 'static) -> Ended {
        self.run(Begin::Link(self.link.clone()), rule)
    }

    pub(crate) fn run(
        &self,
        begin: Begin,
        rule: impl FnMut(&View) -> Option<Act> + Send + 'static,
    ) -> Ended {
        let (settings, drivers) = (Arc::new(self.settings.clone()), Arc::clone(&self.drivers));
        let controller = Controller::new(Somebody(Box::new(rule)), settings, drivers).patient();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(controller.run(begin, std::future::pending()))
    }

    pub(crate) fn record(&self) -> Record {
        Record::of(&self.folder.path().join("record"))
    }

    pub(crate) fn history(&self) -> Vec<Entry> {
        let history = Journal::of(&self.settings).read().expect("readable");
        assert_eq!(history.broken, None);
        history.entries
    }
}

/// What somebody was shown, in words.
pub(crate) type Said = Arc<Mutex<Vec<&'static str>>>;

type Rule = Box<dyn FnMut(&View) -> Option<Act> + Send>;

struct Somebody(Rule);

impl Shell for Somebody {
    fn show(&mut self, shown: &Shown, intents: &Intents) {
        if let Some(act) = (self.0)(&shown.view) {
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

pub(crate) fn pin(digits: &str) -> Pin {
    Pin::new(digits.as_bytes()).expect("a PIN")
}

/// A token of this person, with so many tries.
pub(crate) fn plan(folder: &Path, tries: u32) -> Plan {
    let subject = world().pki.subject(Role::PersonInOrganisation);
    let object = |class, value: &[u8]| Object {
        class,
        id: [1][..].into(),
        label: "sign".into(),
        value: value.into(),
    };
    let token = Token {
        label: "thẻ mẫu".into(),
        serial: "77".into(),
        pin: PIN.to_owned(),
        tries,
        pin_pad: false,
        logged_in: false,
        objects: vec![
            object(Class::Certificate, subject.certificate.der()),
            object(Class::PrivateKey, subject.key.pkcs8_der()),
        ],
    };
    Plan {
        record: folder.join("record"),
        tokens: vec![token],
        ..Plan::default()
    }
}

/// The module that does as planned.
pub(crate) fn module(folder: &Path, plan: &Plan) -> ModuleSpec {
    let file: PathBuf = folder.join("plan.toml");
    plan.write(&file).expect("written");
    ModuleSpec {
        environment: vec![(PLAN.to_owned(), file.into_os_string())],
        ..ModuleSpec::configured("Mẫu", module_file().expect("built with this test"))
    }
}
