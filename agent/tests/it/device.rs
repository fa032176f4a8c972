//! This computer's keys, in a real keychain and without one.

use std::collections::HashMap;
use std::io::Write as _;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use kyso_agent::device_key::{DeviceKeys, Keeping, Without};
use kyso_protocol::{Algorithm, Answer, AskId, DeviceKey, Origin, Outcome, Refusal, Token};
use kyso_support::{Bus, Keyring, Role};
use secret_service::{EncryptionType, SecretService};

use crate::fetch::world;
use crate::person::{PIN, Person, accepted, statement};
use crate::server::{Rule, Server};

const STATEMENT: &[u8] = b"{}";
const NOWHERE: &str = "unix:path=/nowhere";

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(future)
}

fn token() -> Token {
    Token::new(b"certificate".to_vec(), Algorithm::ES256, vec![1; 64], None)
}

fn answer(outcome: Outcome) -> Answer {
    let ask = AskId::from_bytes([9; 16]);
    Answer { ask, outcome }
}

/// The key that vouched for an answer, after its proof was verified.
async fn vouched(keys: &DeviceKeys, origin: &str) -> Option<DeviceKey> {
    let origin = Origin::parse(origin).expect("an origin");
    let answer = answer(Outcome::Token(token(), None));
    match keys.vouch(&origin, STATEMENT, answer).await.outcome {
        Outcome::Token(token, proof) => {
            let proof = proof?;
            let key = proof.verify(STATEMENT, &token).expect("a right proof");
            assert!(
                proof.verify(b"{ }", &token).is_err(),
                "of another statement"
            );
            Some(key.clone())
        }
        Outcome::Refusal(_) => panic!("the answer was a token"),
    }
}

const A: &str = "https://a.example";
const B: &str = "https://b.example";

#[test]
fn a_portal_knows_this_computer_again_and_no_two_portals_know_the_same() {
    let Some(keyring) = Keyring::start().expect("a keychain") else {
        return;
    };
    let keys = || DeviceKeys::at(keyring.address(), Without::Nothing);
    let (first, other, again) = block_on(async {
        let first = keys();
        assert_eq!(first.probe().await, Keeping::Kept);
        let (a, b) = (vouched(&first, A).await, vouched(&first, B).await);
        assert_eq!(vouched(&first, A).await, a);
        (a, b, vouched(&keys(), A).await)
    });
    assert!(first.is_some() && other.is_some());
    assert_ne!(first, other);
    assert_eq!(first, again, "another program of the same user");
}

/// Puts something else in the place of every key that is kept for a portal.
async fn spoil(bus: &str, portal: &str, entry: &[u8]) -> usize {
    let bus = zbus::connection::Builder::address(bus).expect("an address");
    let bus = bus.build().await.expect("the bus");
    let service = SecretService::connect_with_existing(EncryptionType::Dh, bus).await;
    let service = service.expect("the keychain");
    let collection = service.get_default_collection().await.expect("there");
    let wanted = HashMap::from([("application", "kyso"), ("portal", portal)]);
    let items = collection.search_items(wanted).await.expect("searched");
    for item in &items {
        assert_eq!(item.get_secret().await.expect("readable").len(), 32);
        item.set_secret(entry, "text/plain").await.expect("written");
    }
    items.len()
}

#[test]
fn an_entry_that_is_no_key_is_replaced_by_one() {
    let Some(keyring) = Keyring::start().expect("a keychain") else {
        return;
    };
    let keys = DeviceKeys::at(keyring.address(), Without::Nothing);
    block_on(async {
        let mut before = vouched(&keys, A).await;
        for entry in [&b"short"[..], &[0; 32], &[0xff; 32], &[7; 33]] {
            assert_eq!(spoil(keyring.address(), A, entry).await, 1);
            let after = vouched(&keys, A).await;
            assert!(after.is_some() && after != before, "{entry:?}");
            assert_eq!(vouched(&keys, A).await, after);
            before = after;
        }
    });
}

#[test]
fn without_a_keychain_keys_end_with_the_program() {
    block_on(async {
        let keys = DeviceKeys::at(NOWHERE, Without::Memory);
        assert_eq!(keys.keeping(), None);
        let first = vouched(&keys, A).await;
        assert_eq!(keys.keeping(), Some(Keeping::Absent));
        assert!(first.is_some());
        assert_eq!(vouched(&keys.clone(), A).await, first);
        assert_ne!(vouched(&keys, B).await, first);
        let next = DeviceKeys::at(NOWHERE, Without::Memory);
        assert_ne!(vouched(&next, A).await, first);
        let short = DeviceKeys::at(NOWHERE, Without::Nothing);
        assert_eq!(short.probe().await, Keeping::Absent);
        assert_eq!(vouched(&short, A).await, None);
    });
}

#[test]
fn a_bus_without_a_keychain_is_none() {
    let Some(bus) = Bus::start().expect("a bus") else {
        return;
    };
    let keys = DeviceKeys::at(bus.address(), Without::Memory);
    assert_eq!(block_on(keys.probe()), Keeping::Absent);
}

#[test]
fn a_locked_keychain_is_found_locked_and_nobody_is_asked() {
    let Some(keyring) = Keyring::start().expect("a keychain") else {
        return;
    };
    keyring.lock().expect("locked");
    let keys = DeviceKeys::at(keyring.address(), Without::Memory);
    assert_eq!(block_on(keys.probe()), Keeping::Locked);
}

