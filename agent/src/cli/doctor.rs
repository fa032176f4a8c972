//! `kyso doctor`: what a sign-in needs, one line each, with what to do where something is wrong.

use std::io;
use std::process::ExitCode;

use clap::Args;
use kyso_certs::Certificate;
use kyso_pkcs11::{DriverError, ModuleReport, SlotReport, TokenReport};
use kyso_protocol::{AskId, Link, Origin};
use serde_json::json;
use time::OffsetDateTime;

use super::Surroundings;
use super::draw;
use super::style::{Style, Tone, table};
use super::tokens;
use crate::channel::deep_link::{Portal, PortalError};
use crate::drivers::{Driver, Drivers};
use crate::problem::{Failure, Problem};
use crate::settings::Settings;
use crate::text::Text;
use crate::view::printable;

#[derive(Debug, Args)]
pub(super) struct Options {
    #[arg(long, value_name = "ORIGIN")]
    portal: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Result {
    Ok,
    Warning,
    Error,
}

impl Result {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    fn tone(self) -> Tone {
        match self {
            Self::Ok => Tone::Good,
            Self::Warning => Tone::Warning,
            Self::Error => Tone::Bad,
        }
    }
}

struct Line {
    result: Result,
    subject: &'static str,
    says: String,
    remedy: Option<String>,
}

struct Checks {
    text: Text,
    lines: Vec<Line>,
}

pub(super) fn run(options: &Options, surroundings: &Surroundings) -> io::Result<ExitCode> {
    let mut checks = Checks {
        text: surroundings.text,
        lines: Vec::new(),
    };
    checks.settings(&surroundings.settings);
    match Drivers::find(&surroundings.settings) {
        Ok(drivers) => checks.drivers(&drivers),
        Err(error) => checks.problem("check.driver", Result::Error, &Failure::Settings(error)),
    }
    if let Some(origin) = &options.portal {
        checks.portal(origin, &surroundings.settings);
    }
    checks.print(surroundings)
}

impl Checks {
    fn say(&mut self, subject: &'static str, result: Result, says: impl Into<String>) {
        self.lines.push(Line {
            result,
            subject,
            says: printable(&says.into()),
            remedy: None,
        });
    }

    fn problem(&mut self, subject: &'static str, result: Result, failure: &Failure) {
        let problem = Problem::from(failure);
        let remedy = Some(printable(&problem.remedy(self.text)));
        let says = format!(
            "{} [{}]",
            printable(&problem.happened(self.text)),
            problem.code.as_str()
        );
        self.lines.push(Line {
            result,
            subject,
            says,
            remedy,
        });
    }

    fn settings(&mut self, settings: &Settings) {
        let says = match &settings.file {
            Some(file) => self.text.fill(
                "check.settings-file",
                &[("path", &file.display().to_string())],
            ),
            None => self.text.get("check.settings-default").to_owned(),
        };
        self.say("check.settings", Result::Ok, says);
    }

    fn drivers(&mut self, drivers: &Drivers) {
        if !drivers.host_program.is_file() {
            let error = DriverError::HostStart {
                why: drivers.host_program.display().to_string(),
            };
            self.problem(
                "check.host",
                Result::Error,
                &Failure::Driver {
                    module: "Kyso".into(),
                    error,
                },
            );
        }
        if drivers.each.is_empty() {
            let ca = self.text.get("word.ca-token").to_owned();
            let error = DriverError::ModuleMissing { path: "".into() };
            self.problem(
                "check.driver",
                Result::Error,
                &Failure::Driver { module: ca, error },
            );
            return;
        }
        for report in modules(&drivers.each) {
            self.module(&report);
        }
        let slots = tokens::list(&drivers.each);
        let mut any = false;
        for slot in &slots {
            any |= self.slot(slot);
        }
        if !any {
            self.problem("check.token", Result::Error, &Failure::NoToken);
        }
    }

    fn module(&mut self, report: &ModuleReport) {
        match &report.state {
            Ok((info, slots)) => {
                let path = report.path.display().to_string();
                let name = format!("{} {}", report.name, info.version);
                self.say(
                    "check.driver",
                    Result::Ok,
                    self.text
                        .fill("check.found", &[("name", &name), ("path", &path)]),
                );
                let result = if *slots == 0 {
                    Result::Warning
                } else {
                    Result::Ok
                };
                self.say(
                    "check.slot",
                    result,
                    self.text.fill(
                        "check.slots",
                        &[("name", &report.name), ("n", &slots.to_string())],
                    ),
                );
            }
            Err(error) => self.problem(
                "check.driver",
                Result::Error,
                &Failure::Driver {
                    module: report.name.clone(),
                    error: error.clone(),
                },
            ),
        }
    }

    /// Whether a token was there.
    fn slot(&mut self, slot: &SlotReport) -> bool {
        match &slot.token {
            Ok(token) => {
                self.token(token);
                true
            }
            Err(DriverError::TokenAbsent | DriverError::TokenUninitialised) => false,
            // A module that failed as a whole has been told of already.
            Err(_) if slot.slot.is_none() => false,
            Err(error) => {
                self.problem(
                    "check.slot",
                    Result::Warning,
                    &Failure::Driver {
                        module: slot.module.clone(),
                        error: error.clone(),
                    },
                );
                false
            }
        }
    }

