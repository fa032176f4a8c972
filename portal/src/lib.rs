//! The Kyso reference portal: a complete relying party of the Kyso sign-in protocol, national role.
//!
//! A page's POST makes an *ask* ([`routes`] → `asks`); the agent fetches its statement and posts an *answer*
//! (`answers`, the checks in the protocol's order); the browser brings the *return code* back (`returns`); the
//! person's own click makes an account (`registration`), registers a new certificate (`renewal`) or opens a session
//! (`sign_in`, `sessions`), after the certificate was judged once more (`judging`). Pages are pure
//! ([`pages`]); everything that changes is one transaction in [`store`].
//!
//! Not here: what a statement or a token is (`kyso-protocol`), whether a certificate is believed (`kyso-certs`),
//! fetching of revocation evidence, any method but the USB token.

mod accounts;
pub mod ambient;
mod answers;
mod asks;
mod brokered;
mod browser_half;
pub mod config;
mod cookies;
mod csrf;
mod device;
mod downloads;
mod evidence;
mod history;
pub mod housekeeping;
mod judging;
mod known_browser;
mod linked;
mod local_path;
mod names;
pub mod pages;
mod picture_code;
pub mod portal;
mod proofs;
pub mod proxies;
mod rates;
mod registered;
mod registration;
mod renewal;
mod reply;
mod returns;
pub mod routes;
mod secrets;
mod security;
pub mod server;
mod sessions;
mod sign_in;
pub mod store;
pub mod ties;
pub mod trust;
pub mod units;
mod visitor;
