//! Whether the token of the chosen certificate is still there.

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::SystemTime;

use kyso_pkcs11::{Change, Config, DriverError, Happening, KeyRef, Tokens, Watch, Watched};
use tokio::sync::mpsc;

use super::{Driver, Drivers};

/// Watches since it was made, so that a token that goes between two steps of a login is not missed.
pub struct Guard {
    _watch: Watch,
    happenings: mpsc::UnboundedReceiver<Happening>,
}

impl Guard {
    /// Resolves when the token that holds this certificate is gone; never where nobody tells of that.
    pub async fn gone(mut self, drivers: Arc<Drivers>, key: KeyRef) {
        while let Some(happening) = self.happenings.recv().await {
            if !is_removal(&happening.change) {
                continue;
            }
            let (drivers, key) = (Arc::clone(&drivers), key.clone());
            let asked = tokio::task::spawn_blocking(move || drivers.lack(&key));
            if asked.await.unwrap_or(false) {
                return;
            }
        }
        std::future::pending::<()>().await;
    }
}

impl Drivers {
    /// Begins to watch for tokens that are pulled out.
    #[must_use]
    pub fn guard(&self) -> Guard {
        let (watch, happenings) = self.watch_of(&[]);
        Guard {
            _watch: watch,
            happenings: passed_on(happenings),
        }
    }

    /// Resolves when a module shows a token; never where nobody tells of that.
    pub async fn plugged_in(&self) {
        let (_watch, happenings) = self.watch_of(&self.each);
        let mut happenings = passed_on(happenings);
        while let Some(happening) = happenings.recv().await {
            if shows_a_token(&happening.change) {
                return;
            }
        }
        std::future::pending::<()>().await;
    }

    /// Watches readers, USB devices and what these modules list, until the watch is dropped.
    #[must_use]
    pub fn watch_of(&self, modules: &[Driver]) -> (Watch, Receiver<Happening>) {
        Watch::start(Watched {
            host_program: self.host_program.clone(),
            environment: Vec::new(),
            modules: modules
                .iter()
                .map(|driver| Arc::clone(&driver.tokens))
                .collect(),
            clock: SystemTime::now,
        })
    }

    /// Whether the certificate's module surely doesn't see its token any more. A new process is asked: the one that serves
    /// the login may be in the middle of a signature, or still believe in the token that was pulled out. Blocks until the
    /// module's deadline for lists at most.
    pub(super) fn lack(&self, key: &KeyRef) -> bool {
        let Ok(driver) = self.named(&key.module) else {
            return false;
        };
        let slots = Tokens::new(Config {
            host_program: self.host_program.clone(),
            modules: vec![driver.spec.clone()],
        })
        .list();
        slots.iter().all(|slot| match &slot.token {
            Ok(report) => {
                report.token.serial != key.token_serial || report.token.label != key.token_label
            }
            Err(error) => matches!(
                error,
                DriverError::TokenAbsent | DriverError::TokenUninitialised
            ),
        })
    }
}

/// Those that come, for whoever can't wait on a thread; until the watch is dropped.
pub(crate) fn passed_on(happenings: Receiver<Happening>) -> mpsc::UnboundedReceiver<Happening> {
    let (pass, passed) = mpsc::unbounded_channel();
    std::thread::spawn(move || happenings.into_iter().try_for_each(|next| pass.send(next)));
    passed
}

fn shows_a_token(change: &Change) -> bool {
    matches!(change, Change::Module { slots, .. } if slots.iter().any(|slot| slot.token.is_ok()))
}

fn is_removal(change: &Change) -> bool {
    matches!(
        change,
        Change::CardRemoved(_) | Change::ReaderRemoved(_) | Change::DeviceRemoved(_)
    )
}
