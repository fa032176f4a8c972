//! The return page opens in the browser that asked, where a desktop starts the agent as nobody's child and nothing names
//! the browser.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use kyso_e2e::desk::Desk;
use kyso_e2e::display::Display;
use kyso_e2e::driven::Kind;
use kyso_e2e::stage::Stage;
use kyso_support::Role;

/// Here `xdg-open` has GLib start programs, as Firefox itself does everywhere: twice removed.
const DESKTOP: &str = "GNOME";

/// A program that writes down what it is started with, and has `goes_on` do the rest with the last of it.
fn recording(program: &Path, told: &Path, goes_on: &Path) -> Result<()> {
    let text = format!(
        "#!/bin/sh\nprintf '%s\\n' \"$@\" >> '{}'\nfor last; do :; done\nexec '{}' \"$last\"\n",
        told.display(),
        goes_on.display()
    );
    fs::write(program, text)?;
    Ok(fs::set_permissions(
        program,
        fs::Permissions::from_mode(0o755),
    )?)
}

/// Makes another browser the system's, which is not to be opened; gives where it writes down that it was.
fn prefer_another(desk: &Desk<'_>) -> Result<PathBuf> {
    let folder = desk.stage.path();
    let (program, told) = (folder.join("otherbrowser"), folder.join("other-told"));
    recording(&program, &told, Path::new("/bin/true"))?;
    let surface = &desk.computer.surface;
    surface.install("other.desktop", &program)?;
    surface.prefer("other.desktop")?;
    Ok(told)
}

/// Under WebDriver Chromium takes no address from another start of itself: in its place stands a program of its name,
/// which opens the address by WebDriver's own door. Gives where it writes down what it was started with.
fn stand_in(desk: &Desk<'_>) -> Result<PathBuf> {
    let folder = desk.stage.path().join("stand-in");
    fs::create_dir(&folder)?;
    let (program, told) = (folder.join("chromium"), folder.join("told"));
    let opener = Kind::Chromium.opener(desk.stage, "desk")?;
    recording(&program, &told, &opener)?;
    desk.computer
        .surface
        .install("chromium.desktop", &program)?;
    Ok(told)
}

/// The link comes to an agent that runs at first; later it starts one.
async fn registers_and_signs_in(desk: &Desk<'_>) -> Result<()> {
    let other = prefer_another(desk)?;
    let agent = desk.computer.start_agent().await?;
    let tabs = desk.tabs().await?;
    let digits = desk.ask("/register/usb?subject=citizen").await?;
    let window = desk.window().await?;
    desk.sign_step_by_step(&window, &digits).await?;
    desk.follow(tabs).await?;
    let register = "form[action^='/register/confirm'] button[value='register']";
    let register = format!("{register}:not([aria-hidden])");
    desk.browser.press(&register).await?;
    desk.browser.says("Đăng ký thành công!").await?;
    window.gone().await?;

    desk.computer.quit_agent().await?;
    drop(agent);
    let tabs = desk.tabs().await?;
    let digits = desk.ask("/login").await?;
    let window = desk.window().await?;
    desk.sign_at_once(&window, &digits).await?;
    desk.enter(window, tabs).await?;
    assert!(!other.exists(), "the system's browser was opened");
    desk.computer.quit_agent().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_return_page_opens_in_the_firefox_that_asked_though_nothing_names_it() -> Result<()> {
    let stage = Stage::set()?;
    let _portal = stage.start_portal().await?;
    let Some(display) = Display::start(stage.path())? else {
        return Ok(());
    };
    let kind = Kind::Firefox;
    let desk = Desk::on_desktop(DESKTOP, &stage, &display, kind, Role::Citizen).await?;
    let Some(desk) = desk else {
        return Ok(());
    };
    registers_and_signs_in(&desk).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_return_page_opens_in_the_chromium_that_asked_though_nothing_names_it() -> Result<()> {
    let stage = Stage::set()?;
    let _portal = stage.start_portal().await?;
    let Some(display) = Display::start(stage.path())? else {
        return Ok(());
    };
    let kind = Kind::Chromium;
    let desk = Desk::on_desktop(DESKTOP, &stage, &display, kind, Role::Citizen).await?;
    let Some(desk) = desk else {
        return Ok(());
    };
    let told = stand_in(&desk)?;
    registers_and_signs_in(&desk).await?;
    let told = fs::read_to_string(told)?;
    let profile = format!("--user-data-dir={}", desk.profile().display());
    let options = told.lines().filter(|word| *word == profile).count();
    assert_eq!(options, 2, "{told}");
    Ok(())
}