    fn token(&mut self, report: &TokenReport) {
        let token = &report.token;
        let seen = self.text.fill(
            "check.token-seen",
            &[
                ("label", &token.label),
                ("model", &token.model),
                ("serial", &token.serial),
            ],
        );
        self.say("check.token", Result::Ok, seen);
        match (token.pin.locked, token.pin.final_try, token.pin.low) {
            (true, ..) => {
                let ca = self.text.get("word.ca").to_owned();
                self.problem("check.pin", Result::Error, &Failure::Locked { ca });
            }
            (_, true, _) => self.say(
                "check.pin",
                Result::Warning,
                self.text.get("pin.last").to_owned(),
            ),
            (_, _, true) => self.say(
                "check.pin",
                Result::Warning,
                self.text.get("pin.few").to_owned(),
            ),
            _ => self.say(
                "check.pin",
                Result::Ok,
                self.text.get("check.pin-ok").to_owned(),
            ),
        }
        if report.certificates.is_empty() {
            self.problem("check.certificate", Result::Warning, &Failure::NoIdentity);
        }
        for key in &report.certificates {
            match tokens::judged(key, OffsetDateTime::now_utc()) {
                Ok((certificate, None)) => self.certificate(&certificate, Result::Ok, None),
                Ok((certificate, Some(unfit))) => {
                    self.certificate(&certificate, Result::Warning, Some(unfit.show(self.text)));
                }
                Err(_) => self.say(
                    "check.certificate",
                    Result::Warning,
                    self.text.get("unfit.unreadable").to_owned(),
                ),
            }
        }
    }

    fn certificate(&mut self, certificate: &Certificate, result: Result, unfit: Option<String>) {
        let [name, _, ca, from, to] = draw::certificate(certificate, None)
            .try_into()
            .unwrap_or_default();
        let seen = self.text.fill(
            "check.certificate-seen",
            &[("name", &name), ("ca", &ca), ("from", &from), ("to", &to)],
        );
        self.lines.push(Line {
            result,
            subject: "check.certificate",
            says: seen,
            remedy: unfit,
        });
    }

    /// Asks for an ask that can't exist: a portal that speaks the protocol says that it knows none.
    fn portal(&mut self, origin: &str, settings: &Settings) {
        let parsed = Origin::parse(origin);
        let Ok(parsed) = parsed else {
            let failure = Failure::Portal {
                host: origin.to_owned(),
                error: PortalError::OriginRefused,
            };
            return self.problem("check.portal", Result::Error, &failure);
        };
        let host = parsed.host().to_owned();
        let link = Link::new(parsed, AskId::from_bytes([0; 16]));
        match ask(&link, settings) {
            Ok(()) | Err(PortalError::AskUnknown | PortalError::AskExpired) => {
                self.say(
                    "check.portal",
                    Result::Ok,
                    self.text
                        .fill("check.portal-answers", &[("origin", origin)]),
                );
            }
            Err(error) => self.problem(
                "check.portal",
                Result::Error,
                &Failure::Portal { host, error },
            ),
        }
    }

    fn print(&self, surroundings: &Surroundings) -> io::Result<ExitCode> {
        let failed = self.lines.iter().any(|line| line.result == Result::Error);
        if surroundings.output.json {
            let line = |line: &Line| {
                let subject = line.subject.trim_start_matches("check.");
                json!({"check": subject, "result": line.result.name(), "says": line.says, "remedy": line.remedy})
            };
            surroundings.output.json(
                &json!({"ok": !failed, "checks": self.lines.iter().map(line).collect::<Vec<_>>()}),
            )?;
        } else {
            surroundings.output.words(&self.words())?;
        }
        Ok(if failed {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        })
    }

    fn words(&self) -> String {
        let rows = self.lines.iter().map(|line| {
            let result = self
                .text
                .get(&format!("check.{}", line.result.name()))
                .to_owned();
            vec![
                result,
                self.text.get(line.subject).to_owned(),
                line.says.clone(),
            ]
        });
        let rows: Vec<_> = rows.collect();
        let table = table(&rows);
        let style = Style::of_output();
        let painted = table.lines().zip(&self.lines).map(|(shown, line)| {
            let key = format!("check.{}", line.result.name());
            let result = self.text.get(&key);
            let rest = shown.strip_prefix(result).unwrap_or_default();
            let remedy = line
                .remedy
                .as_ref()
                .map(|remedy| format!("\n      → {remedy}"))
                .unwrap_or_default();
            format!("{}{rest}{remedy}", style.paint(line.result.tone(), result))
        });
        painted.collect::<Vec<_>>().join("\n")
    }
}

fn modules(drivers: &[Driver]) -> Vec<ModuleReport> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = drivers
            .iter()
            .map(|driver| scope.spawn(|| driver.module()))
            .collect();
        threads
            .into_iter()
            .filter_map(|thread| thread.join().ok().flatten())
            .collect()
    })
}

fn ask(link: &Link, settings: &Settings) -> std::result::Result<(), PortalError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|e| PortalError::Unreachable(e.to_string()))?;
    let portal = Portal::of(link, settings)?;
    runtime.block_on(portal.fetch(link)).map(drop)
}
