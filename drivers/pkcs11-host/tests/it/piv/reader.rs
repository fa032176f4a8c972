//! The virtual reader, and the library set on it.

use kyso_pkcs11::{ModuleSpec, TokenReport, Tokens};
use kyso_support::{Card, InsertedCard, VirtualReader, until};

use crate::rig::{listed, tokens};

/// A reader, and OpenSC set on it.
pub(crate) struct Reader {
    pub(crate) device: VirtualReader,
    /// OpenSC, with the way to this reader's daemon.
    pub(crate) module: ModuleSpec,
    pub(crate) tokens: Tokens,
}

impl Reader {
    /// Starts it; `None` (said aloud) where this machine can't.
    pub(crate) fn start() -> Option<Self> {
        let device = VirtualReader::start().unwrap()?;
        let module = ModuleSpec {
            environment: device.environment(),
            ..ModuleSpec::configured("opensc", device.module())
        };
        Some(Self {
            tokens: tokens(vec![module.clone()]),
            module,
            device,
        })
    }

    /// Puts a card in and waits until it is listed.
    pub(crate) fn insert(&self, card: Card) -> InsertedCard {
        let inserted = self.device.insert(card).unwrap();
        until("the card to be listed", || !listed(&self.tokens).is_empty()).unwrap();
        inserted
    }

    /// The one token that is listed.
    pub(crate) fn token(&self) -> TokenReport {
        listed(&self.tokens).pop().unwrap()
    }

    /// Pulls the card out and waits until nothing is listed.
    pub(crate) fn pull(&self, inserted: InsertedCard) -> Card {
        let card = inserted.pull().unwrap();
        until("the card to be gone", || listed(&self.tokens).is_empty()).unwrap();
        card
    }
}
