//! A session that stays logged in, so that the same `C_Sign` can be measured through the pipe and without it.

use cryptoki_sys::CK_OBJECT_HANDLE;
use kyso_pkcs11::Pin;
use kyso_pkcs11::wire::{Attempt, Refusal, Reply, SignRequest};

use crate::login::LoggedIn;
use crate::module::Module;
use crate::sign::{Stop, enter, holder, key, one};

/// What is kept between two measurements.
pub(crate) type Kept<'a> = Option<(LoggedIn<'a>, CK_OBJECT_HANDLE)>;

/// Logs in and keeps session and key.
pub(crate) fn open<'a>(
    module: &'a Module,
    request: &SignRequest,
    pin: &Pin,
    kept: &mut Kept<'a>,
) -> Reply {
    let opened = holder(module, request).and_then(|mut token| {
        enter(&mut token, request, Some(pin))?;
        let key = key(&token, request)?;
        Ok((token, key))
    });
    match opened {
        Ok(found) => *kept = Some(found),
        Err(stop) => return stop.into(),
    }
    Reply::Done
}

/// `C_SignInit` and `C_Sign`.
pub(crate) fn sign(attempt: &Attempt, kept: &Kept<'_>) -> Reply {
    let Some((logged_in, key)) = kept else {
        return Reply::Refused(Refusal::PinNeeded);
    };
    let signed = one(&logged_in.session, *key, attempt, || Ok(()));
    signed.map_or_else(
        |unsigned| Stop::from(unsigned).into(),
        |bytes| Reply::Signature { attempt: 0, bytes },
    )
}
