//! The waiting page in real browsers while nobody answers: after six seconds it says so and what can be done.

use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use kyso_e2e::answer::Rogue;
use kyso_e2e::driven::{Driven, Kind};
use kyso_e2e::stage::Stage;

/// A browser follows links of our scheme to whatever the machine has for it: here the press leads nowhere.
const NOWHERE: &str = "for (const link of document.querySelectorAll('#open, #reopen a'))
    link.addEventListener('click', event => event.preventDefault());";

/// What the page says just now.
async fn stands(browser: &Driven, part: &str) -> Result<()> {
    let part = format!("#status [data-when='{part}']");
    browser.seen(&part).await.map(drop)
}

async fn offers(browser: &Driven, css: &str) -> Result<bool> {
    let found = browser.page.find(thirtyfour::By::Css(css)).await?;
    Ok(found.is_displayed().await?)
}

/// A stage whose portal has a package for this system.
fn stage() -> Result<Stage> {
    let stage = Stage::set()?;
    let packages = stage.portal_config().with_file_name("packages");
    std::fs::create_dir(&packages)?;
    std::fs::write(packages.join("kyso_0.1.0_amd64.deb"), "not a real one")?;
    let mut config = std::fs::OpenOptions::new()
        .append(true)
        .open(stage.portal_config())?;
    writeln!(config, "\ndownloads = \"packages\"")?;
    Ok(stage)
}

async fn nobody_answers(kind: Kind) -> Result<()> {
    let stage = stage()?;
    let _portal = stage.start_portal().await?;
    let Some(browser) = Driven::start(kind, &stage, "waiting").await? else {
        return Ok(());
    };
    browser.page.goto(format!("{}/login", stage.origin)).await?;
    browser.press("form[action^='/asks'] button").await?;
    let link = browser.seen("#open").await?;
    let link = link.attr("href").await?.context("a deep link")?;
    stands(&browser, "ready").await?;
    assert!(!offers(&browser, "#download").await?);

    browser.page.execute(NOWHERE, Vec::new()).await?;
    let pressed = Instant::now();
    browser.press("#open").await?;
    stands(&browser, "silent").await?;
    assert!(pressed.elapsed() >= Duration::from_secs(6), "no sooner");
    let words = browser.seen("#wait").await?.text().await?;
    for said in [
        "Chưa thấy Kyso trả lời",
        "Mở lại Kyso",
        "Tải công cụ ký điện tử",
    ] {
        assert!(words.contains(said), "{said}: {words}");
    }
    let download = browser.seen("#download").await?.attr("href").await?;
    assert!(download.is_some_and(|to| to.ends_with("/download#linux")));

    browser.press("#reopen a").await?;
    stands(&browser, "opening").await?;
    assert!(!offers(&browser, "#download").await?);
    // Somebody fetches it after all.
    Rogue::new(&stage)?.statement(&link).await?;
    stands(&browser, "fetched").await?;
    assert!(!offers(&browser, "#download").await?);

    browser
        .page
        .goto(format!("{}/download", stage.origin))
        .await?;
    browser.says("kyso_0.1.0_amd64.deb").await?;
    browser.quit().await
}

/// Five minutes are over.
const LATER: &str =
    "const now = performance.now.bind(performance); performance.now = () => now() + 301000;";

#[tokio::test]
async fn an_ask_ends_in_time_though_the_portal_is_gone() -> Result<()> {
    let stage = Stage::set()?;
    let portal = stage.start_portal().await?;
    let Some(browser) = Driven::start(Kind::Chromium, &stage, "waiting").await? else {
        return Ok(());
    };
    browser.page.goto(format!("{}/login", stage.origin)).await?;
    browser.press("form[action^='/asks'] button").await?;
    stands(&browser, "ready").await?;
    portal.kill().await?;
    stands(&browser, "offline").await?;
    assert!(offers(&browser, "#open").await?, "the portal may come back");
    browser.page.execute(LATER, Vec::new()).await?;
    stands(&browser, "ended").await?;
    assert!(!offers(&browser, "#open").await?);
    browser.quit().await
}

#[tokio::test]
async fn chromium_says_that_nobody_answers_and_what_to_do() -> Result<()> {
    nobody_answers(Kind::Chromium).await
}

#[tokio::test]
async fn firefox_says_that_nobody_answers_and_what_to_do() -> Result<()> {
    nobody_answers(Kind::Firefox).await
}
