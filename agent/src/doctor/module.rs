//! The drivers: file, machine, whether they load, slots.

use std::path::Path;

use kyso_pkcs11::{DriverError, ModuleReport};

use super::{Fact, Facts, Grade, Lines, Seen, plain};
use crate::problem::Failure;

/// Whether at least one module works.
pub(super) fn judge(seen: &Seen, lines: &mut Lines) -> bool {
    if let Some(host) = &seen.host_missing {
        let why = host.display().to_string();
        problem(lines, "host", "Kyso", &DriverError::HostStart { why });
    }
    let modules = match &seen.modules {
        Ok(modules) => modules,
        Err(error) => {
            lines.problem("driver", Grade::Error, &Failure::Settings(error.clone()));
            return false;
        }
    };
    if modules.is_empty() {
        lines.say("driver", Grade::Error, "check.driver-none", vec![]);
        lines.install(Vec::new());
    }
    let lonely = !seen.slots.iter().any(|slot| slot.token.is_ok());
    let working = modules.iter().map(|report| module(report, lonely, lines));
    working.filter(|works| *works).count() > 0
}

/// `lonely`: no module sees a token.
fn module(report: &ModuleReport, lonely: bool, lines: &mut Lines) -> bool {
    match &report.state {
        Ok((info, slots)) => {
            file(report, lines);
            let says = format!("{} {}", info.description, info.version);
            let facts = vec![("name", named(report)), ("says", plain(says.trim()))];
            lines.say("load", Grade::Ok, "check.loads", facts);
            let silent = *slots == 0 && lonely;
            let grade = if silent { Grade::Warning } else { Grade::Ok };
            let facts = vec![("name", named(report)), ("n", plain(slots))];
            lines.say("slot", grade, "check.slots", facts);
            if silent {
                lines.do_this("check.slots-none-do", vec![]);
            }
            true
        }
        Err(error) => {
            problem(lines, subject(error), &report.name, error);
            if let Some((key, facts)) = why(&report.path, error) {
                lines.say(subject(error), Grade::Error, key, facts);
            }
            false
        }
    }
}

fn file(report: &ModuleReport, lines: &mut Lines) {
    let facts = vec![
        ("name", named(report)),
        ("path", Fact::Path(report.path.clone())),
    ];
    lines.say("driver", Grade::Ok, "check.found", facts);
    if let Ok(machine) = &report.file {
        let facts = vec![("name", named(report)), ("machine", plain(machine))];
        lines.say("architecture", Grade::Ok, "check.architecture-fits", facts);
    }
}

fn named(report: &ModuleReport) -> Fact {
    plain(&report.name)
}

fn problem(lines: &mut Lines, subject: &'static str, module: &str, error: &DriverError) {
    let failure = Failure::Driver {
        module: module.to_owned(),
        error: error.clone(),
    };
    lines.problem(subject, Grade::Error, &failure);
}

/// Where on the way it stopped.
fn subject(error: &DriverError) -> &'static str {
    match error {
        DriverError::ModuleMissing { .. } => "driver",
        DriverError::ModuleUnfit { .. } => "architecture",
        DriverError::HostStart { .. } | DriverError::HostVersion { .. } => "host",
        _ => "load",
    }
}

/// What the sentence of the problem leaves out.
fn why(path: &Path, error: &DriverError) -> Option<(&'static str, Facts)> {
    let path = ("path", Fact::Path(path.to_owned()));
    let said = match error {
        DriverError::ModuleMissing { .. } => return Some(("check.no-file", vec![path])),
        DriverError::ModuleLoad { why } => Fact::Foreign(why.clone()),
        DriverError::ModuleFailed { function, code } => plain(format!("{function} {code}")),
        DriverError::ModuleUnfit { why, .. } => Fact::Foreign(why.to_string()),
        _ => return None,
    };
    Some(("check.why", vec![path, ("says", said)]))
}
