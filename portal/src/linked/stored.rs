//! The rows of device keys.

use kyso_certs::Method;
use kyso_protocol::DeviceKey;
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};
use time::{Duration, OffsetDateTime};

use crate::{
    ambient::random,
    device::Place,
    names,
    portal::{Fault, Portal},
    secrets,
    store::{StoreError, seconds},
};

/// Most keys that are linked with one account, and most that wait for it.
pub(super) const MOST: usize = 10;
/// For so long a key waits to be linked after its last use.
const WAITS: Duration = Duration::days(30);

/// A device key of an account.
pub(super) struct Stored {
    pub(super) key: DeviceKey,
    pub(super) label: String,
    /// Of the login that brought it, by its stored name.
    pub(super) method: String,
    pub(super) linked: bool,
}

/// All of an account.
pub(super) async fn keys(
    connection: &mut SqliteConnection,
    account: i64,
) -> Result<Vec<Stored>, Fault> {
    let rows = sqlx::query("SELECT * FROM device_keys WHERE account = ?")
        .bind(account)
        .fetch_all(connection)
        .await?;
    let stored = |row: &SqliteRow| {
        let key: &[u8] = row.try_get("key")?;
        Ok(Stored {
            key: DeviceKey::from_spki(key).map_err(|_| StoreError::Unknown("key"))?,
            label: row.try_get("label")?,
            method: row.try_get("method")?,
            linked: row.try_get::<Option<i64>, _>("linked_at")?.is_some(),
        })
    };
    let keys: Result<_, StoreError> = rows.iter().map(stored).collect();
    Ok(keys?)
}

/// How a key came.
pub(super) struct Brought<'a> {
    pub(super) method: Method,
    pub(super) place: &'a Place,
    pub(super) at: OffsetDateTime,
}

/// Keeps the key, or that it was used; linked or not it stays as it was.
pub(super) async fn note(
    portal: &Portal,
    connection: &mut SqliteConnection,
    account: i64,
    key: &DeviceKey,
    brought: &Brought<'_>,
) -> Result<(), Fault> {
    let label: [u8; 16] = random(portal.ambient.as_ref())?;
    sqlx::query(
        "INSERT INTO device_keys (account, key, label, method, address, device, came_at, used_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) ON CONFLICT (account, key) DO UPDATE SET used_at = ?7",
    )
    .bind(account)
    .bind(key.to_spki())
    .bind(secrets::encode(&label))
    .bind(names::of_method(brought.method))
    .bind(brought.place.address.to_string())
    .bind(&brought.place.device)
    .bind(seconds(brought.at))
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn set_linked(
    connection: &mut SqliteConnection,
    account: i64,
    key: &DeviceKey,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    sqlx::query("UPDATE device_keys SET linked_at = ? WHERE account = ? AND key = ?")
        .bind(seconds(now))
        .bind(account)
        .bind(key.to_spki())
        .execute(connection)
        .await?;
    Ok(())
}

/// A linked device is at work.
pub(super) async fn is_known(connection: &mut SqliteConnection, account: i64) -> Result<(), Fault> {
    sqlx::query("UPDATE accounts SET strange_device = 0 WHERE id = ?")
        .bind(account)
        .execute(connection)
        .await?;
    Ok(())
}

/// Whoever signs in again and again with new keys fills no table.
pub(super) async fn forget_most(
    connection: &mut SqliteConnection,
    account: i64,
) -> Result<(), Fault> {
    sqlx::query(
        "DELETE FROM device_keys WHERE account = ?1 AND linked_at IS NULL AND label NOT IN (
            SELECT label FROM device_keys WHERE account = ?1 AND linked_at IS NULL
            ORDER BY used_at DESC, came_at DESC LIMIT ?2)",
    )
    .bind(account)
    .bind(i64::try_from(MOST).unwrap_or(i64::MAX))
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets keys that nobody linked in time.
pub(crate) async fn forget_waiting(
    connection: &mut SqliteConnection,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM device_keys WHERE linked_at IS NULL AND used_at < ?")
        .bind(seconds(now - WAITS))
        .execute(connection)
        .await?;
    Ok(())
}
