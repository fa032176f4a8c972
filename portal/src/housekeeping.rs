//! Forgetting what is over: dead asks after a day, dead sessions after three months.

use std::{sync::Arc, time::Duration};

use time::Duration as Span;

use crate::{
    portal::{Fault, Portal},
    store::seconds,
};

const EVERY: Duration = Duration::from_secs(3600);
const ASKS_KEPT: Span = Span::days(1);
const SESSIONS_KEPT: Span = Span::days(90);

/// Cleans at once and then every hour; never ends.
pub(crate) async fn run(portal: Arc<Portal>) {
    let mut hours = tokio::time::interval(EVERY);
    loop {
        hours.tick().await;
        if let Err(error) = clean(&portal).await {
            tracing::error!(%error, "housekeeping failed");
        }
    }
}

/// One round. What an ask proved goes with the ask; accounts and their history stay.
pub(crate) async fn clean(portal: &Portal) -> Result<(), Fault> {
    let now = portal.ambient.now();
    sqlx::query("DELETE FROM asks WHERE expires_at < ?")
        .bind(seconds(now - ASKS_KEPT))
        .execute(portal.store.pool())
        .await?;
    sqlx::query("DELETE FROM sessions WHERE expires_at < ?")
        .bind(seconds(now - SESSIONS_KEPT))
        .execute(portal.store.pool())
        .await?;
    Ok(())
}
