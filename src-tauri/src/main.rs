//! The window: shows the screens that the agent sends, and tells the agent what the person did. It decides nothing, knows
//! nothing that the agent didn't tell it, and keeps nothing.

mod commands;
mod pipe;
mod process;
mod theme;
mod windows;

use std::process::ExitCode;

use kyso_screens::ends;
use tauri::AppHandle;

use crate::pipe::{Agent, Orders};
use crate::windows::Board;

/// How the process ends where nobody gave it a pipe.
const NO_AGENT: u8 = 2;

fn main() -> ExitCode {
    if process::shut_doors().is_err() {
        return ExitCode::FAILURE;
    }
    let Ok((orders, agent)) = pipe::take() else {
        return ExitCode::from(NO_AGENT);
    };
    process::close_to_others();
    if gtk::init().is_err() {
        return ExitCode::from(ends::NO_DISPLAY);
    }
    run(orders, agent)
}

fn run(orders: Orders, agent: Agent) -> ExitCode {
    let built = tauri::Builder::default()
        .manage(agent)
        .manage(Board::default())
        .invoke_handler(tauri::generate_handler![
            commands::view,
            commands::act,
            commands::drawn,
            commands::enter_pin
        ])
        .setup(|app| {
            theme::follow(app.handle());
            let app = AppHandle::clone(app.handle());
            std::thread::spawn(move || orders.obey(&app));
            Ok(())
        })
        .build(tauri::generate_context!());
    let Ok(app) = built else {
        return ExitCode::from(ends::NO_VIEW);
    };
    app.run(|_, _| ());
    ExitCode::SUCCESS
}
