use std::path::Path;

use kyso_pkcs11::wire::{
    Attempt, Cause, Certificate, Fault, FileIdentity, Key, Listed, MAX_FRAME, Mechanism,
    PublicValue, Refusal, Reply, Request, SignRequest, TokenName, WireError, read_frame,
};
use kyso_pkcs11::{Hash, ModuleInfo, PinState, TokenInfo};
use proptest::collection::vec;
use proptest::prelude::*;

fn token() -> TokenInfo {
    TokenInfo {
        label: "thẻ".to_owned(),
        serial: "01".to_owned(),
        model: "m".to_owned(),
        manufacturer: "n".to_owned(),
        pin: PinState {
            low: true,
            final_try: false,
            locked: true,
            to_be_changed: false,
        },
        protected_path: true,
        login_required: false,
        pin_min: 4,
        pin_max: 8,
        rsa_pss: Some(false),
    }
}

fn name() -> TokenName {
    TokenName {
        label: "thẻ".to_owned(),
        serial: "01".to_owned(),
    }
}

fn fault(cause: Cause) -> Fault {
    Fault {
        function: "C_Sign".to_owned(),
        code: "DeviceError".to_owned(),
        cause,
    }
}

fn requests() -> Vec<Request> {
    let attempts = [
        Mechanism::RsaPkcs,
        Mechanism::RsaPss(Hash::Sha256),
        Mechanism::RsaPss(Hash::Sha384),
        Mechanism::RsaPss(Hash::Sha512),
        Mechanism::RsaRaw,
        Mechanism::Ecdsa,
    ];
    let sign = SignRequest {
        token: name(),
        certificate: vec![0x30, 0],
        id: vec![1],
        key: PublicValue::Rsa(vec![3; 4]),
        hidden: true,
        attempts: attempts
            .map(|mechanism| Attempt {
                mechanism,
                input: vec![7; 3],
            })
            .to_vec(),
        pin_follows: true,
    };
    vec![
        Request::Open {
            path: b"/usr/lib/x.so".to_vec(),
            file: FileIdentity {
                device: 7,
                number: u64::MAX,
            },
            reserved: Some("configdir=''".to_owned()),
        },
        Request::Slots,
        Request::Slot(u64::MAX),
        Request::Token(3),
        Request::Sign(sign.clone()),
        Request::SignUnlocked(sign),
        Request::ChangePin {
            token: name(),
            pins_follow: true,
        },
        Request::Unlock {
            token: name(),
            pin_follows: false,
        },
        Request::Lock,
    ]
}

fn replies() -> Vec<Reply> {
    let text = || "text".to_owned();
    let causes = [
        Cause::Other,
        Cause::PinIncorrect,
        Cause::PinLocked,
        Cause::PinExpired,
        Cause::PinForm,
        Cause::InUse,
        Cause::TokenAbsent,
        Cause::TokenUnrecognised,
        Cause::TokenUninitialised,
        Cause::Removed,
        Cause::Cancelled,
        Cause::Mechanism,
        Cause::ReadOnly,
    ];
    let mut all = vec![
        Reply::Opened(ModuleInfo {
            manufacturer: text(),
            description: text(),
            version: text(),
            cryptoki: text(),
        }),
        Reply::LoadFailed(text()),
        Reply::FileChanged,
        Reply::Token(token()),
        Reply::Done,
        Reply::Left,
        Reply::Slots(vec![0, 7, u64::MAX]),
        Reply::Listed(Listed {
            token: token(),
            certificates: vec![Certificate {
                id: vec![1],
                label: text(),
                der: vec![0x30, 0],
            }],
            keys: vec![
                Key {
                    id: vec![1],
                    value: Some(PublicValue::Ec(vec![4; 65])),
                },
                Key {
                    id: Vec::new(),
                    value: None,
                },
            ],
        }),
        Reply::Signature {
            attempt: 1,
            bytes: vec![9; 64],
        },
        Reply::Refused(Refusal::TokenAbsent),
        Reply::Refused(Refusal::KeyAbsent),
        Reply::Refused(Refusal::PinLocked),
        Reply::Refused(Refusal::PinForm { min: 4, max: 8 }),
        Reply::Refused(Refusal::NewPinForm { min: 4, max: 8 }),
        Reply::Refused(Refusal::PinNeeded),
        Reply::Refused(Refusal::Login {
            fault: fault(Cause::PinIncorrect),
            state: Some(token().pin),
            bounds: (4, 8),
        }),
        Reply::Refused(Refusal::MechanismMissing),
    ];
    all.extend(causes.map(|cause| Reply::Failed(fault(cause))));
    all
}

#[test]
fn every_message_comes_back_as_it_went() {
    for request in requests() {
        assert_eq!(Request::parse(&request.to_bytes()), Ok(request));
    }
    for reply in replies() {
        assert_eq!(Reply::parse(&reply.to_bytes()), Ok(reply));
    }
}

#[test]
fn no_message_is_taken_when_cut_or_lengthened() {
    let messages = replies().iter().map(Reply::to_bytes).collect::<Vec<_>>();
    for bytes in messages {
        for (length, _) in bytes.iter().enumerate() {
            let (cut, _) = bytes.split_at(length);
            assert!(Reply::parse(cut).is_err(), "{cut:?}");
        }
        assert_eq!(
            Reply::parse(&[&bytes[..], &[0]].concat()),
            Err(WireError::Trailing)
        );
    }
}

#[test]
fn a_list_longer_than_its_message_is_refused_before_it_is_built() {
    assert_eq!(
        Reply::parse(&[2, 0xff, 0xff, 0xff, 0xff]),
        Err(WireError::Cut)
    );
    assert_eq!(
        Reply::parse(&[4, 0xff, 0xff, 0xff, 0x7f]),
        Err(WireError::Cut)
    );
}

/// Whatever is taken says the same when it is written again: one message has one form.
fn check_any(bytes: &[u8]) {
    if let Ok(reply) = Reply::parse(bytes) {
        assert_eq!(reply.to_bytes(), bytes);
    }
    if let Ok(request) = Request::parse(bytes) {
        assert_eq!(request.to_bytes(), bytes);
    }
    if let Ok(Some(body)) = read_frame(&mut &*bytes) {
        assert!(body.len() <= MAX_FRAME && body.len() <= bytes.len());
    }
}

#[test]
fn kept_inputs_of_the_fuzzer_are_harmless() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let mut count = 0;
    for target in ["request", "reply"] {
        for entry in std::fs::read_dir(corpus.join(target)).unwrap() {
            check_any(&std::fs::read(entry.unwrap().path()).unwrap());
            count += 1;
        }
    }
    assert!(count >= 10, "{count}");
}

proptest! {
    #[test]
    fn any_bytes_are_taken_or_refused_without_a_panic(bytes in vec(any::<u8>(), 0..600)) {
        check_any(&bytes);
    }

    #[test]
    fn damaged_messages_are_taken_or_refused_without_a_panic(
        pick in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let all: Vec<Vec<u8>> =
            requests().iter().map(Request::to_bytes).chain(replies().iter().map(Reply::to_bytes)).collect();
        let mut bytes = pick.get(&all).clone();
        let at = at.index(bytes.len());
        bytes.splice(at..=at, [byte]);
        check_any(&bytes);
    }
}
