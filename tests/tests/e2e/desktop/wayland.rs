//! Under Wayland alone, where no window takes the focus by itself: that the person has pressed the link is what brings
//! the agent's window to the front, by a token that goes from the browser's window to the agent's.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use kyso_e2e::desk::Desk;
use kyso_e2e::display::{Display, Focus, System};
use kyso_e2e::driven::Kind;
use kyso_e2e::stage::Stage;
use kyso_screens::{Act, ToWindow};
use kyso_support::{PATIENCE, Role};
use tokio::time::{Instant, sleep};

use super::{Scene, consent, pin};

/// Time enough for a press to have done its work.
const BETWEEN_PRESSES: Duration = Duration::from_secs(3);
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Presses a link by the keyboard, as WebDriver can't: who has really pressed a key gets a token, and nobody else. A
/// browser that has just got a keyboard may miss its first key.
async fn press(link: &str, desk: &Desk<'_>, display: &Display) -> Result<()> {
    let browser = display.process_in_front();
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        desk.browser.seen(link).await?.focus().await?;
        display.press(&["Return"])?;
        let pressed = Instant::now();
        while pressed.elapsed() < BETWEEN_PRESSES {
            if display.process_in_front() != browser {
                return Ok(());
            }
            sleep(BETWEEN_LOOKS).await;
        }
    }
    anyhow::bail!("{} stays in front", display.front())
}

async fn registers(kind: Kind) -> Result<()> {
    let stage = Stage::set()?;
    let _portal = stage.start_portal().await?;
    let Some(display) = Display::of(System::Wayland, Focus::Given, stage.path())? else {
        return Ok(());
    };
    let Some(desk) = Desk::set(&stage, &display, kind, Role::Citizen).await? else {
        return Ok(());
    };
    let tabs = desk.tabs().await?;
    let digits = desk.waits("/register/usb?subject=citizen").await?;
    let browser = display.process_in_front().context("the browser")?;
    press("#open", &desk, &display).await?;
    let window = desk.window().await?;
    window.page.seen("#agree").await?;
    let title = window.page.title().await?;
    display.wait_for(&title)?;

    display.turn_to(browser)?;
    press("#reopen a", &desk, &display).await?;
    ensure!(display.front().starts_with(&title), "another window came");

    desk.sign_step_by_step(&window, &digits).await?;
    desk.follow(tabs).await?;
    let register = "form[action^='/register/confirm'] button[value='register']:not([aria-hidden])";
    desk.browser.press(register).await?;
    desk.browser.says("Đăng ký thành công!").await?;
    window.gone().await?;
    desk.computer.quit_agent().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_in_chromium_brings_the_window_to_the_front_and_registers() -> Result<()> {
    registers(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_in_firefox_brings_the_window_to_the_front_and_registers() -> Result<()> {
    registers(Kind::Firefox).await
}

#[tokio::test]
async fn a_covered_window_stays_where_it_is_without_a_token_and_says_so() -> Result<()> {
    let Some(scene) = Scene::on(System::Wayland)? else {
        return Ok(());
    };
    let (mut wanted, window) = scene.open(consent()).await?;
    window.page.seen("#agree").await?;
    let (mut above, other) = scene.open(pin()).await?;
    other.page.seen("#pin").await?;
    scene
        .display
        .turn_to(above.process().context("a window")?)?;
    // By itself it says once that the other one has come over it.
    let number = wanted.show(consent())?;
    for token in [None, Some("nobodys-17_TIME1".to_owned())] {
        wanted.order(&ToWindow::Front { token })?;
        while wanted.hears_any_act().await? != (number, Act::NotInFront) {}
        assert_eq!(scene.display.process_in_front(), above.process());
    }
    assert!(above.is_silent(), "the one in front has nothing to say");
    Ok(())
}
