//! What an agent asks of a session that it brokered, by handle and device proof: it opens nothing.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json as object};
use sha2::{Digest as _, Sha256};

use crate::limits::{REPLY_MAX, SESSION_CALL_MAX};
use crate::{
    AnswerError, CheckError, DeviceKey, DeviceProof, Handle, Origin, VERSION, json,
    origin::well_known,
};

/// What the message of a session call begins with; a zero byte follows.
const PREFIX: &[u8] = b"kyso-device-session-v1";

/// What is wanted of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SessionWish {
    /// Whether it is open.
    State,
    /// That it ends.
    End,
}

impl SessionWish {
    fn as_str(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::End => "end",
        }
    }
}

/// A call at a portal's session address.
pub struct SessionCall {
    /// The session's handle.
    pub handle: Handle,
    /// What is wanted.
    pub wish: SessionWish,
    device: DeviceProof,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    v: u64,
    handle: String,
    wish: SessionWish,
    device: Value,
}

impl SessionCall {
    /// From its parts; `device` is by the key that vouched for the answer, over [`SessionCall::message`].
    #[must_use]
    pub fn new(handle: Handle, wish: SessionWish, device: DeviceProof) -> Self {
        Self {
            handle,
            wish,
            device,
        }
    }

    /// Where a portal takes these calls (POST).
    #[must_use]
    pub fn url(portal: &Origin) -> String {
        well_known(portal, format_args!("session"))
    }

    /// What the device key signs with ES256, not yet hashed: the portal's origin, the handle's 32 bytes and the wish's
    /// name, each by its SHA-256.
    #[must_use]
    pub fn message(portal: &Origin, handle: &Handle, wish: SessionWish) -> Vec<u8> {
        let mut message = PREFIX.to_vec();
        message.push(0);
        let parts: [&[u8]; 3] = [
            portal.as_str().as_bytes(),
            handle.as_bytes(),
            wish.as_str().as_bytes(),
        ];
        for part in parts {
            message.extend_from_slice(&Sha256::digest(part));
        }
        message
    }

    /// Reads `{"v","handle","wish","device"}`, at most 1 KiB.
    ///
    /// # Errors
    /// One variant a cause; see [`AnswerError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, AnswerError> {
        let wire: Wire = json::parse_as(bytes, 2..=SESSION_CALL_MAX)?;
        if wire.v != u64::from(VERSION) {
            return Err(AnswerError::Version(wire.v));
        }
        Ok(Self {
            handle: Handle::parse(&wire.handle)?,
            wish: wire.wish,
            device: DeviceProof::from_value(wire.device)?,
        })
    }

    /// The call's JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        object!({
            "v": VERSION,
            "handle": self.handle.expose(),
            "wish": self.wish,
            "device": self.device.to_value(),
        })
        .to_string()
    }

    /// Whether the device key signed this call for this portal; whether it is the session's is the portal's to know.
    ///
    /// # Errors
    /// [`CheckError::Device`] with what is wrong with the signature.
    pub fn verify(&self, portal: &Origin) -> Result<&DeviceKey, CheckError> {
        let message = Self::message(portal, &self.handle, self.wish);
        self.device.verify_message(&message)
    }
}

/// The portal's reply to a session call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionReply {
    /// It is open, for this many seconds at most.
    Open {
        /// Seconds until it ends whatever happens.
        seconds: u64,
    },
    /// It has ended.
    Ended,
    /// There is no session that this key may ask about by this handle.
    Unknown,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireReply {
    v: u64,
    #[serde(default, deserialize_with = "json::present")]
    seconds: Option<u64>,
    state: State,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Open,
    Ended,
    Unknown,
}

impl SessionReply {
    /// Reads a reply of at most 4 KiB.
    ///
    /// # Errors
    /// One variant a cause; see [`AnswerError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, AnswerError> {
        let wire: WireReply = json::parse_as(bytes, 2..=REPLY_MAX)?;
        if wire.v != u64::from(VERSION) {
            return Err(AnswerError::Version(wire.v));
        }
        match (wire.state, wire.seconds) {
            (State::Open, Some(seconds)) => Ok(Self::Open { seconds }),
            (State::Ended, None) => Ok(Self::Ended),
            (State::Unknown, None) => Ok(Self::Unknown),
            _ => Err(AnswerError::Outcome),
        }
    }

    /// The reply's JSON.
    #[must_use]
    pub fn to_json(self) -> String {
        match self {
            Self::Open { seconds } => {
                object!({"v": VERSION, "state": State::Open, "seconds": seconds})
            }
            Self::Ended => object!({"v": VERSION, "state": State::Ended}),
            Self::Unknown => object!({"v": VERSION, "state": State::Unknown}),
        }
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_comes_back_as_it_went() {
        for reply in [
            SessionReply::Open { seconds: 7 },
            SessionReply::Ended,
            SessionReply::Unknown,
        ] {
            assert_eq!(SessionReply::parse(reply.to_json().as_bytes()), Ok(reply));
        }
    }

    #[test]
    fn a_reply_says_one_thing() {
        for text in [
            r#"{"v":1,"state":"open"}"#,
            r#"{"v":1,"state":"ended","seconds":1}"#,
            r#"{"v":1,"state":"ended","seconds":null}"#,
            r#"{"v":1,"state":"locked"}"#,
            r#"{"v":1,"state":"open","seconds":-1}"#,
            r#"{"v":2,"state":"ended"}"#,
            r#"{"v":1,"state":"ended","url":"https://a.example"}"#,
        ] {
            assert!(SessionReply::parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn the_address_is_built_from_the_origin() {
        let portal = Origin::parse("https://portal.example:8443").unwrap();
        let url = SessionCall::url(&portal);
        assert_eq!(url, "https://portal.example:8443/.well-known/kyso/session");
    }
}
