//! The resident agent from outside: its socket, its tray, and its window, which a thread of the test plays.

mod begins;
mod bus;
mod cards;
mod computer;
mod ends;
mod logins;
mod managed;
mod moves;
mod newer;
mod no_keychain;
mod notices;
mod one;
mod pages;
mod played;
mod refused;
mod scene;
mod silent;
mod socket;
mod tray;
mod unrecorded;
mod upgrade;
