//! One case: a module that misbehaves in one way, a login with it, and a login with a sound one beside it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use kyso_agent::controller::{Begin, Controller, Ended};
use kyso_agent::drivers::{Driver, Drivers};
use kyso_agent::problem::Problem;
use kyso_e2e::process::program;
use kyso_faulty_module::{Class, Fault, Misdeed, Object, PLAN, Plan, Record, Token, module_file};
use kyso_pkcs11::{Deadlines, ModuleSpec};
use kyso_support::{Authority, Draft, Key, KeyKind, Name, until};
use time::OffsetDateTime;

use super::person::{Cancel, Person, Seen};
use super::portal::{Came, Portal};
use super::processes::{ends, runs};

pub(crate) const PIN: &str = "246810";
/// Labels of the two tokens, and names in their certificates.
pub(crate) const FAULTY: &str = "thẻ lạ";
pub(crate) const SOUND: &str = "thẻ lành";
/// What a login that works comes to.
pub(crate) const ACCEPTED: &str = "accepted";

const SHORT: Duration = Duration::from_millis(700);
const LONG: Duration = Duration::from_secs(60);
/// How long a silent module is waited for.
const SILENCE: Duration = Duration::from_millis(2500);
/// What a busy machine may add to deadlines.
const SLACK: Duration = Duration::from_secs(20);

/// Which deadline passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Late {
    Never,
    Listing,
    Signing,
}

/// When the person cancels the signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cancels {
    Never,
    AtOnce,
    /// As soon as the module misbehaves.
    AsItBegins,
}

/// What is done, and what must come of it.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) faults: Vec<Fault>,
    pub(crate) tokens: Vec<Token>,
    pub(crate) module: Option<PathBuf>,
    pub(crate) pin: &'static str,
    pub(crate) late: Late,
    pub(crate) cancels: Cancels,
    /// The token shows its certificates only after the PIN, and doesn't answer when it is asked before.
    pub(crate) silent: bool,
    /// Code of the problem that must come out, or [`ACCEPTED`].
    pub(crate) expected: &'static str,
}

/// Portal, keys and programs, made once.
pub(crate) struct World {
    pub(crate) portal: Portal,
    pub(crate) authority: Authority,
    host: PathBuf,
    faulty: Token,
    sound: Token,
}

impl World {
    pub(crate) fn make() -> Self {
        let (from, to) = validity();
        let key = Key::pooled(KeyKind::P256, 0).unwrap();
        let authority = Authority::root(Name::new().cn("CA thử"), key, from, to).unwrap();
        let person = |label, index| {
            let key = Key::pooled(KeyKind::P256, index).unwrap();
            let objects = key_and_certificate(&authority, &key, label);
            token(label, objects)
        };
        Self {
            portal: Portal::start(),
            host: program("kyso-pkcs11-host").unwrap(),
            faulty: person(FAULTY, 1),
            sound: person(SOUND, 2),
            authority,
        }
    }

    /// A case with the usual token.
    pub(crate) fn case(&self, name: &str, faults: Vec<Fault>, expected: &'static str) -> Case {
        Case {
            name: name.to_owned(),
            faults,
            tokens: self.tokens(),
            module: None,
            pin: PIN,
            late: Late::Never,
            cancels: Cancels::Never,
            silent: false,
            expected,
        }
    }

    /// The usual token.
    pub(crate) fn tokens(&self) -> Vec<Token> {
        vec![self.faulty.clone()]
    }

    /// A sound module's driver with a folder of its own.
    pub(crate) fn sound(&self, folder: &Path) -> Driver {
        let module = Planned::write(folder, "sound", vec![self.sound.clone()], Vec::new());
        self.driver(module.spec(Late::Never))
    }

    pub(crate) fn driver(&self, spec: ModuleSpec) -> Driver {
        Drivers::of(vec![spec], self.host.clone()).each.remove(0)
    }

    pub(crate) fn drivers(&self, each: &[&Driver]) -> Drivers {
        Drivers {
            each: each.iter().copied().cloned().collect(),
            host_program: self.host.clone(),
        }
    }

    /// One login by this person.
    pub(crate) fn log_in(&self, drivers: Drivers, person: Person, state: &Path) -> Login {
        let seen = person.seen();
        let link = self.portal.ask();
        let settings = Arc::new(self.portal.settings(state));
        let controller = Controller::new(person, settings, Arc::new(drivers));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let ended =
            runtime.block_on(controller.run(Begin::Link(link.clone()), std::future::pending()));
        let outcome = match ended {
            Ended::Accepted(_) | Ended::Tried => ACCEPTED,
            Ended::Failed(failure) => Problem::from(&failure).code.as_str(),
        };
        let seen = seen.lock().unwrap().clone();
        Login {
            outcome,
            seen,
            came: self.portal.came(&link),
        }
    }
}

/// How a login went.
#[derive(Debug)]
pub(crate) struct Login {
    pub(crate) outcome: &'static str,
    pub(crate) seen: Seen,
    pub(crate) came: Vec<Came>,
}

/// A module with its plan in a folder.
pub(crate) struct Planned {
    module: PathBuf,
    plan: PathBuf,
    pub(crate) record: Record,
}

