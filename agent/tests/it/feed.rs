//! The word about newer versions, from a real server.

use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use kyso_agent::channel::deep_link::PortalError;
use kyso_agent::feed::{self, Feed, FeedError, FeedKey};
use kyso_agent::settings::{ListedPortal, Settings};
use kyso_certs::Certificate;
use kyso_protocol::Origin;
use kyso_support::{Key, KeyKind, sign_softly};
use time::{Duration, OffsetDateTime};

use crate::fetch::{HOST, world};
use crate::person::reply_with;
use crate::server::Server;

fn key() -> Key {
    Key::pooled(KeyKind::P256, 0).expect("openssl")
}

fn word(version: &str) -> Vec<u8> {
    let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let header = part(r#"{"alg":"ES256","typ":"kyso-release-1"}"#);
    let signed = format!(
        "{header}.{}",
        part(&format!(r#"{{"version":"{version}"}}"#))
    );
    let signature = sign_softly(&key(), "ES256", signed.as_bytes()).expect("signed");
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)).into_bytes()
}

/// The feed's public key.
pub(crate) fn pem() -> String {
    let der = BASE64_URL_SAFE_NO_PAD.encode(key().public_key_der());
    format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        pad(&der.replace('-', "+").replace('_', "/"))
    )
}

fn settings(folder: &Path, server: &Server) -> Settings {
    let origin = format!("https://{HOST}:{}", server.address.port());
    let key = FeedKey::from_bytes(pem().as_bytes()).expect("a key");
    let root = Certificate::from_der(world().pki.tls.certificate().der()).expect("a certificate");
    Settings {
        state_folder: Some(folder.to_owned()),
        feed: Some(Feed::new(&format!("{origin}/newest"), key).expect("an address")),
        portals: vec![ListedPortal {
            origin: Origin::parse(&origin).expect("an origin"),
            name: None,
            tls_roots: vec![root],
        }],
        ..Settings::default()
    }
}

fn pad(base64: &str) -> String {
    let missing = (4 - base64.len() % 4) % 4;
    format!("{base64}{}", "=".repeat(missing))
}

fn check(settings: &Settings, now: OffsetDateTime) -> Result<(), FeedError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime
        .expect("a runtime")
        .block_on(feed::check(settings, now))
}

fn asked(server: &Server) -> usize {
    server.requests.lock().expect("done").len()
}

#[test]
fn a_newer_version_is_told_and_asked_for_once_a_day() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(&world().identity, reply_with("text/plain", &word("99.0.1")));
    let settings = settings(folder.path(), &server);
    let now = OffsetDateTime::now_utc();
    assert_eq!(feed::newer(&settings), None);
    for hours in 0..24 {
        check(&settings, now + Duration::hours(hours)).expect("learnt");
    }
    assert_eq!(feed::newer(&settings).as_deref(), Some("99.0.1"));
    assert_eq!(asked(&server), 1);
    check(&settings, now + Duration::hours(24)).expect("learnt");
    assert_eq!(asked(&server), 2);
    let head = server
        .requests
        .lock()
        .expect("done")
        .concat()
        .to_lowercase();
    assert!(head.starts_with("get /newest http/1.1"), "{head}");
    assert!(!head.contains("cookie"), "{head}");
}

#[test]
fn an_older_word_takes_nothing_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let now = OffsetDateTime::now_utc();
    for (days, version, newest) in [
        (0, "99.0.1", "99.0.1"),
        (1, "98.0.0", "99.0.1"),
        (2, "99.1.0", "99.1.0"),
    ] {
        let server = Server::start(&world().identity, reply_with("text/plain", &word(version)));
        let settings = settings(folder.path(), &server);
        check(&settings, now + Duration::days(days)).expect("learnt");
        assert_eq!(feed::newer(&settings).as_deref(), Some(newest));
    }
}

