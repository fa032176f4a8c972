//! This computer's keys: one for each portal, by which the portal knows an answer of a device that it has seen before.
//!
//! They lie in the keychain. Without one they live as long as the program, where the person wants that. They are no
//! secret from other programs of the same user.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex as Plain, PoisonError};

use kyso_protocol::{Answer, DeviceKey, DeviceProof, Origin, Outcome, Token};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use thiserror::Error;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use crate::keychain::{Keychain, KeychainError, Unlock};

/// A P-256 private key, in bytes (SEC 1, 2.3.6).
const KEY_LEN: usize = 32;

/// Where keys are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// In the keychain.
    Kept,
    /// There is a keychain, and it is locked; the system asks for its password when a key is needed.
    Locked,
    /// There is no keychain.
    Absent,
    /// There is one that doesn't answer, fails or keeps nothing.
    Failing,
}

/// What becomes of keys without a keychain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Without {
    /// They live as long as the program.
    Memory,
    /// There are none: the person doesn't want them or wasn't asked, or the program ends at once, and a key that nobody
    /// sees again vouches for nothing.
    Nothing,
}

impl Without {
    /// By what the person answered; nothing is assumed of who didn't.
    #[must_use]
    pub fn answered(remember: Option<bool>) -> Self {
        if remember == Some(true) {
            Self::Memory
        } else {
            Self::Nothing
        }
    }
}

/// Why there is no proof.
#[derive(Debug, Error)]
enum NoProof {
    #[error(transparent)]
    Keychain(#[from] KeychainError),
    #[error("no randomness")]
    Randomness,
    #[error("the proof does not verify")]
    Wrong,
}

/// The keys. Cheap to clone; clones share them.
#[derive(Clone)]
pub struct DeviceKeys(Arc<Inner>);

struct Inner {
    bus: Option<String>,
    without: Plain<Without>,
    keychain: Mutex<Option<Keychain>>,
    keeping: Plain<Option<Keeping>>,
    memory: Plain<BTreeMap<Origin, SigningKey>>,
    /// The person was told that these are forgotten.
    told: AtomicBool,
}

impl fmt::Debug for DeviceKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceKeys({:?})", self.keeping())
    }
}

impl DeviceKeys {
    /// The desktop's keychain, which isn't touched yet.
    #[must_use]
    pub fn system(without: Without) -> Self {
        Self::new(None, without)
    }

    /// The keychain on the D-Bus at an address, which isn't touched yet.
    #[must_use]
    pub fn at(bus: &str, without: Without) -> Self {
        Self::new(Some(bus.to_owned()), without)
    }

    fn new(bus: Option<String>, without: Without) -> Self {
        Self(Arc::new(Inner {
            bus,
            without: Plain::new(without),
            keychain: Mutex::new(None),
            keeping: Plain::default(),
            memory: Plain::default(),
            told: AtomicBool::new(false),
        }))
    }

    /// Tries the keychain out by an entry that it writes, reads and deletes. Asks the person nothing; at most twenty
    /// seconds.
    pub async fn probe(&self) -> Keeping {
        let tried = self.try_out().await;
        self.note(&tried)
    }

    /// What was found last; none before the first look.
    #[must_use]
    pub fn keeping(&self) -> Option<Keeping> {
        *lock(&self.0.keeping)
    }

    /// From now on this becomes of keys without a keychain; those that nobody wants any more are forgotten at once.
    pub fn set_without(&self, without: Without) {
        *lock(&self.0.without) = without;
        if without == Without::Nothing {
            lock(&self.0.memory).clear();
        }
    }

    /// Whether the person is to be told that a key which vouched will be forgotten: once in the program's life.
    #[must_use]
    pub fn forgets(&self) -> bool {
        let any = !lock(&self.0.memory).is_empty();
        any && !self.0.told.swap(true, Ordering::Relaxed)
    }

    /// Puts this computer's proof beside a token. An answer without one goes as it is where there is no key: it counts as
    /// one of a new device. `statement` is what was shown and signed, in its exact bytes.
    pub async fn vouch(&self, origin: &Origin, statement: &[u8], mut answer: Answer) -> Answer {
        if let Outcome::Token(token, proof) = &mut answer.outcome {
            *proof = match self.proof(origin, statement, token).await {
                Ok(proof) => proof,
                Err(error) => {
                    tracing::warn!(%error, "the answer goes without this computer's proof");
                    None
                }
            };
        }
        answer
    }

    async fn proof(
        &self,
        origin: &Origin,
        statement: &[u8],
        token: &Token,
    ) -> Result<Option<DeviceProof>, NoProof> {
        let Some(key) = self.key(origin).await? else {
            return Ok(None);
        };
        let signature: Signature = key.sign(&DeviceProof::message(statement, token));
        let point = key.verifying_key().to_sec1_point(false);
        let public = DeviceKey::from_point(point.as_bytes()).map_err(|_| NoProof::Wrong)?;
        let proof = DeviceProof::new(public, signature.to_bytes().to_vec());
        // A wrong one would end the ask.
        let verified = proof.verify(statement, token).map(drop);
        verified.map_err(|_| NoProof::Wrong)?;
        Ok(Some(proof))
    }

    async fn key(&self, origin: &Origin) -> Result<Option<SigningKey>, NoProof> {
        match self.kept(origin).await {
            Err(NoProof::Keychain(error)) => self.unkept(origin, error),
            found => found.map(Some),
        }
    }

