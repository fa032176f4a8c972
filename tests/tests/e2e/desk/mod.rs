//! From a page in a real browser through the agent and its window to the session in that browser.

mod expired;
mod links;
mod pin;
mod returns;
mod second;
mod watch;

use anyhow::{Context as _, Result};
use kyso_e2e::desk::Desk;
use kyso_e2e::display::Display;
use kyso_e2e::driven::{self, Driven, Kind};
use kyso_e2e::stage::Stage;
use kyso_support::Role;
use serde_json::Value;

/// What the agent tells of itself: `state`, `window`.
async fn tells(desk: &Desk<'_>, field: &str) -> Result<Value> {
    let mut status = desk.computer.command("kyso")?;
    let output = status.args(["--json", "status"]).output().await?;
    let said: Value = serde_json::from_slice(&output.stdout)?;
    said.get(field).cloned().context("no such word")
}

/// Registers with a cold agent, which the link starts; signs in with the warm one, on one screen.
async fn registers_and_signs_in(kind: Kind) -> Result<()> {
    let stage = Stage::set()?;
    let _portal = stage.start_portal().await?;
    let Some(display) = Display::start(stage.path())? else {
        return Ok(());
    };
    let Some(desk) = Desk::set(&stage, &display, kind, Role::Citizen).await? else {
        return Ok(());
    };
    let name = stage.pki.subject(Role::Citizen).name;
    let browser = &desk.browser;

    assert!(!desk.computer.agent_answers().await?, "no agent runs yet");
    let tabs = desk.tabs().await?;
    let digits = desk.ask("/register/usb?subject=citizen").await?;
    let window = desk.window().await?;
    desk.sign_step_by_step(&window, &digits).await?;
    desk.follow(tabs).await?;
    browser.says(name).await?;
    browser
        .press("form[action^='/register/confirm'] button[value='register']:not([aria-hidden])")
        .await?;
    browser.says("Đăng ký thành công!").await?;
    window.gone().await?;
    assert!(desk.computer.agent_answers().await?, "the agent stays");

    let tabs = desk.tabs().await?;
    let digits = desk.ask("/login").await?;
    let window = desk.window().await?;
    desk.sign_at_once(&window, &digits).await?;
    desk.enter(window, tabs).await?;
    desk.computer.quit_agent().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_in_chromium_opens_the_window_and_the_session_opens_in_chromium() -> Result<()> {
    registers_and_signs_in(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_in_firefox_opens_the_window_and_the_session_opens_in_firefox() -> Result<()> {
    registers_and_signs_in(Kind::Firefox).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_was_closed_meanwhile_costs_this_login_alone() -> Result<()> {
    let stage = Stage::set()?;
    let _portal = stage.start_portal().await?;
    let Some(display) = Display::start(stage.path())? else {
        return Ok(());
    };
    let Some(desk) = Desk::set(&stage, &display, Kind::Chromium, Role::Citizen).await? else {
        return Ok(());
    };
    let _agent = desk.computer.start_agent().await?;
    let digits = desk.ask("/register/usb?subject=citizen").await?;
    let window = desk.window().await?;
    desk.browser.kill();
    desk.sign_step_by_step(&window, &digits).await?;
    window.gone().await?;
    assert!(desk.computer.agent_answers().await?, "the agent stays");
    // The system's browser takes the place of the one that is gone, and nobody has an account by an answer alone.
    let Some(other) = Driven::start(Kind::Chromium, &stage, "other").await? else {
        return Ok(());
    };
    let returned = driven::started_with(&stage, "desk")?;
    other.page.goto(returned).await?;
    other
        .says("Yêu cầu này không bắt đầu từ trình duyệt này.")
        .await?;
    other.page.goto(format!("{}/account", stage.origin)).await?;
    assert!(!other.place().await?.starts_with("/account"), "signed in");
    desk.computer.quit_agent().await
}
