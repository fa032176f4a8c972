//! One signature: the right token, one login, one of the mechanisms, logged out.

use cryptoki_sys::{
    CK_OBJECT_HANDLE, CK_SLOT_ID, CKR_ARGUMENTS_BAD, CKR_DATA_INVALID, CKR_DATA_LEN_RANGE,
    CKR_FUNCTION_FAILED, CKR_GENERAL_ERROR,
};
use kyso_pkcs11::wire::{Attempt, Cause, Fault, Refusal, Reply, SignRequest, TokenName};
use kyso_pkcs11::{Pin, TokenInfo};

use crate::fault::fault;
use crate::login::LoggedIn;
use crate::module::Module;
use crate::objects::Objects;
use crate::raw::{Failed, Session};
use crate::slot;

/// Room for a signature by RSA-16384.
pub(crate) const LONGEST_SIGNATURE: usize = 2048;

/// The signature, or why there is none; and the token, where one was found, which is to be left.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the PIN is wiped before the answer goes out"
)]
pub(crate) fn sign<'a>(
    module: &'a Module,
    request: &SignRequest,
    pin: Option<Pin>,
) -> (Reply, Option<LoggedIn<'a>>) {
    let mut token = match holder(module, request) {
        Ok(token) => token,
        Err(stop) => return (stop.into(), None),
    };
    let entered = enter(&mut token, request, pin.as_ref());
    let signed = entered.and_then(|()| attempt_all(&token, request, pin.as_ref()));
    (signed.unwrap_or_else(Reply::from), Some(token))
}

/// Why there is no signature.
pub(crate) enum Stop {
    Refused(Refusal),
    Failed(Fault),
}

impl From<Stop> for Reply {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Refused(refusal) => Self::Refused(refusal),
            Stop::Failed(fault) => Self::Failed(fault),
        }
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Failed> for Stop {
    fn from(failed: Failed) -> Self {
        Self::Failed(fault(failed))
    }
}

/// The signature by the request's key, in a session that is logged in: by the first attempt that the token takes.
pub(crate) fn attempt_all(
    logged_in: &LoggedIn<'_>,
    request: &SignRequest,
    pin: Option<&Pin>,
) -> Result<Reply, Stop> {
    let key = key(logged_in, request)?;
    let confirms = Objects(&logged_in.session).always_authenticates(key);
    let confirm = || {
        if confirms {
            logged_in.confirm(pin)
        } else {
            Ok(())
        }
    };
    let mut failed = None;
    for (number, attempt) in (0..).zip(&request.attempts) {
        match one(&logged_in.session, key, attempt, confirm) {
            Ok(bytes) => {
                let attempt = number;
                return Ok(Reply::Signature { attempt, bytes });
            }
            Err(Unsigned::Failed(why)) if fault(why).cause == Cause::Mechanism => {}
            // On a device that asks the person itself each attempt would ask again.
            Err(Unsigned::Failed(why)) if is_unable(why) && !confirms => {
                failed = failed.or(Some(why));
            }
            Err(unsigned) => return Err(unsigned.into()),
        }
    }
    Err(failed.map_or(Refusal::MechanismMissing.into(), Stop::from))
}

/// Whether some tokens say in this way that they can't sign so. A signature that simply failed is not that: the token may
/// be gone, and there are modules that don't return when it is asked again.
fn is_unable(failed: Failed) -> bool {
    match failed.code {
        CKR_ARGUMENTS_BAD | CKR_DATA_INVALID | CKR_DATA_LEN_RANGE => true,
        CKR_FUNCTION_FAILED | CKR_GENERAL_ERROR => failed.function == "C_SignInit",
        _ => false,
    }
}

/// Why one attempt made no signature.
pub(crate) enum Unsigned {
    Failed(Failed),
    Refused(Refusal),
}

impl From<Failed> for Unsigned {
    fn from(failed: Failed) -> Self {
        Self::Failed(failed)
    }
}

impl From<Unsigned> for Stop {
    fn from(unsigned: Unsigned) -> Self {
        match unsigned {
            Unsigned::Failed(failed) => failed.into(),
            Unsigned::Refused(refusal) => refusal.into(),
        }
    }
}

