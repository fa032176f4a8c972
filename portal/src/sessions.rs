//! The portal's sessions: a random name in a cookie, its hash in the database.

use axum::http::HeaderMap;
use kyso_certs::Method;
use kyso_protocol::DeviceKey;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use time::OffsetDateTime;

use crate::{
    ambient::random,
    cookies::{self, Attributes, Found, SetCookie},
    device::Place,
    history::{self, Entry},
    names,
    pages::{ActivityKind, OpenSession},
    portal::{Fault, Portal},
    proofs::Pending,
    secrets::{self, Kind},
    store::{StoreError, array, instant, seconds},
};

const NAME: &str = "__Host-kyso-session";
/// Lax: a link from elsewhere leads a signed-in person to a page; every POST is judged by its origin besides.
const LAX: Attributes = Attributes {
    same_site: "Lax",
    max_age: None,
};
/// A session's last use is written down at most this often, in seconds.
const SEEN_EVERY: i64 = 60;

/// The session that a request belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    id: [u8; 32],
    pub(crate) account: i64,
    /// The account's name.
    pub(crate) name: String,
}

impl Session {
    /// As it is stored.
    pub(crate) fn id(&self) -> &[u8; 32] {
        &self.id
    }

    /// From a row with the session's `id` and `account`, and the account's `name`.
    pub(crate) fn from_row(row: &SqliteRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: array(row.try_get("id")?, "id")?,
            account: row.try_get("account")?,
            name: row.try_get("name")?,
        })
    }
}

/// The live session named by the request's cookie; two cookies of the name open none.
pub(crate) async fn of_request(
    portal: &Portal,
    headers: &HeaderMap,
) -> Result<Option<Session>, Fault> {
    let Found::One(value) = cookies::find(headers, NAME) else {
        return Ok(None);
    };
    let Some(secret) = secrets::decode(value) else {
        return Ok(None);
    };
    let id = secrets::stored(Kind::Session, &secret);
    let now = portal.ambient.now();
    let row = sqlx::query(
        "SELECT sessions.id, account, name, seen_at FROM sessions JOIN accounts ON accounts.id = account
         WHERE sessions.id = ? AND ended_at IS NULL AND expires_at > ? AND seen_at > ?",
    )
    .bind(id.as_slice())
    .bind(seconds(now))
    .bind(seconds(now - portal.config.session_idle))
    .fetch_optional(portal.store.pool())
    .await?;
    let Some(row) = row else { return Ok(None) };
    if row.try_get::<i64, _>("seen_at")?.saturating_add(SEEN_EVERY) <= seconds(now) {
        note_seen(portal, &id, now).await?;
    }
    Ok(Some(Session::from_row(&row)?))
}

async fn note_seen(portal: &Portal, id: &[u8; 32], now: OffsetDateTime) -> Result<(), Fault> {
    sqlx::query("UPDATE sessions SET seen_at = ? WHERE id = ?")
        .bind(seconds(now))
        .bind(id.as_slice())
        .execute(portal.store.pool())
        .await?;
    Ok(())
}

