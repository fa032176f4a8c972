//! What can happen to a login, and what a login can have done.

use kyso_certs::{Certificate, SubjectKind};
use kyso_pkcs11::{
    DriverError, KeyRef, Pin, PinError, Scheme, SignError, Signature, SlotReport, TokenRef,
    TokenReport,
};
use kyso_protocol::{Answer, AnswerReply, Link, ReturnCode, StatementText};

use super::remembered::Remembered;
use crate::channel::deep_link::{Fetched, PortalError};
use crate::portals::Resembled;
use crate::problem::Failure;
use crate::view::{Aim, Shown};

/// One login of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LoginId(pub u64);

/// Everything that can happen.
pub enum Event {
    /// A channel received a link.
    Asked(Link),
    /// The person wants to try the signature of a certificate.
    TryOut(TryOut),
    /// The statement came, or didn't; and what this computer knows of the origin.
    Fetched(LoginId, Result<(Fetched, Site), PortalError>),
    /// A slot, as one module reported it.
    Found(LoginId, Box<SlotReport>),
    /// All modules have reported.
    Listed(LoginId),
    /// The token was unlocked and shows this, or wasn't.
    Unlocked(LoginId, Result<Box<TokenReport>, SignError>),
    /// The driver signed, or didn't.
    Signed(LoginId, Result<Signature, SignError>),
    /// The portal replied, or didn't.
    Posted(LoginId, Result<AnswerReply, PortalError>),
    /// The token of the chosen certificate is gone.
    Unplugged(LoginId),
    /// A token is there.
    PluggedIn(LoginId),
    /// The person acted on a view.
    Intent(Intent),
    /// It was ended from outside of a view.
    Stopped(Stop),
    /// Time has passed.
    Clock,
    /// A task of ours ended without a result.
    Broken,
}

/// A signature that is only tried.
pub struct TryOut {
    /// SHA-256 of the certificate.
    pub certificate: [u8; 32],
    /// Random bytes, for the statement.
    pub challenge: [u8; 32],
}

/// How the person ended a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// On purpose.
    Cancelled,
    /// The window is gone; perhaps it died.
    WindowClosed,
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Cancelled => Self::Cancelled,
            Stop::WindowClosed => Self::WindowClosed,
        }
    }
}

/// What this computer knows of an origin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Site {
    /// It was used here before.
    pub known: bool,
    /// Its name in the settings.
    pub name: Option<String>,
    /// SHA-256 of the certificate that it accepted last.
    pub last: Option<[u8; 32]>,
    /// That certificate as it was seen then.
    pub remembered: Option<Box<Remembered>>,
    /// Where nothing is known of it: the known portal for which it is easily mistaken.
    pub resembles: Option<Resembled>,
}

/// What the person wants, and which view it answers.
pub struct Intent {
    /// The login.
    pub login: LoginId,
    /// The number of the view that was shown.
    pub view: u64,
    /// The wish.
    pub act: Act,
}

/// A wish.
pub enum Act {
    /// Agree to what was shown.
    Agree,
    /// Agree, and have the remembered certificate sign, with this PIN unless its device has keys of its own.
    AgreeRemembered(Option<Pin>),
    /// Refuse it, or stop.
    Refuse,
    /// The identity with this number in the list, from 0.
    Choose(usize),
    /// The identity that was named isn't in the list.
    ChooseAbsent,
    /// A token was plugged in, says the person.
    LookAgain,
    /// This PIN; it is tried once.
    Enter(Pin),
    /// What was typed is no PIN.
    NoPin(PinError),
    /// No further PIN will come: the login ends with the problem that is shown.
    GiveUp,
}

