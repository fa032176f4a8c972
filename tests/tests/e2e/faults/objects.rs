//! Tokens with odd things on them: certificates without keys, keys without certificates, labels that are none.

use kyso_faulty_module::{Class, Token};
use kyso_support::{Draft, Key, KeyKind, Name};

use super::case::{ACCEPTED, Case, FAULTY, World, key_and_certificate, object, token, validity};

pub(crate) fn cases(world: &World) -> Vec<Case> {
    let with = |name: &str, expected, change: &dyn Fn(&mut Token)| {
        let mut case = world.case(name, Vec::new(), expected);
        change(&mut case.tokens[0]);
        case
    };
    let other = Key::pooled(KeyKind::P256, 3).unwrap();
    let others = key_and_certificate(&world.authority, &other, "NGƯỜI KHÁC");
    let labels: [&[u8]; 5] = [
        b"",
        b"\xff\xfe\xc3",
        b"k\0y\0",
        b"\x1b[2J\r\n",
        "\u{202e}".as_bytes(),
    ];
    let label = |label: &[u8]| {
        with(&format!("objects' label {label:?}"), ACCEPTED, &|token| {
            token
                .objects
                .iter_mut()
                .for_each(|object| object.label = label.into());
        })
    };
    let token_label = |label: &[u8]| {
        with(&format!("token's label {label:?}"), ACCEPTED, &|token| {
            token.label = label.into();
        })
    };
    let mut all: Vec<Case> = labels
        .into_iter()
        .flat_map(|text| [label(text), token_label(text)])
        .collect();
    all.extend([
        with("a certificate without a key", "KEY-ABSENT", &|token| {
            drop(token.objects.remove(0));
        }),
        with("a key without a certificate", "TOKEN-EMPTY", &|token| {
            drop(token.objects.remove(1));
        }),
        with("an empty token", "TOKEN-EMPTY", &|token| {
            token.objects.clear();
        }),
        with(
            "two certificates with one CKA_ID, the other first",
            ACCEPTED,
            &|token| token.objects.insert(1, others[1].clone()),
        ),
        with(
            "two certificates with one CKA_ID, the other last",
            ACCEPTED,
            &|token| token.objects.push(others[1].clone()),
        ),
        with(
            "the other of two certificates with one CKA_ID",
            "KEY-ABSENT",
            &|token| {
                let own = key_and_certificate(&world.authority, &other, FAULTY).remove(1);
                token.objects[1] = own;
            },
        ),
        with(
            "two keys with one CKA_ID, the other first",
            ACCEPTED,
            &|token| token.objects.insert(0, others[0].clone()),
        ),
        with(
            "another key under the certificate's CKA_ID",
            "KEY-ABSENT",
            &|token| token.objects[0] = others[0].clone(),
        ),
        with("another public key beside it", "TOKEN-EMPTY", &|token| {
            token
                .objects
                .push(object(Class::PublicKey, other.pkcs8_der()));
        }),
        with("no CKA_ID anywhere", ACCEPTED, &|token| {
            token
                .objects
                .iter_mut()
                .for_each(|object| object.id = Vec::new()[..].into());
        }),
        with("another CKA_ID at the key", ACCEPTED, &|token| {
            token.objects[0].id = [9; 300][..].into();
        }),
        with("a certificate that is none", "TOKEN-EMPTY", &|token| {
            token.objects[1].value = [0x30, 3, 1, 2, 3][..].into();
        }),
        with("a certificate of no bytes", "TOKEN-EMPTY", &|token| {
            token.objects[1].value = [][..].into();
        }),
        with("a certificate of 20000 bytes", "TOKEN-EMPTY", &|token| {
            token.objects[1].value = [0x30; 20_000][..].into();
        }),
        with(
            "a certificate with bytes behind it",
            "TOKEN-EMPTY",
            &|token| token.objects[1].value.0.push(0),
        ),
        with(
            "a thousand certificates that are none",
            ACCEPTED,
            &|token| {
                token
                    .objects
                    .extend(vec![object(Class::Certificate, b"none"); 1000]);
            },
        ),
        with("a serial number of blanks", ACCEPTED, &|token| {
            token.serial = "  ".to_owned();
        }),
    ]);
    all.extend([no_token(world), many_slots(world), expired(world)]);
    all
}

fn no_token(world: &World) -> Case {
    Case {
        tokens: Vec::new(),
        ..world.case("a module without slots", Vec::new(), "TOKEN-ABSENT")
    }
}

fn many_slots(world: &World) -> Case {
    let mut case = world.case("a token in the fortieth slot", Vec::new(), ACCEPTED);
    let empty = (0..39).map(|number| token(&format!("thẻ trống {number}"), Vec::new()));
    case.tokens.splice(0..0, empty);
    case
}

fn expired(world: &World) -> Case {
    let mut case = world.case("an expired certificate", Vec::new(), "CERT-EXPIRED");
    let (from, _) = validity();
    let key = Key::pooled(KeyKind::P256, 1).unwrap();
    let until = from + time::Duration::minutes(1);
    let draft = Draft::new(Name::new().cn(FAULTY), &key, from, until).subscriber();
    let issued = world.authority.issue(&draft).unwrap();
    case.tokens[0].objects[1].value = issued.der().into();
    case
}
