//! The desktop's keychain: the Secret Service of the session bus (GNOME Keyring, KWallet, KeePassXC), as freedesktop.org's
//! Secret Service API Draft 0.2 has it. Secrets cross the bus encrypted.
//!
//! A service that is there may still keep nothing (no collection, a locked one that nobody unlocks), and says so only when
//! something is written: so it is tried with an entry of its own.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::time::Duration;

use secret_service::{Collection, EncryptionType, SecretService};
use thiserror::Error;
use zbus::connection::Builder;
use zeroize::Zeroizing;

/// Until a call that needs no person is given up.
const DEADLINE: Duration = Duration::from_secs(5);
/// Until the system's question for the keychain's password is given up.
const PATIENCE: Duration = Duration::from_secs(30);

const OWNER: (&str, &str) = ("application", "kyso");
const KIND: &str = "kind";
const PORTAL: &str = "portal";
const DEVICE_KEY: &str = "device-key";
const TRIAL: &str = "trial";
/// What the bus says where nobody has a name.
const NOBODY: [&str; 2] = [
    "org.freedesktop.DBus.Error.ServiceUnknown",
    "org.freedesktop.DBus.Error.NameHasNoOwner",
];
const CONTENT_TYPE: &str = "application/octet-stream";

/// Why the keychain keeps nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum KeychainError {
    /// There is none, or it has no place for anything.
    #[error("no keychain: {0}")]
    Absent(String),
    /// It doesn't answer in time; what it keeps isn't known.
    #[error("the keychain did not answer in time")]
    Silent,
    /// It answered with an error; what it keeps isn't known.
    #[error("the keychain failed: {0}")]
    Failed(String),
    /// It is locked, and nobody has unlocked it.
    #[error("the keychain is locked")]
    Locked,
    /// It takes an entry and doesn't give it back.
    #[error("the keychain keeps nothing")]
    Forgetful,
}

impl From<secret_service::Error> for KeychainError {
    fn from(error: secret_service::Error) -> Self {
        match error {
            secret_service::Error::Locked
            | secret_service::Error::Prompt
            | secret_service::Error::PromptDisconnected => Self::Locked,
            secret_service::Error::Unavailable | secret_service::Error::NoResult => {
                Self::Absent(error.to_string())
            }
            error if is_absence(&error) => Self::Absent(error.to_string()),
            error => Self::Failed(error.to_string()),
        }
    }
}

/// Nobody has the keychain's name on the bus, or there is no bus.
fn is_absence(error: &secret_service::Error) -> bool {
    match error {
        secret_service::Error::Zbus(error) => no_bus_or_nobody(error),
        secret_service::Error::ZbusFdo(error) => is_nobody(error),
        _ => false,
    }
}

fn no_bus_or_nobody(error: &zbus::Error) -> bool {
    match error {
        zbus::Error::MethodError(name, ..) => NOBODY.contains(&name.as_str()),
        zbus::Error::FDO(error) => is_nobody(error),
        zbus::Error::Connection(why, _) | zbus::Error::InputOutput(why) => {
            matches!(
                why.kind(),
                ErrorKind::NotFound | ErrorKind::ConnectionRefused
            )
        }
        _ => false,
    }
}

fn is_nobody(error: &zbus::fdo::Error) -> bool {
    use zbus::fdo::Error::{NameHasNoOwner, ServiceUnknown};
    matches!(error, ServiceUnknown(_) | NameHasNoOwner(_))
}

/// Whether a locked keychain is to be unlocked, for which the system asks the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unlock {
    /// The person is in the middle of something that needs it.
    Ask,
    /// Nobody is to be disturbed.
    Never,
}