/// What is to be done. Results come back as events.
pub enum Effect {
    /// Show this instead of what is shown.
    Show(Shown),
    /// Fetch the statement.
    Fetch {
        /// For the result.
        login: LoginId,
        /// Whose.
        link: Link,
    },
    /// List every slot of every module.
    List {
        /// For the result.
        login: LoginId,
    },
    /// Tell when a token is there.
    AwaitToken {
        /// For the result.
        login: LoginId,
    },
    /// Tell when the token of the chosen certificate is gone.
    Guard {
        /// For the result.
        login: LoginId,
        /// The certificate.
        key: Box<KeyRef>,
    },
    /// Unlock a token that shows its certificates only then, until the next signature or the login's end.
    Unlock {
        /// For the result.
        login: LoginId,
        /// Which token, with which PIN.
        order: Box<UnlockOrder>,
    },
    /// Have one signature made.
    Sign {
        /// For the result.
        login: LoginId,
        /// By which key, of what.
        order: Box<SignOrder>,
    },
    /// End the signature that is being made. Its result still comes.
    StopSigning,
    /// Post the answer.
    Post {
        /// For the result.
        login: LoginId,
        /// Where.
        link: Link,
        /// What.
        answer: Box<Answer>,
    },
    /// A link came in the middle of another login: tell who sent it.
    TurnAway(Link),
    /// The login is over.
    Finish {
        /// Which.
        login: LoginId,
        /// How.
        outcome: Outcome,
        /// What was shown and chosen, where an ask was shown at all.
        noted: Option<Box<Noted>>,
    },
}

/// What the person saw and chose, for the journal.
#[derive(Debug, Clone)]
pub struct Noted {
    /// Who asked: an origin, or [`kyso_protocol::SELF_TEST_PORTAL`].
    pub portal: String,
    /// What for.
    pub aim: Aim,
    /// For which kind of subject.
    pub subject: Option<SubjectKind>,
    /// The four digits that were shown.
    pub matching_code: String,
    /// The text that was shown.
    pub text: Option<StatementText>,
    /// The certificate that was chosen.
    pub certificate: Option<Certificate>,
    /// That certificate as it is remembered, where it shows without a PIN.
    pub seen: Option<Remembered>,
    /// A signature was made, passed our check and was sent.
    pub signed: bool,
}

/// One token to be unlocked.
pub struct UnlockOrder {
    /// The token that the person chose.
    pub token: TokenRef,
    /// The PIN, where the token takes one from us.
    pub pin: Option<Pin>,
}

/// One signature. Only the machine makes one, from a statement that was shown.
pub struct SignOrder {
    /// The key.
    pub key: KeyRef,
    /// Padding and hash, and the digest of the token's message for it; best first. The token makes the first that it can.
    pub ways: Vec<(Scheme, Vec<u8>)>,
    /// The PIN, where the token takes one from us.
    pub pin: Option<Pin>,
    /// The token is unlocked already, and signs without another PIN.
    pub unlocked: bool,
}

/// How a login ended.
pub enum Outcome {
    /// The portal accepted; the browser takes the code there.
    Accepted {
        /// Builds the return address.
        link: Link,
        /// For the fragment of the return address; a secret.
        code: ReturnCode,
        /// A PIN was given to this program for this login.
        pin_given: bool,
    },
    /// The signature that was tried is right. Nothing left this computer.
    Tried,
    /// It came to nothing.
    Failed(Failure),
}

impl Event {
    /// Whether the person ended the login with it.
    pub(super) fn stops(&self) -> Option<Stop> {
        match self {
            Self::Intent(Intent {
                act: Act::Refuse, ..
            }) => Some(Stop::Cancelled),
            Self::Stopped(stop) => Some(*stop),
            _ => None,
        }
    }

    /// What happened, in a word that is fit for a log.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Asked(_) => "asked",
            Self::TryOut(_) => "try out",
            Self::Fetched(..) => "fetched",
            Self::Found(..) => "found",
            Self::Listed(_) => "listed",
            Self::Unlocked(..) => "unlocked",
            Self::Signed(..) => "signed",
            Self::Posted(..) => "posted",
            Self::Unplugged(_) => "unplugged",
            Self::PluggedIn(_) => "plugged in",
            Self::Intent(_) => "intent",
            Self::Stopped(_) => "stopped",
            Self::Clock => "clock",
            Self::Broken => "broken",
        }
    }
}

/// A module that can't be asked is no token: the person learns of it only where nothing better was found.
pub(crate) fn says_nothing(error: &DriverError) -> bool {
    matches!(
        error,
        DriverError::TokenAbsent | DriverError::TokenUninitialised
    )
}
