//! What a sign-in needs, from the cable to the certificate, line by line: what was seen goes in, findings come out.
//!
//! A finding is a key and typed facts, never a sentence: words are made of it for the person, and a redacted record for
//! support. What kind a fact is decides what the record shows of it.

mod cable;
mod eyes;
mod module;
mod portal;
mod readers;
pub(crate) mod report;
#[cfg(test)]
mod tests;
mod token;
pub(crate) mod usb;

use std::path::PathBuf;

pub(crate) use eyes::{Places, Seen, look};
use kyso_pkcs11::Words;
use time::OffsetDateTime;

use crate::device_key::Keeping;
use crate::problem::{Failure, Problem};
use crate::text::{Language, Text};
use crate::view::{Unfit, printable};

/// How it is with one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grade {
    Ok,
    Warning,
    Error,
    /// Nobody looked; that is no fault.
    Unchecked,
}

impl Grade {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Unchecked => "not-checked",
        }
    }
}

/// What fills a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fact {
    /// Our own word, a number, a version, a product's or CA's name.
    Plain(String),
    /// A file.
    Path(PathBuf),
    /// A person's or organisation's name, or what a person may have called a thing.
    Name(String),
    /// A number that names one device or certificate.
    Serial(String),
    /// What another program wrote; paths may stand in it.
    Foreign(String),
}

impl Fact {
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Path(path) => path.display().to_string(),
            Self::Plain(text) | Self::Name(text) | Self::Serial(text) | Self::Foreign(text) => {
                text.clone()
            }
        }
    }
}

/// A sentence before it has a language.
#[derive(Debug, Clone)]
pub(crate) enum Says {
    Words(&'static str, Vec<(&'static str, Fact)>),
    Happened(Problem),
    Remedy(Problem),
    Unfit(Unfit),
    /// What to install, by CA; without words of its own, what everybody does.
    Install(Vec<(String, Option<Words>)>),
}

impl Says {
    pub(crate) fn shown(&self, text: Text) -> String {
        let shown = match self {
            Self::Words(key, facts) => {
                let facts: Vec<_> = facts
                    .iter()
                    .map(|(name, fact)| (*name, fact.shown()))
                    .collect();
                let values: Vec<_> = facts
                    .iter()
                    .map(|(name, value)| (*name, value.as_str()))
                    .collect();
                text.fill(key, &values)
            }
            Self::Happened(problem) => {
                format!("{} [{}]", problem.happened(text), problem.code.as_str())
            }
            Self::Remedy(problem) => problem.remedy(text),
            Self::Unfit(unfit) => unfit.show(text),
            Self::Install(cas) if cas.is_empty() => text.get("check.install-any").to_owned(),
            Self::Install(cas) => {
                let one = |(ca, words): &(String, Option<Words>)| install(ca, words.as_ref(), text);
                cas.iter().map(one).collect::<Vec<_>>().join(" ")
            }
        };
        printable(&shown)
    }
}

fn install(ca: &str, words: Option<&Words>, text: Text) -> String {
    let own = words.map(|words| match text.language() {
        Language::Vi => words.vi.as_str(),
        Language::En => words.en.as_str(),
    });
    let words = own.unwrap_or_else(|| text.get("check.install-usual"));
    text.fill("check.install", &[("ca", ca), ("words", words)])
}

/// One finding.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// What was looked at: the end of a key `check.…`.
    pub(crate) subject: &'static str,
    pub(crate) grade: Grade,
    pub(crate) says: Says,
    pub(crate) remedy: Option<Says>,
}

/// All findings, and whether a sign-in would work.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) lines: Vec<Line>,
    pub(crate) ready: bool,
}

impl Findings {
    /// How many findings hinder, or may: of a token that isn't needed, too.
    pub(crate) fn faults(&self) -> usize {
        let is_fault = |line: &&Line| matches!(line.grade, Grade::Warning | Grade::Error);
        self.lines.iter().filter(is_fault).count()
    }
}

/// Judges what was seen.
pub(crate) fn judge(seen: &Seen, now: OffsetDateTime) -> Findings {
    let mut lines = Lines::default();
    lines.settings(seen.settings_file.as_ref());
    lines.policy(seen.policy_file.as_ref());
    lines.keychain(seen.keychain);
    let certificate_read = seen.slots.iter().flat_map(|slot| &slot.token);
    let certificate_read = certificate_read
        .into_iter()
        .any(|token| !token.certificates.is_empty());
    cable::judge(seen, certificate_read, &mut lines);
    let modules = module::judge(seen, &mut lines);
    cable::unseen(seen, &mut lines);
    let usable = token::judge(seen, now, &mut lines);
    let portal = portal::judge(seen, now, &mut lines);
    Findings {
        lines: lines.0,
        ready: modules && usable && portal,
    }
}

#[derive(Default)]
struct Lines(Vec<Line>);

impl Lines {
    fn say(&mut self, subject: &'static str, grade: Grade, key: &'static str, facts: Facts) {
        self.0.push(Line {
            subject,
            grade,
            says: Says::Words(key, facts),
            remedy: None,
        });
    }

    /// A remedy for the line said last.
    fn do_this(&mut self, key: &'static str, facts: Facts) {
        if let Some(line) = self.0.last_mut() {
            line.remedy = Some(Says::Words(key, facts));
        }
    }

    fn install(&mut self, cas: Vec<(String, Option<Words>)>) {
        if let Some(line) = self.0.last_mut() {
            line.remedy = Some(Says::Install(cas));
        }
    }

    fn problem(&mut self, subject: &'static str, grade: Grade, failure: &Failure) {
        let problem = Problem::from(failure);
        self.0.push(Line {
            subject,
            grade,
            says: Says::Happened(problem.clone()),
            remedy: Some(Says::Remedy(problem)),
        });
    }

    fn settings(&mut self, file: Option<&PathBuf>) {
        match file {
            Some(file) => self.say(
                "settings",
                Grade::Ok,
                "check.settings-file",
                vec![("path", Fact::Path(file.clone()))],
            ),
            None => self.say("settings", Grade::Ok, "check.settings-default", vec![]),
        }
    }
}

impl Lines {
    fn policy(&mut self, file: Option<&PathBuf>) {
        if let Some(file) = file {
            let facts = vec![("path", Fact::Path(file.clone()))];
            self.say("policy", Grade::Ok, "check.settings-file", facts);
        }
    }

    /// A sign-in works without one; portals take this computer for a new one each time.
    fn keychain(&mut self, keeping: Option<Keeping>) {
        let key = match keeping {
            None => return,
            Some(Keeping::Absent | Keeping::Failing) => {
                return self.problem("keychain", Grade::Warning, &Failure::NoKeychain);
            }
            Some(Keeping::Kept) => "check.keychain-keeps",
            Some(Keeping::Locked) => "check.keychain-locked",
        };
        self.say("keychain", Grade::Ok, key, vec![]);
    }
}

type Facts = Vec<(&'static str, Fact)>;

#[expect(
    clippy::needless_pass_by_value,
    reason = "texts and numbers alike, at many places"
)]
fn plain(value: impl ToString) -> Fact {
    Fact::Plain(value.to_string())
}
