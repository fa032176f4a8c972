//! A second tab of the same browser asks while the first one's ask waits for the person.

use anyhow::Result;
use kyso_e2e::desk::{Desk, same_digits};
use kyso_e2e::display::Display;
use kyso_e2e::driven::Kind;
use kyso_e2e::stage::Stage;
use kyso_support::Role;
use thirtyfour::WindowHandle;

use crate::desktop::notices::Notices;

const CONFIRM: &str =
    "form[action^='/register/confirm'] button[value='register']:not([aria-hidden])";

/// Asks in a new tab, which shows that nobody answered; gives its digits.
async fn asks_beside(desk: &Desk<'_>, notices: &mut Notices) -> Result<(WindowHandle, String)> {
    let browser = &desk.browser;
    let tab = browser.page.new_tab().await?;
    browser.page.switch_to_window(tab.clone()).await?;
    let digits = desk.ask("/login").await?;
    // That the first window is behind the browser may be said before.
    let mut said = notices.next().await?;
    while !said.contains("BUSY") {
        said = notices.next().await?;
    }
    assert!(said.contains("Hoàn tất yêu cầu đó trước."), "{said}");
    browser.seen("#status [data-when='silent']").await?;
    Ok((tab, digits))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_tab_is_turned_away_until_the_first_has_its_session() -> Result<()> {
    let stage = Stage::set()?;
    let _portal = stage.start_portal().await?;
    let Some(display) = Display::start(stage.path())? else {
        return Ok(());
    };
    let mut notices = Notices::on(&display).await?;
    let Some(desk) = Desk::set(&stage, &display, Kind::Chromium, Role::Citizen).await? else {
        return Ok(());
    };
    let browser = &desk.browser;
    let digits = desk.ask("/register/usb?subject=citizen").await?;
    let window = desk.window().await?;
    same_digits(&window, &digits).await?;

    let (second, later) = asks_beside(&desk, &mut notices).await?;
    assert_ne!(later, digits);
    display.wait_for(&window.page.title().await?)?;
    let tabs = desk.tabs().await?;
    desk.sign_step_by_step(&window, &digits).await?;
    desk.follow(tabs).await?;
    browser.press(CONFIRM).await?;
    browser.says("Đăng ký thành công!").await?;
    window.gone().await?;

    browser.page.switch_to_window(second).await?;
    let tabs = desk.tabs().await?;
    browser.press("#reopen a").await?;
    let window = desk.window().await?;
    desk.sign_at_once(&window, &later).await?;
    desk.enter(window, tabs).await?;
    desk.computer.quit_agent().await
}
