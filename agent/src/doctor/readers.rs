//! The card readers, as PC/SC tells of them, and whether a card is in them.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, SystemTime};

use kyso_pkcs11::{Change, Happening, Watch, Watched};

/// How long PC/SC may take to say something at all.
const PATIENCE: Duration = Duration::from_secs(2);
/// It tells of everything that is there at once; after such a pause nothing more comes.
const PAUSE: Duration = Duration::from_millis(300);

/// One reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reader {
    pub(crate) name: String,
    pub(crate) card: bool,
}

/// All readers; none where there is no PC/SC service.
pub(crate) fn readers(host_program: PathBuf) -> Option<Vec<Reader>> {
    let (_watch, happenings) = Watch::start(Watched {
        host_program,
        environment: Vec::new(),
        modules: Vec::new(),
        clock: SystemTime::now,
    });
    told(&happenings)
}

fn told(happenings: &Receiver<Happening>) -> Option<Vec<Reader>> {
    let (mut found, mut service) = (Vec::<Reader>::new(), false);
    let mut patience = PATIENCE;
    loop {
        match happenings
            .recv_timeout(patience)
            .map(|happening| happening.change)
        {
            Ok(Change::ServiceLost) => return None,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                return service.then_some(found);
            }
            Ok(Change::ServiceFound) => service = true,
            Ok(Change::ReaderAdded(name)) => found.push(Reader { name, card: false }),
            Ok(Change::CardInserted(name)) => set(&mut found, &name, true),
            Ok(Change::CardRemoved(name)) => set(&mut found, &name, false),
            Ok(Change::ReaderRemoved(name)) => found.retain(|reader| reader.name != name),
            Ok(Change::DeviceAdded(_) | Change::DeviceRemoved(_) | Change::Module { .. }) => {}
        }
        patience = PAUSE;
    }
}

fn set(readers: &mut [Reader], name: &str, card: bool) {
    for reader in readers.iter_mut().filter(|reader| reader.name == name) {
        reader.card = card;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(changes: Vec<Change>, expected: Option<&[(&str, bool)]>) {
        let (tell, happenings) = std::sync::mpsc::channel();
        for change in changes {
            let at = SystemTime::UNIX_EPOCH;
            tell.send(Happening { at, change }).expect("heard");
        }
        drop(tell);
        let expected = expected.map(|all| {
            let reader = |(name, card): &(&str, bool)| Reader {
                name: (*name).to_owned(),
                card: *card,
            };
            all.iter().map(reader).collect::<Vec<_>>()
        });
        assert_eq!(told(&happenings), expected);
    }

    #[test]
    fn readers_are_told_with_and_without_a_card() {
        use Change::{CardInserted, ReaderAdded, ReaderRemoved, ServiceFound, ServiceLost};
        let name = |text: &str| text.to_owned();
        check(
            vec![
                ServiceFound,
                ReaderAdded(name("A")),
                ReaderAdded(name("B")),
                ReaderAdded(name("C")),
                CardInserted(name("B")),
                ReaderRemoved(name("C")),
            ],
            Some(&[("A", false), ("B", true)]),
        );
        check(vec![ServiceFound], Some(&[]));
        check(vec![ServiceLost], None);
        check(Vec::new(), None);
    }
}
