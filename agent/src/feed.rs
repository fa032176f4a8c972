//! Newer versions: a signed word about the newest one, fetched once a day from where somebody set. There is no address of
//! our own; nothing is downloaded or installed.
//!
//! The word is a JWS in compact form (RFC 7515) with ES256, as `kyso-release-1`:
//! header `{"alg":"ES256","typ":"kyso-release-1"}`, payload `{"version":"1.2.3"}`.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use kyso_protocol::Origin;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::DecodePublicKey as _;
use reqwest::Url;
use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Deserialize;
use thiserror::Error;
use time::OffsetDateTime;

use crate::channel::deep_link::PortalError;
use crate::channel::site::Site;
use crate::folders;
use crate::settings::Settings;

/// How long a word holds before it is asked for again.
const FRESH: Duration = Duration::from_secs(24 * 60 * 60);
const TYPE: &str = "kyso-release-1";
/// The largest file in which the last word is kept, in bytes.
const KEPT_MAX: u64 = 200;

/// Where newer versions are announced, and by whom.
#[derive(Debug, Clone)]
pub struct Feed {
    origin: Origin,
    address: Url,
    key: FeedKey,
}

/// The key that signs the feed: a P-256 key.
#[derive(Clone)]
pub struct FeedKey(VerifyingKey);

/// Why nothing was learnt.
#[derive(Debug, Clone, Error)]
pub enum FeedError {
    /// It couldn't be fetched.
    #[error(transparent)]
    Fetch(#[from] PortalError),
    /// Not signed by the key.
    #[error("not signed by the feed's key")]
    Signature,
    /// Signed, but not what it should be.
    #[error("not the word of a release")]
    Form,
    /// What was learnt can't be kept.
    #[error("cannot be kept: {0}")]
    Kept(String),
}

/// `MAJOR.MINOR.PATCH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version([u32; 3]);

impl Feed {
    /// An `https` address without user or fragment.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn new(address: &str, key: FeedKey) -> Result<Self, String> {
        let url = Url::parse(address).map_err(|error| error.to_string())?;
        let plain = url.username().is_empty() && url.password().is_none();
        if !plain || url.fragment().is_some() {
            return Err("has a user or a fragment".into());
        }
        let origin = Origin::parse(&url.origin().ascii_serialization());
        Ok(Self {
            origin: origin.map_err(|error| error.to_string())?,
            address: url,
            key,
        })
    }
}

impl FeedKey {
    /// Reads a P-256 public key, PEM, as `openssl pkey -pubout` writes it.
    ///
    /// # Errors
    /// Says that it is none.
    pub fn from_bytes(pem: &[u8]) -> Result<Self, String> {
        let der = SubjectPublicKeyInfoDer::from_pem_slice(pem).ok();
        let key = der.and_then(|der| VerifyingKey::from_public_key_der(&der).ok());
        key.map(Self)
            .ok_or_else(|| "is no public key of the curve P-256 in PEM".into())
    }

    fn read(&self, jws: &[u8]) -> Result<Version, FeedError> {
        let text = std::str::from_utf8(jws).map_err(|_| FeedError::Signature)?;
        let parts = text.trim_end().rsplit_once('.');
        let (signed, signature) = parts.ok_or(FeedError::Signature)?;
        let signature = decoded(signature).and_then(|bytes| Signature::from_slice(&bytes).ok());
        let signature = signature.ok_or(FeedError::Signature)?;
        let verified = self.0.verify(signed.as_bytes(), &signature);
        verified.map_err(|_| FeedError::Signature)?;
        version_of(signed).ok_or(FeedError::Form)
    }
}

impl fmt::Debug for FeedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FeedKey")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    version: String,
}

fn version_of(signed: &str) -> Option<Version> {
    let (header, payload) = signed.split_once('.')?;
    let header: Header = serde_json::from_slice(&decoded(header)?).ok()?;
    let ours = header.alg == "ES256" && header.typ == TYPE;
    let payload: Payload = serde_json::from_slice(&decoded(payload)?).ok()?;
    Version::parse(&payload.version).filter(|_| ours)
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()
}

impl Version {
    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split('.').map(number);
        let version = [numbers.next()??, numbers.next()??, numbers.next()??];
        numbers.next().is_none().then_some(Self(version))
    }

    fn ours() -> Option<Self> {
        Self::parse(env!("CARGO_PKG_VERSION"))
    }
}

fn number(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(f, "{major}.{minor}.{patch}")
    }
}

/// What was learnt last, and when somebody last asked, in the user's state folder: seconds since 1970, the version where
/// one was learnt, and the one that the person was told of.
struct Kept {
    asked: i64,
    newest: Option<Version>,
    told: Option<Version>,
}

impl Kept {
    fn file(settings: &Settings) -> Option<PathBuf> {
        folders::state(settings).map(|folder| folder.join("feed"))
    }

    fn read(settings: &Settings) -> Option<Self> {
        let file = Self::file(settings)?;
        let small = std::fs::metadata(&file).is_ok_and(|about| about.len() <= KEPT_MAX);
        let text = small.then(|| std::fs::read_to_string(file).ok())??;
        let mut words = text.split_ascii_whitespace();
        Some(Self {
            asked: words.next()?.parse().ok()?,
            newest: words.next().and_then(Version::parse),
            told: words.next().and_then(Version::parse),
        })
    }

    fn write(&self, settings: &Settings) -> std::io::Result<()> {
        use std::io::Write as _;
        let Some(path) = Self::file(settings) else {
            return Ok(());
        };
        let word = |version: Option<Version>| version.map_or("-".to_owned(), |v| v.to_string());
        let mut file = folders::open_own(&path)?;
        file.set_len(0)?;
        writeln!(
            file,
            "{} {} {}",
            self.asked,
            word(self.newest),
            word(self.told)
        )
    }

