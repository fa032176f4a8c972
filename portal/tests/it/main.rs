//! The portal's router driven in process: a browser with cookies, an agent with keys in software, a clock that the
//! test holds.

#![expect(clippy::unwrap_used, reason = "a test's set-up fails by panicking")]

mod agent;
mod brokered;
mod browser;
mod captcha;
mod checks;
mod click;
mod demand;
mod devices;
mod downloads;
mod evidence;
mod housekeeping;
mod logs;
mod no_renewal;
mod office;
mod pages;
mod program;
mod proxies;
mod registration;
mod renewal;
mod returns;
mod revoked;
mod rules;
mod sign_in;
mod trust;
mod world;
