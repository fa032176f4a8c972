//! What programs of this user say to a running agent, and what it answers: four bytes of length (little endian), and
//! as many bytes of JSON. One request a connection, one reply.

use std::io::{Read, Write};

use kyso_protocol::Link;
use kyso_screens::Page;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::surroundings::Surroundings;
use crate::channel::deep_link::PortalError;
use crate::channel::fetches::TooSoon;
use crate::problem::Failure;
use crate::shell::browser::Clues;

/// The longest message, in bytes.
pub const MESSAGE_MAX: usize = 16 * 1024;

/// The bytes before a message.
pub(super) const HEAD: usize = 4;

/// What is wanted of the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "request",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub enum Request {
    /// Begin a login.
    Ask {
        /// `kyso:1/…`
        link: String,
        /// What lets a window come to the front (XDG activation), where the system gave something.
        token: Option<String>,
        /// Where the person is.
        #[serde(default)]
        surroundings: Surroundings,
        /// What the caller knows of the browser that the link came from.
        #[serde(default)]
        clues: Clues,
    },
    /// Show a page.
    Open {
        /// Which; the one with which one begins, where none is named.
        page: Option<Page>,
        /// As with [`Request::Ask`].
        token: Option<String>,
        /// Where the person is.
        #[serde(default)]
        surroundings: Surroundings,
    },
    /// Be there: a session of this user has begun.
    Begun {
        /// Where the person is.
        surroundings: Surroundings,
    },
    /// Say what is going on.
    Status,
    /// End.
    Quit,
    /// Begin no login as long as this connection is open.
    Turn,
}

/// What the agent answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Reply {
    /// It is done, or has begun.
    Done,
    /// What is going on.
    Status(Status),
    /// It is not done.
    Refused {
        /// Why.
        why: Refusal,
    },
}

/// What is going on in the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Status {
    /// Its version.
    pub version: String,
    /// The number of its process.
    pub process: u32,
    /// What its tray says.
    pub state: State,
    /// Its tray is shown.
    pub tray: bool,
    /// A window is open.
    pub window: bool,
}

/// What the tray says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing is waited for.
    Ready,
    /// A login waits for the person.
    Waiting,
    /// Readers are watched, and none holds a token.
    NoToken,
}

impl Request {
    /// The host of its link; empty, where there is none.
    pub(super) fn host(&self) -> String {
        let link = match self {
            Self::Ask { link, .. } => Link::parse(link).ok(),
            _ => None,
        };
        link.map_or_else(String::new, |link| link.origin().host().to_owned())
    }

    /// Where whoever wants this is, where that matters.
    pub(super) fn surroundings(&self) -> Option<&Surroundings> {
        match self {
            Self::Ask { surroundings, .. }
            | Self::Open { surroundings, .. }
            | Self::Begun { surroundings } => Some(surroundings),
            Self::Status | Self::Quit | Self::Turn => None,
        }
    }
}

impl State {
    /// The key of its words.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Ready => "tray.ready",
            Self::Waiting => "tray.waiting",
            Self::NoToken => "tray.no-token",
        }
    }
}

/// Why the agent doesn't do what was wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// A login waits for the person, or another program has the turn.
    Busy,
    /// The agent starts anew, since another version of its program has come or the person is in another session: say it
    /// again.
    Replaced,
    /// The link is none.
    Link,
    /// The link's portal is blocked in the settings.
    Blocked,
    /// Six links came within a minute.
    TooMany {
        /// Until the next one is taken.
        seconds: u64,
    },
    /// The settings are refused.
    Settings,
    /// There is no display.
    NoDisplay,
    /// The window's program can't be started.
    NoWindow,
    /// The message isn't understood.
    Message,
    /// The message is too long.
    TooLong,
    /// The message didn't come in time.
    TooSlow,
    /// The caller is another user's program.
    Stranger,
}

impl Refusal {
    /// As the person who called sees it; `host` is that of the link, where there is one.
    #[must_use]
    pub fn failure(self, host: &str) -> Failure {
        let portal = |error| Failure::Portal {
            host: host.into(),
            error,
        };
        match self {
            Self::Blocked => portal(PortalError::Blocked),
            Self::TooMany { seconds } => portal(TooSoon::TooMany { seconds }.into()),
            Self::Busy => Failure::Busy,
            Self::Link => Failure::Link(kyso_protocol::LinkError::Shape),
            Self::NoDisplay => Failure::NoDisplay,
            Self::NoWindow => Failure::NoWindow,
            Self::Settings
            | Self::Replaced
            | Self::Message
            | Self::TooLong
            | Self::TooSlow
            | Self::Stranger => Failure::AgentSilent,
        }
    }
}

