//! What the person sees, as plain facts: every surface draws the same view.

mod device;
mod row;

use kyso_certs::SubjectKind;
use kyso_pkcs11::PinState;
use kyso_protocol::{Origin, Purpose, StatementText};
use time::OffsetDateTime;

use crate::login::{Candidate, Hidden, LoginId, Remembered};
use crate::portals::Resembled;
use crate::problem::Problem;

pub(crate) use device::{apart, device, device_apart};
pub use row::{Row, Unfit, days_left, days_until, masked_id};

/// A view and the numbers that an intent must name.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The login.
    pub login: LoginId,
    /// Which view of this process, from 1.
    pub number: u64,
    /// The view.
    pub view: View,
}

/// One screen.
#[derive(Debug, Clone)]
pub enum View {
    /// The statement is being fetched.
    Checking {
        /// From here.
        origin: Origin,
    },
    /// Agree or refuse.
    Consent(Box<ConsentView>),
    /// The remembered certificate is looked for.
    Searching,
    /// Choose a certificate.
    Choose(ChooseView),
    /// Enter the PIN.
    Pin(Box<PinView>),
    /// The token is unlocked, to show its certificates.
    Unlocking {
        /// The PIN is typed on the device.
        keypad: bool,
    },
    /// The token signs.
    Signing {
        /// The PIN is typed on the device.
        keypad: bool,
    },
    /// The answer is on its way.
    Posting {
        /// To here.
        origin: Origin,
    },
    /// It is done.
    Done {
        /// Where the browser goes on; none for a signature that was only tried.
        origin: Option<Origin>,
    },
    /// What happened, what to do, code.
    Failed(Problem),
}

/// What a signature is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// A portal asks.
    Ask(Purpose),
    /// It is only tried; no portal takes it.
    Trial,
}

impl Aim {
    /// Its name in records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ask(purpose) => purpose.as_str(),
            Self::Trial => "self-test",
        }
    }
}

/// What is asked, by whom.
#[derive(Debug, Clone)]
pub struct ConsentView {
    /// Who asks, as the channel saw it.
    pub origin: Origin,
    /// Its name in this computer's settings.
    pub listed_name: Option<String>,
    /// Never used here before.
    pub new_site: bool,
    /// The known portal for which this one is easily mistaken.
    pub resembles: Option<Resembled>,
    /// What for.
    pub purpose: Purpose,
    /// For which kind of subject.
    pub subject: Option<SubjectKind>,
    /// The four digits that the waiting page shows too.
    pub matching_code: String,
    /// A text to confirm.
    pub text: Option<StatementText>,
    /// The certificate that this portal took last, where it may sign again.
    pub remembered: Option<Remembered>,
    /// When this is shown.
    pub now: OffsetDateTime,
}

/// The identities found so far.
#[derive(Debug, Clone)]
pub struct ChooseView {
    /// What for.
    pub aim: Aim,
    /// Drivers are still listing.
    pub searching: bool,
    /// In the order in which they were found.
    pub rows: Vec<Row>,
    /// Why the remembered certificate does not sign; its PIN was not used.
    pub instead: Option<Problem>,
}

impl ChooseView {
    /// The row that this portal took last, where it can be chosen again. An offer: it is never chosen by itself.
    #[must_use]
    pub fn usual(&self) -> Option<usize> {
        let is = |row: &Row| row.usual && row.unfit.is_none();
        self.rows.iter().position(is)
    }
}

/// How many tries are left, as far as tokens tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tries {
    /// No wrong try is on record.
    Untold,
    /// A wrong PIN was entered since the last right one.
    Few,
    /// The next wrong PIN locks the token.
    Last,
}

impl Tries {
    pub(crate) fn of(state: PinState) -> Self {
        match (state.final_try, state.low) {
            (true, _) => Self::Last,
            (false, true) => Self::Few,
            (false, false) => Self::Untold,
        }
    }
}

/// Asks for the PIN.
#[derive(Debug, Clone)]
pub struct PinView {
    /// What for; names the button.
    pub aim: Aim,
    /// The device.
    pub device: String,
    /// Whom the certificate names; empty where it shows only after the PIN.
    pub certificate: String,
    /// Tries that are left.
    pub tries: Tries,
    /// What was wrong with the PIN before this one.
    pub last: Option<Problem>,
}

impl PinView {
    pub(crate) fn of_hidden(
        hidden: &Hidden,
        aim: Aim,
        tries: Tries,
        last: Option<Problem>,
    ) -> Self {
        Self {
            aim,
            device: hidden.device(),
            certificate: String::new(),
            tries,
            last,
        }
    }

    pub(crate) fn of(candidate: &Candidate, aim: Aim, tries: Tries, last: Option<Problem>) -> Self {
        let certificate = candidate
            .certificate
            .as_ref()
            .map(|c| c.subject().display_name().to_owned())
            .unwrap_or_default();
        Self {
            aim,
            device: candidate.device(),
            certificate,
            tries,
            last,
        }
    }
}

/// A text that a device or certificate wrote, without what could move the cursor or turn the line around.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if is_harmless(c) { c } else { '\u{fffd}' })
        .collect()
}

/// Neither a control nor what Unicode calls bidirectional, default-ignorable, separating, annotating or private.
pub(crate) fn is_harmless(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
                | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{3164}' | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_turn_the_line_around() {
        assert_eq!(
            printable("An\u{202e}gnuhp\u{1b}[2J\n"),
            "An\u{fffd}gnuhp\u{fffd}[2J\u{fffd}"
        );
        for hidden in [
            '\u{9b}',
            '\u{61c}',
            '\u{ad}',
            '\u{2066}',
            '\u{206f}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{e000}',
            '\u{e0041}',
        ] {
            assert_eq!(printable(&hidden.to_string()), "\u{fffd}", "{hidden:?}");
        }
        assert_eq!(printable("CÔNG TY TNHH Hòa Bình"), "CÔNG TY TNHH Hòa Bình");
    }

    #[test]
    fn the_last_try_goes_before_the_low_count() {
        assert_eq!(
            Tries::of(PinState {
                low: true,
                final_try: true,
                ..PinState::default()
            }),
            Tries::Last
        );
        assert_eq!(
            Tries::of(PinState {
                low: true,
                ..PinState::default()
            }),
            Tries::Few
        );
        assert_eq!(Tries::of(PinState::default()), Tries::Untold);
    }
}
