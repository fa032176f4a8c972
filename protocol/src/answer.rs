//! What the agent posts, and what the portal replies to the agent.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json as object};

use crate::limits::{ANSWER_MAX, REPLY_MAX};
use crate::{AnswerError, AskId, DeviceProof, Handle, ReturnCode, Token, VERSION, json};

/// One answer to one ask. The statement isn't sent back: the portal has its bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The ask that is answered.
    pub ask: AskId,
    /// A token, or why there is none.
    pub outcome: Outcome,
}

/// What an answer carries.
#[derive(Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The person agreed and signed; the device that they did it on may say so too.
    Token(Token, Option<DeviceProof>),
    /// There will be no token; the ask ends.
    Refusal(Refusal),
}

/// All that a portal learns of a failure on the person's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// The person cancelled.
    Cancelled,
    /// No identity that could be used.
    NoIdentity,
    /// The agent would not answer this ask.
    Refused,
    /// Something broke.
    Failed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    ask: String,
    v: u64,
    #[serde(default, deserialize_with = "json::present")]
    token: Option<Value>,
    #[serde(default, deserialize_with = "json::present")]
    device: Option<Value>,
    #[serde(default)]
    refusal: Option<Refusal>,
}

impl Answer {
    /// Reads `{"ask","v","token"}`, where `device` may be too, or `{"ask","v","refusal"}`.
    ///
    /// # Errors
    /// One variant a cause; see [`AnswerError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, AnswerError> {
        let wire: Wire = json::parse_as(bytes, 2..=ANSWER_MAX)?;
        if wire.v != u64::from(VERSION) {
            return Err(AnswerError::Version(wire.v));
        }
        let outcome = match (wire.token, wire.device, wire.refusal) {
            (Some(token), device, None) => {
                let device = device.map(DeviceProof::from_value).transpose()?;
                Outcome::Token(Token::from_value(&token)?, device)
            }
            (None, None, Some(refusal)) => Outcome::Refusal(refusal),
            _ => return Err(AnswerError::Outcome),
        };
        Ok(Self {
            ask: AskId::parse(&wire.ask)?,
            outcome,
        })
    }

    /// The answer's JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let ask = self.ask.to_string();
        match &self.outcome {
            Outcome::Token(token, None) => {
                object!({"ask": ask, "v": VERSION, "token": token.to_value()})
            }
            Outcome::Token(token, Some(device)) => object!({
                "ask": ask, "v": VERSION, "token": token.to_value(), "device": device.to_value(),
            }),
            Outcome::Refusal(refusal) => object!({"ask": ask, "v": VERSION, "refusal": refusal}),
        }
        .to_string()
    }
}

/// The portal's reply, to the agent alone.
#[derive(Clone)]
pub enum AnswerReply {
    /// The token was accepted; the browser redeems the code.
    Accepted {
        /// For the return page, within 60 seconds.
        code: ReturnCode,
        /// For looking after the session once it is open.
        handle: Handle,
    },
    /// A refusal was taken down and the ask has ended.
    Ended,
    /// The answer was not accepted.
    Refused {
        /// A short stable code, `A-Z`, `0-9` and `-`.
        code: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireReply {
    v: u64,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    handle: Option<String>,
    #[serde(default)]
    ended: Option<bool>,
    #[serde(default)]
    refused: Option<String>,
}

impl AnswerReply {
    /// Reads a reply of at most 4 KiB.
    ///
    /// # Errors
    /// One variant a cause; a refusal's code longer than 40 characters or with other letters is refused too, so
    /// that no portal can put words into the agent's window.
    pub fn parse(bytes: &[u8]) -> Result<Self, AnswerError> {
        let wire: WireReply = json::parse_as(bytes, 2..=REPLY_MAX)?;
        if wire.v != u64::from(VERSION) {
            return Err(AnswerError::Version(wire.v));
        }
        match (wire.code, wire.handle, wire.ended, wire.refused) {
            (Some(code), Some(handle), None, None) => Ok(Self::Accepted {
                code: ReturnCode::parse(&code)?,
                handle: Handle::parse(&handle)?,
            }),
            (None, None, Some(true), None) => Ok(Self::Ended),
            (None, None, None, Some(code)) if is_code(&code) => Ok(Self::Refused { code }),
            _ => Err(AnswerError::Outcome),
        }
    }

    /// The reply's JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        match self {
            Self::Accepted { code, handle } => {
                object!({"v": VERSION, "code": code.expose(), "handle": handle.expose()})
            }
            Self::Ended => object!({"v": VERSION, "ended": true}),
            Self::Refused { code } => object!({"v": VERSION, "refused": code}),
        }
        .to_string()
    }
}

fn is_code(code: &str) -> bool {
    (1..=40).contains(&code.len())
        && code
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "AAECAwQFBgcICQoLDA0ODw";

    #[test]
    fn an_answer_is_a_token_or_a_refusal_and_nothing_else() {
        let check = |members: &str, good: bool| {
            let text = format!(r#"{{"ask":"{ID}","v":1{members}}}"#);
            assert_eq!(Answer::parse(text.as_bytes()).is_ok(), good, "{text}");
        };
        check(r#","refusal":"cancelled""#, true);
        check(r#","refusal":"no-identity""#, true);
        check(r#","refusal":"because""#, false);
        check("", false);
        check(r#","refusal":"failed","token":{}"#, false);
        check(r#","refusal":"failed","device":{}"#, false);
        check(r#","device":{}"#, false);
        check(r#","refusal":"failed","origin":"https://a.example""#, false);
        check(r#","refusal":"failed","refusal":"failed""#, false);
    }

    #[test]
    fn a_reply_carries_a_code_and_never_words() {
        let secret = "A".repeat(43);
        let check = |text: &str, good: bool| {
            assert_eq!(AnswerReply::parse(text.as_bytes()).is_ok(), good, "{text}");
        };
        check(
            &format!(r#"{{"v":1,"code":"{secret}","handle":"{secret}"}}"#),
            true,
        );
        check(&format!(r#"{{"v":1,"code":"{secret}"}}"#), false);
        check(
            &format!(
                r#"{{"v":1,"code":"{secret}","handle":"{secret}","url":"https://a.example"}}"#
            ),
            false,
        );
        check(r#"{"v":1,"ended":true}"#, true);
        check(r#"{"v":1,"ended":false}"#, false);
        check(r#"{"v":1,"refused":"CERT-EXPIRED"}"#, true);
        check(r#"{"v":1,"refused":"Call this number"}"#, false);
        check(r#"{"v":2,"ended":true}"#, false);
    }

    #[test]
    fn a_reply_comes_back_as_it_went() {
        let reply = AnswerReply::Accepted {
            code: ReturnCode::from_bytes([1; 32]),
            handle: Handle::from_bytes([2; 32]),
        };
        match AnswerReply::parse(reply.to_json().as_bytes()) {
            Ok(AnswerReply::Accepted { code, handle }) => {
                assert_eq!((code.as_bytes(), handle.as_bytes()), (&[1; 32], &[2; 32]));
            }
            _ => panic!("another reply"),
        }
    }
}
