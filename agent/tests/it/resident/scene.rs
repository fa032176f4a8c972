//! What tests begin with. Where the machine lacks what that takes, they are left out, which is said.

use super::bus::Desktop;
use super::computer::{Agent, Computer};
use super::logins::begun;
use super::played::Played;
use super::tray::both;

/// A computer on which no agent runs yet.
pub(super) fn on_a_computer(test: impl FnOnce(Computer)) {
    if let Some(computer) = Computer::new() {
        test(computer);
    }
}

/// A computer whose agent is at rest.
pub(super) fn resident(test: impl FnOnce(Computer, Agent)) {
    on_a_computer(|computer| {
        let agent = computer.start();
        test(computer, agent);
    });
}

/// A computer whose agent has begun a login, in this window.
pub(super) fn asked(test: impl FnOnce(Computer, Agent, Played)) {
    on_a_computer(|computer| {
        let (agent, window) = begun(&computer);
        test(computer, agent, window);
    });
}

/// A computer with a session bus on which a desktop shows what is said; no agent runs yet.
pub(super) fn on_a_desktop(test: impl FnOnce(Desktop, Computer)) {
    if let Some((desktop, computer)) = both() {
        test(desktop, computer);
    }
}
