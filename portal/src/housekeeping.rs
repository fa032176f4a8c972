//! Forgetting what is over, remembering what revocation lists forget, warning of trust that ends.

use std::{sync::Arc, time::Duration};

use time::Duration as Span;

use crate::{
    evidence, known_browser, linked,
    portal::{Fault, Portal},
    registered,
    store::seconds,
};

const EVERY: Duration = Duration::from_secs(3600);
const ASKS_KEPT: Span = Span::days(1);
const SESSIONS_KEPT: Span = Span::days(90);

/// Cleans and warns at once and then every hour; never ends.
pub(crate) async fn run(portal: Arc<Portal>) {
    let mut hours = tokio::time::interval(EVERY);
    loop {
        hours.tick().await;
        portal.sources().warn(portal.ambient.now());
        if let Err(error) = clean(&portal).await {
            tracing::error!(%error, "housekeeping failed");
        }
    }
}

/// One round, by the portal's clock: asks go a day after they ran out, with what they proved and what was pending on
/// it; sessions 90 days after their longest life; browsers' marks when they count no more; device keys that nobody
/// linked within 30 days. Accounts, their certificates
/// and their history stay. Registered certificates that are on a list by now are remembered as revoked.
///
/// # Errors
/// The database, or a stored certificate that can't be read; what was done before it stays done.
pub async fn clean(portal: &Portal) -> Result<(), Fault> {
    let now = portal.ambient.now();
    let over = [
        ("DELETE FROM asks WHERE expires_at < ?", ASKS_KEPT),
        ("DELETE FROM sessions WHERE expires_at < ?", SESSIONS_KEPT),
        (
            "DELETE FROM known_browsers WHERE used_at < ?",
            known_browser::KEPT,
        ),
    ];
    for (forget, kept) in over {
        sqlx::query(forget)
            .bind(seconds(now - kept))
            .execute(portal.store.pool())
            .await?;
    }
    let mut connection = portal.store.pool().acquire().await?;
    evidence::forget(&mut connection, now).await?;
    linked::forget_waiting(&mut connection, now).await?;
    drop(connection);
    registered::look_for_revoked(portal).await
}
