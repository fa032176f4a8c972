//! Logging in once, and out in any case.

use cryptoki_sys::{
    CK_SLOT_ID, CK_USER_TYPE, CKS_RO_USER_FUNCTIONS, CKS_RW_USER_FUNCTIONS, CKU_CONTEXT_SPECIFIC,
    CKU_USER,
};
use kyso_pkcs11::wire::{Cause, Refusal};
use kyso_pkcs11::{Pin, TokenInfo};

use crate::fault::fault;
use crate::module::Module;
use crate::raw::{Failed, Session};
use crate::slot::pin_state;

/// A session that logs out when it is dropped, where it is logged in, then closes.
pub(crate) struct LoggedIn<'a> {
    pub(crate) session: Session<'a>,
    pub(crate) token: TokenInfo,
    module: &'a Module,
    slot: CK_SLOT_ID,
    entered: bool,
}

/// Whether a PIN may be spent on this token, judged from its flags alone.
pub(crate) fn admits(token: &TokenInfo, pin: Option<&Pin>) -> Result<(), Refusal> {
    if token.pin.locked && token.login_required {
        return Err(Refusal::PinLocked);
    }
    let (min, max) = (token.pin_min, token.pin_max);
    match pin {
        Some(pin) if !has_form(pin, token) => Err(Refusal::PinForm { min, max }),
        None if token.login_required && !token.protected_path => Err(Refusal::PinNeeded),
        _ => Ok(()),
    }
}

/// Whether the token can have a PIN of that length. Bounds that contradict each other bound nothing.
pub(crate) fn has_form(pin: &Pin, token: &TokenInfo) -> bool {
    let (min, max) = (token.pin_min, token.pin_max);
    let length = pin.expose().len();
    length >= min as usize && (max < min || max == 0 || length <= max as usize)
}

/// A PIN that the token refused, with the flags as they are now.
pub(crate) fn refused(
    module: &Module,
    slot: CK_SLOT_ID,
    token: &TokenInfo,
    failed: Failed,
) -> Refusal {
    let fault = fault(failed);
    // A token that failed otherwise, pulled out for instance, is asked nothing more: OpenSC doesn't return from that.
    let told = matches!(fault.cause, Cause::PinIncorrect | Cause::PinLocked);
    Refusal::Login {
        state: told.then(|| pin_state(module, slot)).flatten(),
        fault,
        bounds: (token.pin_min, token.pin_max),
    }
}

impl<'a> LoggedIn<'a> {
    /// A session that isn't logged in yet.
    pub(crate) fn before(
        module: &'a Module,
        slot: CK_SLOT_ID,
        session: Session<'a>,
        token: TokenInfo,
    ) -> Self {
        Self {
            session,
            token,
            module,
            slot,
            entered: false,
        }
    }

    /// Logs the person in, once. Nothing is tried where the token's flags say that it would be for nothing.
    pub(crate) fn enter(&mut self, pin: Option<&Pin>) -> Result<(), Refusal> {
        admits(&self.token, pin)?;
        if self.token.login_required {
            self.leave_what_others_left();
            self.login(CKU_USER, pin)?;
            self.entered = true;
        }
        Ok(())
    }

    /// The second login that an always-authenticate key wants between `C_SignInit` and `C_Sign`; the PIN is known to be
    /// right by then. Where it is gone by then and the device can't ask, nothing is tried.
    pub(crate) fn confirm(&self, pin: Option<&Pin>) -> Result<(), Refusal> {
        if pin.is_none() && !self.token.protected_path {
            return Err(Refusal::PinNeeded);
        }
        self.login(CKU_CONTEXT_SPECIFIC, pin)
    }

    fn login(&self, user: CK_USER_TYPE, pin: Option<&Pin>) -> Result<(), Refusal> {
        let done = self.session.login(user, pin.map(Pin::expose));
        done.map_err(|failed| refused(self.module, self.slot, &self.token, failed))
    }

    /// Some modules share one login between programs. What another program left must not let us sign without the PIN.
    fn leave_what_others_left(&self) {
        if let Ok(CKS_RO_USER_FUNCTIONS | CKS_RW_USER_FUNCTIONS) = self.session.state() {
            let _ = self.session.logout();
        }
    }
}

impl Drop for LoggedIn<'_> {
    fn drop(&mut self) {
        if self.entered {
            let _ = self.session.logout();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kyso_pkcs11::PinState;

    fn token() -> TokenInfo {
        TokenInfo {
            label: String::new(),
            serial: String::new(),
            model: String::new(),
            manufacturer: String::new(),
            pin: PinState::default(),
            protected_path: false,
            login_required: true,
            pin_min: 4,
            pin_max: 8,
            rsa_pss: None,
        }
    }

    fn check(token: &TokenInfo, pin: Option<&[u8]>, expected: &Result<(), Refusal>) {
        let pin = pin.map(|pin| Pin::new(pin).unwrap());
        assert_eq!(&admits(token, pin.as_ref()), expected);
    }

    #[test]
    fn spends_nothing_on_a_locked_token() {
        let locked = TokenInfo {
            pin: PinState {
                locked: true,
                ..PinState::default()
            },
            ..token()
        };
        check(&locked, Some(b"123456"), &Err(Refusal::PinLocked));
    }

    #[test]
    fn spends_nothing_on_a_pin_of_impossible_length() {
        check(
            &token(),
            Some(b"123"),
            &Err(Refusal::PinForm { min: 4, max: 8 }),
        );
        check(
            &token(),
            Some(b"123456789"),
            &Err(Refusal::PinForm { min: 4, max: 8 }),
        );
        check(&token(), Some(b"12345678"), &Ok(()));
        check(
            &TokenInfo {
                pin_max: 0,
                ..token()
            },
            Some(&[b'1'; 200]),
            &Ok(()),
        );
        check(
            &TokenInfo {
                pin_min: 9,
                pin_max: 8,
                ..token()
            },
            Some(b"123456789"),
            &Ok(()),
        );
    }

    #[test]
    fn asks_for_a_pin_where_the_device_cannot() {
        check(&token(), None, &Err(Refusal::PinNeeded));
        check(
            &TokenInfo {
                protected_path: true,
                ..token()
            },
            None,
            &Ok(()),
        );
        check(
            &TokenInfo {
                login_required: false,
                ..token()
            },
            None,
            &Ok(()),
        );
    }
}
