//! Which accounts a browser has opened before. It spares the person a click, and opens nothing by itself.

use axum::http::HeaderMap;
use sqlx::SqliteConnection;
use time::Duration;

use crate::{
    ambient::random,
    cookies::{self, Attributes, Found, SetCookie},
    portal::{Fault, Portal},
    secrets::{self, Kind},
    store::seconds,
};

const NAME: &str = "__Host-kyso-known";
const HALF_A_YEAR: u32 = 180 * 24 * 3600;
/// How long a mark counts after its last use.
pub(crate) const KEPT: Duration = Duration::seconds(HALF_A_YEAR as i64);
const STRICT: Attributes = Attributes {
    same_site: "Strict",
    max_age: Some(HALF_A_YEAR),
};

/// The stored form of the browser's mark, if the request has exactly one.
pub(crate) fn of_request(headers: &HeaderMap) -> Option<[u8; 32]> {
    match cookies::find(headers, NAME) {
        Found::One(value) => {
            secrets::decode(value).map(|mark| secrets::stored(Kind::KnownBrowser, &mark))
        }
        Found::Absent | Found::Several => None,
    }
}

/// Whether `account` has been opened in the browser with this mark.
pub(crate) async fn has_opened(
    portal: &Portal,
    mark: &[u8; 32],
    account: i64,
) -> Result<bool, Fault> {
    let oldest = portal.ambient.now() - KEPT;
    let found =
        sqlx::query("SELECT 1 FROM known_browsers WHERE id = ? AND account = ? AND used_at > ?")
            .bind(mark.as_slice())
            .bind(account)
            .bind(seconds(oldest))
            .fetch_optional(portal.store.pool())
            .await?;
    Ok(found.is_some())
}

/// Gives the browser a fresh mark that stands for what the old one stood for, and for `account`.
pub(crate) async fn renew(
    portal: &Portal,
    connection: &mut SqliteConnection,
    old: Option<&[u8; 32]>,
    account: i64,
) -> Result<Option<SetCookie>, Fault> {
    let mark: [u8; 32] = random(portal.ambient.as_ref())?;
    let stored = secrets::stored(Kind::KnownBrowser, &mark);
    if let Some(old) = old {
        sqlx::query("UPDATE known_browsers SET id = ? WHERE id = ?")
            .bind(stored.as_slice())
            .bind(old.as_slice())
            .execute(&mut *connection)
            .await?;
    }
    sqlx::query(
        "INSERT INTO known_browsers (id, account, used_at) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET used_at = ?3",
    )
    .bind(stored.as_slice())
    .bind(account)
    .bind(seconds(portal.ambient.now()))
    .execute(connection)
    .await?;
    Ok(cookies::set(NAME, &secrets::encode(&mark), STRICT))
}