/// Why a message is none.
#[derive(Debug, Error)]
pub enum MessageError {
    /// The connection failed or ended.
    #[error("the connection failed: {0}")]
    Broken(#[from] std::io::Error),
    /// Longer than [`MESSAGE_MAX`].
    #[error("the message is too long")]
    TooLong,
    /// Not what this version says.
    #[error("the message is not understood")]
    Message,
}

/// A message with its length before it.
///
/// # Errors
/// [`MessageError::TooLong`].
pub(super) fn framed(message: &impl Serialize) -> Result<Vec<u8>, MessageError> {
    let json = serde_json::to_vec(message).map_err(|_| MessageError::Message)?;
    if json.len() > MESSAGE_MAX {
        return Err(MessageError::TooLong);
    }
    let length = u32::try_from(json.len()).map_err(|_| MessageError::TooLong)?;
    Ok([length.to_le_bytes().as_slice(), &json].concat())
}

/// How many bytes follow.
///
/// # Errors
/// [`MessageError::TooLong`].
pub(super) fn length(head: [u8; HEAD]) -> Result<usize, MessageError> {
    let length = usize::try_from(u32::from_le_bytes(head)).map_err(|_| MessageError::TooLong)?;
    if length > MESSAGE_MAX {
        return Err(MessageError::TooLong);
    }
    Ok(length)
}

/// The message that these bytes are.
///
/// # Errors
/// [`MessageError::Message`].
pub(super) fn parsed<T: DeserializeOwned>(json: &[u8]) -> Result<T, MessageError> {
    serde_json::from_slice(json).map_err(|_| MessageError::Message)
}

/// Writes a message.
///
/// # Errors
/// [`MessageError::Broken`]; [`MessageError::TooLong`].
pub(super) fn write(pipe: &mut impl Write, message: &impl Serialize) -> Result<(), MessageError> {
    Ok(pipe.write_all(&framed(message)?)?)
}

/// Waits for a message.
///
/// # Errors
/// One variant a cause.
pub(super) fn read<T: DeserializeOwned>(pipe: &mut impl Read) -> Result<T, MessageError> {
    let mut head = [0; HEAD];
    pipe.read_exact(&mut head)?;
    let mut json = vec![0; length(head)?];
    pipe.read_exact(&mut json)?;
    parsed(&json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_comes_out_as_it_went_in() {
        let check = |message: Request| {
            let bytes = framed(&message).expect("short");
            let back: Request = read(&mut bytes.as_slice()).expect("read");
            assert_eq!(back, message);
        };
        let token = Some("abc".to_owned());
        check(Request::Status);
        check(Request::Turn);
        let surroundings = Surroundings::own();
        check(Request::Begun {
            surroundings: surroundings.clone(),
        });
        check(Request::Open {
            page: None,
            token,
            surroundings: surroundings.clone(),
        });
        check(Request::Ask {
            link: "kyso:1/portal.example/AAECAwQFBgcICQoLDA0ODw".into(),
            token: None,
            surroundings,
            clues: Clues::own(),
        });
    }

    #[test]
    fn a_bad_message_has_its_own_error() {
        let check = |bytes: &[u8], expected: &str| {
            let error = read::<Request>(&mut &*bytes).expect_err("refused");
            assert!(error.to_string().starts_with(expected), "{error}");
        };
        check(&[], "the connection failed");
        check(&[0, 0, 1, 0], "the message is too long");
        check(&[255, 255, 255, 255], "the message is too long");
        check(&[2, 0, 0, 0, b'{', b'}'], "the message is not understood");
        check(&[3, 0, 0, 0, b'{', b'}'], "the connection failed");
        let more = br#"{"request":"open","page":null,"token":null,"sign":"abc"}"#;
        let head = u32::try_from(more.len()).expect("short").to_le_bytes();
        check(
            &[&head, more.as_slice()].concat(),
            "the message is not understood",
        );
    }
}
