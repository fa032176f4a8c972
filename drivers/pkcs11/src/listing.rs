//! Listing one module: slot by slot, so that a slot that hangs or kills the host hides no other.

use crate::deadline::Deadline;
use crate::discovery::ModuleSpec;
use crate::error::DriverError;
use crate::host::failed;
use crate::keys;
use crate::lane::Turn;
use crate::quirks::SILENCE;
use crate::report::{SlotReport, TokenReport};
use crate::wire::{Reply, Request, WireError};

/// More slots than any module has that means well.
const MAX_SLOTS: usize = 64;

/// Every slot of the module, or the one reason why there is none to tell of.
pub(crate) fn of_module(
    turn: &mut Turn<'_>,
    spec: &ModuleSpec,
    deadline: Deadline,
) -> Vec<SlotReport> {
    let report = |slot, token| SlotReport {
        module: spec.name.clone(),
        slot,
        token,
    };
    let slots = match slots(turn, deadline) {
        Ok(slots) => slots,
        Err(error) => return vec![report(None, Err(error))],
    };
    let count = slots.len();
    let each = slots.into_iter().enumerate();
    each.map(|(index, slot)| {
        let token = token(turn, spec, slot, deadline.share(count - index));
        report(Some(slot), token)
    })
    .collect()
}

/// Numbers of the module's slots.
pub(crate) fn slots(turn: &mut Turn<'_>, deadline: Deadline) -> Result<Vec<u64>, DriverError> {
    match turn.call(&Request::Slots, deadline)? {
        Reply::Slots(mut slots) => {
            slots.truncate(MAX_SLOTS);
            Ok(slots)
        }
        Reply::Failed(fault) => Err(failed(fault)),
        _ => Err(WireError::Unexpected.into()),
    }
}

fn token(
    turn: &mut Turn<'_>,
    spec: &ModuleSpec,
    slot: u64,
    deadline: Deadline,
) -> Result<TokenReport, DriverError> {
    if spec.quirks.log_in_first {
        return maybe_silent(turn, spec, slot, deadline);
    }
    content(turn, spec, slot, deadline)
}

fn content(
    turn: &mut Turn<'_>,
    spec: &ModuleSpec,
    slot: u64,
    deadline: Deadline,
) -> Result<TokenReport, DriverError> {
    match turn.call(&Request::Slot(slot), deadline)? {
        Reply::Listed(listed) => Ok(keys::report(&spec.name, listed)),
        Reply::Failed(fault) => Err(failed(fault)),
        _ => Err(WireError::Unexpected.into()),
    }
}

/// A token of a module that may show nothing before the PIN: first the token alone, then its certificates within a
/// shorter time. A module that was silent once is not asked again.
fn maybe_silent(
    turn: &mut Turn<'_>,
    spec: &ModuleSpec,
    slot: u64,
    deadline: Deadline,
) -> Result<TokenReport, DriverError> {
    let token = match turn.call(&Request::Token(slot), deadline)? {
        Reply::Token(token) => token,
        Reply::Failed(fault) => return Err(failed(fault)),
        _ => return Err(WireError::Unexpected.into()),
    };
    if !turn.is_silent() {
        match content(turn, spec, slot, deadline.at_most(SILENCE)) {
            Err(DriverError::ModuleTimeout { .. }) => turn.found_silent(),
            answered => return answered,
        }
    }
    Ok(TokenReport {
        token,
        certificates: Vec::new(),
        omitted: Vec::new(),
        certificates_after_pin: true,
    })
}
