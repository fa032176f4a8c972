//! Devices whose key is linked with an account: their agents vouch for a login beside its certificate.
//!
//! A key is linked once its session has opened: the first by itself, each other one from a session of a linked device or
//! of another method. A login without a linked key, where there is one, is a *new device*: the account is told, and
//! changes are held up.

mod stored;

use kyso_protocol::DeviceKey;
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};
use time::{Duration, OffsetDateTime};

pub(crate) use stored::forget_waiting;
use stored::{Brought, MOST, Stored, forget_most, is_known, keys, set_linked};

use crate::{
    device::Place,
    history::{self, Entry},
    pages::{ActivityKind, LinkedDevice},
    portal::{Fault, Portal},
    proofs::Pending,
    sessions::Session,
    store::{StoreError, instant, seconds},
};

/// For so long a login from a new device holds changes up, and so old a new device must be.
const HELD: Duration = Duration::hours(24);

/// Takes down with which device key a session has just opened, if with any.
pub(crate) async fn note_opened(
    portal: &Portal,
    connection: &mut SqliteConnection,
    account: i64,
    pending: &Pending,
    place: &Place,
) -> Result<(), Fault> {
    let all = keys(connection, account).await?;
    let is_linked = |key: &DeviceKey| all.iter().any(|one| one.linked && one.key == *key);
    let has_linked = all.iter().any(|one| one.linked);
    let login = Login {
        portal,
        account,
        pending,
        place,
    };
    match &pending.proof.device {
        Some(key) if is_linked(key) => {
            login.note(connection, key).await?;
            is_known(connection, account).await
        }
        Some(key) if !has_linked => {
            login.note(connection, key).await?;
            set_linked(connection, account, key, login.now()).await?;
            is_known(connection, account).await?;
            login.tell(connection, ActivityKind::DeviceLinked).await
        }
        None if !has_linked => Ok(()),
        key => {
            if let Some(key) = key {
                login.note(connection, key).await?;
                forget_most(connection, account).await?;
            }
            login.is_strange(connection).await?;
            login.tell(connection, ActivityKind::NewDevice).await
        }
    }
}

/// A login whose session has just opened.
struct Login<'a> {
    portal: &'a Portal,
    account: i64,
    pending: &'a Pending,
    place: &'a Place,
}

impl Login<'_> {
    fn now(&self) -> OffsetDateTime {
        self.portal.ambient.now()
    }

    async fn note(&self, connection: &mut SqliteConnection, key: &DeviceKey) -> Result<(), Fault> {
        let brought = Brought {
            method: self.pending.ask.method,
            place: self.place,
            at: self.now(),
        };
        stored::note(self.portal, connection, self.account, key, &brought).await
    }

    /// The first login in a row of strange ones holds everybody's changes up; besides, each new device waits a day of
    /// its own. Were it each login, whoever holds card and PIN could hold the account up for ever.
    async fn is_strange(&self, connection: &mut SqliteConnection) -> Result<(), Fault> {
        sqlx::query(
            "UPDATE accounts SET strange_device = 1, held_until = ? WHERE id = ? AND strange_device = 0",
        )
        .bind(seconds(self.now() + HELD))
        .bind(self.account)
        .execute(connection)
        .await?;
        Ok(())
    }

    async fn tell(
        &self,
        connection: &mut SqliteConnection,
        activity: ActivityKind,
    ) -> Result<(), Fault> {
        let entry = Entry {
            account: self.account,
            at: self.now(),
            activity,
            method: Some(self.pending.ask.method),
            place: self.place,
            problem: None,
        };
        history::write(connection, &entry).await
    }
}

/// What a session may do with the account's devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rights {
    /// The session was opened with a key that is linked now.
    vouched: bool,
    /// Whether the last login came from a new device.
    strange: bool,
    /// Until when a login from a new device, that of this session or another one, holds changes up.
    pub(crate) held_until: Option<OffsetDateTime>,
}

impl Rights {
    /// Whether methods and contacts may be added, changed or confirmed.
    fn is_free(self) -> bool {
        self.held_until.is_none()
    }

    /// Whether a key may be linked that a login of this method (by its stored name) brought, from a session of `own`.
    fn may_link(self, brought_by: &str, own: &str) -> bool {
        self.vouched || (self.is_free() && brought_by != own)
    }

    /// A session without a linked key may do it where the devices have been missing for a day, the account was told of
    /// it, and the session's own device has been known for a day too.
    fn may_unlink(self) -> bool {
        self.vouched || (self.strange && self.is_free())
    }
}

/// What `session` may do now.
pub(crate) async fn rights(
    connection: &mut SqliteConnection,
    session: &Session,
    now: OffsetDateTime,
) -> Result<Rights, Fault> {
    let row = sqlx::query(
        "SELECT strange_device, held_until, own.linked_at IS NOT NULL AS vouched,
            EXISTS (SELECT 1 FROM device_keys WHERE account = accounts.id AND linked_at IS NOT NULL) AS has_linked,
            CASE WHEN sessions.device_key IS NULL THEN sessions.made_at ELSE own.came_at END AS known_since
         FROM sessions JOIN accounts ON accounts.id = sessions.account
            LEFT JOIN device_keys AS own ON own.account = accounts.id AND own.key = sessions.device_key
         WHERE sessions.id = ? AND accounts.id = ?",
    )
    .bind(session.id().as_slice())
    .bind(session.account)
    .fetch_one(connection)
    .await?;
    let vouched: bool = row.try_get("vouched")?;
    let is_new = !vouched && row.try_get("has_linked")?;
    let holds = [
        optional(&row, "held_until")?,
        is_new.then_some(known_since(&row, now)? + HELD),
    ];
    let latest = holds.into_iter().flatten().max();
    Ok(Rights {
        vouched,
        strange: row.try_get("strange_device")?,
        held_until: latest.filter(|until| *until > now),
    })
}