impl Planned {
    pub(crate) fn write(folder: &Path, name: &str, tokens: Vec<Token>, faults: Vec<Fault>) -> Self {
        let (plan, record) = (folder.join(format!("{name}.toml")), folder.join(name));
        let written = Plan {
            record: record.clone(),
            faults,
            tokens,
            ..Plan::default()
        };
        written.write(&plan).unwrap();
        Self {
            module: module_file().unwrap(),
            plan,
            record: Record::of(&record),
        }
    }

    pub(crate) fn spec(&self, late: Late) -> ModuleSpec {
        let within = |which| if late == which { SHORT } else { LONG };
        ModuleSpec {
            environment: vec![(PLAN.to_owned(), self.plan.clone().into_os_string())],
            deadlines: Deadlines {
                list: within(Late::Listing),
                sign: within(Late::Signing),
                pin_pad: within(Late::Signing),
            },
            ..ModuleSpec::configured(
                self.plan.file_stem().unwrap().to_str().unwrap(),
                &self.module,
            )
        }
    }
}

impl Case {
    /// Runs the case; what is wrong with how it went.
    pub(crate) fn run(&self, world: &World, sound: &Driver) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let mut person = Person::new(FAULTY, self.pin);
        let mut faults = self.faults.clone();
        if self.silent {
            faults.push(Fault::at("C_FindObjectsInit", Misdeed::Silent));
        }
        match self.cancels {
            Cancels::Never => {}
            Cancels::AtOnce => person.cancel = Cancel::AtOnce,
            Cancels::AsItBegins => {
                let pipe = named_pipe(folder.path());
                faults
                    .iter_mut()
                    .for_each(|fault| fault.event = Some(pipe.clone()));
                person.cancel = Cancel::After(pipe);
            }
        }
        let mut planned = Planned::write(folder.path(), "faulty", self.tokens.clone(), faults);
        if let Some(module) = &self.module {
            planned.module.clone_from(module);
        }
        let faulty = world.driver(self.spec(&planned));
        let mut wrong = Vec::new();
        let begun = Instant::now();
        let login = world.log_in(world.drivers(&[&faulty]), person, folder.path());
        let took = begun.elapsed();
        self.judge(&login, &planned.record, took, &mut wrong);

        let tries = planned.record.count("C_Login");
        let other = Person::new(SOUND, PIN);
        let beside = world.log_in(world.drivers(&[&faulty, sound]), other, folder.path());
        if (beside.outcome, beside.came.as_slice()) != (ACCEPTED, &[Came::Signature]) {
            wrong.push(format!("beside it a sound module came to {beside:?}"));
        }
        if planned.record.count("C_Login") != tries {
            wrong.push("a PIN was tried on the token that nobody chose".to_owned());
        }
        drop(faulty);
        let left = planned.record.processes();
        let left: Vec<_> = left.into_iter().filter(|process| !ends(*process)).collect();
        if !left.is_empty() {
            wrong.push(format!("left behind: {left:?}"));
        }
        wrong
    }

    fn spec(&self, planned: &Planned) -> ModuleSpec {
        let mut spec = planned.spec(self.late);
        if self.silent {
            spec.quirks.log_in_first = true;
            spec.deadlines.list = SILENCE;
        }
        spec
    }

    fn judge(&self, login: &Login, record: &Record, took: Duration, wrong: &mut Vec<String>) {
        if login.outcome != self.expected {
            wrong.push(format!(
                "came to {} and not {}",
                login.outcome, self.expected
            ));
        }
        let accepted = login.outcome == ACCEPTED;
        if accepted != (login.came == [Came::Signature]) {
            wrong.push(format!("the portal got {:?}", login.came));
        }
        let tries = record.count("C_Login");
        if tries > login.seen.pins {
            wrong.push(format!("{tries} tries of {} PINs", login.seen.pins));
        }
        if took > SHORT * 2 + SLACK {
            wrong.push(format!("took {took:?}"));
        }
        // One that was asked aside may still be ending.
        let running = || {
            record
                .hosts()
                .into_iter()
                .filter(|host| runs(*host))
                .count()
        };
        if until("all hosts but one to end", || running() <= 1).is_err() {
            wrong.push(format!("{} hosts run after the login", running()));
        }
    }
}

fn named_pipe(folder: &Path) -> PathBuf {
    let pipe = folder.join("event");
    rustix::fs::mkfifoat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
    )
    .unwrap();
    pipe
}

pub(crate) fn validity() -> (OffsetDateTime, OffsetDateTime) {
    let now = OffsetDateTime::now_utc();
    (now - time::Duration::days(1), now + time::Duration::days(1))
}

pub(crate) fn token(label: &str, objects: Vec<Object>) -> Token {
    Token {
        label: label.into(),
        serial: label.len().to_string(),
        pin: PIN.to_owned(),
        tries: 3,
        pin_pad: false,
        logged_in: false,
        objects,
    }
}

pub(crate) fn key_and_certificate(authority: &Authority, key: &Key, name: &str) -> Vec<Object> {
    let (from, to) = validity();
    let name = Name::new().uid("CCCD:099100000007").cn(name).c("VN");
    let certificate = authority
        .issue(&Draft::new(name, key, from, to).subscriber())
        .unwrap();
    vec![
        object(Class::PrivateKey, key.pkcs8_der()),
        object(Class::Certificate, certificate.der()),
    ]
}

pub(crate) fn object(class: Class, value: &[u8]) -> Object {
    Object {
        class,
        id: [7][..].into(),
        label: "ký".into(),
        value: value.into(),
    }
}
