//! The card application of NIST SP 800-73-4, as far as signing with it goes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};

use super::apdu::{Command, member, tlv};
use crate::issue::Issued;
use crate::key::{Key, KeyKind};
use crate::program::openssl;

const APPLICATION: [u8; 5] = [0xa0, 0, 0, 3, 8];
const VERIFY: u8 = 0x20;
const AUTHENTICATE: u8 = 0x87;
const OK: u16 = 0x9000;
const NOT_FOUND: u16 = 0x6a82;
const NOT_ALLOWED: u16 = 0x6982;
const WRONG_DATA: u16 = 0x6a80;
const LOCKED: u16 = 0x6983;

/// What a test may look at while the card is in use.
#[derive(Clone, Default)]
pub struct PinsShown(Arc<AtomicU32>);

impl PinsShown {
    /// How many PINs the card was shown.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

/// A key and its certificate in one of the card's places.
#[derive(Clone)]
pub struct CardKey {
    /// 9A (authentication), 9C (signature; wants the PIN every time) or 9E (card authentication).
    pub reference: u8,
    /// RSA-2048 or P-256.
    pub key: Key,
    /// Its certificate.
    pub certificate: Issued,
}

/// In the middle of what the card is pulled out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PulledAt {
    /// A PIN has come; it is not judged any more.
    Pin,
    /// The digest has come; it is not signed any more.
    Signature,
}

impl PulledAt {
    fn instruction(self) -> u8 {
        match self {
            Self::Pin => VERIFY,
            Self::Signature => AUTHENTICATE,
        }
    }
}

/// The card. Its PIN and tries survive being pulled out, the session does not.
#[derive(Clone)]
pub struct Card {
    keys: Vec<CardKey>,
    pin: Vec<u8>,
    tries: u8,
    pins_shown: PinsShown,
    pulled_at: Option<PulledAt>,
    verified: bool,
    fresh: bool,
    chain: Vec<u8>,
    unsent: Vec<u8>,
}

impl Card {
    /// A card with this PIN (at most eight characters) and three tries.
    #[must_use]
    pub fn new(pin: &str, keys: Vec<CardKey>) -> Self {
        let mut padded = pin.as_bytes().to_vec();
        padded.resize(8, 0xff);
        Self {
            keys,
            pin: padded,
            tries: 3,
            pins_shown: PinsShown::default(),
            pulled_at: None,
            verified: false,
            fresh: false,
            chain: Vec::new(),
            unsent: Vec::new(),
        }
    }

    /// Counts the PINs that the card is shown from now on, also after it was pulled out and put back.
    #[must_use]
    pub fn pins_shown(&self) -> PinsShown {
        self.pins_shown.clone()
    }

    /// Has it pulled out in the middle of something, once.
    pub fn pull_at(&mut self, at: PulledAt) {
        self.pulled_at = Some(at);
    }

    /// What happens when the reader cuts the power.
    pub(super) fn reset(&mut self) {
        self.verified = false;
        self.fresh = false;
        self.chain.clear();
        self.unsent.clear();
    }

    /// One command and its response, status word included; `None` where the card was pulled out instead.
    pub(super) fn execute(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let Some(command) = Command::parse(bytes) else {
            return Some(vec![0x67, 0]);
        };
        if command.ins == 0xc0 {
            return Some(self.next_part(OK));
        }
        self.chain.extend(command.data);
        if command.chained {
            return Some(vec![0x90, 0]);
        }
        let data = std::mem::take(&mut self.chain);
        // Without data a VERIFY only asks for the tries.
        if !data.is_empty() && self.pulled_at.map(PulledAt::instruction) == Some(command.ins) {
            self.pulled_at = None;
            return None;
        }
        let (body, status) = match command.ins {
            0xa4 => select(&data),
            0xcb => self.read(&data),
            VERIFY => (Vec::new(), self.verify(&data)),
            AUTHENTICATE => self.authenticate(command.p1, command.p2, &data),
            _ => (Vec::new(), 0x6d00),
        };
        self.unsent = body;
        Some(self.next_part(status))
    }

    /// At most 256 bytes at a time; the rest is fetched with GET RESPONSE.
    fn next_part(&mut self, status: u16) -> Vec<u8> {
        let rest = self.unsent.split_off(self.unsent.len().min(256));
        let mut part = std::mem::replace(&mut self.unsent, rest);
        let status = match self.unsent.len() {
            0 => status,
            left => {
                0x6100
                    | u16::try_from(left)
                        .ok()
                        .filter(|left| *left < 256)
                        .unwrap_or(0)
            }
        };
        part.extend(status.to_be_bytes());
        part
    }

