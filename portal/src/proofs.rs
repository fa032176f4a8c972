//! What accepted answers proved. A proof opens nothing by itself: it waits for its return code, then for the person.

use kyso_certs::{Revocation, SubjectKind, World};
use kyso_protocol::{
    AskId, DeviceKey, Half, Handle, Purpose, ReturnCode, limits::RETURN_CODE_SECONDS,
};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use time::{Duration, OffsetDateTime};

use crate::{
    accounts::Key,
    asks::{self, Ask},
    names,
    portal::{Fault, Portal, world_name},
    secrets::{self, Kind},
    store::{StoreError, array, instant, seconds},
};

/// How long the person may take over the page that follows the return.
const LOGIN_OPEN: Duration = Duration::minutes(5);
const REGISTRATION_OPEN: Duration = Duration::minutes(15);

/// A judged certificate and whom it names, as far as this portal keeps it.
#[derive(Debug, Clone)]
pub(crate) struct Proof {
    pub(crate) ask: AskId,
    /// DER.
    pub(crate) certificate: Vec<u8>,
    pub(crate) fingerprint: [u8; 32],
    pub(crate) serial: String,
    pub(crate) key: Key,
    /// As the certificate has it.
    pub(crate) name: String,
    /// The organisation of a person who acts within one.
    pub(crate) acting_for: Option<String>,
    pub(crate) ca_name: String,
    pub(crate) world: World,
    pub(crate) not_before: OffsetDateTime,
    pub(crate) not_after: OffsetDateTime,
    /// What was known of its revocation, and of its path's, when it was judged.
    pub(crate) revocation: Revocation,
    /// When the evidence was made that says that it is good itself: known right after it was judged only.
    pub(crate) cleared: Option<OffsetDateTime>,
    /// Rules of the circular that were not met, separated by blanks.
    pub(crate) deviations: String,
    /// The account with which the certificate is registered, at a login.
    pub(crate) account: Option<i64>,
    /// The key of the device that vouched for the answer.
    pub(crate) device: Option<DeviceKey>,
}

/// A proof whose code was presented with its half: the person's own click is still wanted.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    pub(crate) proof: Proof,
    pub(crate) ask: Ask,
    pub(crate) handle_hash: [u8; 32],
    pub(crate) open_until: OffsetDateTime,
}

/// Stores the proof together with the hashes of its return code and handle.
pub(crate) async fn store(
    portal: &Portal,
    proof: &Proof,
    code: &ReturnCode,
    handle: &Handle,
) -> Result<(), Fault> {
    let now = portal.ambient.now();
    sqlx::query(
        "INSERT INTO proofs (ask, certificate, fingerprint, serial, kind, scheme, number, name, acting_for, ca_name,
            world, not_before, not_after, revocation, deviations, account, answered_at, code_hash, code_expires_at,
            handle_hash, device_key)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(proof.ask.to_string())
    .bind(&proof.certificate)
    .bind(proof.fingerprint.as_slice())
    .bind(&proof.serial)
    .bind(names::of_subject(proof.key.kind))
    .bind(&proof.key.scheme)
    .bind(&proof.key.number)
    .bind(&proof.name)
    .bind(&proof.acting_for)
    .bind(&proof.ca_name)
    .bind(world_name(proof.world))
    .bind(seconds(proof.not_before))
    .bind(seconds(proof.not_after))
    .bind(names::of_revocation(proof.revocation))
    .bind(&proof.deviations)
    .bind(proof.account)
    .bind(seconds(now))
    .bind(secrets::stored(Kind::Code, code.as_bytes()).as_slice())
    .bind(seconds(now).saturating_add(RETURN_CODE_SECONDS))
    .bind(secrets::stored(Kind::Handle, handle.as_bytes()).as_slice())
    .bind(proof.device.as_ref().map(DeviceKey::to_spki))
    .execute(portal.store.pool())
    .await?;
    Ok(())
}

/// Uses a return code up, whoever presents it. `None`: there is no such code, or it was used before.
pub(crate) async fn use_code(
    connection: &mut SqliteConnection,
    code: &ReturnCode,
    now: OffsetDateTime,
) -> Result<Option<(Proof, OffsetDateTime)>, Fault> {
    let row = sqlx::query(
        "UPDATE proofs SET code_used_at = ? WHERE code_hash = ? AND code_used_at IS NULL RETURNING *",
    )
    .bind(seconds(now))
    .bind(secrets::stored(Kind::Code, code.as_bytes()).as_slice())
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let expires = instant(
        row.try_get("code_expires_at").map_err(StoreError::from)?,
        "code_expires_at",
    )?;
    Ok(Some((from_row(&row)?, expires)))
}

