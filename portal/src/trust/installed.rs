//! Which bundle was accepted last, in the database.

use kyso_certs::{Bundle, BundleError, Installed};
use sqlx::{Row as _, SqliteExecutor, sqlite::SqliteRow};
use time::OffsetDateTime;

use super::TrustFault;
use crate::{
    portal::StartError,
    store::{Store, StoreError, array, instant, seconds},
};

/// The bundle that was accepted last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kept {
    pub(crate) installed: Installed,
    pub(crate) accepted_at: OffsetDateTime,
}

/// The bundle that was accepted last, if one ever was.
///
/// # Errors
/// The database.
pub(crate) async fn find(executor: impl SqliteExecutor<'_>) -> Result<Option<Kept>, StoreError> {
    sqlx::query("SELECT version, digest, accepted_at FROM trust_bundle")
        .fetch_optional(executor)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

fn read(row: &SqliteRow) -> Result<Kept, StoreError> {
    let version: i64 = row.try_get("version")?;
    let digest: &[u8] = row.try_get("digest")?;
    Ok(Kept {
        installed: Installed {
            version: version
                .try_into()
                .map_err(|_| StoreError::Unknown("trust_bundle.version"))?,
            digest: array(digest, "trust_bundle.digest")?,
        },
        accepted_at: instant(row.try_get("accepted_at")?, "trust_bundle.accepted_at")?,
    })
}

/// Remembers that the bundle is in force from `at` on.
///
/// # Errors
/// The database, or another process accepted what this one doesn't follow since it was opened.
pub(crate) async fn keep(
    store: &Store,
    bundle: &Bundle,
    at: OffsetDateTime,
) -> Result<(), StartError> {
    let fresh = bundle.installed();
    let version =
        i64::try_from(fresh.version).map_err(|_| StoreError::Unknown("trust_bundle.version"))?;
    let mut transaction = store.write().await?;
    sqlx::query(
        "INSERT INTO trust_bundle (one, version, digest, accepted_at) VALUES (1, ?, ?, ?)
         ON CONFLICT (one) DO UPDATE SET version = excluded.version, digest = excluded.digest,
             accepted_at = excluded.accepted_at
         WHERE excluded.version > version",
    )
    .bind(version)
    .bind(fresh.digest.as_slice())
    .bind(seconds(at))
    .execute(&mut *transaction)
    .await
    .map_err(StoreError::from)?;
    let kept = find(&mut *transaction).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    match kept {
        Some(kept) if kept.installed != fresh => Err(TrustFault::Bundle(BundleError::Rollback {
            found: fresh.version,
            installed: kept.installed.version,
        })
        .into()),
        _ => Ok(()),
    }
}