    fn is_due(&self, now: OffsetDateTime) -> bool {
        let age = now.unix_timestamp().saturating_sub(self.asked);
        // A clock that was set back makes it due.
        u64::try_from(age).map_or(true, |age| age >= FRESH.as_secs())
    }
}

/// The version that was announced, if it is newer than this program and there is a feed.
#[must_use]
pub fn newer(settings: &Settings) -> Option<String> {
    settings.feed.as_ref()?;
    let newest = Kept::read(settings)?.newest?;
    (newest > Version::ours()?).then(|| newest.to_string())
}

/// The version of [`newer`], once for each: whoever asks tells the person.
#[must_use]
pub fn to_tell(settings: &Settings) -> Option<String> {
    let newer = newer(settings)?;
    let kept = Kept::read(settings).filter(|kept| kept.told < kept.newest)?;
    let told = kept.newest;
    // Where it can't be kept, it would be told again and again.
    Kept { told, ..kept }.write(settings).ok()?;
    Some(newer)
}

/// Asks the feed, where there is one and nobody asked within a day. What it says is kept for [`newer`].
///
/// # Errors
/// A [`FeedError`]; the next try is a day later all the same.
pub async fn check(settings: &Settings, now: OffsetDateTime) -> Result<(), FeedError> {
    let Some(feed) = &settings.feed else {
        return Ok(());
    };
    let before = Kept::read(settings);
    if before.as_ref().is_some_and(|kept| !kept.is_due(now)) {
        return Ok(());
    }
    let keep = |newest| {
        let kept = Kept {
            asked: now.unix_timestamp(),
            newest,
            told: before.as_ref().and_then(|kept| kept.told),
        }
        .write(settings);
        kept.map_err(|error| FeedError::Kept(error.to_string()))
    };
    // Written first: where it can't be kept, nothing is asked again and again.
    let known = before.as_ref().and_then(|kept| kept.newest);
    keep(known)?;
    let site = Site::of(&feed.origin, settings)?;
    let newest = feed.key.read(&site.get(feed.address.as_str()).await?)?;
    // A word that is older than one that was heard is repeated by somebody.
    keep(known.max(Some(newest)))
}

#[cfg(test)]
mod tests {
    use kyso_support::{Key, KeyKind, sign_softly};

    use super::*;

    fn key(number: usize) -> Key {
        Key::pooled(KeyKind::P256, number).expect("openssl")
    }

    fn feed_key() -> FeedKey {
        FeedKey(VerifyingKey::from_public_key_der(key(0).public_key_der()).expect("a key"))
    }

    fn word(header: &str, payload: &str, signer: usize) -> String {
        let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        let signed = format!("{}.{}", part(header), part(payload));
        let signature = sign_softly(&key(signer), "ES256", signed.as_bytes()).expect("signed");
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }

    const HEADER: &str = r#"{"alg":"ES256","typ":"kyso-release-1"}"#;

    #[test]
    fn only_the_feeds_key_says_what_is_newest() {
        let check = |word: &str, expected: Result<&str, &str>| {
            let read = feed_key().read(word.as_bytes());
            let read = read.map(|v| v.to_string()).map_err(|e| e.to_string());
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(read, expected, "{word}");
        };
        let unsigned = Err("not signed by the feed's key");
        let form = Err("not the word of a release");
        let payload = r#"{"version":"1.20.3"}"#;
        let good = word(HEADER, payload, 0);
        check(&good, Ok("1.20.3"));
        check(&format!("{good}\n"), Ok("1.20.3"));
        check(&word(HEADER, payload, 1), unsigned);
        check(&good.replacen('e', "f", 1), unsigned);
        check("", unsigned);
        check("a.b", unsigned);
        check(&word(r#"{"alg":"ES256","typ":"other"}"#, payload, 0), form);
        check(
            &word(r#"{"alg":"none","typ":"kyso-release-1"}"#, payload, 0),
            form,
        );
        check(&word(HEADER, r#"{"version":"1.2"}"#, 0), form);
        check(&word(HEADER, r#"{"version":"1.2.3","url":"x"}"#, 0), form);
        check(&word(HEADER, "[]", 0), form);
    }

    #[test]
    fn versions_are_three_numbers_in_their_order() {
        let version = |text: &str| Version::parse(text);
        for wrong in [
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "1.2.03",
            "1.2.+3",
            "1.2.x",
            "1.2.99999999999",
        ] {
            assert_eq!(version(wrong), None, "{wrong}");
        }
        assert!(version("0.10.0") > version("0.9.9"));
        assert!(version("1.0.0") > version("0.99.99"));
        assert!(Version::ours().is_some());
    }

    #[test]
    fn an_address_is_https_and_carries_no_secret() {
        let check = |address: &str, good: bool| {
            assert_eq!(Feed::new(address, feed_key()).is_ok(), good, "{address}");
        };
        check("https://downloads.example/kyso", true);
        check("https://downloads.example:8443/kyso?channel=stable", true);
        check("http://downloads.example/kyso", false);
        check("https://an:secret@downloads.example/kyso", false);
        check("https://downloads.example/kyso#x", false);
        check("file:///etc/passwd", false);
    }

    #[test]
    fn it_is_asked_once_a_day() {
        let kept = Kept {
            asked: 1_000_000,
            newest: None,
            told: None,
        };
        let due = |at: i64| kept.is_due(OffsetDateTime::from_unix_timestamp(at).expect("a time"));
        assert!(!due(1_000_000));
        assert!(!due(1_000_000 + 86_399));
        assert!(due(1_000_000 + 86_400));
        assert!(due(999_999));
    }
}