/// Leaves the proof open for the person's click in the browser that holds `half`.
pub(crate) async fn open(
    connection: &mut SqliteConnection,
    ask: &Ask,
    half: &Half,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    let life = if ask.purpose == Purpose::Register {
        REGISTRATION_OPEN
    } else {
        LOGIN_OPEN
    };
    sqlx::query(
        "UPDATE proofs SET half_hash = ?, open_until = ?,
            opening = (SELECT coalesce(max(opening), 0) + 1 FROM proofs) WHERE ask = ?",
    )
    .bind(secrets::stored(Kind::Half, half.as_bytes()).as_slice())
    .bind(seconds(now + life))
    .bind(ask.id.to_string())
    .execute(connection)
    .await?;
    Ok(())
}

/// The pending proof that this browser opened last for that purpose.
pub(crate) async fn newest(
    portal: &Portal,
    half: &Half,
    purpose: Purpose,
) -> Result<Option<Pending>, Fault> {
    let row = sqlx::query(
        "SELECT proofs.* FROM proofs JOIN asks ON asks.id = proofs.ask
         WHERE proofs.half_hash = ? AND open_until > ? AND finished_at IS NULL AND asks.purpose = ?
         ORDER BY opening DESC LIMIT 1",
    )
    .bind(secrets::stored(Kind::Half, half.as_bytes()).as_slice())
    .bind(seconds(portal.ambient.now()))
    .bind(purpose.as_str())
    .fetch_optional(portal.store.pool())
    .await?;
    pending(portal, row).await
}

/// The pending proof that a page named, if it is this browser's and still open for that purpose.
pub(crate) async fn named(
    portal: &Portal,
    id: &AskId,
    half: &Half,
    purpose: Purpose,
) -> Result<Option<Pending>, Fault> {
    let row = sqlx::query(
        "SELECT * FROM proofs WHERE ask = ? AND open_until > ? AND finished_at IS NULL",
    )
    .bind(id.to_string())
    .bind(seconds(portal.ambient.now()))
    .fetch_optional(portal.store.pool())
    .await?;
    let found = pending(portal, row).await?;
    Ok(found.filter(|found| found.ask.purpose == purpose && found.ask.was_made_with(half)))
}

/// Closes a pending proof; `true` once.
pub(crate) async fn finish(
    connection: &mut SqliteConnection,
    id: &AskId,
    now: OffsetDateTime,
) -> Result<bool, Fault> {
    let done = sqlx::query(
        "UPDATE proofs SET finished_at = ?1 WHERE ask = ?2 AND finished_at IS NULL AND open_until > ?1",
    )
    .bind(seconds(now))
    .bind(id.to_string())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

async fn pending(portal: &Portal, row: Option<SqliteRow>) -> Result<Option<Pending>, Fault> {
    let Some(row) = row else { return Ok(None) };
    let proof = from_row(&row)?;
    let Some(ask) = asks::find(portal, &proof.ask).await? else {
        return Ok(None);
    };
    Ok(Some(waiting(&row, proof, ask)?))
}

fn waiting(row: &SqliteRow, proof: Proof, ask: Ask) -> Result<Pending, StoreError> {
    Ok(Pending {
        proof,
        ask,
        handle_hash: array(row.try_get("handle_hash")?, "handle_hash")?,
        open_until: instant(row.try_get("open_until")?, "open_until")?,
    })
}

fn from_row(row: &SqliteRow) -> Result<Proof, StoreError> {
    let unknown = StoreError::Unknown;
    let kind: SubjectKind = names::subject(row.try_get("kind")?).ok_or(unknown("kind"))?;
    Ok(Proof {
        ask: AskId::parse(row.try_get("ask")?).map_err(|_| unknown("ask"))?,
        certificate: row.try_get("certificate")?,
        fingerprint: array(row.try_get("fingerprint")?, "fingerprint")?,
        serial: row.try_get("serial")?,
        key: Key {
            kind,
            scheme: row.try_get("scheme")?,
            number: row.try_get("number")?,
        },
        name: row.try_get("name")?,
        acting_for: row.try_get("acting_for")?,
        ca_name: row.try_get("ca_name")?,
        world: match row.try_get("world")? {
            "public" => World::Public,
            "government" => World::Government,
            _ => return Err(unknown("world")),
        },
        not_before: instant(row.try_get("not_before")?, "not_before")?,
        not_after: instant(row.try_get("not_after")?, "not_after")?,
        revocation: names::revocation(row.try_get("revocation")?).ok_or(unknown("revocation"))?,
        cleared: None,
        deviations: row.try_get("deviations")?,
        account: row.try_get("account")?,
        device: match row.try_get::<Option<Vec<u8>>, _>("device_key")? {
            Some(spki) => Some(DeviceKey::from_spki(&spki).map_err(|_| unknown("device_key"))?),
            None => None,
        },
    })
}