    /// What there is instead of the keychain's key. Where the keychain may have one, it is nothing: a second key would make
    /// another device of this computer.
    fn unkept(&self, origin: &Origin, error: KeychainError) -> Result<Option<SigningKey>, NoProof> {
        self.note(&Err(error.clone()));
        let without = *lock(&self.0.without);
        match (error, without) {
            (KeychainError::Absent(_), Without::Memory) => self.remembered(origin).map(Some),
            (KeychainError::Absent(_), Without::Nothing) => Ok(None),
            (error, _) => Err(error.into()),
        }
    }

    /// The key in the keychain. Where there is none, or what is there is no key, it is the one that the portal has seen
    /// already, before the keychain came, or a new one.
    async fn kept(&self, origin: &Origin) -> Result<SigningKey, NoProof> {
        let mut place = self.0.keychain.lock().await;
        let keychain = self.open(place.take()).await?;
        let portal = origin.as_str();
        let found = keychain.key(portal, Unlock::Ask).await?;
        let key = match found.and_then(|bytes| SigningKey::from_slice(&bytes).ok()) {
            Some(key) => key,
            None => {
                let seen = lock(&self.0.memory).get(origin).cloned();
                let key = seen.map_or_else(new, Ok)?;
                keychain
                    .keep(portal, &Zeroizing::new(key.to_bytes()))
                    .await?;
                key
            }
        };
        *place = Some(keychain);
        drop(place);
        lock(&self.0.memory).remove(origin);
        self.note(&Ok(()));
        Ok(key)
    }

    async fn open(&self, before: Option<Keychain>) -> Result<Keychain, KeychainError> {
        match before {
            Some(keychain) => Ok(keychain),
            None => Keychain::open(self.0.bus.as_deref()).await,
        }
    }

    fn remembered(&self, origin: &Origin) -> Result<SigningKey, NoProof> {
        let key = new()?;
        let mut memory = lock(&self.0.memory);
        Ok(memory.entry(origin.clone()).or_insert(key).clone())
    }

    async fn try_out(&self) -> Result<(), KeychainError> {
        let mut place = self.0.keychain.lock().await;
        let keychain = self.open(place.take()).await?;
        keychain.try_out().await?;
        *place = Some(keychain);
        Ok(())
    }

    fn note(&self, tried: &Result<(), KeychainError>) -> Keeping {
        let keeping = match tried {
            Ok(()) => Keeping::Kept,
            Err(KeychainError::Locked) => Keeping::Locked,
            Err(error) => {
                tracing::info!(%error, "keys of this computer are not kept");
                if matches!(error, KeychainError::Absent(_)) {
                    Keeping::Absent
                } else {
                    Keeping::Failing
                }
            }
        };
        *lock(&self.0.keeping) = Some(keeping);
        keeping
    }
}

fn lock<T>(place: &Plain<T>) -> std::sync::MutexGuard<'_, T> {
    place.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Of 2²⁵⁶ numbers all but one in 2³² are keys.
fn new() -> Result<SigningKey, NoProof> {
    for _ in 0..4 {
        let mut bytes = Zeroizing::new([0_u8; KEY_LEN]);
        getrandom::fill(bytes.as_mut()).map_err(|_| NoProof::Randomness)?;
        if let Ok(key) = SigningKey::from_slice(bytes.as_ref()) {
            return Ok(key);
        }
    }
    Err(NoProof::Randomness)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keychain_that_may_have_the_key_gets_no_second_one_in_memory() {
        let origin = Origin::parse("https://portal.example").expect("an origin");
        let check = |error: KeychainError, without, made: bool| {
            let keys = DeviceKeys::system(without);
            let said = error.to_string();
            let key = keys.unkept(&origin, error);
            assert_eq!(matches!(key, Ok(Some(_))), made, "{said}");
            assert_eq!(keys.forgets(), made, "{said}");
        };
        let absent = || KeychainError::Absent("no bus".into());
        check(absent(), Without::Memory, true);
        check(absent(), Without::Nothing, false);
        check(KeychainError::Locked, Without::Memory, false);
        check(KeychainError::Silent, Without::Memory, false);
        let failed = KeychainError::Failed("no such session".into());
        check(failed, Without::Memory, false);
    }

    #[test]
    fn only_a_keychain_that_is_not_there_is_called_absent() {
        let check = |error: KeychainError, expected| {
            let keys = DeviceKeys::system(Without::Nothing);
            assert_eq!(keys.note(&Err(error)), expected);
            assert_eq!(keys.keeping(), Some(expected));
        };
        check(KeychainError::Absent("no bus".into()), Keeping::Absent);
        check(KeychainError::Locked, Keeping::Locked);
        check(KeychainError::Silent, Keeping::Failing);
        check(KeychainError::Forgetful, Keeping::Failing);
        check(KeychainError::Failed("no reply".into()), Keeping::Failing);
    }

    #[test]
    fn a_key_that_nobody_wants_any_more_is_forgotten_and_not_found_again() {
        let origin = Origin::parse("https://portal.example").expect("an origin");
        let keys = DeviceKeys::system(Without::answered(None));
        let made = || {
            let absent = KeychainError::Absent("no bus".into());
            let key = keys.unkept(&origin, absent).expect("no failure");
            key.map(|key| key.to_bytes())
        };
        assert_eq!(made(), None);
        keys.set_without(Without::answered(Some(true)));
        let first = made();
        assert!(first.is_some());
        assert_eq!(made(), first);
        keys.set_without(Without::answered(Some(false)));
        assert_eq!(made(), None);
        keys.set_without(Without::answered(Some(true)));
        assert_ne!(made(), first);
    }
}
