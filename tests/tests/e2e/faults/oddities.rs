//! Faults that belong to one function or one token: lies about lengths and states, PIN states, PIN pads, files that are
//! no module.

use std::path::{Path, PathBuf};

use kyso_faulty_module::codes::*;
use kyso_faulty_module::{Fault, Misdeed, without_symbol};
use kyso_support::{Key, KeyKind};

use super::case::{ACCEPTED, Cancels, Case, FAULTY, Late, PIN, World, key_and_certificate, token};
use super::objects;

const HUGE: u64 = 1 << 40;

pub(crate) fn cases(world: &World, folder: &Path) -> Vec<Case> {
    [
        lies(world),
        states(world),
        pins(world),
        pads(world),
        objects::cases(world),
        rsa(world),
        files(world, folder),
        left_behind(world),
        cancelled(world),
    ]
    .concat()
}

fn at(world: &World, function: &str, what: Misdeed, expected: &'static str) -> Case {
    let name = format!("{function}: {what:?}");
    world.case(&name, vec![Fault::at(function, what)], expected)
}

/// Lengths, numbers and values that aren't true.
fn lies(world: &World) -> Vec<Case> {
    use Misdeed::{Endless, Garbled, Length, Longer, OtherKey, ProbeLength, Shorter};
    let rows: &[(&str, Misdeed, &str)] = &[
        ("C_Sign", Length(0), "SIGNATURE-INVALID"),
        ("C_Sign", Length(7), "SIGNATURE-INVALID"),
        ("C_Sign", Length(HUGE), "SIGNATURE-INVALID"),
        ("C_Sign", Length(u64::MAX), "SIGNATURE-INVALID"),
        ("C_Sign", ProbeLength(0), ACCEPTED),
        ("C_Sign", ProbeLength(HUGE), ACCEPTED),
        ("C_Sign", Shorter(1), "SIGNATURE-INVALID"),
        ("C_Sign", Longer(1), "SIGNATURE-INVALID"),
        ("C_Sign", Longer(100_000), "DRIVER-FAILED"),
        ("C_Sign", Garbled, "SIGNATURE-INVALID"),
        ("C_Sign", OtherKey, "SIGNATURE-INVALID"),
        ("C_GetAttributeValue", ProbeLength(0), ACCEPTED),
        ("C_GetAttributeValue", ProbeLength(HUGE), ACCEPTED),
        ("C_GetAttributeValue", Length(0), "TOKEN-EMPTY"),
        ("C_GetAttributeValue", Length(1), "TOKEN-EMPTY"),
        ("C_GetAttributeValue", Length(HUGE), "TOKEN-EMPTY"),
        ("C_GetAttributeValue", Length(u64::MAX), "TOKEN-EMPTY"),
        ("C_GetAttributeValue", Shorter(1), "TOKEN-EMPTY"),
        ("C_GetAttributeValue", Shorter(100_000), "TOKEN-EMPTY"),
        ("C_GetAttributeValue", Longer(1), "TOKEN-EMPTY"),
        ("C_GetAttributeValue", Longer(100_000), "TOKEN-EMPTY"),
        ("C_GetAttributeValue", Garbled, "TOKEN-EMPTY"),
        ("C_GetSlotList", Endless, "DRIVER-FAILED"),
        ("C_GetSlotList", Length(0), "TOKEN-ABSENT"),
        ("C_GetSlotList", Length(100), ACCEPTED),
        ("C_GetSlotList", Length(HUGE), ACCEPTED),
        ("C_GetSlotList", Length(u64::MAX), ACCEPTED),
        ("C_GetSlotList", ProbeLength(0), ACCEPTED),
        ("C_GetSlotList", ProbeLength(HUGE), ACCEPTED),
        ("C_GetMechanismList", Endless, ACCEPTED),
        ("C_GetMechanismList", Length(0), ACCEPTED),
        ("C_GetMechanismList", Length(HUGE), ACCEPTED),
        ("C_GetMechanismList", ProbeLength(HUGE), ACCEPTED),
        ("C_FindObjects", Endless, "TOKEN-EMPTY"),
        ("C_FindObjects", Length(0), "TOKEN-EMPTY"),
        ("C_FindObjects", Length(17), "TOKEN-EMPTY"),
        ("C_FindObjects", Length(HUGE), "TOKEN-EMPTY"),
        ("C_FindObjects", Length(u64::MAX), "TOKEN-EMPTY"),
    ];
    rows.iter()
        .map(|(function, what, expected)| at(world, function, what.clone(), expected))
        .collect()
}

