//! Whether a token is there, as far as PC/SC and USB tell without any module being asked.

use std::collections::HashSet;

use kyso_pkcs11::{Catalogue, Change, UsbDevice, Watch};
use tokio::sync::mpsc;

use super::event::Event;
use crate::drivers::Drivers;

/// What was seen so far.
#[derive(Debug, Default)]
struct Seen {
    /// Somebody tells of cards.
    told: bool,
    cards: HashSet<String>,
    /// Devices that may be tokens; two alike may be there.
    devices: Vec<UsbDevice>,
}

impl Seen {
    fn take(&mut self, change: Change, known: &Catalogue) {
        match change {
            Change::ServiceFound => self.told = true,
            Change::ServiceLost => {
                self.told = false;
                self.cards.clear();
            }
            Change::CardInserted(reader) => _ = self.cards.insert(reader),
            Change::CardRemoved(reader) | Change::ReaderRemoved(reader) => {
                self.cards.remove(&reader);
            }
            Change::DeviceAdded(device) if is_token(device, known) => self.devices.push(device),
            Change::DeviceRemoved(device) => {
                if let Some(at) = self.devices.iter().position(|seen| *seen == device) {
                    self.devices.remove(at);
                }
            }
            Change::DeviceAdded(_) | Change::ReaderAdded(_) | Change::Module { .. } => {}
        }
    }

    /// None where nobody could know.
    fn present(&self) -> Option<bool> {
        let any = !self.cards.is_empty() || !self.devices.is_empty();
        (any || self.told).then_some(any)
    }
}

fn is_token(device: UsbDevice, known: &Catalogue) -> bool {
    let mut known = known.devices().iter();
    known
        .any(|row| row.vendor == device.vendor && row.product.is_none_or(|is| is == device.product))
}

/// Tells of every change until the watch is dropped.
pub(super) fn watch(
    drivers: &Drivers,
    known: Catalogue,
    events: mpsc::UnboundedSender<Event>,
) -> Watch {
    let (watch, happenings) = drivers.watch_of(&[]);
    std::thread::spawn(move || {
        let mut seen = Seen::default();
        for happening in happenings {
            seen.take(happening.change, &known);
            if events.send(Event::Tokens(seen.present())).is_err() {
                return;
            }
        }
    });
    watch
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(changes: &[Change], expected: Option<bool>) {
        let mut seen = Seen::default();
        let known = Catalogue::default();
        for change in changes {
            seen.take(change.clone(), &known);
        }
        assert_eq!(seen.present(), expected, "{changes:?}");
    }

    #[test]
    fn no_token_is_said_only_where_somebody_tells_of_cards() {
        use Change::{CardInserted, CardRemoved, ReaderRemoved, ServiceFound, ServiceLost};
        let card = || CardInserted("Reader 00".into());
        check(&[], None);
        check(&[ServiceLost], None);
        check(&[ServiceFound], Some(false));
        check(&[ServiceFound, card()], Some(true));
        check(
            &[ServiceFound, card(), CardRemoved("Reader 00".into())],
            Some(false),
        );
        check(
            &[ServiceFound, card(), ReaderRemoved("Reader 00".into())],
            Some(false),
        );
        check(
            &[ServiceFound, card(), CardRemoved("Reader 01".into())],
            Some(true),
        );
        check(&[ServiceFound, card(), ServiceLost], None);
    }
}
