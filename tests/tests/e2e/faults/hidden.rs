//! Faults of a token that shows its certificates only after the PIN: it is unlocked first, then chosen from and signed
//! with.

use kyso_faulty_module::codes::*;
use kyso_faulty_module::{Fault, Misdeed};

use super::case::{ACCEPTED, Case, Late, World};

/// The kinds of faults.
const KINDS: [Misdeed; 6] = [
    Misdeed::Hang,
    Misdeed::Abort,
    Misdeed::Code(CKR_GENERAL_ERROR),
    Misdeed::Code(CKR_DEVICE_REMOVED),
    Misdeed::Remove,
    Misdeed::Print,
];

const T: &str = "MODULE-TIMEOUT";
const D: &str = "MODULE-DIED";
const F: &str = "DRIVER-FAILED";
const R: &str = "TOKEN-REMOVED";
const OK: &str = ACCEPTED;

/// Functions that are called from the login on, and what comes of each kind.
#[rustfmt::skip]
const ROWS: [(&str, [&str; KINDS.len()]); 9] = [
    //                      hangs dies fails gone removed prints
    ("C_GetSessionInfo",    [T,   D,   OK,   OK,  R,      OK]),
    ("C_Login",             [T,   D,   F,    R,   R,      OK]),
    ("C_FindObjects",       [T,   D,   F,    R,   R,      OK]),
    ("C_FindObjectsFinal",  [T,   D,   F,    F,   R,      OK]),
    ("C_GetAttributeValue", [T,   D,   F,    R,   R,      OK]),
    ("C_SignInit",          [T,   D,   F,    R,   R,      OK]),
    ("C_Sign",              [T,   D,   F,    R,   R,      OK]),
    ("C_Logout",            [OK,  OK,  OK,   OK,  OK,     OK]),
    ("C_CloseSession",      [OK,  OK,  OK,   OK,  OK,     OK]),
];

/// Every fault of every row, and a login in which nothing goes wrong.
pub(crate) fn cases(world: &World) -> Vec<Case> {
    let of_row = |(function, expected): &(&str, [&'static str; KINDS.len()])| {
        let kinds = KINDS.into_iter().zip(*expected);
        let function = (*function).to_owned();
        kinds.map(move |(misdeed, expected)| case(world, &function, misdeed, expected))
    };
    let sound = world.case("hidden until the PIN", Vec::new(), ACCEPTED);
    let silent = |case| Case {
        silent: true,
        ..case
    };
    let faults = ROWS.iter().flat_map(of_row);
    faults.chain([sound]).map(silent).collect()
}

fn case(world: &World, function: &str, misdeed: Misdeed, expected: &'static str) -> Case {
    let late = match misdeed {
        Misdeed::Hang => Late::Signing,
        _ => Late::Never,
    };
    let name = format!("hidden until the PIN, {function}: {misdeed:?}");
    let faults = vec![Fault::at(function, misdeed)];
    Case {
        late,
        ..world.case(&name, faults, expected)
    }
}
