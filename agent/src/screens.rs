//! What the window shows, made of what the agent knows: facts, and sentences in the window's language. Nothing is
//! decided here.

mod act;
mod certificate;
mod login;
mod origin;
mod report;

pub use act::{act, pin};
pub(crate) use certificate::row;
use kyso_screens as shown;
pub(crate) use login::resembles;
pub use login::{nowhere, of_view, with_no_keychain};
pub(crate) use origin::look_alike;

use crate::problem::Problem;
use crate::text::{Language, Text};
use crate::view::{Tries, printable};

/// A failure in the window's language.
#[must_use]
pub fn problem(problem: &Problem, text: Text) -> shown::Problem {
    shown::Problem {
        code: problem.code.as_str().to_owned(),
        happened: printable(&problem.happened(text)),
        remedy: printable(&problem.remedy(text)),
    }
}

/// The window's word for a language.
#[must_use]
pub fn language(language: Language) -> shown::Language {
    match language {
        Language::Vi => shown::Language::Vi,
        Language::En => shown::Language::En,
    }
}

/// Characters of a name that are shown; no window holds more.
const NAME_MAX: usize = 200;

/// What a certificate, a device or a record wrote, fit to be shown: a hostile one fills no window.
pub(crate) fn brief(text: &str) -> String {
    let shown = printable(text);
    match shown.char_indices().nth(NAME_MAX) {
        None => shown,
        Some((end, _)) => format!("{}…", shown.get(..end).unwrap_or_default()),
    }
}

pub(crate) fn tries(tries: Tries) -> shown::Tries {
    match tries {
        Tries::Untold => shown::Tries::Untold,
        Tries::Few => shown::Tries::Few,
        Tries::Last => shown::Tries::Last,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_between_characters() {
        assert_eq!(brief("ễ\u{202e}"), "ễ\u{fffd}");
        assert_eq!(brief(&"ễ".repeat(200)), "ễ".repeat(200));
        assert_eq!(brief(&"ễ".repeat(201)), "ễ".repeat(200) + "…");
    }
}
