//! The table: every function that a sign-in calls, when listing and when signing, against every kind of fault, with the
//! problem that must come out.

use kyso_faulty_module::codes::*;
use kyso_faulty_module::{Fault, Misdeed};

use super::case::{ACCEPTED, Case, FAULTY, Late, PIN, Planned, World};
use super::person::Person;

/// When in a sign-in a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum When {
    Listing,
    Signing,
}

/// What a row says: the outcome for each kind of fault, in the order of [`KINDS`].
type Row = (&'static str, When, [&'static str; KINDS.len()]);

/// The kinds of faults.
const KINDS: [fn() -> Vec<Misdeed>; 10] = [
    || vec![Misdeed::Hang],
    || {
        vec![
            Misdeed::Abort,
            Misdeed::BadWrite,
            Misdeed::Exit(0),
            Misdeed::Exit(3),
        ]
    },
    || codes(&FAILS),
    || codes(&[CKR_DEVICE_REMOVED, CKR_SESSION_HANDLE_INVALID]),
    || vec![Misdeed::Remove],
    || codes(&[CKR_TOKEN_NOT_PRESENT]),
    || {
        codes(&[
            CKR_MECHANISM_INVALID,
            CKR_KEY_FUNCTION_NOT_PERMITTED,
            CKR_FUNCTION_NOT_SUPPORTED,
        ])
    },
    || codes(&[CKR_USER_ANOTHER_ALREADY_LOGGED_IN, CKR_SESSION_COUNT]),
    || codes(&[CKR_FUNCTION_CANCELED, CKR_FUNCTION_REJECTED]),
    || {
        vec![
            Misdeed::Slow(60),
            Misdeed::Print,
            Misdeed::Thread,
            Misdeed::Fork,
        ]
    },
];

/// Codes without a treatment of their own, of the standard, of vendors, of nobody.
const FAILS: [u64; 9] = [
    CKR_DEVICE_ERROR,
    CKR_DEVICE_MEMORY,
    CKR_FUNCTION_FAILED,
    CKR_GENERAL_ERROR,
    CKR_HOST_MEMORY,
    CKR_ARGUMENTS_BAD,
    CKR_USER_NOT_LOGGED_IN,
    0x8000_0101,
    0x7fff_fff0,
];

fn codes(all: &[u64]) -> Vec<Misdeed> {
    all.iter().map(|code| Misdeed::Code(*code)).collect()
}

const T: &str = "MODULE-TIMEOUT";
const D: &str = "MODULE-DIED";
const F: &str = "DRIVER-FAILED";
const A: &str = "TOKEN-ABSENT";
const R: &str = "TOKEN-REMOVED";
const B: &str = "TOKEN-BUSY";
const C: &str = "CANCELLED";
const U: &str = "TOKEN-UNABLE";
const X: &str = "DRIVER-BROKEN";
const OK: &str = ACCEPTED;

use When::{Listing, Signing};

#[rustfmt::skip]
const ROWS: [Row; 25] = [
    //                               hangs dies fails gone removed absent can't used cancels odd
    ("C_GetFunctionList",   Listing, [T,   D,   X,    X,   OK,     X,     X,    X,   X,      OK]),
    ("C_Initialize",        Listing, [T,   D,   F,    A,   OK,     A,     F,    F,   F,      OK]),
    ("C_GetInfo",           Listing, [T,   D,   F,    A,   A,      A,     F,    F,   F,      OK]),
    ("C_GetSlotList",       Listing, [T,   D,   F,    A,   A,      A,     F,    F,   F,      OK]),
    ("C_GetTokenInfo",      Listing, [T,   D,   F,    A,   A,      A,     F,    F,   F,      OK]),
    ("C_GetMechanismList",  Listing, [T,   D,   OK,   OK,  A,      OK,    OK,   OK,  OK,     OK]),
    ("C_OpenSession",       Listing, [T,   D,   F,    A,   A,      A,     F,    F,   F,      OK]),
    ("C_FindObjectsInit",   Listing, [T,   D,   F,    A,   A,      A,     F,    F,   F,      OK]),
    ("C_FindObjects",       Listing, [T,   D,   F,    A,   A,      A,     F,    F,   F,      OK]),
    ("C_FindObjectsFinal",  Listing, [T,   D,   F,    F,   A,      F,     F,    F,   F,      OK]),
    ("C_GetAttributeValue", Listing, [T,   D,   F,    A,   A,      A,     F,    F,   F,      OK]),
    ("C_CloseSession",      Listing, [T,   D,   OK,   OK,  A,      OK,    OK,   OK,  OK,     OK]),
    ("C_GetSlotList",       Signing, [T,   D,   F,    R,   A,      R,     U,    B,   C,      OK]),
    ("C_GetTokenInfo",      Signing, [T,   D,   F,    R,   A,      A,     U,    B,   C,      OK]),
    ("C_OpenSession",       Signing, [T,   D,   F,    R,   R,      R,     U,    B,   C,      OK]),
    ("C_FindObjectsInit",   Signing, [T,   D,   F,    R,   R,      R,     U,    B,   C,      OK]),
    ("C_FindObjects",       Signing, [T,   D,   F,    R,   R,      R,     U,    B,   C,      OK]),
    ("C_FindObjectsFinal",  Signing, [T,   D,   F,    F,   R,      F,     F,    F,   F,      OK]),
    ("C_GetAttributeValue", Signing, [T,   D,   F,    R,   R,      R,     U,    B,   C,      OK]),
    ("C_GetSessionInfo",    Signing, [T,   D,   OK,   OK,  R,      OK,    OK,   OK,  OK,     OK]),
    ("C_Login",             Signing, [T,   D,   F,    R,   R,      R,     U,    B,   C,      OK]),
    ("C_SignInit",          Signing, [T,   D,   F,    R,   R,      R,     U,    B,   C,      OK]),
    ("C_Sign",              Signing, [T,   D,   F,    R,   R,      R,     U,    B,   C,      OK]),
    ("C_Logout",            Signing, [OK,  OK,  OK,   OK,  OK,     OK,    OK,   OK,  OK,     OK]),
    ("C_CloseSession",      Signing, [OK,  OK,  OK,   OK,  OK,     OK,    OK,   OK,  OK,     OK]),
];

