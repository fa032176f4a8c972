//! A token that stays unlocked between two questions: for tokens that show their certificates only after the PIN.

use kyso_pkcs11::Pin;
use kyso_pkcs11::wire::{Refusal, Reply, SignRequest, TokenName};

use crate::login::LoggedIn;
use crate::module::Module;
use crate::sign::{Stop, alone, attempt_all};
use crate::slot;

/// At most one token that is unlocked; the PIN isn't kept.
#[derive(Default)]
pub(crate) struct Unlocked<'a>(Option<LoggedIn<'a>>);

impl<'a> Unlocked<'a> {
    /// Logs in on the only token of that name, and answers what it then shows.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the PIN is wiped before the answer goes out"
    )]
    pub(crate) fn open(
        &mut self,
        module: &'a Module,
        token: &TokenName,
        pin: Option<Pin>,
    ) -> Reply {
        self.0 = None;
        match enter(module, token, pin.as_ref()) {
            Ok(logged_in) => self.list(logged_in),
            Err(stop) => stop.into(),
        }
    }

    /// Signs with a key of the token that is unlocked. A key that wants the PIN again is refused.
    pub(crate) fn sign(&self, request: &SignRequest) -> Reply {
        let Some(logged_in) = &self.0 else {
            return Reply::Refused(Refusal::PinNeeded);
        };
        attempt_all(logged_in, request, None).unwrap_or_else(Reply::from)
    }

    /// Logs out.
    pub(crate) fn close(&mut self) -> Reply {
        self.0 = None;
        Reply::Done
    }

    fn list(&mut self, logged_in: LoggedIn<'a>) -> Reply {
        match slot::objects(logged_in.token.clone(), &logged_in.session) {
            Ok(listed) => {
                self.0 = Some(logged_in);
                Reply::Listed(listed)
            }
            Err(failed) => Reply::Failed(failed.into()),
        }
    }
}

fn enter<'a>(
    module: &'a Module,
    token: &TokenName,
    pin: Option<&Pin>,
) -> Result<LoggedIn<'a>, Stop> {
    let mut token = alone(module, token)?;
    token.enter(pin)?;
    Ok(token)
}
