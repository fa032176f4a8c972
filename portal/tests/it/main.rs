//! The portal's router driven in process: a browser with cookies, an agent with keys in software, a clock that the
//! test holds.

#![expect(clippy::unwrap_used, reason = "a test's set-up fails by panicking")]

mod agent;
mod browser;
mod captcha;
mod checks;
mod demand;
mod logs;
mod pages;
mod program;
mod registration;
mod returns;
mod rules;
mod sign_in;
mod world;
