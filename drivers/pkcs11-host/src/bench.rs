//! A session that stays logged in, so that the same `C_Sign` can be measured through the pipe and without it.

use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use kyso_pkcs11::Pin;
use kyso_pkcs11::wire::{Attempt, Reply, SignRequest};

use crate::fault;
use crate::module::Module;
use crate::sign::{LONGEST_SIGNATURE, mechanism, open as open_key};

/// Logs in and keeps session and key. Answers an empty signature.
pub(crate) fn open(
    module: &Module,
    request: &SignRequest,
    pin: &Pin,
    kept: &mut Option<(Session, ObjectHandle)>,
) -> Reply {
    let opened = open_key(module, request, Some(pin));
    match opened.and_then(|(logged_in, key)| Ok((logged_in.keep()?, key))) {
        Ok(found) => *kept = Some(found),
        Err(stop) => return stop.into(),
    }
    Reply::Signature(Vec::new())
}

/// `C_SignInit` and `C_Sign`.
pub(crate) fn sign(
    module: &Module,
    attempt: &Attempt,
    kept: Option<&(Session, ObjectHandle)>,
) -> Reply {
    let Some((session, key)) = kept else {
        return Reply::Failed(fault::of_code(
            "C_Sign",
            cryptoki_sys::CKR_OPERATION_NOT_INITIALIZED,
        ));
    };
    if let Err(error) = session.sign_init(&mechanism(attempt.mechanism), *key) {
        return Reply::Failed(fault::of(&error));
    }
    match module
        .raw
        .sign(session.handle(), &attempt.input, LONGEST_SIGNATURE)
    {
        Ok(signature) => Reply::Signature(signature),
        Err(code) => Reply::Failed(fault::of_code("C_Sign", code)),
    }
}