/// Every fault of every row. The calls of a sign-in are recorded first: the table must have a row for each, and no other.
pub(crate) fn cases(world: &World) -> Vec<Case> {
    let calls = Calls::of(world);
    let rows = |(function, when, _): &Row| ((*function).to_owned(), *when);
    let (mut rows, mut called): (Vec<_>, _) = (ROWS.iter().map(rows).collect(), calls.all());
    rows.sort();
    called.sort();
    assert_eq!(
        rows, called,
        "the table's functions, and those that a sign-in calls"
    );
    let of_row = |(function, when, expected): &Row| {
        let kinds = KINDS.iter().zip(expected);
        let misdeeds = kinds.flat_map(|(kind, expected)| {
            kind().into_iter().map(move |misdeed| (misdeed, *expected))
        });
        let one = |(misdeed, expected)| case(world, &calls, (function, *when), misdeed, expected);
        misdeeds.map(one).collect::<Vec<_>>()
    };
    ROWS.iter().flat_map(of_row).collect()
}

fn case(
    world: &World,
    calls: &Calls,
    (function, when): (&str, When),
    misdeed: Misdeed,
    expected: &'static str,
) -> Case {
    let from = match when {
        Listing => 1,
        Signing => calls.listing(function) + 1,
    };
    let late = match (&misdeed, when) {
        (Misdeed::Hang, Listing) => Late::Listing,
        (Misdeed::Hang, Signing) => Late::Signing,
        _ => Late::Never,
    };
    let name = format!("{function} when {when:?}: {misdeed:?}");
    let fault = Fault {
        from,
        ..Fault::at(function, misdeed)
    };
    Case {
        late,
        ..world.case(&name, vec![fault], expected)
    }
}

/// The calls of a sign-in in which nothing goes wrong.
struct Calls {
    listing: Vec<String>,
    signing: Vec<String>,
}

impl Calls {
    fn of(world: &World) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let planned = Planned::write(folder.path(), "recorded", world.tokens(), Vec::new());
        let driver = world.driver(planned.spec(Late::Never));
        assert!(driver.list().iter().all(|slot| slot.token.is_ok()));
        let names = || {
            planned
                .record
                .calls()
                .into_iter()
                .map(|(function, _)| function)
        };
        let listed = names().count();
        let login = world.log_in(
            world.drivers(&[&driver]),
            Person::new(FAULTY, PIN),
            folder.path(),
        );
        assert_eq!(login.outcome, OK, "{login:?}");
        // The host is warm: the login lists again, and then signs.
        let loading = [
            "C_GetFunctionList",
            "C_GetInterface",
            "C_Initialize",
            "C_GetInfo",
        ];
        let again = names()
            .take(listed)
            .filter(|name| !loading.contains(&name.as_str()))
            .count();
        Self {
            listing: names().take(listed).collect(),
            signing: names().skip(listed + again).collect(),
        }
    }

    /// How often a function is called until the list is there.
    fn listing(&self, function: &str) -> u64 {
        self.listing
            .iter()
            .filter(|called| *called == function)
            .count() as u64
    }

    fn all(&self) -> Vec<(String, When)> {
        let of = |calls: &[String], when| {
            let mut names: Vec<_> = calls.to_vec();
            names.sort();
            names.dedup();
            names
                .into_iter()
                .map(move |name| (name, when))
                .collect::<Vec<_>>()
        };
        [of(&self.listing, Listing), of(&self.signing, Signing)].concat()
    }
}
