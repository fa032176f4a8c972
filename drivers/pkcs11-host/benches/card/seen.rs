//! A card that comes and goes while the readers are watched.

use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result};
use kyso_pkcs11::{Change, Happening, Watch, Watched};
use kyso_support::{PATIENCE, VirtualReader};

use super::{card, host_program, median};

const ROUNDS: usize = 15;

/// Medians from putting the card in, or pulling it out, to the event.
pub(crate) struct Seen {
    pub(crate) insert: Duration,
    pub(crate) remove: Duration,
}

/// `None` (said aloud) where this machine can't have a virtual reader.
pub(crate) fn measure() -> Result<Option<Seen>> {
    let Some(reader) = VirtualReader::start()? else {
        return Ok(None);
    };
    let (_watch, happenings) = Watch::start(Watched {
        host_program: host_program(),
        environment: reader.environment(),
        modules: Vec::new(),
        clock: SystemTime::now,
    });
    wait(&happenings, |change| {
        matches!(change, Change::ReaderAdded(_))
    })?;
    let (mut card, mut insert, mut remove) = (card()?, Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let inserted = reader.insert(card)?;
        wait(&happenings, |change| {
            matches!(change, Change::CardInserted(_))
        })?;
        insert.push(begun.elapsed());
        let begun = Instant::now();
        card = inserted.pull()?;
        wait(&happenings, |change| {
            matches!(change, Change::CardRemoved(_))
        })?;
        remove.push(begun.elapsed());
    }
    Ok(Some(Seen {
        insert: median(insert)?,
        remove: median(remove)?,
    }))
}

fn wait(happenings: &Receiver<Happening>, wanted: impl Fn(&Change) -> bool) -> Result<()> {
    loop {
        let next = happenings.recv_timeout(PATIENCE);
        if wanted(&next.context("the change was not seen")?.change) {
            return Ok(());
        }
    }
}
