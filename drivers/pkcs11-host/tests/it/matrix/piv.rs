//! OpenSC over a PIV card in a virtual reader.

use kyso_support::{Card, CardKey};

use super::stand::{BOTH, Holding, Lock, RIGHT, Stand, holdings, host_program};
use crate::piv::reader::Reader;

/// Authentication; every key here signs without being asked anew.
const SLOTS: [u8; 2] = [0x9a, 0x9e];

pub(super) fn stand() -> Option<Stand> {
    let reader = Reader::start()?;
    let holdings = holdings(&BOTH);
    let slot = |(held, reference): (&Holding, u8)| CardKey {
        reference,
        key: held.key.clone(),
        certificate: held.certificate.clone(),
    };
    let slots = holdings.iter().zip(SLOTS).map(slot).collect();
    let inserted = reader.insert(Card::new(RIGHT, slots));
    Some(Stand {
        name: "OpenSC, PIV",
        spec: reader.module.clone(),
        host_program: host_program(),
        label: None,
        holdings,
        lock: Lock::After(3),
        _keeps: vec![Box::new(inserted), Box::new(reader)],
    })
}
