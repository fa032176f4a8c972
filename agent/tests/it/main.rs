//! The agent from outside: its requests against a small TLS server, and the program `kyso`.

mod card;
mod device;
mod fetch;
mod hidden;
mod person;
mod pin;
mod program;
mod server;
mod terminal;
mod trust;
mod turns;
mod typing;
mod verify;
