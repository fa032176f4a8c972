//! Waits for card readers and cards, and tells each change on stdout, until it is killed.

mod pcsc;

use std::io::Write;
use std::time::Duration;

use kyso_pkcs11::wire::{Readers, WireError, write_frame};
use pcsc::{Library, Service};

/// PC/SC counts the readers when a wait begins: one that came just before is seen after the wait. That is within a
/// second, however many are plugged at a time.
const WAIT: Duration = Duration::from_millis(900);
/// Before the service, or its library, is looked for again.
const REST: Duration = Duration::from_millis(500);

/// Never returns while the other end reads.
pub(crate) fn watch(to: &mut impl Write) -> anyhow::Result<()> {
    let mut told = Told { to, last: None };
    loop {
        if let Some(library) = Library::load()
            && let Ok(service) = library.connect()
        {
            follow(&service, &mut told)?;
        }
        told.tell(Readers(None))?;
        std::thread::sleep(REST);
    }
}

/// Until the service is gone.
fn follow(service: &Service<'_>, told: &mut Told<'_, impl Write>) -> Result<(), WireError> {
    while let Ok(names) = service.readers() {
        let mut watched = service.look_at(names);
        let Ok(readers) = watched.now() else { break };
        told.tell(Readers(Some(readers)))?;
        if watched.wait(WAIT).is_err() {
            break;
        }
    }
    Ok(())
}

struct Told<'a, W> {
    to: &'a mut W,
    last: Option<Readers>,
}

impl<W: Write> Told<'_, W> {
    /// Only what is new.
    fn tell(&mut self, readers: Readers) -> Result<(), WireError> {
        if self.last.as_ref() != Some(&readers) {
            write_frame(&mut self.to, &readers.to_bytes())?;
            self.last = Some(readers);
        }
        Ok(())
    }
}
