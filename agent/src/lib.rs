//! Everything that the program on the person's computer decides: one login at a time as a state machine, one owner of
//! it, the channels to the portal, the words, and the command line `kyso`.
//!
//! Not here: what a token's module does (its own process, behind `kyso_pkcs11`), what the protocol's messages look
//! like (`kyso_protocol`), what a certificate says (`kyso_certs`). No call signs bytes of a caller's choosing.

pub mod channel;
pub mod cli;
pub mod controller;
pub mod device_key;
mod doctor;
pub mod drivers;
pub mod feed;
#[cfg(test)]
mod fixtures;
mod folders;
pub mod journal;
mod keychain;
pub mod log;
pub mod login;
pub mod pages;
pub mod portals;
pub mod problem;
pub mod resident;
pub mod screens;
pub mod settings;
pub mod shell;
pub mod text;
pub mod view;