/// What says that a slot can't hold the certificate.
const HOLDS_NONE: [Cause; 3] = [
    Cause::TokenAbsent,
    Cause::TokenUnrecognised,
    Cause::TokenUninitialised,
];

/// Logs in on the token that holds the certificate.
pub(crate) fn enter(
    token: &mut LoggedIn<'_>,
    request: &SignRequest,
    pin: Option<&Pin>,
) -> Result<(), Stop> {
    token.enter(pin)?;
    if request.hidden && !holds(&token.session, &request.certificate)? {
        return Err(Refusal::TokenAbsent.into());
    }
    Ok(())
}

/// The certificate's key; an error where only the certificate is there.
pub(crate) fn key(
    logged_in: &LoggedIn<'_>,
    request: &SignRequest,
) -> Result<CK_OBJECT_HANDLE, Stop> {
    let found = Objects(&logged_in.session).private_key(&request.id, &request.key)?;
    Ok(found.ok_or(Refusal::KeyAbsent)?)
}

/// The token of that name that holds the certificate; where certificates can't be read before the PIN, the only token of
/// that name. What failed in a slot is told where no other holds it.
pub(crate) fn holder<'a>(module: &'a Module, request: &SignRequest) -> Result<LoggedIn<'a>, Stop> {
    if request.hidden {
        return alone(module, &request.token);
    }
    let mut failed = None;
    for slot in slot::with_tokens(module)? {
        match held(module, slot, request) {
            Ok(None) => {}
            Ok(Some(found)) => return Ok(found),
            Err(fault) => failed = failed.or(Some(fault)),
        }
    }
    Err(failed.map_or(Refusal::TokenAbsent.into(), Stop::Failed))
}

fn held<'a>(
    module: &'a Module,
    slot: CK_SLOT_ID,
    request: &SignRequest,
) -> Result<Option<LoggedIn<'a>>, Fault> {
    let token = match slot::initialised(module, slot) {
        Ok(token) if request.token.is_of(&token) => token,
        Ok(_) => return Ok(None),
        Err(fault) if HOLDS_NONE.contains(&fault.cause) => return Ok(None),
        // It may have been the one.
        Err(fault) => return Err(fault),
    };
    let session = module.session(slot)?;
    let holds = holds(&session, &request.certificate)?;
    Ok(holds.then(|| LoggedIn::before(module, slot, session, token)))
}

/// The only token of that name, with a session that reads.
pub(crate) fn alone<'a>(module: &'a Module, name: &TokenName) -> Result<LoggedIn<'a>, Stop> {
    let (slot, token) = only(module, name)?;
    let session = module.session(slot)?;
    Ok(LoggedIn::before(module, slot, session, token))
}

/// The only token of that name. Without a certificate nothing else tells tokens apart: none is taken whose name another
/// token could have, and none while a slot fails, which may hold another of that name.
pub(crate) fn only(module: &Module, name: &TokenName) -> Result<(CK_SLOT_ID, TokenInfo), Stop> {
    if name.serial.is_empty() {
        return Err(Refusal::TokenUnnamed.into());
    }
    let mut found = None;
    for slot in slot::with_tokens(module)? {
        match slot::initialised(module, slot) {
            Ok(token) if name.is_of(&token) => {
                if found.replace((slot, token)).is_some() {
                    return Err(Refusal::TokensAlike.into());
                }
            }
            Ok(_) => {}
            Err(fault) if HOLDS_NONE.contains(&fault.cause) => {}
            Err(fault) => return Err(Stop::Failed(fault)),
        }
    }
    found.ok_or(Refusal::TokenAbsent.into())
}

fn holds(session: &Session<'_>, certificate: &[u8]) -> Result<bool, Failed> {
    let held = Objects(session).certificates()?;
    Ok(held.iter().any(|held| held.der == certificate))
}

/// `C_SignInit`, whatever must come between, `C_Sign`.
pub(crate) fn one(
    session: &Session<'_>,
    key: CK_OBJECT_HANDLE,
    attempt: &Attempt,
    between: impl FnOnce() -> Result<(), Refusal>,
) -> Result<Vec<u8>, Unsigned> {
    session.sign_init(attempt.mechanism, key)?;
    between().map_err(Unsigned::Refused)?;
    Ok(session.sign(&attempt.input, LONGEST_SIGNATURE)?)
}
