//! The command line's shell: views on standard error, questions on the controlling terminal.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::path::Path;
use std::sync::{Arc, Mutex};

use kyso_pkcs11::{Pin, PinError};

use super::browser::{self, Browser};
use super::{Intents, Returned, Shell};
use crate::cli::draw;
use crate::cli::style::Style;
use crate::cli::tty::Tty;
use crate::login::{Act, Intent, LoginId};
use crate::problem::{Failure, Problem};
use crate::text::Text;
use crate::view::{ChooseView, PinView, Shown, Tries, View};

/// Where the PIN comes from.
#[derive(Clone)]
pub enum PinSource {
    /// The controlling terminal, without echo.
    Terminal,
    /// A descriptor; one line a try.
    Descriptor(Arc<Mutex<File>>),
}

impl PinSource {
    /// The terminal, or the open descriptor of this number. Standard input is duplicated; any other one is opened anew by
    /// its number, since nothing in this process owns it.
    ///
    /// # Errors
    /// [`PinError::Unreadable`].
    pub fn of(number: Option<u32>) -> Result<Self, PinError> {
        let file = match number {
            None => return Ok(Self::Terminal),
            Some(0) => std::io::stdin()
                .as_fd()
                .try_clone_to_owned()
                .map(File::from),
            Some(number) => File::open(format!("/dev/fd/{number}")),
        };
        let file = file.map_err(|_| PinError::Unreadable)?;
        Ok(Self::Descriptor(Arc::new(Mutex::new(file))))
    }

    /// One PIN; a person is asked for it.
    pub(crate) fn read(&self, question: &str) -> Result<Pin, PinError> {
        let unreadable = PinError::Unreadable;
        match self {
            Self::Terminal => Tty::open().map_err(|_| unreadable)?.pin(question),
            Self::Descriptor(file) => {
                let mut file = file.lock().map_err(|_| unreadable)?;
                Pin::read_line(&mut *file)
            }
        }
    }

    /// Whether the last try shall be spent; a script was told so by whoever wrote it.
    pub(crate) fn is_sure(&self, text: Text) -> bool {
        matches!(self, Self::Descriptor(_)) || says_yes(text, text.get("pin.last-question"))
    }
}

/// Anything but a clear yes is a no, and so is the absence of a terminal.
fn says_yes(text: Text, question: &str) -> bool {
    let answer = Tty::open().and_then(|mut tty| tty.ask(question));
    answer.is_ok_and(|answer| {
        answer
            .trim()
            .eq_ignore_ascii_case(text.get("consent.yes-letters"))
    })
}

/// What the command line said in advance.
#[derive(Clone)]
pub struct Script {
    /// Agree; what is asked is printed all the same.
    pub yes: bool,
    /// Choose this certificate: its SHA-256 in hex, or its serial number.
    pub certificate: Option<String>,
    /// Where the PIN comes from.
    pub pin: PinSource,
    /// Give the return address back instead of opening the browser.
    pub print_return: bool,
}

/// A terminal, or the pipes of a script.
pub struct Terminal {
    text: Text,
    style: Style,
    script: Script,
    browser: Option<Browser>,
}

impl Terminal {
    /// Draws nothing yet.
    #[must_use]
    pub fn new(text: Text, style: Style, script: Script, browser: Option<&Path>) -> Self {
        Self {
            text,
            style,
            script,
            browser: browser.map(Browser::chosen),
        }
    }
}

impl Shell for Terminal {
    fn show(&mut self, shown: &Shown, intents: &Intents) {
        print(&draw::view(&shown.view, self.text, self.style));
        let question = Question {
            login: shown.login,
            view: shown.number,
            intents: intents.clone(),
            text: self.text,
            script: self.script.clone(),
        };
        match shown.view.clone() {
            View::Consent(_) => question.ask(Question::consent),
            View::Choose(view) if !view.searching => {
                question.ask(move |question| question.choose(&view));
            }
            View::Pin(view) => question.ask(move |question| question.pin(&view)),
            _ => {}
        }
    }

    fn return_to(&mut self, address: &str, pin_given: bool) -> Returned {
        let print_it = || {
            if pin_given {
                Returned::Printed(address.to_owned())
            } else {
                Returned::Nowhere
            }
        };
        if self.script.print_return && pin_given {
            return print_it();
        }
        match browser::open(address, self.browser.as_ref()) {
            Ok(()) => Returned::Opened,
            Err(_) => print_it(),
        }
    }