/// Writes a new session for `account` and yields its cookie.
pub(crate) async fn open(
    portal: &Portal,
    connection: &mut SqliteConnection,
    account: i64,
    pending: &Pending,
    place: &Place,
) -> Result<Option<SetCookie>, Fault> {
    let ambient = portal.ambient.as_ref();
    let secret: [u8; 32] = random(ambient)?;
    let label: [u8; 16] = random(ambient)?;
    let now = ambient.now();
    sqlx::query(
        "INSERT INTO sessions (id, label, account, fingerprint, method, acting_for, handle_hash, device_key, address,
            device, made_at, seen_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(secrets::stored(Kind::Session, &secret).as_slice())
    .bind(secrets::encode(&label))
    .bind(account)
    .bind(pending.proof.fingerprint.as_slice())
    .bind(names::of_method(pending.ask.method))
    .bind(&pending.proof.acting_for)
    .bind(pending.handle_hash.as_slice())
    .bind(pending.proof.device.as_ref().map(DeviceKey::to_spki))
    .bind(place.address.to_string())
    .bind(&place.device)
    .bind(seconds(now))
    .bind(seconds(now))
    .bind(seconds(now + portal.config.session_life))
    .execute(connection)
    .await?;
    Ok(cookies::set(NAME, &secrets::encode(&secret), LAX))
}

/// Ends one session, whichever way it is named.
pub(crate) async fn end(
    connection: &mut SqliteConnection,
    session: &Session,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    sqlx::query("UPDATE sessions SET ended_at = ? WHERE id = ? AND ended_at IS NULL")
        .bind(seconds(now))
        .bind(session.id.as_slice())
        .execute(connection)
        .await?;
    Ok(())
}

/// Signs the person out here; the header takes the cookie away.
pub(crate) async fn sign_out(
    portal: &Portal,
    session: &Session,
    place: &Place,
) -> Result<Option<SetCookie>, Fault> {
    let now = portal.ambient.now();
    let mut transaction = portal.store.write().await?;
    end(&mut transaction, session, now).await?;
    note_sign_out(&mut transaction, session.account, place, now).await?;
    transaction.commit().await?;
    Ok(cookies::clear(NAME, LAX.same_site))
}

/// Which of an account's sessions to end from another one.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Which<'a> {
    Labelled(&'a str),
    Others,
}

/// Ends sessions of the account of `session`; never one of another account.
pub(crate) async fn end_elsewhere(
    portal: &Portal,
    session: &Session,
    which: Which<'_>,
    place: &Place,
) -> Result<(), Fault> {
    let now = portal.ambient.now();
    let label = match which {
        Which::Labelled(label) => Some(label),
        Which::Others => None,
    };
    let mut transaction = portal.store.write().await?;
    let done = sqlx::query(
        "UPDATE sessions SET ended_at = ?1
         WHERE account = ?2 AND ended_at IS NULL AND ((?3 IS NULL AND id <> ?4) OR label = ?3)",
    )
    .bind(seconds(now))
    .bind(session.account)
    .bind(label)
    .bind(session.id.as_slice())
    .execute(&mut *transaction)
    .await?;
    if done.rows_affected() > 0 {
        note_sign_out(&mut transaction, session.account, place, now).await?;
    }
    transaction.commit().await?;
    Ok(())
}

async fn note_sign_out(
    connection: &mut SqliteConnection,
    account: i64,
    place: &Place,
    at: OffsetDateTime,
) -> Result<(), Fault> {
    let activity = ActivityKind::SignOut;
    let entry = Entry {
        account,
        at,
        activity,
        method: None,
        place,
        problem: None,
    };
    history::write(connection, &entry).await
}

/// The open sessions of the account of `session`, that one first.
pub(crate) async fn list(portal: &Portal, session: &Session) -> Result<Vec<OpenSession>, Fault> {
    let now = portal.ambient.now();
    let rows = sqlx::query(
        "SELECT * FROM sessions WHERE account = ? AND ended_at IS NULL AND expires_at > ? AND seen_at > ?
         ORDER BY id = ? DESC, made_at DESC LIMIT 100",
    )
    .bind(session.account)
    .bind(seconds(now))
    .bind(seconds(now - portal.config.session_idle))
    .bind(session.id.as_slice())
    .fetch_all(portal.store.pool())
    .await?;
    Ok(rows
        .iter()
        .map(|row| from_row(row, session))
        .collect::<Result<_, _>>()?)
}

fn from_row(row: &SqliteRow, session: &Session) -> Result<OpenSession, StoreError> {
    let id: [u8; 32] = array(row.try_get("id")?, "id")?;
    Ok(OpenSession {
        id: row.try_get("label")?,
        here: id == session.id,
        device: row.try_get("device")?,
        ip: row.try_get("address")?,
        method: names::method(row.try_get("method")?).unwrap_or(Method::Usb),
        since: instant(row.try_get("made_at")?, "made_at")?,
    })
}
