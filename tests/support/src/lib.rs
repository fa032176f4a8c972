//! Certificates, revocation lists and soft tokens, made fresh for tests and for the demonstration.
//!
//! Nothing here is checked in or shipped: keys come from the `openssl` program when a test asks for them, tokens from
//! SoftHSM2 in a folder that the caller owns. It builds what a Vietnamese CA would issue, and also what none should.
//!
//! Not here: anything that reads or judges a certificate. The code under test does that, and the `openssl` program is
//! the independent opinion.

mod crl;
mod daemon;
mod demo;
mod draft;
mod issue;
mod key;
mod keyring;
mod memory;
mod missing;
mod name;
mod notifications;
mod ocsp;
mod program;
mod publisher;
mod sign;
mod soft_token;
mod trust_file;
mod twins;
mod virtual_reader;

pub use crl::{CrlDraft, IssuedCrl};
pub use daemon::{Daemon, PATIENCE, may_unshare, two_free_ports, until};
pub use demo::{DemoPki, Files, Published, Role, Server, Subject};
pub use draft::{Draft, Ku, eku};
pub use issue::{Authority, Issued};
pub use key::{Key, KeyKind};
pub use keyring::{Bus, Keyring};
pub use memory::Memory;
pub use missing::missing;
pub use name::{Name, Text, oid};
pub use notifications::{NOTICE, click_notification, show_notifications};
pub use ocsp::OcspResponder;
pub use publisher::Publisher;
pub use sign::{Algorithm, sign_detached, sign_softly};
pub use soft_token::{SoftToken, module_path};
pub use twins::{Expected, Twin};
pub use virtual_reader::{Card, CardKey, InsertedCard, PinsShown, PulledAt, VirtualReader};
