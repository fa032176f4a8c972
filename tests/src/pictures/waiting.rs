//! The page that waits for Kyso.

use anyhow::Result;
use serde_json::json;

use super::walk::Walk;
use crate::answer::Rogue;

/// A browser follows links of our scheme to whatever the machine has for it: here a press leads nowhere.
const NOWHERE: &str = "for (const link of document.querySelectorAll('#open, #reopen a'))
    link.addEventListener('click', event => event.preventDefault());";

const SCRIPTS_OFF: &str = "Emulation.setScriptExecutionDisabled";

async fn stands(walk: &Walk<'_>, part: &str) -> Result<()> {
    let part = format!("#status [data-when='{part}']");
    walk.seen(&part).await.map(drop)
}

pub(super) async fn all(walk: &Walk<'_>) -> Result<()> {
    walk.ask("/register/usb?subject=citizen").await?;
    stands(walk, "ready").await?;
    walk.wide("wait-register").await?;
    let link = walk.ask("/login").await?;
    stands(walk, "ready").await?;
    walk.both("wait").await?;
    walk.browser.page.execute(NOWHERE, Vec::new()).await?;
    walk.browser.press("#open").await?;
    stands(walk, "opening").await?;
    walk.wide("wait-opening").await?;
    // Drawn before the six seconds were over.
    stands(walk, "opening").await?;
    // The page itself counts the seconds until it says so.
    stands(walk, "silent").await?;
    walk.both("wait-silent").await?;
    Rogue::new(walk.stage)?.statement(&link).await?;
    stands(walk, "fetched").await?;
    walk.wide("wait-fetched").await?;
    connected(walk, false).await?;
    stands(walk, "offline").await?;
    walk.wide("wait-offline").await?;
    connected(walk, true).await?;
    without_scripts(walk).await
}

/// Where a person has turned scripts off.
async fn without_scripts(walk: &Walk<'_>) -> Result<()> {
    walk.ask("/login").await?;
    let devtools = walk.browser.page.cdp();
    let off = |off: bool| devtools.send_raw(SCRIPTS_OFF, json!({"value": off}));
    off(true).await?;
    walk.browser.page.refresh().await?;
    walk.seen("noscript p").await?;
    // The page comes anew by itself every five seconds, without this.
    let here = "document.documentElement.dataset.drawn = ''";
    walk.browser.page.execute(here, Vec::new()).await?;
    walk.wide("wait-without-scripts").await?;
    walk.seen("[data-drawn]").await?;
    walk.go("/.well-known/kyso/return").await?;
    walk.seen("noscript p").await?;
    walk.wide("return-without-scripts").await?;
    off(false).await.map(drop)?;
    Ok(())
}

async fn connected(walk: &Walk<'_>, connected: bool) -> Result<()> {
    let conditions = json!({
        "offline": !connected, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1,
    });
    let devtools = walk.browser.page.cdp();
    devtools.send_raw("Network.enable", json!({})).await?;
    devtools
        .send_raw("Network.emulateNetworkConditions", conditions)
        .await?;
    Ok(())
}
