//! What the person sees, as plain facts: every surface draws the same view.

use kyso_certs::{CertError, Certificate, Class, Id, Identity, Scheme, SubjectKind};
use kyso_pkcs11::{PinState, TokenInfo};
use kyso_protocol::{Origin, Purpose, StatementText};
use time::{Duration, OffsetDateTime};

use crate::login::{Candidate, Hidden, LoginId};
use crate::problem::{Failure, Problem};
use crate::text::{self, Text};

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
    /// Back to the browser.
    Done,
    /// What happened, what to do, code.
    Failed(Problem),
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
    /// What for.
    pub purpose: Purpose,
    /// For which kind of subject.
    pub subject: Option<SubjectKind>,
    /// The four digits that the waiting page shows too.
    pub matching_code: String,
    /// A text to confirm.
    pub text: Option<StatementText>,
}

/// The identities found so far.
#[derive(Debug, Clone)]
pub struct ChooseView {
    /// What for.
    pub purpose: Purpose,
    /// Drivers are still listing.
    pub searching: bool,
    /// In the order in which they were found.
    pub rows: Vec<Row>,
}

impl ChooseView {
    /// The row that this portal took last, where it can be chosen again. An offer: it is never chosen by itself.
    #[must_use]
    pub fn usual(&self) -> Option<usize> {
        let is = |row: &Row| row.usual && row.unfit.is_none();
        self.rows.iter().position(is)
    }
}

/// One certificate, as it is shown.
#[derive(Debug, Clone)]
pub struct Row {
    /// The facts of the certificate; none where it can't be read.
    pub certificate: Option<Certificate>,
    /// The device that it is on.
    pub device: String,
    /// It stands for all certificates of its device: they show after the PIN.
    pub after_pin: bool,
    /// Why it can't be chosen.
    pub unfit: Option<Unfit>,
    /// The kind of subject that the ask wants; decides which number is shown.
    pub wanted: Option<SubjectKind>,
    /// This portal took it last.
    pub usual: bool,
    /// Whole days until it expires, where these are few: see [`days_left`].
    pub days_left: Option<i64>,
}

/// How long before its end a certificate is called one that expires soon.
const SOON: Duration = Duration::days(30);

/// Whole days until the certificate expires, where it is valid and 30 or fewer are left.
#[must_use]
pub fn days_left(certificate: &Certificate, now: OffsetDateTime) -> Option<i64> {
    let left = certificate.not_after() - now;
    (left >= Duration::ZERO && left <= SOON).then(|| left.whole_days())
}

impl Row {
    pub(crate) fn of(
        candidate: &Candidate,
        wanted: Option<SubjectKind>,
        usual: Option<[u8; 32]>,
        now: OffsetDateTime,
    ) -> Self {
        let known = candidate.certificate.as_ref();
        Self {
            certificate: candidate.certificate.clone(),
            usual: usual.is_some() && usual == known.map(Certificate::fingerprint),
            days_left: known.and_then(|known| days_left(known, now)),
            device: device(&candidate.token),
            after_pin: false,
            unfit: candidate
                .unfit
                .as_ref()
                .map(|failure| Unfit::of(failure, wanted)),
            wanted,
        }
    }
}

impl Row {
    pub(crate) fn of_hidden(hidden: &Hidden) -> Self {
        Self {
            certificate: None,
            device: device(&hidden.token),
            after_pin: true,
            unfit: None,
            wanted: None,
            usual: false,
            days_left: None,
        }
    }
}

/// Why a row is greyed out: the key of its sentence and what fills it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    key: &'static str,
    date: Option<String>,
    wanted: Option<SubjectKind>,
}

impl Unfit {
    fn of(failure: &Failure, wanted: Option<SubjectKind>) -> Self {
        let key = match failure {
            Failure::Certificate { error, .. } => return Self::of_certificate(error, wanted),
            Failure::NoAlgorithm => "unfit.algorithm",
            _ => "unfit.wrong-use",
        };
        Self {
            key,
            date: None,
            wanted,
        }
    }

