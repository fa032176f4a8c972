//! The demonstration's part with a window: a real browser, the resident agent, its real window.

use std::io::Write;

use anyhow::Result;
use kyso_support::Role;

use crate::desk::{Desk, Known};
use crate::display::Display;
use crate::driven::Kind;
use crate::stage::Stage;
use crate::story::Teller;

/// The citizen signs in twice: the first time step by step, the second time on one screen. Nothing, where there is no
/// browser that can be driven; that is told.
///
/// # Errors
/// If nothing can be written, or a program is missing.
pub async fn all(
    stage: &Stage,
    teller: &mut Teller<impl Write>,
    display: Option<Display>,
) -> Result<()> {
    let name = stage.pki.subject(Role::Citizen).name;
    teller.chapter(&format!("{name} signs in from Chromium, in Kyso's window"))?;
    let Some(display) = display else {
        return teller.say("left out: what a display that nobody sees needs is missing");
    };
    let Some(desk) = Desk::set(stage, &display, Kind::Chromium, Role::Citizen).await? else {
        return teller.say("left out: Chromium or its driver is missing");
    };
    teller.say("the link of the page starts the agent, which opens its window over a pipe")?;
    for (step, known) in [
        ("login-in-window", Known::Not),
        ("login-on-one-screen", Known::Remembered),
    ] {
        let outcome = match desk.signs_in(known).await {
            Ok(()) => "accepted".to_owned(),
            Err(error) => format!("{error:#}"),
        };
        teller.step("citizen", step, "accepted", &outcome)?;
        if outcome == "accepted" {
            desk.signs_out().await?;
        }
    }
    teller.say("the window's process has ended each time; the agent stayed, and ends now")?;
    desk.computer.quit_agent().await
}
