//! Slots, and what is on the token in one, without logging in.

use cryptoki::slot::Slot;
use cryptoki_sys::{
    CK_TOKEN_INFO, CK_ULONG, CKF_LOGIN_REQUIRED, CKF_PROTECTED_AUTHENTICATION_PATH,
    CKF_TOKEN_INITIALIZED, CKF_USER_PIN_COUNT_LOW, CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED,
    CKF_USER_PIN_TO_BE_CHANGED,
};
use kyso_pkcs11::wire::{Cause, Fault, Listed, Reply};
use kyso_pkcs11::{PinState, TokenInfo};

use crate::fault;
use crate::module::{Module, tidy};
use crate::objects::Objects;

/// All slots, also the empty ones.
pub(crate) fn numbers(module: &Module) -> Reply {
    match module.calls.get_all_slots() {
        Ok(slots) => Reply::Slots(slots.iter().map(Slot::id).collect()),
        Err(error) => Reply::Failed(fault::of(&error)),
    }
}

/// Token, certificates and visible keys in one slot.
pub(crate) fn content(module: &Module, number: u64) -> Reply {
    list(module, number).map_or_else(Reply::Failed, Reply::Listed)
}

fn list(module: &Module, number: u64) -> Result<Listed, Fault> {
    let slot = Slot::try_from(number).map_err(|error| fault::of(&error))?;
    let (token, initialised) = token(module, slot)?;
    if !initialised {
        return Err(Fault {
            function: "C_GetTokenInfo".to_owned(),
            code: "CKF_TOKEN_INITIALIZED".to_owned(),
            cause: Cause::TokenUninitialised,
        });
    }
    let session = module
        .calls
        .open_ro_session(slot)
        .map_err(|error| fault::of(&error))?;
    let objects = Objects {
        module,
        session: &session,
    };
    let read = || Ok((objects.certificates()?, objects.keys()?));
    let (certificates, keys) = read().map_err(|error| fault::of(&error))?;
    Ok(Listed {
        token,
        certificates,
        keys,
    })
}

/// What the token says of itself, and whether it was initialised.
pub(crate) fn token(module: &Module, slot: Slot) -> Result<(TokenInfo, bool), Fault> {
    let number = cryptoki_sys::CK_SLOT_ID::from(slot);
    let info = module
        .raw
        .token_info(number)
        .map_err(|code| fault::of_code("C_GetTokenInfo", code))?;
    Ok((told(&info), info.flags & CKF_TOKEN_INITIALIZED != 0))
}

fn told(info: &CK_TOKEN_INFO) -> TokenInfo {
    let has = |flag| info.flags & flag != 0;
    TokenInfo {
        label: text(&info.label),
        serial: text(&info.serialNumber),
        model: text(&info.model),
        manufacturer: text(&info.manufacturerID),
        pin: PinState {
            low: has(CKF_USER_PIN_COUNT_LOW),
            final_try: has(CKF_USER_PIN_FINAL_TRY),
            locked: has(CKF_USER_PIN_LOCKED),
            to_be_changed: has(CKF_USER_PIN_TO_BE_CHANGED),
        },
        protected_path: has(CKF_PROTECTED_AUTHENTICATION_PATH),
        login_required: has(CKF_LOGIN_REQUIRED),
        pin_min: length(info.ulMinPinLen),
        pin_max: length(info.ulMaxPinLen),
    }
}

fn text(bytes: &[u8]) -> String {
    tidy(&String::from_utf8_lossy(bytes))
}

/// A PIN's length; 0 where the token writes something that is none ("unavailable", "infinite").
fn length(value: CK_ULONG) -> u32 {
    u32::try_from(value)
        .ok()
        .filter(|length| *length <= 4096)
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_with_a_broken_clock_is_still_told() {
        let mut info = CK_TOKEN_INFO {
            utcTime: [0xff; 16],
            flags: CKF_USER_PIN_FINAL_TRY,
            ..CK_TOKEN_INFO::default()
        };
        info.label = [b' '; 32];
        info.label[..4].copy_from_slice(b"card");
        let told = told(&info);
        assert_eq!(told.label, "card");
        assert!(told.pin.final_try && !told.pin.locked);
    }

    #[test]
    fn lengths_that_are_none_count_as_unknown() {
        assert_eq!(
            (length(8), length(CK_ULONG::MAX), length(100_000)),
            (8, 0, 0)
        );
    }
}
