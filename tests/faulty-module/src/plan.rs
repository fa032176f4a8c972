//! What the module holds and what it does wrong: the plan that a test writes and the module reads.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Environment variable with the path of the plan.
pub const PLAN: &str = "KYSO_FAULTY_MODULE";

/// Everything that one module is told.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Where every call is recorded; see [`crate::Record`].
    pub record: PathBuf,
    /// Seed of what happens at random.
    #[serde(default)]
    pub seed: u64,
    /// What goes wrong.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// One a slot.
    #[serde(default)]
    pub tokens: Vec<Token>,
}

/// One thing that goes wrong at one function.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The function, as `C_Sign`; `*` is any.
    pub at: String,
    /// From which call of it on, counted from 1 in each process.
    #[serde(default = "one")]
    pub from: u64,
    /// For how many calls; all that follow where nothing is said.
    #[serde(default)]
    pub times: Option<u64>,
    /// In which slot only, from 0; at functions that name a slot or a session.
    #[serde(default)]
    pub slot: Option<usize>,
    /// One call in so many, by the plan's seed.
    #[serde(default)]
    pub one_in: Option<u64>,
    /// A named pipe that gets a byte when the fault begins; where it isn't there, nothing begins.
    #[serde(default)]
    pub event: Option<PathBuf>,
    /// What is done.
    pub what: Misdeed,
}

/// What a module can do wrong.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Misdeed {
    /// Never returns.
    Hang,
    /// Calls `abort`.
    Abort,
    /// Writes where nothing is mapped.
    BadWrite,
    /// Ends the process with this status.
    Exit(i32),
    /// Takes so many milliseconds longer.
    Slow(u64),
    /// Returns this code and does nothing.
    Code(u64),
    /// Does what it should and returns this code.
    CodeAfter(u64),
    /// The token is gone from this call on.
    Remove,
    /// Prints on standard output and error, and reads a line of standard input.
    Print,
    /// Leaves a thread behind that never ends.
    Thread,
    /// Leaves a process behind that never ends, with every descriptor of this one.
    Fork,
    /// Tells this length of a value, signature or list, whatever there is.
    Length(u64),
    /// Tells this length where only the length is asked for.
    ProbeLength(u64),
    /// Gives a value or signature so many bytes shorter.
    Shorter(usize),
    /// Gives a value or signature so many bytes longer, as far as there is room.
    Longer(usize),
    /// Gives another value or signature of the same length.
    Garbled,
    /// Signs by another key of the same kind.
    OtherKey,
    /// Always has more slots or objects than fit.
    Endless,
    /// Tells this session state, whatever it is.
    SessionState(u64),
    /// Adds these token flags.
    Flags(u64),
    /// Writes a time that is none.
    BrokenClock,
    /// Keeps a copy of each PIN in memory.
    KeepPin,
    /// Doesn't know this mechanism.
    Refuse(u64),
    /// Its keys want the PIN for every signature; at any function.
    Confirm,
    /// Doesn't return from a search while nobody is logged in.
    Silent,
}

/// One token.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Its label; what doesn't fit 32 bytes is cut.
    pub label: Bytes,
    /// Its serial number, 16 bytes at most.
    pub serial: String,
    /// Its user PIN; or what [`hashed_pin`] makes of it, for a module that mustn't hold the PIN itself.
    pub pin: String,
    /// Wrong tries until it is locked.
    #[serde(default = "three")]
    pub tries: u32,
    /// The PIN is typed on the device; it is always typed right.
    #[serde(default)]
    pub pin_pad: bool,
    /// Another program's login shows in every session that is opened, until a logout.
    #[serde(default)]
    pub logged_in: bool,
    /// What is on it.
    #[serde(default)]
    pub objects: Vec<Object>,
}

/// One object.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Object {
    /// What it is.
    pub class: Class,
    /// `CKA_ID`.
    pub id: Bytes,
    /// `CKA_LABEL`.
    pub label: Bytes,
    /// A certificate in DER; or a private key in PKCS#8, DER, for both halves of a key.
    pub value: Bytes,
}

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// An X.509 certificate.
    Certificate,
    /// A private key, hidden until the PIN is right.
    PrivateKey,
    /// The public half of a key.
    PublicKey,
}

impl Fault {
    /// A fault at every call of a function.
    #[must_use]
    pub fn at(function: &str, what: Misdeed) -> Self {
        Self {
            at: function.to_owned(),
            from: 1,
            times: None,
            slot: None,
            one_in: None,
            event: None,
            what,
        }
    }
}

impl Plan {
    /// Writes the plan.
    ///
    /// # Errors
    /// What the system answers.
    pub fn write(&self, file: &Path) -> io::Result<()> {
        let text = toml::to_string(self).map_err(io::Error::other)?;
        std::fs::write(file, text)
    }

    pub(crate) fn read(file: &Path) -> io::Result<Self> {
        toml::from_str(&std::fs::read_to_string(file)?).map_err(io::Error::other)
    }
}

/// Bytes, in hexadecimal where they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Bytes(pub Vec<u8>);

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl From<&str> for Bytes {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

/// The text is no hexadecimal.
#[derive(Debug)]
pub struct NotHex;

impl std::fmt::Display for NotHex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not hexadecimal")
    }
}

impl Bytes {
    fn parse(text: &str) -> Result<Self, NotHex> {
        let pair = |at: usize| text.get(at..at + 2).ok_or(NotHex);
        let byte = |at| u8::from_str_radix(pair(at)?, 16).map_err(|_| NotHex);
        (0..text.len())
            .step_by(2)
            .map(byte)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl TryFrom<String> for Bytes {
    type Error = NotHex;

    fn try_from(text: String) -> Result<Self, NotHex> {
        Self::parse(&text)
    }
}

impl From<Bytes> for String {
    fn from(bytes: Bytes) -> Self {
        let mut text = Self::with_capacity(bytes.0.len() * 2);
        for byte in bytes.0 {
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

/// A PIN as a plan can name it without having it: `sha256:` and its hash in hexadecimal.
#[must_use]
pub fn hashed_pin(pin: &[u8]) -> String {
    format!(
        "sha256:{}",
        String::from(Bytes::from(&*Sha256::digest(pin)))
    )
}

fn one() -> u64 {
    1
}

fn three() -> u32 {
    3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("plan.toml");
        let mut plan = Plan {
            record: "/nowhere".into(),
            faults: vec![
                Fault::at("C_Sign", Misdeed::Hang),
                Fault::at("*", Misdeed::Code(0x8000_0101)),
                Fault::at("C_GetAttributeValue", Misdeed::Length(u64::from(u32::MAX))),
            ],
            ..Plan::default()
        };
        plan.tokens.push(Token {
            label: [0xff, 0, 0x41][..].into(),
            serial: "1".to_owned(),
            pin: "1234".to_owned(),
            tries: 3,
            pin_pad: true,
            logged_in: false,
            objects: vec![Object {
                class: Class::PrivateKey,
                id: Bytes::default(),
                label: "nhãn".into(),
                value: [7; 40][..].into(),
            }],
        });
        plan.write(&file).unwrap();
        assert_eq!(
            format!("{:?}", Plan::read(&file).unwrap()),
            format!("{plan:?}")
        );
    }

    #[test]
    fn what_is_no_hexadecimal_is_refused() {
        for text in ["0", "zz", "0á"] {
            assert!(Bytes::parse(text).is_err(), "{text}");
        }
    }
}
