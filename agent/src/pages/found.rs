//! Tokens and their certificates, module by module as they come.

use std::collections::BTreeMap;
use std::sync::Arc;

use kyso_pkcs11::{DriverError, SignError, SlotReport, TokenReport};
use kyso_protocol::Algorithm;
use kyso_screens as shown;
use time::OffsetDateTime;

use super::{Around, Job, News, What};
use crate::doctor::{Places, usb};
use crate::drivers::{Driver, catalogue};
use crate::login::{Candidate, Hidden, says_nothing};
use crate::problem::{Failure, Problem};
use crate::screens::{self, brief};
use crate::settings::Settings;
use crate::text::Text;
use crate::view::{Row, Tries, apart, device_apart};

/// Rounds that may be under way at a time: whoever plugs in and out has the last one shown.
const ROUNDS_MAX: usize = 3;

/// What one module shows, or what is plugged in.
pub(super) enum Listed {
    Module {
        name: String,
        slots: Vec<SlotReport>,
    },
    /// By CAs, the devices of the catalogue.
    Plugged(Vec<Vec<String>>),
}

/// What was found so far.
pub(super) struct Found {
    /// In the order of the drivers.
    modules: Vec<String>,
    slots: BTreeMap<String, Vec<SlotReport>>,
    plugged: Vec<Vec<String>>,
    waiting: usize,
    now: OffsetDateTime,
}

impl Found {
    pub(super) fn look(around: &Around, now: OffsetDateTime) -> (Self, Vec<Job>) {
        let mut found = Self {
            modules: Vec::new(),
            slots: BTreeMap::new(),
            plugged: Vec::new(),
            waiting: 0,
            now,
        };
        let jobs = found.look_again(around, now);
        (found, jobs)
    }

    /// What was shown stays until the module says something else.
    pub(super) fn look_again(&mut self, around: &Around, now: OffsetDateTime) -> Vec<Job> {
        let drivers = &around.drivers.each;
        if self.waiting > ROUNDS_MAX * (drivers.len() + 1) {
            return Vec::new();
        }
        self.now = now;
        self.modules = drivers.iter().map(|driver| driver.name.clone()).collect();
        self.slots.retain(|module, _| self.modules.contains(module));
        let mut jobs = vec![plugged(Arc::clone(&around.settings))];
        jobs.extend(drivers.iter().cloned().map(listed));
        self.waiting += jobs.len();
        jobs
    }

    pub(super) fn take(&mut self, listed: Listed) {
        self.waiting = self.waiting.saturating_sub(1);
        match listed {
            Listed::Module { name, slots } => {
                self.slots.insert(name, slots);
            }
            Listed::Plugged(cas) => self.plugged = cas,
        }
    }

    pub(super) fn screen(&self, text: Text) -> shown::Found {
        let tokens: Vec<_> = self
            .tokens()
            .map(|(module, report)| self.token(module, report, text))
            .collect();
        let searching = self.waiting > 0;
        let missing = if tokens.is_empty() && !searching {
            self.missing()
        } else {
            Vec::new()
        };
        shown::Found {
            searching,
            tokens,
            missing: missing
                .iter()
                .map(|failure| screens::problem(&Problem::from(failure), text))
                .collect(),
        }
    }

    /// The SHA-256 of the certificate in this row of the screen.
    pub(super) fn certificate(&self, row: u32) -> Option<[u8; 32]> {
        let mut rows = self.tokens().flat_map(|(_, report)| self.rows(report));
        let row = rows.nth(usize::try_from(row).ok()?)?;
        row.certificate.map(|certificate| certificate.fingerprint())
    }

    fn tokens(&self) -> impl Iterator<Item = (&str, &TokenReport)> {
        self.each_slot().filter_map(|slot| {
            let report = slot.token.as_ref().ok()?;
            Some((slot.module.as_str(), report))
        })
    }

    fn each_slot(&self) -> impl Iterator<Item = &SlotReport> {
        let modules = self.modules.iter();
        modules.filter_map(|name| self.slots.get(name)).flatten()
    }

    fn token(&self, module: &str, report: &TokenReport, text: Text) -> shown::Token {
        let token = &report.token;
        let apart = apart(token, self.tokens().map(|(_, other)| &other.token));
        shown::Token {
            device: device_apart(token, apart.as_deref()),
            driver: brief(module),
            tries: screens::tries(Tries::of(token.pin)),
            keypad: token.protected_path,
            problem: wrong(module, report)
                .map(|failure| screens::problem(&Problem::from(&failure), text)),
            rows: self
                .rows(report)
                .iter()
                .map(|row| screens::row(row, text))
                .collect(),
        }
    }

    fn rows(&self, report: &TokenReport) -> Vec<Row> {
        let candidates = Candidate::all_of(report, &Algorithm::ALL, None, self.now);
        let mut rows: Vec<_> = candidates
            .iter()
            .map(|candidate| Row::of(candidate, None, None, self.now))
            .collect();
        if report.certificates_after_pin {
            let hidden = Hidden {
                reference: report.reference(""),
                token: report.token.clone(),
                apart: None,
            };
            rows.push(Row::of_hidden(&hidden));
        }
        rows
    }

    /// Why there is no token: what each module says, and what is plugged in that none of them sees.
    fn missing(&self) -> Vec<Failure> {
        let errors = self.each_slot().filter_map(|slot| {
            let error = slot.token.as_ref().err()?;
            (!says_nothing(error)).then(|| Failure::Driver {
                module: slot.module.clone(),
                error: error.clone(),
            })
        });
        let unseen = self.plugged.iter().map(|cas| Failure::Driver {
            module: cas.join(", "),
            error: DriverError::ModuleMissing {
                path: String::new().into(),
            },
        });
        let mut missing: Vec<_> = unseen.chain(errors).collect();
        if missing.is_empty() {
            missing.push(Failure::NoToken);
        }
        missing
    }
}

/// Why a token can't be used as it is.
fn wrong(module: &str, report: &TokenReport) -> Option<Failure> {
    let pin = report.token.pin;
    let ca = || crate::cli::tokens::issuer(report);
    if pin.locked {
        Some(Failure::Locked { ca: ca() })
    } else if pin.to_be_changed {
        Some(Failure::Sign {
            module: module.to_owned(),
            ca: ca(),
            error: SignError::PinMustChange,
        })
    } else if report.certificates.is_empty() && !report.certificates_after_pin {
        Some(Failure::NoIdentity)
    } else {
        None
    }
}

fn listed(driver: Driver) -> Job {
    Box::new(move || {
        News(What::Listed(Listed::Module {
            slots: driver.list(),
            name: driver.name,
        }))
    })
}

fn plugged(settings: Arc<Settings>) -> Job {
    Box::new(move || {
        let catalogue = catalogue(&settings).unwrap_or_default();
        let devices = usb::devices(&Places::default().usb).unwrap_or_default();
        let tokens = usb::tokens(&devices, &catalogue);
        let cas = tokens.into_iter().map(|token| token.cas);
        News(What::Listed(Listed::Plugged(
            cas.filter(|cas| !cas.is_empty()).collect(),
        )))
    })
}
