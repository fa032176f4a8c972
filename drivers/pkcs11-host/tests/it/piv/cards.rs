use kyso_pkcs11::{Hash, KeyRef, PinState, Scheme, SignError};
use kyso_support::{Authority, Key, KeyKind, Name};

use super::card::{Card, Slot};
use super::reader::Reader;
use crate::rig::{PIN, draft, sign, validity, verifies};

const PSS: Scheme = Scheme::RsaPss(Hash::Sha256);

/// RSA for authentication, P-256 in the slot that wants the PIN every time.
pub(super) fn card() -> Card {
    let (from, to) = validity();
    let root = Authority::root(
        Name::new().cn("Gốc thẻ"),
        Key::pooled(KeyKind::P256, 0).unwrap(),
        from,
        to,
    )
    .unwrap();
    let slot = |reference, kind, name| {
        let key = Key::pooled(kind, 3).unwrap();
        let certificate = root.issue(&draft(name, &key)).unwrap();
        Slot {
            reference,
            key,
            certificate,
        }
    };
    Card::new(
        PIN,
        vec![
            slot(0x9a, KeyKind::Rsa(2048), "Xác thực"),
            slot(0x9c, KeyKind::P256, "Ký"),
        ],
    )
}

fn keys(reader: &Reader) -> Vec<KeyRef> {
    reader.token().certificates
}

#[test]
fn a_card_signs_also_with_the_key_that_asks_every_time() {
    let Some(reader) = Reader::start() else {
        return;
    };
    let card = card();
    let counter = card.counter.clone();
    let inserted = reader.insert(card);
    let keys = keys(&reader);
    assert_eq!(keys.len(), 2, "{:?}", reader.tokens.list());
    let signature = sign(&reader.tokens, &keys[0], PSS, PIN).unwrap();
    assert!(verifies(&keys[0], PSS, &signature));
    let before = counter.shown();
    let signature = sign(&reader.tokens, &keys[1], Scheme::Ecdsa, PIN).unwrap();
    assert!(verifies(&keys[1], Scheme::Ecdsa, &signature));
    assert_eq!(counter.shown() - before, 2);
    drop(inserted);
}

#[test]
fn one_try_left_is_told_before_it_is_spent_and_a_lock_costs_nothing() {
    let Some(reader) = Reader::start() else {
        return;
    };
    let card = card();
    let counter = card.counter.clone();
    let inserted = reader.insert(card);
    let key = keys(&reader).remove(0);
    let wrong = || sign(&reader.tokens, &key, PSS, "111111");
    assert!(matches!(
        wrong(),
        Err(SignError::PinWrong {
            state: Some(PinState {
                final_try: false,
                ..
            })
        })
    ));
    assert!(matches!(
        wrong(),
        Err(SignError::PinWrong {
            state: Some(PinState {
                final_try: true,
                ..
            })
        })
    ));
    assert!(reader.token().token.pin.final_try);
    assert_eq!(counter.shown(), 2);
    assert_eq!(wrong(), Err(SignError::PinLocked));
    assert!(reader.token().token.pin.locked);
    assert_eq!(counter.shown(), 3);
    assert_eq!(
        sign(&reader.tokens, &key, PSS, PIN),
        Err(SignError::PinLocked)
    );
    assert_eq!(counter.shown(), 3);
    drop(inserted);
}

#[test]
fn a_card_that_was_pulled_is_absent_and_found_again_when_put_back() {
    let Some(reader) = Reader::start() else {
        return;
    };
    let inserted = reader.insert(card());
    let key = keys(&reader).remove(0);
    let card = reader.pull(inserted);
    assert_eq!(
        sign(&reader.tokens, &key, PSS, PIN),
        Err(SignError::TokenAbsent)
    );
    let inserted = reader.insert(card);
    let signature = sign(&reader.tokens, &key, PSS, PIN).unwrap();
    assert!(verifies(&key, PSS, &signature));
    drop(inserted);
}