/// Since when the account knows the device of the session in `row`; a key that was unlinked or forgotten, since now.
fn known_since(row: &SqliteRow, now: OffsetDateTime) -> Result<OffsetDateTime, StoreError> {
    Ok(optional(row, "known_since")?.unwrap_or(now))
}

fn optional(row: &SqliteRow, column: &'static str) -> Result<Option<OffsetDateTime>, StoreError> {
    let at: Option<i64> = row.try_get(column)?;
    at.map(|at| instant(at, column)).transpose()
}

/// How a click on a device ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Changed {
    Done,
    /// There is no such device any more, or it was done already.
    Gone,
    /// This session may not, or not yet.
    NotAllowed,
    /// As many are linked as may be.
    Full,
}

/// Links the device of that label with the account of `session`.
pub(crate) async fn link(
    portal: &Portal,
    session: &Session,
    label: &str,
    place: &Place,
) -> Result<Changed, Fault> {
    let now = portal.ambient.now();
    let mut transaction = portal.store.write().await?;
    let all = keys(&mut transaction, session.account).await?;
    let waits = |one: &&Stored| one.label == label && !one.linked;
    let Some(found) = all.iter().find(waits) else {
        return Ok(Changed::Gone);
    };
    let rights = rights(&mut transaction, session, now).await?;
    let own = method_of(&mut transaction, session).await?;
    if !rights.may_link(&found.method, &own) {
        return Ok(Changed::NotAllowed);
    }
    let linked = all.iter().filter(|one| one.linked).count();
    if linked >= MOST {
        return Ok(Changed::Full);
    }
    set_linked(&mut transaction, session.account, &found.key, now).await?;
    is_known(&mut transaction, session.account).await?;
    tell(
        &mut transaction,
        session,
        ActivityKind::DeviceLinked,
        place,
        now,
    )
    .await?;
    transaction.commit().await?;
    Ok(Changed::Done)
}

/// Forgets the device of that label: it has to be linked anew.
pub(crate) async fn unlink(
    portal: &Portal,
    session: &Session,
    label: &str,
    place: &Place,
) -> Result<Changed, Fault> {
    let now = portal.ambient.now();
    let mut transaction = portal.store.write().await?;
    let rights = rights(&mut transaction, session, now).await?;
    if !rights.may_unlink() {
        return Ok(Changed::NotAllowed);
    }
    if rights.vouched {
        is_known(&mut transaction, session.account).await?;
    }
    let linked: Option<bool> = sqlx::query_scalar(
        "DELETE FROM device_keys WHERE account = ? AND label = ? RETURNING linked_at IS NOT NULL",
    )
    .bind(session.account)
    .bind(label)
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(linked) = linked else {
        return Ok(Changed::Gone);
    };
    if linked {
        tell(
            &mut transaction,
            session,
            ActivityKind::DeviceUnlinked,
            place,
            now,
        )
        .await?;
    }
    transaction.commit().await?;
    Ok(Changed::Done)
}

/// The account's devices as its page shows them, the linked ones first.
pub(crate) async fn list(
    portal: &Portal,
    session: &Session,
) -> Result<(Vec<LinkedDevice>, Rights), Fault> {
    let mut connection = portal.store.pool().acquire().await?;
    let rights = rights(&mut connection, session, portal.ambient.now()).await?;
    let own = method_of(&mut connection, session).await?;
    let rows = sqlx::query(
        "SELECT device_keys.*, device_keys.key IS (SELECT device_key FROM sessions WHERE id = ?1) AS here
         FROM device_keys WHERE account = ?2 ORDER BY linked_at IS NULL, used_at DESC, label",
    )
    .bind(session.id().as_slice())
    .bind(session.account)
    .fetch_all(&mut *connection)
    .await?;
    let rows = rows.iter().map(|row| shown(row, rights, &own));
    Ok((rows.collect::<Result<_, _>>()?, rights))
}

fn shown(row: &SqliteRow, rights: Rights, own: &str) -> Result<LinkedDevice, StoreError> {
    let linked = optional(row, "linked_at")?;
    let method: &str = row.try_get("method")?;
    Ok(LinkedDevice {
        id: row.try_get("label")?,
        here: row.try_get("here")?,
        device: row.try_get("device")?,
        ip: row.try_get("address")?,
        came: instant(row.try_get("came_at")?, "came_at")?,
        used: instant(row.try_get("used_at")?, "used_at")?,
        linked,
        may_link: linked.is_none() && rights.may_link(method, own),
        may_unlink: rights.may_unlink(),
    })
}

async fn method_of(connection: &mut SqliteConnection, session: &Session) -> Result<String, Fault> {
    let method = sqlx::query_scalar("SELECT method FROM sessions WHERE id = ?")
        .bind(session.id().as_slice())
        .fetch_one(connection)
        .await?;
    Ok(method)
}

async fn tell(
    connection: &mut SqliteConnection,
    session: &Session,
    activity: ActivityKind,
    place: &Place,
    at: OffsetDateTime,
) -> Result<(), Fault> {
    let entry = Entry {
        account: session.account,
        at,
        activity,
        method: None,
        place,
        problem: None,
    };
    history::write(connection, &entry).await
}