    /// The reason for a certificate error.
    #[must_use]
    pub fn of_certificate(error: &CertError, wanted: Option<SubjectKind>) -> Self {
        let (key, date) = match error {
            CertError::Expired { not_after, .. } => ("unfit.expired", Some(text::date(*not_after))),
            CertError::NotYetValid { .. } => ("unfit.not-yet-valid", None),
            CertError::Revoked(_) => ("unfit.revoked", None),
            CertError::Untrusted(_) => ("unfit.untrusted", None),
            CertError::Weak(_) => ("unfit.weak", None),
            CertError::WrongSubject(_) if wanted.is_some() => ("unfit.wrong-subject", None),
            CertError::WrongUse(_)
            | CertError::WrongSubject(_)
            | CertError::RevocationUnknown(_) => ("unfit.wrong-use", None),
            CertError::DisallowedPolicy(_) => ("unfit.policy", None),
            CertError::Unreadable(_) => ("unfit.unreadable", None),
        };
        Self { key, date, wanted }
    }

    /// The key of the sentence.
    #[must_use]
    pub fn key(&self) -> &'static str {
        self.key
    }

    /// The sentence.
    #[must_use]
    pub fn show(&self, text: Text) -> String {
        let subject = self.wanted.map_or("", |kind| text.subject(kind));
        text.fill(
            self.key,
            &[
                ("date", self.date.as_deref().unwrap_or_default()),
                ("subject", subject),
            ],
        )
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
    pub purpose: Purpose,
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
    pub(crate) fn of_token(
        token: &TokenInfo,
        purpose: Purpose,
        tries: Tries,
        last: Option<Problem>,
    ) -> Self {
        Self {
            purpose,
            device: device(token),
            certificate: String::new(),
            tries,
            last,
        }
    }

    pub(crate) fn of(
        candidate: &Candidate,
        purpose: Purpose,
        tries: Tries,
        last: Option<Problem>,
    ) -> Self {
        let certificate = candidate
            .certificate
            .as_ref()
            .map(|c| c.subject().display_name().to_owned())
            .unwrap_or_default();
        Self {
            purpose,
            device: device(&candidate.token),
            certificate,
            tries,
            last,
        }
    }
}

fn device(token: &TokenInfo) -> String {
    printable(if token.label.is_empty() {
        &token.model
    } else {
        &token.label
    })
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

/// The number that the ask's kind of subject goes by, with all but its last four digits hidden: `CCCD …1234`. Where no
/// kind is asked for, a person in an organisation has two.
#[must_use]
pub fn masked_id(identity: &Identity, wanted: Option<SubjectKind>) -> String {
    let own = identity.key_as_member(SubjectKind::Citizen);
    let number = |scheme: Scheme| identity.ids.iter().find(|id| id.scheme == scheme);
    let personal = own.and_then(|key| number(key.scheme));
    let shown = match (wanted, identity.kind) {
        (Some(SubjectKind::Citizen), _) => vec![personal],
        (Some(SubjectKind::Business), _) => vec![number(Scheme::Mst)],
        (None, Class::PersonInOrganisation) => vec![personal, number(Scheme::Mst)],
        (Some(SubjectKind::Agency) | None, _) => vec![],
    };
    let mut shown: Vec<&Id> = shown.into_iter().flatten().collect();
    if shown.is_empty() {
        shown.extend(identity.ids.first());
    }
    shown.into_iter().map(masked).collect::<Vec<_>>().join(", ")
}

fn masked(id: &Id) -> String {
    let digits: Vec<char> = id.value.chars().collect();
    let shown: String = digits.iter().skip(digits.len().saturating_sub(4)).collect();
    printable(&format!("{} …{shown}", id.scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_show_their_last_four_digits() {
        let id = Id {
            scheme: Scheme::Cccd,
            value: "001099000001".into(),
        };
        assert_eq!(masked(&id), "CCCD …0001");
    }

    #[test]
    fn the_number_shown_is_the_one_that_the_portal_will_use() {
        let id = |scheme, value: &str| Id {
            scheme,
            value: value.into(),
        };
        let member = Identity {
            kind: Class::PersonInOrganisation,
            name: "TRẦN VĂN THỬ".into(),
            organisation: None,
            ids: vec![
                id(Scheme::Mst, "0109000001"),
                id(Scheme::Cccd, "001099000002"),
            ],
        };
        let check = |wanted, expected: &str| assert_eq!(masked_id(&member, wanted), expected);
        check(Some(SubjectKind::Citizen), "CCCD …0002");
        check(Some(SubjectKind::Business), "MST …0001");
        check(None, "CCCD …0002, MST …0001");
    }

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
