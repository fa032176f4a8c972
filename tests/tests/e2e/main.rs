//! The whole program against real processes, and the rules that no single package can test.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod browsers;
mod desk;
mod desktop;
mod faults;
mod layers;
mod logs;
mod pulled;
mod sign_in;
