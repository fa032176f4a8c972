//! This computer's keys, in a real keychain and without one.

use kyso_agent::device_key::{DeviceKeys, Keeping, Without};
use kyso_protocol::{Algorithm, Answer, AskId, DeviceKey, Origin, Outcome, Refusal, Token};
use kyso_support::{Bus, Keyring};

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

#[test]
fn without_a_keychain_keys_end_with_the_program() {
    block_on(async {
        let keys = DeviceKeys::at(NOWHERE, Without::Memory);
        assert_eq!(keys.keeping(), None);
        let first = vouched(&keys, A).await;
        assert_eq!(keys.keeping(), Some(Keeping::Memory));
        assert!(first.is_some());
        assert_eq!(vouched(&keys.clone(), A).await, first);
        assert_ne!(vouched(&keys, B).await, first);
        let next = DeviceKeys::at(NOWHERE, Without::Memory);
        assert_ne!(vouched(&next, A).await, first);
        let short = DeviceKeys::at(NOWHERE, Without::Nothing);
        assert_eq!(short.probe().await, Keeping::Memory);
        assert_eq!(vouched(&short, A).await, None);
    });
}

#[test]
fn a_bus_without_a_keychain_is_none() {
    let Some(bus) = Bus::start().expect("a bus") else {
        return;
    };
    let keys = DeviceKeys::at(bus.address(), Without::Memory);
    assert_eq!(block_on(keys.probe()), Keeping::Memory);
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

#[test]
fn a_refusal_carries_no_proof_and_nothing_shows_a_key() {
    let keys = DeviceKeys::at(NOWHERE, Without::Memory);
    let origin = Origin::parse(A).expect("an origin");
    let refused = answer(Outcome::Refusal(Refusal::Cancelled));
    let vouched = block_on(keys.vouch(&origin, STATEMENT, refused));
    assert!(matches!(vouched.outcome, Outcome::Refusal(_)));
    assert_eq!(format!("{keys:?}"), "DeviceKeys(None)");
}