    fn unrecorded(&mut self) {
        print(&warning(&Failure::Unrecorded, self.text));
    }
}

/// A failure of which no login tells.
fn warning(failure: &Failure, text: Text) -> String {
    let problem = Problem::from(failure);
    format!("{} {}", problem.happened(text), problem.remedy(text))
}

/// Standard error may be closed; there is nobody to tell then.
pub(crate) fn print(lines: &str) {
    if !lines.is_empty() {
        let _ = writeln!(std::io::stderr().lock(), "{lines}");
    }
}

/// A question that waits for the person on a thread of its own.
struct Question {
    login: LoginId,
    view: u64,
    intents: Intents,
    text: Text,
    script: Script,
}

impl Question {
    fn ask(self, answer: impl FnOnce(&Self) -> Act + Send + 'static) {
        std::thread::spawn(move || {
            let act = answer(&self);
            // A login that has ended takes no intents any more.
            let _ = self.intents.blocking_send(Intent {
                login: self.login,
                view: self.view,
                act,
            });
        });
    }

    fn consent(&self) -> Act {
        if self.script.yes || says_yes(self.text, &self.consent_question()) {
            Act::Agree
        } else {
            Act::Refuse
        }
    }

    fn consent_question(&self) -> String {
        let (agree, refuse) = (
            self.text.get("consent.agree"),
            self.text.get("consent.refuse"),
        );
        self.text
            .fill("consent.question", &[("agree", agree), ("refuse", refuse)])
    }

    fn choose(&self, view: &ChooseView) -> Act {
        let usable: Vec<usize> = (0..view.rows.len())
            .filter(|at| view.rows.get(*at).is_some_and(|row| row.unfit.is_none()))
            .collect();
        match (&self.script.certificate, usable.as_slice()) {
            (Some(named), _) => draw::find(view, named).map_or(Act::ChooseAbsent, Act::Choose),
            (None, [only]) => Act::Choose(*only),
            // Nothing can be chosen: the first one says why.
            (None, []) => Act::Choose(0),
            (None, several) => self.choose_among(several, view),
        }
    }

    fn choose_among(&self, usable: &[usize], view: &ChooseView) -> Act {
        let usual = view.usual();
        let last = view.rows.len().to_string();
        let question = match usual.map(|at| (at + 1).to_string()) {
            None => self
                .text
                .fill("choose.question", &[("first", "1"), ("last", &last)]),
            Some(usual) => {
                let values = [("first", "1"), ("last", last.as_str()), ("usual", &usual)];
                self.text.fill("choose.question-usual", &values)
            }
        };
        let Ok(mut tty) = Tty::open() else {
            return Act::GiveUp;
        };
        loop {
            let Ok(answer) = tty.ask(&question) else {
                return Act::GiveUp;
            };
            if answer.is_empty() {
                return usual.map_or(Act::GiveUp, Act::Choose);
            }
            let number = answer
                .trim()
                .parse::<usize>()
                .ok()
                .and_then(|number| number.checked_sub(1));
            if let Some(number) = number.filter(|number| usable.contains(number)) {
                return Act::Choose(number);
            }
        }
    }

    /// A script doesn't spend the last try after a wrong one: nobody is there to be sure.
    fn pin(&self, view: &PinView) -> Act {
        let last = view.tries == Tries::Last;
        let script = matches!(self.script.pin, PinSource::Descriptor(_));
        if last && ((script && view.last.is_some()) || !self.script.pin.is_sure(self.text)) {
            return Act::GiveUp;
        }
        match self.script.pin.read(self.text.get("pin.question")) {
            Err(PinError::Unreadable) if !script => Act::GiveUp,
            pin => entered(pin, view),
        }
    }
}

fn entered(pin: Result<Pin, PinError>, view: &PinView) -> Act {
    match pin {
        Ok(pin) => Act::Enter(pin),
        // No more lines, or Enter alone: the problem of the try before is the login's.
        Err(PinError::Empty) if view.last.is_some() => Act::GiveUp,
        Err(error) => Act::NoPin(error),
    }
}
