//! What an agent may ask of a session that it brokered: whether it is open, and that it ends. Only the device whose key
//! vouched for the session's answer may, and only where the handle is known to it; everybody else learns nothing.

use kyso_protocol::{DeviceKey, Handle, SessionCall, SessionReply, SessionWish};
use sqlx::{Row as _, sqlite::SqliteRow};
use time::OffsetDateTime;

use crate::{
    device::Place,
    portal::{Fault, Portal},
    secrets::{self, Kind},
    sessions::{self, Session},
    store::{StoreError, instant, seconds},
};

/// A session, as the agent that brokered it may know it.
struct Brokered {
    session: Session,
    /// The key that vouched for its answer.
    key: Option<Vec<u8>>,
    ends: OffsetDateTime,
    is_open: bool,
}

/// Answers a call whose form is right.
pub(crate) async fn answer(
    portal: &Portal,
    call: &SessionCall,
    place: &Place,
) -> Result<SessionReply, Fault> {
    let key = match call.verify(&portal.config.origin) {
        Ok(key) => key,
        Err(error) => {
            tracing::info!(%error, "call about a session refused");
            return Ok(SessionReply::Unknown);
        }
    };
    let Some(found) = find(portal, &call.handle, key).await? else {
        return Ok(SessionReply::Unknown);
    };
    Ok(match call.wish {
        _ if !found.is_open => SessionReply::Ended,
        SessionWish::State => SessionReply::Open {
            seconds: left(found.ends, portal.ambient.now()),
        },
        SessionWish::End => {
            sessions::sign_out(portal, &found.session, place).await?;
            SessionReply::Ended
        }
    })
}

/// The session of that handle, where that key vouched for it.
async fn find(
    portal: &Portal,
    handle: &Handle,
    key: &DeviceKey,
) -> Result<Option<Brokered>, Fault> {
    let row = sqlx::query(
        "SELECT sessions.id, account, name, device_key, seen_at, expires_at, ended_at
         FROM sessions JOIN accounts ON accounts.id = account WHERE handle_hash = ?",
    )
    .bind(secrets::stored(Kind::Handle, handle.as_bytes()).as_slice())
    .fetch_optional(portal.store.pool())
    .await?;
    let found = row.map(|row| brokered(portal, &row)).transpose()?;
    Ok(found.filter(|found| found.key.as_ref() == Some(&key.to_spki())))
}

fn brokered(portal: &Portal, row: &SqliteRow) -> Result<Brokered, StoreError> {
    let now = portal.ambient.now();
    let ends = instant(row.try_get("expires_at")?, "expires_at")?;
    let idle = row.try_get::<i64, _>("seen_at")? <= seconds(now - portal.config.session_idle);
    let ended: Option<i64> = row.try_get("ended_at")?;
    Ok(Brokered {
        session: Session::from_row(row)?,
        key: row.try_get("device_key")?,
        ends,
        is_open: ended.is_none() && !idle && now < ends,
    })
}

fn left(ends: OffsetDateTime, now: OffsetDateTime) -> u64 {
    (ends - now).whole_seconds().try_into().unwrap_or_default()
}
