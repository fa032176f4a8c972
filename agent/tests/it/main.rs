//! The agent from outside: its requests against a small TLS server, and the program `kyso`.

mod card;
mod connect;
mod desk;
mod device;
mod feed;
mod fetch;
mod hidden;
mod one_screen;
mod person;
mod pin;
mod policy;
mod program;
mod proxy;
mod resident;
mod server;
mod terminal;
mod trust;
mod turns;
mod typing;
mod verify;