    fn read(&self, data: &[u8]) -> (Vec<u8>, u16) {
        let body = match member(data, 0x5c) {
            Some([0x7e]) => Some(tlv(
                &[0x7e],
                &tlv(
                    &[0x4f],
                    &[&APPLICATION[..], &[0, 0, 0x10, 0, 1, 0]].concat(),
                ),
            )),
            Some([0x5f, 0xc1, 0x02]) => Some(holder_unique_identifier()),
            Some([0x5f, 0xc1, object]) => self.certificate(*object),
            _ => None,
        };
        body.map_or((Vec::new(), NOT_FOUND), |body| (body, OK))
    }

    fn certificate(&self, object: u8) -> Option<Vec<u8>> {
        let reference = match object {
            0x05 => 0x9a,
            0x0a => 0x9c,
            0x01 => 0x9e,
            _ => return None,
        };
        let held = self.keys.iter().find(|held| held.reference == reference)?;
        let members = [
            tlv(&[0x70], held.certificate.der()),
            tlv(&[0x71], &[0]),
            tlv(&[0xfe], &[]),
        ];
        Some(tlv(&[0x53], &members.concat()))
    }

    /// Without data it tells the tries; with data it spends one unless the PIN is right.
    fn verify(&mut self, data: &[u8]) -> u16 {
        let left = 0x63c0 | u16::from(self.tries);
        if data.is_empty() {
            return if self.verified {
                OK
            } else if self.tries == 0 {
                LOCKED
            } else {
                left
            };
        }
        self.pins_shown.0.fetch_add(1, Ordering::SeqCst);
        if self.tries == 0 {
            return LOCKED;
        }
        self.verified = data == self.pin;
        self.fresh = self.verified;
        self.tries = if self.verified { 3 } else { self.tries - 1 };
        match (self.verified, self.tries) {
            (true, _) => OK,
            (false, 0) => LOCKED,
            (false, left) => 0x63c0 | u16::from(left),
        }
    }

    fn authenticate(&mut self, algorithm: u8, reference: u8, data: &[u8]) -> (Vec<u8>, u16) {
        let fresh = std::mem::take(&mut self.fresh);
        if !self.verified || (reference == 0x9c && !fresh) {
            return (Vec::new(), NOT_ALLOWED);
        }
        let held = self.keys.iter().find(|held| held.reference == reference);
        let challenge = member(data, 0x7c).and_then(|template| member(template, 0x81));
        let signed = match (held, challenge) {
            (Some(held), Some(challenge)) if algorithm == algorithm_of(&held.key) => {
                private_operation(&held.key, challenge).ok()
            }
            _ => None,
        };
        signed.map_or((Vec::new(), WRONG_DATA), |signed| {
            (tlv(&[0x7c], &tlv(&[0x82], &signed)), OK)
        })
    }
}

fn select(data: &[u8]) -> (Vec<u8>, u16) {
    if !data.starts_with(&APPLICATION) {
        return (Vec::new(), NOT_FOUND);
    }
    let authority = tlv(&[0x79], &tlv(&[0x4f], &APPLICATION));
    (
        tlv(
            &[0x61],
            &[tlv(&[0x4f], &[0, 0, 0x10, 0, 1, 0]), authority].concat(),
        ),
        OK,
    )
}

/// The object from which OpenSC takes the card's serial number.
fn holder_unique_identifier() -> Vec<u8> {
    let members = [
        tlv(&[0x30], &[0; 25]),
        tlv(&[0x34], &[0x2a; 16]),
        tlv(&[0x35], b"20360101"),
        tlv(&[0x3e], &[]),
        tlv(&[0xfe], &[]),
    ];
    tlv(&[0x53], &members.concat())
}

/// Algorithm identifiers of SP 800-78-4.
fn algorithm_of(key: &Key) -> u8 {
    match key.kind() {
        KeyKind::P256 => 0x11,
        _ => 0x07,
    }
}

/// RSA without padding, or ECDSA over a digest in DER, by the `openssl` program.
fn private_operation(key: &Key, input: &[u8]) -> Result<Vec<u8>> {
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), key.pkcs8_pem())?;
    let path = file.path().to_str().context("a path in UTF-8")?;
    let operation = match algorithm_of(key) {
        // To decrypt without padding is the bare private operation; to sign takes nothing longer than a hash.
        0x07 => &["-decrypt", "-pkeyopt", "rsa_padding_mode:none"][..],
        _ => &["-sign"][..],
    };
    openssl(
        &[&["pkeyutl", "-inkey", path][..], operation].concat(),
        input,
    )
}