/// Session states, token flags and clocks that aren't true.
fn states(world: &World) -> Vec<Case> {
    let session = [0, 1, 2, 3, 4, 77, u64::MAX];
    let session = session.map(|state| {
        at(
            world,
            "C_GetSessionInfo",
            Misdeed::SessionState(state),
            ACCEPTED,
        )
    });
    let flags = [
        (CKF_USER_PIN_LOCKED, "PIN-LOCKED"),
        (CKF_USER_PIN_FINAL_TRY, ACCEPTED),
        (CKF_USER_PIN_TO_BE_CHANGED, ACCEPTED),
        (u64::MAX, "PIN-LOCKED"),
    ];
    let flags =
        flags.map(|(flags, expected)| at(world, "C_GetTokenInfo", Misdeed::Flags(flags), expected));
    let clock = at(world, "C_GetTokenInfo", Misdeed::BrokenClock, ACCEPTED);
    session.into_iter().chain(flags).chain([clock]).collect()
}

/// What a token says to a PIN, and what isn't even tried.
fn pins(world: &World) -> Vec<Case> {
    let said = [
        (CKR_PIN_INCORRECT, "PIN-WRONG"),
        (CKR_PIN_LOCKED, "PIN-LOCKED"),
        (CKR_PIN_EXPIRED, "PIN-MUST-CHANGE"),
        (CKR_PIN_INVALID, "PIN-FORM"),
        (CKR_PIN_LEN_RANGE, "PIN-FORM"),
        (CKR_USER_ALREADY_LOGGED_IN, "TOKEN-BUSY"),
        (CKR_USER_PIN_NOT_INITIALIZED, "TOKEN-EMPTY"),
        (CKR_TOKEN_NOT_RECOGNIZED, "TOKEN-UNKNOWN"),
    ];
    let said = said.into_iter().flat_map(|(code, expected)| {
        [Misdeed::Code(code), Misdeed::CodeAfter(code)]
            .map(|what| at(world, "C_Login", what, expected))
    });
    let typed = |name: &str, pin, tries, expected| {
        let mut case = Case {
            pin,
            ..world.case(name, Vec::new(), expected)
        };
        case.tokens[0].tries = tries;
        case
    };
    let typed = [
        typed("a wrong PIN", "135790", 3, "PIN-WRONG"),
        typed("a wrong PIN with two tries left", "135790", 2, "PIN-WRONG"),
        typed("a wrong PIN on the last try", "135790", 1, "PIN-LOCKED"),
        typed("a right PIN on the last try", PIN, 1, ACCEPTED),
        typed("a locked PIN", PIN, 0, "PIN-LOCKED"),
        typed("a PIN that is too short", "123", 3, "PIN-FORM"),
        typed(
            "a PIN that is too long",
            "1234567890123456789012345678901234567890",
            3,
            "PIN-FORM",
        ),
    ];
    let mut elsewhere = world.case("logged in by another program", Vec::new(), ACCEPTED);
    elsewhere.tokens[0].logged_in = true;
    said.chain(typed).chain([elsewhere]).collect()
}

/// A PIN pad that answers, is cancelled, times out, hangs, or lets the person type it wrong.
fn pads(world: &World) -> Vec<Case> {
    let pad = |what: Option<Misdeed>, late, expected| {
        let faults = what.clone().map(|what| Fault::at("C_Login", what));
        let mut case = world.case(
            &format!("PIN pad: {what:?}"),
            faults.into_iter().collect(),
            expected,
        );
        case.tokens[0].pin_pad = true;
        Case { late, ..case }
    };
    let code = |code, expected| pad(Some(Misdeed::Code(code)), Late::Never, expected);
    vec![
        pad(None, Late::Never, ACCEPTED),
        pad(Some(Misdeed::Slow(500)), Late::Never, ACCEPTED),
        pad(Some(Misdeed::Slow(60_000)), Late::Signing, "MODULE-TIMEOUT"),
        pad(Some(Misdeed::Hang), Late::Signing, "MODULE-TIMEOUT"),
        pad(Some(Misdeed::Abort), Late::Never, "MODULE-DIED"),
        pad(Some(Misdeed::Remove), Late::Never, "TOKEN-REMOVED"),
        code(CKR_FUNCTION_CANCELED, "CANCELLED"),
        code(CKR_FUNCTION_REJECTED, "CANCELLED"),
        code(CKR_FUNCTION_FAILED, "DRIVER-FAILED"),
        code(CKR_PIN_INCORRECT, "PIN-WRONG"),
        code(CKR_PIN_LOCKED, "PIN-LOCKED"),
        code(CKR_PIN_EXPIRED, "PIN-MUST-CHANGE"),
    ]
}

