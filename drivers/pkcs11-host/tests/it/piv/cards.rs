use std::time::{Duration, Instant};

use kyso_pkcs11::{DriverError, Hash, KeyRef, PinState, Scheme, SignError};
use kyso_support::{Authority, Card, CardKey, Key, KeyKind, Name, PulledAt};

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
        CardKey {
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
    let counter = card.pins_shown();
    let inserted = reader.insert(card);
    let keys = keys(&reader);
    assert_eq!(keys.len(), 2, "{:?}", reader.tokens.list());
    let signature = sign(&reader.tokens, &keys[0], PSS, PIN).unwrap();
    assert!(verifies(&keys[0], PSS, &signature));
    let before = counter.count();
    let signature = sign(&reader.tokens, &keys[1], Scheme::Ecdsa, PIN).unwrap();
    assert!(verifies(&keys[1], Scheme::Ecdsa, &signature));
    assert_eq!(counter.count() - before, 2);
    drop(inserted);
}

#[test]
fn one_try_left_is_told_before_it_is_spent_and_a_lock_costs_nothing() {
    let Some(reader) = Reader::start() else {
        return;
    };
    let card = card();
    let counter = card.pins_shown();
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
    assert_eq!(counter.count(), 2);
    assert_eq!(wrong(), Err(SignError::PinLocked));
    assert!(reader.token().token.pin.locked);
    assert_eq!(counter.count(), 3);
    assert_eq!(
        sign(&reader.tokens, &key, PSS, PIN),
        Err(SignError::PinLocked)
    );
    assert_eq!(counter.count(), 3);
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

/// What the module makes of it is its own: that the device is gone, or that something failed.
fn check_pulled(at: PulledAt) {
    let Some(reader) = Reader::start() else {
        return;
    };
    let mut card = card();
    card.pull_at(at);
    let shown = card.pins_shown();
    let inserted = reader.insert(card);
    let key = keys(&reader).remove(0);
    let begun = Instant::now();
    let error = sign(&reader.tokens, &key, PSS, PIN).unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(10));
    let failed = matches!(error, SignError::Driver(DriverError::ModuleFailed { .. }));
    assert!(failed || error == SignError::TokenRemoved, "{error:?}");
    let card = reader.pull(inserted);
    let before = shown.count();
    let inserted = reader.insert(card);
    // Nothing was tried by itself meanwhile.
    assert_eq!(shown.count(), before);
    assert!(!reader.token().token.pin.low);
    let signature = sign(&reader.tokens, &key, PSS, PIN).unwrap();
    assert!(verifies(&key, PSS, &signature));
    drop(inserted);
}

#[test]
fn a_card_pulled_in_the_middle_of_a_pin_is_not_tried_again() {
    check_pulled(PulledAt::Pin);
}

#[test]
fn a_card_pulled_in_the_middle_of_a_signature_is_not_tried_again() {
    check_pulled(PulledAt::Signature);
}
