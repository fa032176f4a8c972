//! One module, asked when it is time, on a thread of its own.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Instant;

use super::pace::{Next, Pace};
use super::{Change, Teller};
use crate::deadline::Deadline;
use crate::error::DriverError;
use crate::report::SlotReport;
use crate::token::Tokens;
use crate::wire::{Reply, Request};

/// Asks until the sender that is given back, or whoever listens, is gone. A nudge says that the readers have changed.
pub(super) fn ask(tokens: Arc<Tokens>, teller: Teller) -> SyncSender<()> {
    let (nudge, nudges) = sync_channel(1);
    std::thread::spawn(move || run(&tokens, &nudges, &teller));
    nudge
}

fn run(tokens: &Tokens, nudges: &Receiver<()>, teller: &Teller) {
    let (mut pace, mut told) = (Pace::default(), Vec::new());
    loop {
        let nudged = match pace.next(Instant::now()) {
            Next::Ask => {
                let slots = tokens.list();
                let failed = slots.iter().all(|slot| slot.slot.is_none()) && !slots.is_empty();
                pace.answered(Instant::now(), use_readers(tokens), failed);
                tell(slots, &mut told, teller);
                Err(RecvTimeoutError::Timeout)
            }
            Next::Wait(Some(time)) => nudges.recv_timeout(time),
            Next::Wait(None) => nudges.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match nudged {
            Ok(()) => pace.changed(),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Whether a change of readers concerns these modules, as far as they run: only the module's own process can tell.
fn use_readers(tokens: &Tokens) -> bool {
    let uses = |name: &str| {
        let lane = tokens.lane(name)?;
        let deadline = Deadline::after(lane.spec.deadlines.list);
        let reply = tokens
            .turn(lane, deadline)?
            .call(&Request::UsesReaders, deadline)?;
        Ok::<_, DriverError>(reply == Reply::UsesReaders(true))
    };
    let running = tokens.hosts();
    running
        .iter()
        .any(|host| uses(&host.module).unwrap_or(false))
}

fn tell(slots: Vec<SlotReport>, told: &mut Vec<SlotReport>, teller: &Teller) {
    let slots: Vec<_> = slots.into_iter().filter(|slot| !is_empty(slot)).collect();
    if same(&slots, told) {
        return;
    }
    for module in names(slots.iter().chain(told.iter())) {
        let of_it = |slots: &[SlotReport]| -> Vec<_> {
            let its = slots.iter().filter(|slot| slot.module == module);
            its.cloned().collect()
        };
        let now = of_it(&slots);
        if !same(&now, &of_it(told)) {
            teller.tell(Change::Module { module, slots: now });
        }
    }
    *told = slots;
}

fn is_empty(slot: &SlotReport) -> bool {
    matches!(
        slot.token,
        Err(DriverError::TokenAbsent | DriverError::TokenUninitialised)
    )
}

fn same(some: &[SlotReport], others: &[SlotReport]) -> bool {
    let content = |slot: &SlotReport| (slot.module.clone(), slot.slot, slot.token.clone());
    some.iter().map(content).eq(others.iter().map(content))
}

fn names<'a>(slots: impl Iterator<Item = &'a SlotReport>) -> Vec<String> {
    let mut names: Vec<String> = slots.map(|slot| slot.module.clone()).collect();
    names.sort_unstable();
    names.dedup();
    names
}