/// Unlocks what was locked, in the person's place.
async fn unlock(bus: &str) {
    const SERVICE: &str = "org.freedesktop.secrets";
    const PATH: &str = "/org/freedesktop/secrets";
    let bus = zbus::connection::Builder::address(bus).expect("an address");
    let bus = bus.build().await.expect("the bus");
    let interface = "org.freedesktop.Secret.Service";
    let plain = ("plain", zbus::zvariant::Value::from(""));
    let opened = bus
        .call_method(Some(SERVICE), PATH, Some(interface), "OpenSession", &plain)
        .await
        .expect("a session");
    let body = opened.body();
    let (_, session): (zbus::zvariant::OwnedValue, zbus::zvariant::OwnedObjectPath) =
        body.deserialize().expect("its path");
    let login = zbus::zvariant::ObjectPath::from_static_str_unchecked(
        "/org/freedesktop/secrets/collection/login",
    );
    let password = b"sample password".as_slice();
    let secret = (&session, [0_u8; 0].as_slice(), password, "text/plain");
    let interface = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface";
    let method = "UnlockWithMasterPassword";
    bus.call_method(
        Some(SERVICE),
        PATH,
        Some(interface),
        method,
        &(login, secret),
    )
    .await
    .expect("unlocked");
}

#[test]
fn nobody_unlocks_the_keychain_and_the_key_in_it_stays_this_computers() {
    let Some(keyring) = Keyring::start().expect("a keychain") else {
        return;
    };
    let linked = block_on(vouched(
        &DeviceKeys::at(keyring.address(), Without::Memory),
        A,
    ));
    keyring.lock().expect("locked");
    let keys = DeviceKeys::at(keyring.address(), Without::Memory);
    block_on(async {
        assert_eq!(vouched(&keys, A).await, None);
        assert_eq!(keys.keeping(), Some(Keeping::Locked));
        assert!(!keys.forgets(), "no key is in memory");
        unlock(keyring.address()).await;
        assert_eq!(vouched(&keys, A).await, linked);
    });
}

#[test]
fn a_keychain_that_comes_later_keeps_what_portals_have_seen_unless_it_has_a_key() {
    let Some(keyring) = Keyring::start().expect("a keychain") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let later = folder.path().join("bus");
    let keys = DeviceKeys::at(&format!("unix:path={}", later.display()), Without::Memory);
    let own = || DeviceKeys::at(keyring.address(), Without::Nothing);
    block_on(async {
        let linked = vouched(&own(), A).await;
        let (a, b) = (vouched(&keys, A).await, vouched(&keys, B).await);
        assert!(a.is_some() && b.is_some() && a != linked);
        let bus = keyring.address().strip_prefix("unix:path=");
        std::os::unix::fs::symlink(bus.expect("a path"), &later).expect("linked");
        assert_eq!(vouched(&keys, A).await, linked);
        assert_eq!(vouched(&keys, B).await, b);
        assert_eq!(vouched(&own(), B).await, b);
        assert!(!keys.forgets());
    });
}

#[test]
fn a_refusal_carries_no_proof_and_nothing_shows_a_key() {
    let keys = DeviceKeys::at(NOWHERE, Without::Memory);
    let origin = Origin::parse(A).expect("an origin");
    let refused = answer(Outcome::Refusal(Refusal::Cancelled));
    let vouched = block_on(keys.vouch(&origin, STATEMENT, refused));
    assert!(matches!(vouched.outcome, Outcome::Refusal(_)));
    assert_eq!(format!("{keys:?}"), "DeviceKeys(None)");
}

/// What a portal stated, and what it was answered.
#[derive(Default)]
struct Told {
    statement: Vec<u8>,
    answer: Vec<u8>,
}

/// A portal that keeps what it says and hears.
fn attentive() -> (Server, Arc<Mutex<Told>>) {
    let told = Arc::<Mutex<Told>>::default();
    let (port, kept) = (Arc::new(Mutex::new(0)), Arc::clone(&told));
    let own = Arc::clone(&port);
    let rule: Rule = Arc::new(move |request| {
        let mut kept = kept.lock().expect("no test panicked with it");
        let body = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            let body = text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
            body.unwrap_or_default().into_bytes()
        };
        if request.starts_with("GET ") {
            let reply = statement(*own.lock().expect("no test panicked with it"));
            kept.statement = body(&reply);
            reply
        } else {
            kept.answer = body(request.as_bytes());
            accepted()
        }
    });
    let server = Server::answering(&world().identity, rule);
    *port.lock().expect("no test panicked with it") = server.address.port();
    (server, told)
}

/// Signs in with the keychain on this bus; the key that vouched.
fn signed_in(person: &Person, told: &Mutex<Told>, bus: &str) -> Option<DeviceKey> {
    let mut kyso = person.sign_in();
    kyso.args(["--yes", "--pin-fd", "0", "--print-return"])
        .env("DBUS_SESSION_BUS_ADDRESS", bus)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut running = kyso.spawn().expect("kyso was built");
    let mut stdin = running.stdin.take().expect("a pipe");
    writeln!(stdin, "{PIN}").expect("written");
    assert!(running.wait().expect("it ends").success());
    let told = told.lock().expect("no test panicked with it");
    let answer = Answer::parse(&told.answer).expect("an answer");
    match answer.outcome {
        Outcome::Token(token, proof) => proof.map(|proof| {
            proof
                .verify(&told.statement, &token)
                .expect("right")
                .clone()
        }),
        Outcome::Refusal(_) => panic!("refused"),
    }
}

#[test]
fn every_answer_carries_the_proof_of_this_computer_from_the_first_one_on() {
    let Some(keyring) = Keyring::start().expect("a keychain") else {
        return;
    };
    let (server, told) = attentive();
    let Some(person) = Person::at(server, &[Role::Citizen]) else {
        return;
    };
    let first = signed_in(&person, &told, keyring.address());
    assert!(first.is_some());
    assert_eq!(signed_in(&person, &told, keyring.address()), first);
    assert_eq!(signed_in(&person, &told, NOWHERE), None);
}
