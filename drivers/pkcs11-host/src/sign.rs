//! One signature: the right token, one login, one of the mechanisms, logged out.

use cryptoki::error::Error;
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use cryptoki::slot::Slot;
use kyso_pkcs11::wire::{self, Attempt, Cause, Fault, Refusal, Reply, SignRequest};
use kyso_pkcs11::{Hash, Pin, TokenInfo};

use crate::login::{LoggedIn, admits};
use crate::module::Module;
use crate::objects::Objects;
use crate::{fault, slot};

/// Room for a signature by RSA-16384.
pub(crate) const LONGEST_SIGNATURE: usize = 2048;

/// The signature, or why there is none.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the PIN is wiped before the answer goes out"
)]
pub(crate) fn sign(module: &Module, request: &SignRequest, pin: Option<Pin>) -> Reply {
    attempt_all(module, request, pin.as_ref()).map_or_else(Reply::from, Reply::Signature)
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

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(fault::of(&error))
    }
}

fn attempt_all(module: &Module, request: &SignRequest, pin: Option<&Pin>) -> Result<Vec<u8>, Stop> {
    let (logged_in, key) = open(module, request, pin)?;
    let confirms = Objects {
        module,
        session: &logged_in.session,
    }
    .always_authenticates(key);
    for attempt in &request.attempts {
        match one(module, &logged_in, key, attempt, confirms) {
            Err(Stop::Failed(fault)) if fault.cause == Cause::Mechanism => {}
            done => return done,
        }
    }
    Err(Refusal::MechanismMissing.into())
}

/// Logs in on the token that holds the certificate and finds its key.
pub(crate) fn open<'a>(
    module: &'a Module,
    request: &SignRequest,
    pin: Option<&'a Pin>,
) -> Result<(LoggedIn<'a>, ObjectHandle), Stop> {
    let (slot, token, session) = holder(module, request)?.ok_or(Refusal::TokenAbsent)?;
    admits(&token, pin)?;
    let logged_in = LoggedIn::enter(module, slot, session, &token, pin)?;
    let objects = Objects {
        module,
        session: &logged_in.session,
    };
    let key = objects
        .private_key(&request.id, &request.key)?
        .ok_or(Refusal::KeyAbsent)?;
    Ok((logged_in, key))
}

/// The token of that serial number that holds the certificate. Slot numbers change; they aren't asked for. A slot that
/// fails is passed over.
fn holder(
    module: &Module,
    request: &SignRequest,
) -> Result<Option<(Slot, TokenInfo, Session)>, Stop> {
    for slot in module.calls.get_slots_with_token()? {
        let Ok((token, true)) = slot::token(module, slot) else {
            continue;
        };
        if token.serial != request.serial {
            continue;
        }
        let Ok(session) = module.calls.open_ro_session(slot) else {
            continue;
        };
        let held = Objects {
            module,
            session: &session,
        }
        .certificates()
        .unwrap_or_default();
        if held
            .iter()
            .any(|certificate| certificate.der == request.certificate)
        {
            return Ok(Some((slot, token, session)));
        }
    }
    Ok(None)
}

fn one(
    module: &Module,
    logged_in: &LoggedIn<'_>,
    key: ObjectHandle,
    attempt: &Attempt,
    confirms: bool,
) -> Result<Vec<u8>, Stop> {
    logged_in
        .session
        .sign_init(&mechanism(attempt.mechanism), key)?;
    if confirms {
        logged_in.confirm()?;
    }
    let signed = module.raw.sign(
        logged_in.session.handle(),
        &attempt.input,
        LONGEST_SIGNATURE,
    );
    signed.map_err(|code| Stop::Failed(fault::of_code("C_Sign", code)))
}

pub(crate) fn mechanism(wanted: wire::Mechanism) -> Mechanism<'static> {
    match wanted {
        wire::Mechanism::RsaPkcs => Mechanism::RsaPkcs,
        wire::Mechanism::RsaRaw => Mechanism::RsaX509,
        wire::Mechanism::Ecdsa => Mechanism::Ecdsa,
        wire::Mechanism::RsaPss(hash) => Mechanism::RsaPkcsPss(pss(hash)),
    }
}

fn pss(hash: Hash) -> PkcsPssParams {
    let (hash_alg, mgf, s_len) = match hash {
        Hash::Sha256 => (MechanismType::SHA256, PkcsMgfType::MGF1_SHA256, 32_u64),
        Hash::Sha384 => (MechanismType::SHA384, PkcsMgfType::MGF1_SHA384, 48),
        Hash::Sha512 => (MechanismType::SHA512, PkcsMgfType::MGF1_SHA512, 64),
    };
    PkcsPssParams {
        hash_alg,
        mgf,
        s_len: s_len.into(),
    }
}
