//! One change of the PIN, tried once.

use cryptoki_sys::CK_SLOT_ID;
use kyso_pkcs11::wire::{Refusal, Reply, TokenName};
use kyso_pkcs11::{Pin, TokenInfo};

use crate::login::{admits, has_form, refused};
use crate::module::Module;
use crate::raw::Session;
use crate::sign::{Stop, only};

/// Changes the PIN of the only token of that name; without PINs the device asks for both. The session is to be
/// closed.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the PINs are wiped before the answer goes out"
)]
pub(crate) fn change<'a>(
    module: &'a Module,
    token: &TokenName,
    pins: Option<(Pin, Pin)>,
) -> (Reply, Option<Session<'a>>) {
    let pins = pins.as_ref().map(|(old, new)| (old, new));
    let (slot, token, session) = match ready(module, token, pins) {
        Ok(ready) => ready,
        Err(stop) => return (stop.into(), None),
    };
    let bytes = pins.map(|(old, new)| (old.expose(), new.expose()));
    let done = session.set_pin(bytes);
    let refused = |failed| Reply::Refused(refused(module, slot, &token, failed));
    (done.map_or_else(refused, |()| Reply::Done), Some(session))
}

/// The token, where these PINs may be tried on it, with a session that can write.
fn ready<'a>(
    module: &'a Module,
    token: &TokenName,
    pins: Option<(&Pin, &Pin)>,
) -> Result<(CK_SLOT_ID, TokenInfo, Session<'a>), Stop> {
    let (slot, token) = only(module, token)?;
    admits(&token, pins.map(|(old, _)| old))?;
    if pins.is_some_and(|(_, new)| !has_form(new, &token)) {
        let (min, max) = (token.pin_min, token.pin_max);
        return Err(Refusal::NewPinForm { min, max }.into());
    }
    let session = module.raw.open_session(slot, true)?;
    Ok((slot, token, session))
}
