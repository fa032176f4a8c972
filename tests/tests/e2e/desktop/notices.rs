//! Where the window system keeps the focus from the window, the person learns from a notification who waits.

use std::time::Duration;

use anyhow::{Context as _, Result};
use kyso_e2e::desktop::{PlayedAgent, Windows};
use kyso_e2e::display::{Display, Focus, System};
use kyso_e2e::stage::Stage;
use kyso_support::{NOTICE, click_notification, show_notifications};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use super::flows::{Desk, agree_and_choose, enter};
use super::pin;

const PATIENCE: Duration = Duration::from_secs(30);

/// What shows notifications on a session bus.
pub(crate) struct Notices {
    connection: zbus::Connection,
    said: UnboundedReceiver<String>,
}

impl Notices {
    pub(crate) async fn on(display: &Display) -> Result<Self> {
        let (say, said) = unbounded_channel();
        let tell = move |text| {
            // A test that has ended listens no more.
            let _ = say.send(text);
        };
        let connection = show_notifications(display.bus(), tell).await?;
        Ok(Self { connection, said })
    }

    pub(crate) async fn next(&mut self) -> Result<String> {
        let said = timeout(PATIENCE, self.said.recv()).await;
        said.context("no notification")?.context("no bus")
    }

    async fn click(&self, token: &str) -> Result<()> {
        Ok(click_notification(&self.connection, NOTICE, token).await?)
    }
}

/// A window that the person is busy with.
async fn other(display: &Display) -> Result<PlayedAgent> {
    let windows = Windows::on(display)?;
    let mut other = PlayedAgent::start(windows.variables())?;
    other.show(pin())?;
    let window = windows.next().await?;
    window.page.seen("#pin").await?;
    display.turn_to(other.process().context("the window")?)?;
    Ok(other)
}

/// A portal asks while the person is busy elsewhere.
async fn busy<'a>(
    stage: &'a Stage,
    display: &'a Display,
) -> Result<(Notices, PlayedAgent, Desk<'a>)> {
    let notices = Notices::on(display).await?;
    let other = other(display).await?;
    let desk = Desk::set(stage, display).await?;
    desk.asks().await?;
    Ok((notices, other, desk))
}

/// The window comes to the front when they click what was said, or turn to it.
async fn check(system: System, token: Option<&str>) -> Result<()> {
    let stage = Stage::set()?;
    let Some(display) = Display::of(system, Focus::Kept, stage.path())? else {
        return Ok(());
    };
    let (mut notices, other, desk) = busy(&stage, &display).await?;
    let said = notices.next().await?;
    assert!(said.contains(stage.origin.as_str()), "{said}");
    assert_eq!(display.process_in_front(), other.process());
    match token {
        Some(token) => notices.click(token).await?,
        None => display.turn_to(desk.window_process()?)?,
    }
    let window = desk.window().await?;
    display.wait_for(&window.page.title().await?)?;
    assert_eq!(display.process_in_front(), Some(desk.window_process()?));
    desk.computer.quit_agent().await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_behind_the_other_windows_is_said_and_a_click_brings_it_to_the_front()
-> Result<()> {
    check(System::X, Some("notices-17-desk_TIME1")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_behind_the_other_windows_is_said_on_wayland() -> Result<()> {
    check(System::Wayland, None).await
}

/// A PIN went through the window, so that another one says how it ended: behind the one that the person is busy with.
async fn check_end(system: System) -> Result<()> {
    let stage = Stage::set()?;
    let Some(display) = Display::of(system, Focus::Kept, stage.path())? else {
        return Ok(());
    };
    let (mut notices, other, desk) = busy(&stage, &display).await?;
    notices.next().await?;
    display.turn_to(desk.window_process()?)?;
    let window = desk.window().await?;
    agree_and_choose(&window).await?;
    enter(&window, "00000000").await?;
    window.page.seen(".pin [role=alert]").await?;
    window.page.leave_by("#refuse").await?;
    let said = notices.next().await?;
    assert!(said.contains("PIN-WRONG"), "{said}");
    assert_eq!(display.process_in_front(), other.process());
    desk.computer.quit_agent().await
}

#[tokio::test(flavor = "multi_thread")]
async fn how_it_ended_after_a_pin_is_said_where_the_focus_stays() -> Result<()> {
    check_end(System::X).await
}

#[tokio::test(flavor = "multi_thread")]
async fn how_it_ended_after_a_pin_is_said_on_wayland() -> Result<()> {
    check_end(System::Wayland).await
}
