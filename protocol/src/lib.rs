//! The Kyso sign-in protocol: what is asked, what is signed, what is answered, and how it is checked.
//!
//! A portal makes an *ask* and serves its *statement*; the agent shows the statement, has one signature made over
//! it with a key that never leaves the token, and returns a *token* in an *answer*; the portal checks it. Both ends
//! use this crate, so that there is one definition of every rule. `docs/protocol.md` has real messages.
//!
//! Not here: HTTP, storage, a clock, the browser, PKCS#11. Time and randomness are parameters.

mod algorithm;
mod answer;
mod ask;
pub mod check;
mod device;
mod encoding;
mod error;
mod json;
mod key;
pub mod limits;
mod link;
mod nonce;
mod origin;
mod routable;
mod secret;
mod self_test;
mod session;
mod statement;
mod text;
mod token;

pub use algorithm::{Algorithm, HashAlgorithm};
pub use answer::{Answer, AnswerReply, Outcome, Refusal};
pub use ask::{AskId, browser_binding};
pub use device::{DeviceKey, DeviceProof};
pub use error::{
    AnswerError, CheckError, DeviceError, IdError, JsonError, LinkError, NonceError, OriginError,
    StatementError, TokenError,
};
pub use kyso_certs::SubjectKind;
pub use link::Link;
pub use nonce::{Nonce, matching_code};
pub use origin::Origin;
pub use routable::is_globally_routable;
pub use secret::{Half, Handle, ReturnCode};
pub use self_test::{SELF_TEST_PORTAL, SelfTest};
pub use session::{SessionCall, SessionReply, SessionWish};
pub use statement::{Purpose, Statement, StatementBytes};
pub use text::{Language, StatementText};
pub use token::{FORMAT, Token};

/// Media type of a statement, the only one that an agent takes.
pub const STATEMENT_MEDIA_TYPE: &str = "application/kyso-statement+json";

/// The one version of the protocol that this crate speaks.
pub const VERSION: u8 = 1;
