//! Slots, and what is on the token in one, without logging in.

use cryptoki_sys::{
    CK_SLOT_ID, CK_TOKEN_INFO, CK_ULONG, CKF_LOGIN_REQUIRED, CKF_PROTECTED_AUTHENTICATION_PATH,
    CKF_TOKEN_INITIALIZED, CKF_USER_PIN_COUNT_LOW, CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED,
    CKF_USER_PIN_TO_BE_CHANGED, CKM_RSA_PKCS_PSS, CKM_RSA_X_509,
};
use kyso_pkcs11::wire::{Cause, Fault, Listed, Reply};
use kyso_pkcs11::{PinState, TokenInfo};

use crate::module::{Module, text};
use crate::objects::Objects;
use crate::raw::{Failed, Session};

/// More slots than any module has that means well.
const MAX_SLOTS: usize = 256;
/// More mechanisms than any token has.
const MAX_MECHANISMS: usize = 1024;

/// All slots, also the empty ones.
#[cfg_attr(
    all(unix, target_pointer_width = "64"),
    expect(
        clippy::useless_conversion,
        reason = "the module's numbers are narrower on other machines"
    )
)]
pub(crate) fn numbers(module: &Module) -> Reply {
    let slots = module.raw.slots(false, MAX_SLOTS);
    slots.map_or_else(
        |failed| Reply::Failed(failed.into()),
        |slots| Reply::Slots(slots.into_iter().map(u64::from).collect()),
    )
}

/// The token in one slot, without a look at its objects.
pub(crate) fn told(module: &Module, number: u64) -> Reply {
    let told = of_number(number).and_then(|slot| with_mechanisms(module, slot));
    told.map_or_else(Reply::Failed, Reply::Token)
}

/// Token, certificates and visible keys in one slot.
pub(crate) fn content(module: &Module, number: u64) -> Reply {
    list(module, number).map_or_else(Reply::Failed, Reply::Listed)
}

fn list(module: &Module, number: u64) -> Result<Listed, Fault> {
    let slot = of_number(number)?;
    let token = with_mechanisms(module, slot)?;
    let session = module.session(slot)?;
    Ok(objects(token, &session)?)
}

/// What the session shows of the token.
pub(crate) fn objects(token: TokenInfo, session: &Session<'_>) -> Result<Listed, Failed> {
    let objects = Objects(session);
    Ok(Listed {
        token,
        certificates: objects.certificates()?,
        keys: objects.keys()?,
    })
}

/// Slots that say that they hold a token.
pub(crate) fn with_tokens(module: &Module) -> Result<Vec<CK_SLOT_ID>, Failed> {
    module.raw.slots(true, MAX_SLOTS)
}

/// What the token says of itself; an error where it was never initialised.
pub(crate) fn initialised(module: &Module, slot: CK_SLOT_ID) -> Result<TokenInfo, Fault> {
    let info = module.raw.token_info(slot)?;
    if info.flags & CKF_TOKEN_INITIALIZED == 0 {
        return Err(Fault {
            function: "C_GetTokenInfo".to_owned(),
            code: "CKF_TOKEN_INITIALIZED".to_owned(),
            cause: Cause::TokenUninitialised,
        });
    }
    Ok(read(&info))
}

fn with_mechanisms(module: &Module, slot: CK_SLOT_ID) -> Result<TokenInfo, Fault> {
    let token = initialised(module, slot)?;
    let mechanisms = module.raw.mechanisms(slot, MAX_MECHANISMS);
    let pss = |kind: &_| [CKM_RSA_PKCS_PSS, CKM_RSA_X_509].contains(kind);
    let rsa_pss = mechanisms.ok().map(|kinds| kinds.iter().any(pss));
    Ok(TokenInfo { rsa_pss, ..token })
}

/// The flags of the PIN, read again.
pub(crate) fn pin_state(module: &Module, slot: CK_SLOT_ID) -> Option<PinState> {
    module.raw.token_info(slot).ok().map(|info| read(&info).pin)
}

fn of_number(number: u64) -> Result<CK_SLOT_ID, Fault> {
    CK_SLOT_ID::try_from(number).map_err(|_| {
        let (function, code) = ("C_GetTokenInfo", cryptoki_sys::CKR_SLOT_ID_INVALID);
        Failed { function, code }.into()
    })
}

fn read(info: &CK_TOKEN_INFO) -> TokenInfo {
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
        rsa_pss: None,
    }
}

/// A PIN's length; 0 where the token writes something that is none ("unavailable", "infinite").
#[cfg_attr(
    windows,
    expect(
        clippy::useless_conversion,
        reason = "the module's numbers are wider on other machines"
    )
)]
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
        let told = read(&info);
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
