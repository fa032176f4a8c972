//! What the page may call. Each is a conversion and a send.

#![expect(
    clippy::needless_pass_by_value,
    reason = "Tauri hands a command its arguments as values"
)]

use kyso_screens::{Act, Shown};
use serde::Serialize;
use tauri::State;
use tauri::ipc::{InvokeBody, Request};

use crate::pipe::Agent;
use crate::windows::Board;

/// Why a call came to nothing.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Refused {
    /// The header `kyso-number` is no number.
    Number,
    /// The PIN didn't come as bytes.
    Body,
    /// It is too long, or the agent is gone.
    Pipe,
}

/// The screen to show; none before the agent sent the first.
#[tauri::command]
pub(crate) fn view(board: State<'_, Board>) -> Option<Shown> {
    board.shown()
}

/// An act on the screen with this number.
#[tauri::command]
pub(crate) fn act(number: u64, act: Act, agent: State<'_, Agent>) -> Result<(), Refused> {
    agent.act(number, act).map_err(|_| Refused::Pipe)
}

/// The screen with this number stands.
#[tauri::command]
pub(crate) fn drawn(number: u64, agent: State<'_, Agent>) -> Result<(), Refused> {
    agent.drawn(number).map_err(|_| Refused::Pipe)
}

/// The PIN in UTF-8 as the body, the screen's number in the header `kyso-number`.
#[tauri::command]
pub(crate) fn enter_pin(request: Request<'_>, agent: State<'_, Agent>) -> Result<(), Refused> {
    let number = number_of(&request).ok_or(Refused::Number)?;
    let InvokeBody::Raw(pin) = request.body() else {
        return Err(Refused::Body);
    };
    agent.enter_pin(number, pin).map_err(|_| Refused::Pipe)
}

fn number_of(request: &Request<'_>) -> Option<u64> {
    let number = request.headers().get("kyso-number")?;
    number.to_str().ok()?.parse().ok()
}
