//! The portal's pages in real browsers: their scripts, their policy, and the session that opens in the asking one.

mod access;
mod devices;
mod waiting;

use anyhow::{Context as _, Result};
use kyso_e2e::driven::{Driven, Kind};
use kyso_e2e::kyso::{Kyso, SignIn};
use kyso_e2e::stage::Stage;
use kyso_support::Role;
use thirtyfour::prelude::*;

/// Registers, looks at the account, signs out, signs in again; a second browser comes with the first one's code.
async fn walk(kind: Kind, role: Role, subject: &str) -> Result<()> {
    let stage = Stage::set()?;
    let _portal = stage.start_portal().await?;
    let Some(browser) = Driven::start(kind, &stage, "asking").await? else {
        return Ok(());
    };
    let name = stage.pki.subject(role).name;

    browser
        .page
        .goto(format!("{}/register/usb?subject={subject}", stage.origin))
        .await?;
    let address = answered(&browser, &stage, role).await?;
    browser.page.goto(&address).await?;
    let confirm = browser.seen("form[action^='/register/confirm']").await?;
    assert!(
        confirm.text().await?.contains("Đăng ký"),
        "the page asks for the person's own click"
    );
    assert!(
        !browser.place().await?.contains('#'),
        "the code is out of the address"
    );
    browser.says(name).await?;
    fill_in(&browser, role).await?;
    browser
        .press("form[action^='/register/confirm'] button[value='register']:not([aria-hidden])")
        .await?;
    browser.says("Đăng ký thành công!").await?;

    // The first time that this browser opens the account it asks for a click, the second time it goes on by itself.
    for first in [true, false] {
        browser.page.goto(format!("{}/login", stage.origin)).await?;
        let address = answered(&browser, &stage, role).await?;
        browser.page.goto(&address).await?;
        if first {
            browser
                .press("form[action^='/login/confirm'] button")
                .await?;
        }
        browser.seen("header details summary").await?;
        browser
            .page
            .goto(format!("{}/account", stage.origin))
            .await?;
        browser.says(name).await?;
        sign_out(&browser, &stage).await?;
    }
    another_browser_is_turned_away(kind, &browser, &stage, role).await?;
    browser.quit().await
}

/// Starts the ask of the page, answers it with the person's token, and sees the waiting page say so.
async fn answered(browser: &Driven, stage: &Stage, role: Role) -> Result<String> {
    answered_by(browser, stage, role, &Kyso::of(stage, role)?).await
}

async fn answered_by(
    browser: &Driven,
    stage: &Stage,
    role: Role,
    kyso: &Kyso<'_>,
) -> Result<String> {
    browser.press("form[action^='/asks'] button").await?;
    let link = browser.seen("#open").await?;
    let link = link.attr("href").await?.context("a deep link")?;
    let digits = browser.seen("#code-digits").await?.text().await?;
    let ended = kyso.sign_in(&link, &[stage.token(role)?.pin()]).await?;
    assert!(
        ended.words.contains(&digits),
        "both show {digits}: {}",
        ended.words
    );
    let SignIn::Accepted(address) = ended.outcome else {
        anyhow::bail!("{:?}: {}", ended.outcome, ended.words)
    };
    // The page's script learns it, and the link is of no more use.
    browser
        .page
        .query(By::Css("#open-part"))
        .and_not_displayed()
        .first()
        .await
        .context("the waiting page goes on offering the link")?;
    Ok(address)
}

async fn fill_in(browser: &Driven, role: Role) -> Result<()> {
    if role == Role::Business {
        browser
            .seen("#email")
            .await?
            .send_keys("ke-toan@sao-mau.example")
            .await?;
        browser.seen("#captcha").await?.send_keys("test").await?;
    }
    Ok(())
}

async fn sign_out(browser: &Driven, stage: &Stage) -> Result<()> {
    browser.press("header details summary").await?;
    browser.press("form[action^='/sign-out'] button").await?;
    browser.seen("a[href^='/login']").await?;
    browser
        .page
        .goto(format!("{}/account", stage.origin))
        .await?;
    assert!(
        !browser.place().await?.starts_with("/account"),
        "signed out"
    );
    Ok(())
}

async fn another_browser_is_turned_away(
    kind: Kind,
    asking: &Driven,
    stage: &Stage,
    role: Role,
) -> Result<()> {
    asking.page.goto(format!("{}/login", stage.origin)).await?;
    let address = answered(asking, stage, role).await?;
    let other = Driven::start(kind, stage, "other")
        .await?
        .context("it started before")?;
    other.page.goto(&address).await?;
    other
        .says("Yêu cầu này không bắt đầu từ trình duyệt này.")
        .await?;
    other.quit().await
}

#[tokio::test]
async fn a_citizen_registers_and_signs_in_with_chromium() -> Result<()> {
    walk(Kind::Chromium, Role::Citizen, "citizen").await
}

#[tokio::test]
async fn a_business_registers_and_signs_in_with_firefox() -> Result<()> {
    walk(Kind::Firefox, Role::Business, "business").await
}
