//! Shared by the benches on the virtual card: the reader, a card for it, and the library set on them.

pub(crate) mod seen;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use kyso_pkcs11::{Config, KeyRef, ModuleSpec, Tokens};
use kyso_support::{Authority, Card, CardKey, Draft, Key, KeyKind, Name, VirtualReader};
use time::macros::datetime;

/// The card's PIN.
pub(crate) const PIN: &str = "246810";

/// The host program of this build.
pub(crate) fn host_program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_kyso-pkcs11-host"))
}

/// A card with one P-256 key.
pub(crate) fn card() -> Result<Card> {
    let (from, to) = (
        datetime!(2026-01-01 00:00 UTC),
        datetime!(2036-01-01 00:00 UTC),
    );
    let name = Name::new().cn("Thẻ đo");
    let key = Key::pooled(KeyKind::P256, 0)?;
    let root = Authority::root(name.clone(), key.clone(), from, to)?;
    let certificate = root.issue(&Draft::new(name, &key, from, to).subscriber())?;
    let held = CardKey {
        reference: 0x9a,
        key,
        certificate,
    };
    Ok(Card::new(PIN, vec![held]))
}

/// OpenSC on this reader; nothing is started yet.
pub(crate) fn tokens(reader: &VirtualReader) -> Tokens {
    let module = ModuleSpec {
        environment: reader.environment(),
        ..ModuleSpec::configured("opensc", reader.module())
    };
    Tokens::new(Config {
        host_program: host_program(),
        modules: vec![module],
    })
}

/// The card's key, as soon as it is listed.
pub(crate) fn only_key(tokens: &Tokens) -> Result<KeyRef> {
    let mut found = None;
    kyso_support::until("the card to be listed", || {
        let tokens = tokens.list().into_iter();
        let mut keys = tokens.filter_map(|slot| slot.token.ok()?.certificates.pop());
        found = keys.next();
        found.is_some()
    })?;
    found.context("no key")
}

/// The middle one.
pub(crate) fn median(mut all: Vec<Duration>) -> Result<Duration> {
    all.sort_unstable();
    all.get(all.len() / 2).copied().context("no rounds")
}
