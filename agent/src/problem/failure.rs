//! Every way to fail, with what its sentences need.

use std::path::PathBuf;

use kyso_certs::{CertError, Certificate, SubjectKind};
use kyso_pkcs11::{DriverError, PinChangeError, PinError, SignError};
use kyso_protocol::{CheckError, LinkError, Origin, Refusal, StatementError};

use crate::channel::deep_link::PortalError;
use crate::settings::SettingsError;

/// Every way in which something that a person wanted can fail, with what its sentences need.
#[derive(Debug)]
pub enum Failure {
    /// The text that was given is no link.
    Link(LinkError),
    /// The settings.
    Settings(SettingsError),
    /// The portal could not be asked or answered.
    Portal {
        /// Its host.
        host: String,
        /// Why.
        error: PortalError,
    },
    /// The answer was on its way, and the portal said nothing to it.
    Unanswered {
        /// The portal's host.
        host: String,
    },
    /// The statement breaks the protocol.
    Statement(StatementError),
    /// The statement is another ask's than the link's.
    OtherAsk,
    /// The statement names another portal than the one that served it.
    OtherOrigin {
        /// The one it names.
        claimed: Origin,
        /// The one it came from.
        origin: Origin,
    },
    /// The ask's time is over, or hasn't begun.
    Expired,
    /// The portal took the answer and refused it, with this code.
    Refused {
        /// The portal's code.
        code: String,
        /// The certificate that was sent.
        certificate: Option<Certificate>,
        /// What kind of subject was wanted.
        wanted: Option<SubjectKind>,
    },
    /// A module or slot.
    Driver {
        /// The module's name.
        module: String,
        /// Why.
        error: DriverError,
    },
    /// The signature.
    Sign {
        /// The module's name.
        module: String,
        /// Who issued the certificate.
        ca: String,
        /// Why.
        error: SignError,
    },
    /// What was typed is no PIN.
    Pin(PinError),
    /// The token took the last wrong PIN before.
    Locked {
        /// Who issued the certificate.
        ca: String,
    },
    /// The PIN was not changed.
    PinChange {
        /// The module's name.
        module: String,
        /// Who issued the token's certificate; empty where that is not known.
        ca: String,
        /// Why.
        error: PinChangeError,
    },
    /// The new PIN can't be one; nothing was tried.
    NewPin(NewPinFault),
    /// Several tokens are there, and none was named.
    SeveralTokens,
    /// The certificate itself.
    Certificate {
        /// Who issued it.
        ca: String,
        /// Its key, as `RSA-1024`.
        key: String,
        /// What kind of subject was wanted.
        wanted: Option<SubjectKind>,
        /// Why.
        error: CertError,
    },
    /// Our own check of the token that was just made.
    Check(CheckError),
    /// No algorithm that key and ask both know.
    NoAlgorithm,
    /// No token at all.
    NoToken,
    /// Tokens, but no certificate.
    NoIdentity,
    /// The certificate that was named isn't on any token.
    CertificateAbsent,
    /// Nothing keeps this computer's keys: they are forgotten when the program ends.
    NoKeychain,
    /// The certificate to which the person agreed isn't there, or can't sign this; its PIN was not used.
    ChosenUnusable,
    /// Another login waits for the person.
    Busy,
    /// The person said no.
    Cancelled,
    /// The window was closed, or died.
    WindowClosed,
    /// There is no display on which the person could be asked.
    NoDisplay,
    /// The window's program can't be started.
    NoWindow,
    /// The window's program is of another version than the agent that runs.
    OtherVersion,
    /// The window shows nothing of what it is given.
    WindowSilent,
    /// The login could not be written into the signing history.
    Unrecorded,
    /// No agent runs that could be asked.
    NoAgent,
    /// The folder where programs of the session meet can't be used, or none is known.
    NoFolder(Option<PathBuf>),
    /// The agent that runs doesn't answer, or not as this version does.
    AgentSilent,
    /// Something of our own; a fixed text.
    Internal(&'static str),
}

/// Why a new PIN is refused before anything is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewPinFault {
    /// Too short or too long for the token.
    Length {
        /// Fewest bytes.
        min: usize,
        /// Most bytes.
        max: usize,
    },
    /// The second time it was typed otherwise.
    Differs,
    /// It is the old one.
    Same,
}

impl Failure {
    /// All that the portal learns.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::Cancelled
            | Self::WindowClosed
            | Self::Sign {
                error: SignError::Cancelled,
                ..
            } => Refusal::Cancelled,
            Self::NoToken
            | Self::NoIdentity
            | Self::CertificateAbsent
            | Self::ChosenUnusable
            | Self::Certificate { .. }
            | Self::NoAlgorithm => Refusal::NoIdentity,
            Self::Link(_)
            | Self::Statement(_)
            | Self::OtherAsk
            | Self::OtherOrigin { .. }
            | Self::Expired
            | Self::Busy => Refusal::Refused,
            _ => Refusal::Failed,
        }
    }
}