/// An RSA key, whose token can make some kinds of signatures only.
fn rsa(world: &World) -> Vec<Case> {
    let key = Key::pooled(KeyKind::Rsa(2048), 1).unwrap();
    let holder = token(FAULTY, key_and_certificate(&world.authority, &key, FAULTY));
    let case = |faults: &[Misdeed], function: &str, expected| {
        let faults: Vec<_> = faults
            .iter()
            .map(|what| Fault::at(function, what.clone()))
            .collect();
        let name = format!("RSA, {function}: {faults:?}");
        Case {
            tokens: vec![holder.clone()],
            ..world.case(&name, faults, expected)
        }
    };
    let [pss, raw, pkcs1] = [CKM_RSA_PKCS_PSS, CKM_RSA_X_509, CKM_RSA_PKCS].map(Misdeed::Refuse);
    vec![
        case(&[], "C_Sign", ACCEPTED),
        case(std::slice::from_ref(&pss), "*", ACCEPTED),
        case(&[pss.clone(), raw.clone()], "*", ACCEPTED),
        case(&[pss.clone(), raw.clone()], "C_SignInit", ACCEPTED),
        case(std::slice::from_ref(&pkcs1), "*", ACCEPTED),
        case(
            &[pss.clone(), raw.clone(), pkcs1.clone()],
            "*",
            "TOKEN-UNABLE",
        ),
        case(&[pss, raw, pkcs1], "C_SignInit", "TOKEN-UNABLE"),
        case(&[Misdeed::OtherKey], "C_Sign", "SIGNATURE-INVALID"),
        case(&[Misdeed::Garbled], "C_Sign", "SIGNATURE-INVALID"),
        case(&[Misdeed::Length(255)], "C_Sign", "SIGNATURE-INVALID"),
        case(&[Misdeed::Shorter(1)], "C_Sign", "SIGNATURE-INVALID"),
        case(&[Misdeed::Shorter(1)], "C_GetAttributeValue", "TOKEN-EMPTY"),
    ]
}

/// Files that are no module, or half of one; and an entry that a vendor's module may not have.
fn files(world: &World, folder: &Path) -> Vec<Case> {
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let module = |name: &str, module: PathBuf, expected| Case {
        module: Some(module),
        ..world.case(name, Vec::new(), expected)
    };
    let whole = std::fs::read(kyso_faulty_module::module_file().unwrap()).unwrap();
    let mut other_machine = whole.clone();
    other_machine[18] = 40;
    let faulty = |what| at(world, "C_GetInterface", what, ACCEPTED);
    vec![
        module(
            "no C_GetInterface",
            without_symbol("C_GetInterface", folder).unwrap(),
            ACCEPTED,
        ),
        module(
            "no C_GetFunctionList",
            without_symbol("C_GetFunctionList", folder).unwrap(),
            "DRIVER-BROKEN",
        ),
        module("an empty file", file("empty.so", b""), "DRIVER-BROKEN"),
        module(
            "a text",
            file("text.so", b"#!/bin/sh\nexit 0\n"),
            "DRIVER-BROKEN",
        ),
        module(
            "half a module",
            file("half.so", &whole[..whole.len() / 2]),
            "DRIVER-BROKEN",
        ),
        module(
            "the head of a module",
            file("head.so", &whole[..100]),
            "DRIVER-BROKEN",
        ),
        module(
            "a module for another machine",
            file("machine.so", &other_machine),
            "DRIVER-WRONG-KIND",
        ),
        module("a folder", folder.to_owned(), "DRIVER-MISSING"),
        module("no file", folder.join("none.so"), "DRIVER-MISSING"),
        faulty(Misdeed::Hang),
        faulty(Misdeed::Abort),
        faulty(Misdeed::Code(CKR_FUNCTION_FAILED)),
    ]
}

/// A module that hangs where the person has cancelled, or cancels then.
fn cancelled(world: &World) -> Vec<Case> {
    let case = |function: &str, cancels| Case {
        cancels,
        ..at(world, function, Misdeed::Hang, "CANCELLED")
    };
    let functions = ["C_Login", "C_SignInit", "C_Sign", "C_Logout"];
    let each = functions
        .map(|function| [Cancels::AtOnce, Cancels::AsItBegins].map(|when| case(function, when)));
    each.into_iter().flatten().collect()
}

/// A process that the module left behind holds the host's pipe, and must neither hide the host's end nor outlive it.
fn left_behind(world: &World) -> Vec<Case> {
    let case = |what: Misdeed, late, expected| {
        let faults = vec![
            Fault::at("C_Initialize", Misdeed::Fork),
            Fault::at("C_Sign", what.clone()),
        ];
        Case {
            late,
            ..world.case(
                &format!("a process left behind, then {what:?}"),
                faults,
                expected,
            )
        }
    };
    vec![
        case(Misdeed::Abort, Late::Never, "MODULE-DIED"),
        case(Misdeed::Exit(0), Late::Never, "MODULE-DIED"),
        case(Misdeed::Hang, Late::Signing, "MODULE-TIMEOUT"),
        case(Misdeed::Slow(60_000), Late::Signing, "MODULE-TIMEOUT"),
    ]
}
