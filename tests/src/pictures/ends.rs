//! The portal under other settings, and with a broken database.

use std::fs;
use std::io::Write as _;

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

/// Somebody is signed in, and the database is nothing but zeros; its index of changes too, or SQLite would trust what it
/// remembers.
async fn broken_database(walk: &Walk<'_>) -> Result<()> {
    for ending in ["", "-wal", "-shm"] {
        let path = walk.stage.path().join(format!("{DATABASE}{ending}"));
        let length = usize::try_from(fs::metadata(&path)?.len())?;
        // In place: the portal has it mapped.
        let mut file = fs::OpenOptions::new().write(true).open(path)?;
        file.write_all(&vec![0; length])?;
    }
    walk.go("/account").await?;
    walk.seen(PROBLEM).await?;
    walk.wide("error-500").await
}
