//! USB tokens and smart cards: finds them, lists the certificates a person can use, and gets one digest signed.
//!
//! A vendor's module is never loaded into this process. Each one runs in a child of its own, `kyso-pkcs11-host`, that
//! is asked over a pipe and killed when it doesn't answer in time; its death is an ordinary result. What is *not* here:
//! what a login is, which certificate fits it, and any way to sign without naming the certificate.

mod catalogue;
mod deadline;
mod discovery;
mod error;
mod examine;
mod host;
mod keys;
mod lane;
mod listing;
mod memory;
mod padding;
mod pin;
mod pin_change;
mod public_key;
mod quirks;
mod report;
mod scheme;
mod signing;
mod stop;
mod system;
mod token;
mod unlocked;
mod watch;
/// The messages between this library and the process that holds a vendor's module.
pub mod wire;

#[cfg(feature = "bench")]
pub mod bench;

pub use catalogue::{Catalogue, CatalogueError, Confidence, Device, Row, Words};
pub use discovery::{Deadlines, ModuleSpec, Source, System, find};
pub use error::{DriverError, PinChangeError, PinError, SignError, Unfit};
pub use examine::Architecture;
pub use host::HostProcess;
pub use pin::Pin;
pub use pin_change::PinChange;
pub use quirks::Quirks;
pub use report::{
    KeyRef, ModuleInfo, ModuleReport, Omission, PinState, SlotReport, TokenInfo, TokenRef,
    TokenReport,
};
pub use scheme::{Hash, Scheme, Signature};
pub use system::{die_with_parent, end_at_once, harden};
pub use token::{Config, Tokens};
pub use unlocked::Unlocked;
pub use watch::{Change, Happening, UsbDevice, Watch, Watched};
