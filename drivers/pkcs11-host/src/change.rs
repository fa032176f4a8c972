//! One change of the PIN, tried once.

use kyso_pkcs11::Pin;
use kyso_pkcs11::wire::{Refusal, Reply};

use crate::login::{admits, has_form, refused};
use crate::module::Module;
use crate::sign::Stop;
use crate::slot;

/// Changes the PIN of the only token with that serial number; without PINs the device asks for both.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the PINs are wiped before the answer goes out"
)]
pub(crate) fn change(module: &Module, serial: &str, pins: Option<(Pin, Pin)>) -> Reply {
    let pins = pins.as_ref().map(|(old, new)| (old, new));
    attempt(module, serial, pins).map_or_else(Reply::from, |()| Reply::Done)
}

fn attempt(module: &Module, serial: &str, pins: Option<(&Pin, &Pin)>) -> Result<(), Stop> {
    let mut found = slot::of_serial(module, serial)?;
    let (Some((slot, token)), None) = (found.next(), found.next()) else {
        return Err(Refusal::TokenAbsent.into());
    };
    admits(&token, pins.map(|(old, _)| old))?;
    if pins.is_some_and(|(_, new)| !has_form(new, &token)) {
        let (min, max) = (token.pin_min, token.pin_max);
        return Err(Refusal::NewPinForm { min, max }.into());
    }
    let session = module.raw.open_session(slot, true)?;
    let bytes = pins.map(|(old, new)| (old.expose(), new.expose()));
    let done = session.set_pin(bytes);
    Ok(done.map_err(|failed| refused(module, slot, &token, failed))?)
}
