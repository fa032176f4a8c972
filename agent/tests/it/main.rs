//! The agent from outside: its requests against a small TLS server, and the program `kyso`.

mod fetch;
mod program;
mod server;
mod turns;
mod verify;