/// A service that was found. Every call opens the collection anew: it may have been locked meanwhile.
pub(crate) struct Keychain(SecretService<'static>);

impl Keychain {
    /// Connects to the bus at an address (D-Bus Specification 0.43, "Server Addresses"), else to the session's.
    pub(crate) async fn open(bus: Option<&str>) -> Result<Self, KeychainError> {
        let service = async {
            match bus {
                None => SecretService::connect(EncryptionType::Dh).await,
                Some(address) => {
                    let bus = Builder::address(address)?.build().await?;
                    SecretService::connect_with_existing(EncryptionType::Dh, bus).await
                }
            }
        };
        in_time(DEADLINE, service).await.map(Self)
    }

    /// Whether it keeps what it is given. Nobody is asked anything.
    pub(crate) async fn try_out(&self) -> Result<(), KeychainError> {
        let collection = self.collection(Unlock::Never).await?;
        let mut trial = Zeroizing::new([0_u8; 16]);
        getrandom::fill(trial.as_mut()).map_err(|e| KeychainError::Failed(e.to_string()))?;
        let attributes = HashMap::from([OWNER, (KIND, TRIAL)]);
        let tried = async {
            let item = collection
                .create_item("Kyso", attributes, trial.as_ref(), true, CONTENT_TYPE)
                .await?;
            let found = Zeroizing::new(item.get_secret().await?);
            item.delete().await?;
            Ok(*found == trial.as_ref())
        };
        match in_time(DEADLINE, tried).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(KeychainError::Forgetful),
            Err(error) => Err(error),
        }
    }

    /// The key of a portal, where one is kept.
    pub(crate) async fn key(
        &self,
        portal: &str,
        unlock: Unlock,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, KeychainError> {
        let collection = self.collection(unlock).await?;
        let found = async {
            let items = collection.search_items(of_portal(portal)).await?;
            match items.first() {
                Some(item) => Ok(Some(Zeroizing::new(item.get_secret().await?))),
                None => Ok(None),
            }
        };
        in_time(DEADLINE, found).await
    }

    /// Keeps the key of a portal, in the place of the one before.
    pub(crate) async fn keep(&self, portal: &str, key: &[u8]) -> Result<(), KeychainError> {
        let collection = self.collection(Unlock::Never).await?;
        let label = format!("Kyso: {portal}");
        let kept = collection.create_item(&label, of_portal(portal), key, true, CONTENT_TYPE);
        in_time(DEADLINE, kept).await.map(drop)
    }

    async fn collection(&self, unlock: Unlock) -> Result<Collection<'_>, KeychainError> {
        let collection = in_time(DEADLINE, self.0.get_default_collection()).await?;
        if !in_time(DEADLINE, collection.is_locked()).await? {
            return Ok(collection);
        }
        if unlock == Unlock::Never {
            return Err(KeychainError::Locked);
        }
        let unlocked = tokio::time::timeout(PATIENCE, collection.unlock()).await;
        unlocked.map_err(|_| KeychainError::Locked)??;
        if in_time(DEADLINE, collection.is_locked()).await? {
            return Err(KeychainError::Locked);
        }
        Ok(collection)
    }
}

fn of_portal(portal: &str) -> HashMap<&str, &str> {
    HashMap::from([OWNER, (KIND, DEVICE_KEY), (PORTAL, portal)])
}

async fn in_time<T>(
    deadline: Duration,
    call: impl Future<Output = Result<T, secret_service::Error>>,
) -> Result<T, KeychainError> {
    match tokio::time::timeout(deadline, call).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(KeychainError::Silent),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use secret_service::Error;

    #[test]
    fn only_a_keychain_that_is_not_there_is_absent() {
        let check = |error: Error, absent: bool| {
            let said = error.to_string();
            let found = KeychainError::from(error);
            assert_eq!(matches!(found, KeychainError::Absent(_)), absent, "{said}");
        };
        check(Error::Unavailable, true);
        check(Error::NoResult, true);
        check(Error::Locked, false);
        check(Error::Prompt, false);
        check(Error::PromptDisconnected, false);
        check(Error::Crypto("junk"), false);
        let unknown = zbus::fdo::Error::ServiceUnknown(String::new());
        check(Error::ZbusFdo(unknown.clone()), true);
        check(Error::Zbus(zbus::Error::FDO(Box::new(unknown))), true);
        let silent = zbus::fdo::Error::NoReply(String::new());
        check(Error::ZbusFdo(silent.clone()), false);
        check(Error::Zbus(zbus::Error::FDO(Box::new(silent))), false);
        check(Error::Zbus(zbus::Error::Handshake(String::new())), false);
        let io = |kind: ErrorKind| Error::Zbus(zbus::Error::InputOutput(Arc::new(kind.into())));
        check(io(ErrorKind::NotFound), true);
        check(io(ErrorKind::ConnectionRefused), true);
        check(io(ErrorKind::ConnectionReset), false);
    }

    #[test]
    fn a_keychain_that_does_not_answer_in_time_is_told_from_none() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime");
        let never = std::future::pending::<Result<(), Error>>();
        let waited = runtime.block_on(async { in_time(Duration::ZERO, never).await });
        assert_eq!(waited, Err(KeychainError::Silent));
    }
}
