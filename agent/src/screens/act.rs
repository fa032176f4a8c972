//! What the window says, as a login understands it.

use kyso_pkcs11::Pin;
use kyso_screens as shown;

use crate::login::Act;
use crate::view::View;

/// An act on a login's screen; none for an act on something else.
#[must_use]
pub fn act(act: &shown::Act) -> Option<Act> {
    Some(match act {
        shown::Act::Agree => Act::Agree,
        shown::Act::AgreeRemembered => Act::AgreeRemembered(None),
        shown::Act::Refuse => Act::Refuse,
        shown::Act::Choose { row } => Act::Choose(usize::try_from(*row).ok()?),
        shown::Act::GiveUp => Act::GiveUp,
        shown::Act::Refresh => Act::LookAgain,
        _ => return None,
    })
}

/// What a PIN means on this view; none where no PIN was asked for. The caller wipes the bytes.
#[must_use]
pub fn pin(view: &View, bytes: &[u8]) -> Option<Act> {
    let typed = |meant: fn(Pin) -> Act| Pin::new(bytes).map_or_else(Act::NoPin, meant);
    match view {
        View::Consent(view) if view.remembered.is_some() => {
            Some(typed(|pin| Act::AgreeRemembered(Some(pin))))
        }
        View::Pin(_) => Some(typed(Act::Enter)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::logins::{consent, pin_view};

    fn name(act: Option<&Act>) -> &'static str {
        match act {
            None => "nothing",
            Some(Act::Agree) => "agree",
            Some(Act::AgreeRemembered(None)) => "agree to it",
            Some(Act::AgreeRemembered(Some(_))) => "agree to it with a PIN",
            Some(Act::Refuse) => "refuse",
            Some(Act::Choose(_)) => "choose",
            Some(Act::ChooseAbsent) => "choose what is absent",
            Some(Act::Enter(_)) => "a PIN",
            Some(Act::NoPin(_)) => "no PIN",
            Some(Act::GiveUp) => "give up",
            Some(Act::LookAgain) => "look again",
        }
    }

    #[test]
    fn a_pin_is_taken_where_one_was_asked_for() {
        let check = |view: &View, bytes: &[u8], expected: &str| {
            assert_eq!(name(pin(view, bytes).as_ref()), expected, "{view:?}");
        };
        let consented = |remembered| View::Consent(Box::new(consent(remembered)));
        check(&consented(true), b"123456", "agree to it with a PIN");
        check(&consented(true), b"", "no PIN");
        check(&consented(false), b"123456", "nothing");
        check(&View::Pin(Box::new(pin_view())), b"123456", "a PIN");
        check(&View::Pin(Box::new(pin_view())), &[b'1'; 256], "no PIN");
        check(&View::Signing { keypad: false }, b"123456", "nothing");
    }

    #[test]
    fn acts_on_pages_are_none_on_a_login() {
        let check = |said: shown::Act, expected: &str| {
            assert_eq!(name(act(&said).as_ref()), expected, "{said:?}");
        };
        check(shown::Act::Agree, "agree");
        check(shown::Act::AgreeRemembered, "agree to it");
        check(shown::Act::Choose { row: 3 }, "choose");
        check(shown::Act::GiveUp, "give up");
        check(shown::Act::Refuse, "refuse");
        check(shown::Act::Refresh, "look again");
        check(shown::Act::Close, "nothing");
    }
}
