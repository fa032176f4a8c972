//! What changes while nobody asks: readers and cards as PC/SC tells of them, USB devices as udev does, and what the
//! modules list after such a change.
//!
//! No module is asked in order to learn of a change that PC/SC tells by itself. A module that doesn't use PC/SC has
//! no such voice: it is asked again [`pace::REST`] after each answer. PC/SC's own library stays in a process of its
//! own, the host program, so that this one neither needs it nor waits for it.

mod changes;
mod device;
mod modules;
mod pace;
mod reader_process;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel};
use std::time::SystemTime;

use crate::report::SlotReport;
use crate::token::Tokens;

use crate::system::Devices;
pub use device::UsbDevice;

/// What is to be watched.
pub struct Watched {
    /// The program `kyso-pkcs11-host` of this release.
    pub host_program: PathBuf,
    /// Environment variables for the process that talks to PC/SC, as `PCSCLITE_CSOCK_NAME`.
    pub environment: Vec<(String, OsString)>,
    /// Modules to be asked, each by itself, so that a slow one delays no other.
    pub modules: Vec<Arc<Tokens>>,
    /// The clock that stamps the events.
    pub clock: fn() -> SystemTime,
}

/// Something that changed, and when that was seen.
#[derive(Clone, Debug)]
pub struct Happening {
    /// When.
    pub at: SystemTime,
    /// What.
    pub change: Change,
}

/// What can change. Names of readers are PC/SC's: they may hold any character.
#[derive(Clone, Debug)]
pub enum Change {
    /// The PC/SC service answers.
    ServiceFound,
    /// The PC/SC service answers no more, or never did; it is looked for all the time.
    ServiceLost,
    /// A reader is there.
    ReaderAdded(String),
    /// A reader is gone.
    ReaderRemoved(String),
    /// A card is in this reader.
    CardInserted(String),
    /// The card is out of this reader.
    CardRemoved(String),
    /// A USB device is there.
    DeviceAdded(UsbDevice),
    /// A USB device is gone.
    DeviceRemoved(UsbDevice),
    /// A module lists something else than before.
    Module {
        /// Its name.
        module: String,
        /// Its slots, without those that are merely empty.
        slots: Vec<SlotReport>,
    },
}

/// Watches until it is dropped. What is there at the beginning is told as if it had just come.
pub struct Watch {
    _readers: reader_process::ReaderProcess,
    _devices: Option<Devices>,
}

impl Watch {
    /// Starts watching. The receiver ends when the watch is dropped.
    #[must_use]
    pub fn start(watched: Watched) -> (Self, Receiver<Happening>) {
        let (events, happenings) = channel();
        let teller = Teller {
            events,
            clock: watched.clock,
        };
        let askers = watched
            .modules
            .into_iter()
            .map(|tokens| modules::ask(tokens, teller.clone()))
            .collect();
        let watch = Self {
            _devices: Devices::watch(teller.clone()),
            _readers: reader_process::ReaderProcess::watch(
                watched.host_program,
                watched.environment,
                Told { teller, askers },
            ),
        };
        (watch, happenings)
    }
}

/// Stamps changes and passes them on.
#[derive(Clone)]
pub(crate) struct Teller {
    events: Sender<Happening>,
    clock: fn() -> SystemTime,
}

impl Teller {
    /// An event that nobody takes any more is nobody's loss.
    pub(crate) fn tell(&self, change: Change) {
        let _ = self.events.send(Happening {
            at: (self.clock)(),
            change,
        });
    }
}

/// Whom a change of readers concerns: whoever listens, and the modules.
struct Told {
    teller: Teller,
    askers: Vec<SyncSender<()>>,
}

impl Told {
    fn tell(&self, changes: Vec<Change>) {
        let any = !changes.is_empty();
        changes
            .into_iter()
            .for_each(|change| self.teller.tell(change));
        if any {
            // A nudge that still waits to be taken serves for this one too.
            self.askers.iter().for_each(|asker| _ = asker.try_send(()));
        }
    }
}
