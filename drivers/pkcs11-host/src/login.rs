//! Logging in once, and out in any case.

use cryptoki::session::{Session, SessionState};
use cryptoki::slot::Slot;
use cryptoki_sys::{CK_USER_TYPE, CKU_CONTEXT_SPECIFIC, CKU_USER};
use kyso_pkcs11::wire::Refusal;
use kyso_pkcs11::{Pin, TokenInfo};

use crate::fault;
use crate::module::Module;
use crate::slot;

/// A session that logs out when it is dropped, then closes.
pub(crate) struct LoggedIn<'a> {
    pub(crate) session: Session,
    module: &'a Module,
    slot: Slot,
    pin: Option<&'a Pin>,
    bounds: (u32, u32),
    entered: bool,
}

/// Whether a PIN may be spent on this token, judged from its flags alone.
pub(crate) fn admits(token: &TokenInfo, pin: Option<&Pin>) -> Result<(), Refusal> {
    let (min, max) = (token.pin_min, token.pin_max);
    if token.pin.locked && token.login_required {
        return Err(Refusal::PinLocked);
    }
    match pin.map(|pin| pin.expose().len()) {
        Some(length)
            if length < min as usize || (max >= min && max != 0 && length > max as usize) =>
        {
            Err(Refusal::PinForm { min, max })
        }
        None if token.login_required && !token.protected_path => Err(Refusal::PinNeeded),
        _ => Ok(()),
    }
}

impl<'a> LoggedIn<'a> {
    /// Logs the person in on this session. Call [`admits`] first.
    pub(crate) fn enter(
        module: &'a Module,
        slot: Slot,
        session: Session,
        token: &TokenInfo,
        pin: Option<&'a Pin>,
    ) -> Result<Self, Refusal> {
        let bounds = (token.pin_min, token.pin_max);
        let mut logged_in = Self {
            session,
            module,
            slot,
            pin,
            bounds,
            entered: false,
        };
        if token.login_required {
            logged_in.leave_what_others_left();
            logged_in.login(CKU_USER)?;
            logged_in.entered = true;
        }
        Ok(logged_in)
    }

    /// The second login that an always-authenticate key wants between `C_SignInit` and `C_Sign`; the PIN is known to be
    /// right by then.
    pub(crate) fn confirm(&self) -> Result<(), Refusal> {
        self.login(CKU_CONTEXT_SPECIFIC)
    }

    fn login(&self, user: CK_USER_TYPE) -> Result<(), Refusal> {
        let done = self
            .module
            .raw
            .login(self.session.handle(), user, self.pin.map(Pin::expose));
        done.map_err(|code| Refusal::Login {
            fault: fault::of_code("C_Login", code),
            state: slot::token(self.module, self.slot)
                .ok()
                .map(|(token, _)| token.pin),
            bounds: self.bounds,
        })
    }

    /// Gives the session away without logging out.
    #[cfg(feature = "bench")]
    pub(crate) fn keep(mut self) -> Result<Session, cryptoki::error::Error> {
        self.entered = false;
        self.module.calls.open_ro_session(self.slot)
    }

    /// Some modules share one login between programs. What another program left must not let us sign without the PIN.
    fn leave_what_others_left(&self) {
        let state = self
            .session
            .get_session_info()
            .map(|info| info.session_state());
        if matches!(state, Ok(SessionState::RoUser | SessionState::RwUser)) {
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
