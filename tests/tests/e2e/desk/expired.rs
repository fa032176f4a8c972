//! An ask whose life is over before the person has said anything: window and page both say so, and nothing comes of it.

use std::io::Write as _;

use anyhow::Result;
use kyso_e2e::desk::{Desk, same_digits};
use kyso_e2e::desktop::Window;
use kyso_e2e::display::Display;
use kyso_e2e::driven::{Driven, Kind};
use kyso_e2e::stage::Stage;
use kyso_support::Role;
use serde_json::Value;
use thirtyfour::By;

/// A page that reaches its portal no more and whose clock stands, as while a computer sleeps: it goes on showing what it
/// showed.
const CUT_OFF: &str = "window.reach = window.fetch; window.fetch = () => Promise.reject();
    window.clock = performance.now.bind(performance); performance.now = () => 0;";
const REACHES_AGAIN: &str = "window.fetch = window.reach; performance.now = window.clock;";
/// Where the page offers to begin again.
const AGAIN: &str = "main a.button[href='/login']";

/// A stage whose portal gives asks the shortest life that it may.
fn stage() -> Result<Stage> {
    let stage = Stage::set()?;
    let mut config = std::fs::OpenOptions::new()
        .append(true)
        .open(stage.portal_config())?;
    writeln!(config, "ask-seconds = 30")?;
    Ok(stage)
}

async fn window_says_so(window: &Window) -> Result<()> {
    let code = window.page.seen_at_last("#problem-code").await?;
    let code = code.text().await?;
    assert!(code.contains("ASK-EXPIRED"), "{code}");
    window.page.says("Yêu cầu đã hết hạn").await?;
    let dead = By::Css("#again, #sign, #agree");
    let dead = window.page.find_all(dead).await?;
    assert!(dead.is_empty(), "it offers the dead ask");
    Ok(())
}

/// It offers to begin again, and no link to an ask that is dead.
async fn page_says_so(browser: &Driven) -> Result<()> {
    browser.says("ASK-EXPIRED").await?;
    browser.says("Yêu cầu đã hết hạn").await?;
    browser.seen(AGAIN).await?;
    let dead = browser.page.find_all(By::Css("#open")).await?;
    assert!(dead.is_empty(), "it offers the dead ask");
    Ok(())
}

/// This computer's record has the ask that was shown, and no signature.
async fn nothing_was_signed(desk: &Desk<'_>) -> Result<()> {
    let mut history = desk.computer.command("kyso")?;
    let output = history.args(["--json", "history"]).output().await?;
    let said: Value = serde_json::from_slice(&output.stdout)?;
    let of_the_one = |field: &str| said.pointer(&format!("/entries/0/{field}"));
    assert_eq!(of_the_one("signed"), Some(&false.into()), "{said}");
    assert_eq!(of_the_one("outcome"), Some(&"ASK-EXPIRED".into()), "{said}");
    assert_eq!(said.pointer("/entries/1"), None, "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ask_that_ran_out_is_told_at_both_ends_and_opens_nothing() -> Result<()> {
    let stage = stage()?;
    let _portal = stage.start_portal().await?;
    let Some(display) = Display::start(stage.path())? else {
        return Ok(());
    };
    let Some(desk) = Desk::set(&stage, &display, Kind::Chromium, Role::Citizen).await? else {
        return Ok(());
    };
    let browser = &desk.browser;
    desk.waits("/login").await?;
    browser.page.execute(CUT_OFF, Vec::new()).await?;
    let asleep = browser.page.window().await?;

    let tab = browser.page.new_tab().await?;
    browser.page.switch_to_window(tab).await?;
    desk.ask("/login").await?;
    let window = desk.window().await?;
    window.page.seen("#agree").await?;
    window_says_so(&window).await?;
    page_says_so(browser).await?;
    window.page.leave_by("#close").await?;
    window.gone().await?;

    browser.page.switch_to_window(asleep).await?;
    browser.press("#open").await?;
    let window = desk.window().await?;
    window_says_so(&window).await?;
    browser.page.execute(REACHES_AGAIN, Vec::new()).await?;
    page_says_so(browser).await?;
    nothing_was_signed(&desk).await?;

    browser.press(AGAIN).await?;
    assert_eq!(browser.place().await?, "/login", "nobody is signed in");
    let digits = desk.ask("/login").await?;
    same_digits(&window, &digits).await?;
    desk.computer.quit_agent().await
}