#[test]
fn each_newer_version_is_told_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let now = OffsetDateTime::now_utc();
    for (days, version, told) in [
        (0, "0.0.1", None),
        (1, "99.0.1", Some("99.0.1")),
        (2, "99.0.1", None),
        (3, "98.0.0", None),
        (4, "99.1.0", Some("99.1.0")),
    ] {
        let server = Server::start(&world().identity, reply_with("text/plain", &word(version)));
        let settings = settings(folder.path(), &server);
        check(&settings, now + Duration::days(days)).expect("learnt");
        assert_eq!(feed::to_tell(&settings).as_deref(), told, "{version}");
        assert_eq!(feed::to_tell(&settings), None);
    }
}

#[test]
fn nothing_is_asked_where_nobody_set_a_feed() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(&world().identity, reply_with("text/plain", &word("99.0.1")));
    let set = settings(folder.path(), &server);
    let now = OffsetDateTime::now_utc();
    let off = Settings {
        feed: None,
        ..set.clone()
    };
    check(&off, now).expect("nothing to do");
    assert_eq!(asked(&server), 0);
    check(&set, now).expect("learnt");
    assert_eq!(feed::newer(&off), None, "what was learnt before");
}

#[test]
fn only_a_signed_word_counts_and_only_from_the_place_that_was_set() {
    let reply = |body: &[u8]| reply_with("text/plain", body);
    let mut forged = word("99.0.1");
    forged.extend(b"A");
    let moved = b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n".to_vec();
    let check = |reply: Vec<u8>, expected: fn(&FeedError) -> bool| {
        let folder = tempfile::tempdir().expect("a folder");
        let server = Server::start(&world().identity, reply);
        let settings = settings(folder.path(), &server);
        let now = OffsetDateTime::now_utc();
        let error = check(&settings, now).expect_err("refused");
        assert!(expected(&error), "{error}");
        assert_eq!(feed::newer(&settings), None);
        check(&settings, now).expect("not asked again");
        assert_eq!(asked(&server), 1);
    };
    check(reply(&forged), |error| {
        matches!(error, FeedError::Signature)
    });
    check(reply(b"99.0.1"), |error| {
        matches!(error, FeedError::Signature)
    });
    check(reply(&word("newest")), |error| {
        matches!(error, FeedError::Form)
    });
    check(moved, |error| {
        matches!(error, FeedError::Fetch(PortalError::Redirected))
    });
    check(reply(&[b'a'; 4097]), |error| {
        matches!(error, FeedError::Fetch(PortalError::TooLong))
    });
}

#[test]
fn a_version_that_is_not_newer_is_none() {
    for version in ["0.0.1", env!("CARGO_PKG_VERSION")] {
        let folder = tempfile::tempdir().expect("a folder");
        let server = Server::start(&world().identity, reply_with("text/plain", &word(version)));
        let settings = settings(folder.path(), &server);
        check(&settings, OffsetDateTime::now_utc()).expect("learnt");
        assert_eq!(feed::newer(&settings), None, "{version}");
    }
}

/// As `docs/policy.md` tells administrators to make it.
const BY_HAND: &str = r#"
base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
word=$(printf '{"alg":"ES256","typ":"kyso-release-1"}' | base64url).$(printf '{"version":"99.1.2"}' | base64url)
signature=$(printf %s "$word" | openssl dgst -sha256 -sign feed.key | openssl asn1parse -inform DER |
    perl -ne 'print pack("H*", sprintf("%64s", $1) =~ tr/ /0/r) if /INTEGER.*:([0-9A-F]+)/' | base64url)
echo "$word.$signature"
"#;

#[test]
fn a_word_that_was_made_by_hand_counts() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("feed.key"), key().pkcs8_pem()).expect("written");
    let mut shell = std::process::Command::new("sh");
    let made = shell
        .args(["-c", BY_HAND])
        .current_dir(folder.path())
        .output();
    let made = made.expect("sh").stdout;
    let server = Server::start(&world().identity, reply_with("text/plain", &made));
    let settings = settings(folder.path(), &server);
    check(&settings, OffsetDateTime::now_utc()).expect("learnt");
    assert_eq!(feed::newer(&settings).as_deref(), Some("99.1.2"));
}
