//! The portal under other settings, and with a broken database.

use std::fs;

use anyhow::Result;

use super::album::Album;
use super::troubles;
use super::walk::{PROBLEM, Walk};
use crate::stage::Stage;

/// One that no story has filled.
const DATABASE: &str = "another.sqlite";

pub(super) async fn all(stage: &mut Stage, album: &Album) -> Result<()> {
    change(stage, "asks-per-minute = 1000", "asks-per-minute = 1")?;
    add(stage, "ask-seconds = 30")?;
    let portal = stage.start_portal().await?;
    let walk = Walk::begin(stage, album, "in-a-hurry").await?;
    troubles::in_a_hurry(&walk).await?;
    drop(walk);
    portal.kill().await?;

    change(stage, "asks-per-minute = 1", "asks-per-minute = 1000")?;
    // Nothing is remembered of anybody, and nothing can be asked.
    change(stage, "portal.sqlite", DATABASE)?;
    stage.publisher.stop();
    let portal = stage.start_portal().await?;
    let walk = Walk::begin(stage, album, "hard-fail").await?;
    troubles::unknown(&walk).await?;
    drop(walk);
    portal.kill().await?;

    add(stage, "revocation = \"soft-fail\"")?;
    let portal = stage.start_portal().await?;
    let walk = Walk::begin(stage, album, "soft-fail").await?;
    troubles::unchecked(&walk).await?;
    broken_database(&walk).await?;
    drop(walk);
    portal.kill().await
}

fn change(stage: &Stage, from: &str, to: &str) -> Result<()> {
    let config = fs::read_to_string(stage.portal_config())?;
    Ok(fs::write(
        stage.portal_config(),
        config.replacen(from, to, 1),
    )?)
}

fn add(stage: &Stage, line: &str) -> Result<()> {
    let config = fs::read_to_string(stage.portal_config())?;
    Ok(fs::write(
        stage.portal_config(),
        format!("{config}{line}\n"),
    )?)
}

/// Somebody is signed in, and the file is nothing but zeros.
async fn broken_database(walk: &Walk<'_>) -> Result<()> {
    for name in [DATABASE.to_owned(), format!("{DATABASE}-wal")] {
        let file = fs::OpenOptions::new()
            .write(true)
            .open(walk.stage.path().join(name))?;
        let length = file.metadata()?.len();
        file.set_len(0)?;
        file.set_len(length)?;
    }
    walk.go("/account").await?;
    walk.seen(PROBLEM).await?;
    walk.wide("error-500").await
}
