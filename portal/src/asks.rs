//! Asks: made on a page's POST, answered once, redeemed once. Every step from one state to the next is one
//! compare-and-swap in the database.
//!
//! ```text
//! open ──(a signature that verifies)──▶ answered ──(its code, with its half)──▶ redeemed
//!   └──(third failure, refusal, too many)──▶ ended ◀──(failed check, code with another half)
//! ```

use kyso_certs::{Method, SubjectKind};
use kyso_protocol::{
    Algorithm, AskId, Half, Purpose, Statement, browser_binding, limits::FAILED_ANSWERS_MAX,
};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use time::OffsetDateTime;

use crate::{
    ambient::random,
    local_path::LocalPath,
    names,
    portal::{Fault, Portal},
    secrets::{self, Kind},
    store::{StoreError, array, instant, seconds},
};

/// What this portal takes, best first: the part of all algorithms that the named policy leaves.
pub(crate) fn algorithms(policy: kyso_certs::PolicyName) -> Vec<Algorithm> {
    let strict = policy == kyso_certs::PolicyName::Circular15_2025;
    let pkcs1 = |taken: &Algorithm| taken.as_str().starts_with("RS");
    Algorithm::ALL
        .into_iter()
        .filter(|taken| !(strict && pkcs1(taken)))
        .collect()
}

/// How far an ask has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Open,
    Answered,
    Redeemed,
    Ended,
}

/// A stored ask.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) id: AskId,
    pub(crate) purpose: Purpose,
    pub(crate) method: Method,
    pub(crate) subject: Option<SubjectKind>,
    pub(crate) statement: Vec<u8>,
    binding: [u8; 32],
    pub(crate) return_path: LocalPath,
    pub(crate) state: State,
    pub(crate) problem: Option<String>,
    pub(crate) fetched: bool,
    pub(crate) expires: OffsetDateTime,
}

/// What a page's POST wants asked.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) purpose: Purpose,
    /// With `register`, and only there.
    pub(crate) subject: Option<SubjectKind>,
    pub(crate) return_path: LocalPath,
}

impl Ask {
    /// Whether `half` is the one with which the ask was made.
    pub(crate) fn was_made_with(&self, half: &Half) -> bool {
        secrets::equal(&self.binding, &browser_binding(&self.id, half))
    }

    pub(crate) fn is_expired(&self, now: OffsetDateTime) -> bool {
        now >= self.expires
    }

    fn from_row(row: &SqliteRow) -> Result<Self, StoreError> {
        let unknown = StoreError::Unknown;
        let subject: Option<String> = row.try_get("subject")?;
        Ok(Self {
            id: AskId::parse(row.try_get("id")?).map_err(|_| unknown("id"))?,
            purpose: names::purpose(row.try_get("purpose")?).ok_or(unknown("purpose"))?,
            method: names::method(row.try_get("method")?).ok_or(unknown("method"))?,
            subject: subject.as_deref().and_then(names::subject),
            statement: row.try_get("statement")?,
            binding: array(row.try_get("binding")?, "binding")?,
            return_path: LocalPath::parse(row.try_get("return_path")?)
                .ok_or(unknown("return_path"))?,
            state: state(row.try_get("state")?)?,
            problem: row.try_get("problem")?,
            fetched: row.try_get::<Option<i64>, _>("fetched_at")?.is_some(),
            expires: instant(row.try_get("expires_at")?, "expires_at")?,
        })
    }
}

fn state(name: &str) -> Result<State, StoreError> {
    match name {
        "open" => Ok(State::Open),
        "answered" => Ok(State::Answered),
        "redeemed" => Ok(State::Redeemed),
        "ended" => Ok(State::Ended),
        _ => Err(StoreError::Unknown("state")),
    }
}

/// Makes an ask for the browser that holds `half`.
pub(crate) async fn make(portal: &Portal, wanted: &Wanted, half: &Half) -> Result<AskId, Fault> {
    let ambient = portal.ambient.as_ref();
    let id = AskId::from_bytes(random(ambient)?);
    let issued = ambient
        .now()
        .replace_nanosecond(0)
        .map_err(|_| Fault::CutOff)?;
    let binding = browser_binding(&id, half);
    let statement = Statement {
        portal: portal.config.origin.clone(),
        purpose: wanted.purpose,
        ask: id,
        challenge: random(ambient)?,
        browser: binding,
        issued,
        expires: issued + portal.config.ask_life,
        subject: wanted.subject,
        algorithms: algorithms(portal.config.policy),
        text: None,
    };
    let half_hash = secrets::stored(Kind::Half, half.as_bytes());
    let mut transaction = portal.store.write().await?;
    make_room(portal, &mut transaction, &half_hash, issued).await?;
    sqlx::query(
        "INSERT INTO asks (id, purpose, method, subject, statement, binding, half_hash, return_path, state, made_at,
            expires_at)
         VALUES (?, ?, 'usb', ?, ?, ?, ?, ?, 'open', ?, ?)",
    )
    .bind(id.to_string())
    .bind(wanted.purpose.as_str())
    .bind(wanted.subject.map(names::of_subject))
    .bind(statement.to_bytes()?.as_slice())
    .bind(binding.as_slice())
    .bind(half_hash.as_slice())
    .bind(wanted.return_path.as_str())
    .bind(seconds(issued))
    .bind(seconds(statement.expires))
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(id)
}

/// Ends the oldest open asks of a browser, so that with one more it has no more than it may.
async fn make_room(
    portal: &Portal,
    connection: &mut SqliteConnection,
    half_hash: &[u8; 32],
    now: OffsetDateTime,
) -> Result<(), Fault> {
    sqlx::query(
        "UPDATE asks SET state = 'ended' WHERE id IN
            (SELECT id FROM asks WHERE half_hash = ?1 AND state = 'open' AND expires_at > ?2
             ORDER BY made_at DESC LIMIT -1 OFFSET ?3)",
    )
    .bind(half_hash.as_slice())
    .bind(seconds(now))
    .bind(portal.config.asks_per_browser.saturating_sub(1))
    .execute(connection)
    .await?;
    Ok(())
}

/// Looks an ask up.
pub(crate) async fn find(portal: &Portal, id: &AskId) -> Result<Option<Ask>, Fault> {
    let mut connection = portal.store.pool().acquire().await?;
    find_in(&mut connection, id).await
}

pub(crate) async fn find_in(
    connection: &mut SqliteConnection,
    id: &AskId,
) -> Result<Option<Ask>, Fault> {
    let row = sqlx::query("SELECT * FROM asks WHERE id = ?")
        .bind(id.to_string())
        .fetch_optional(connection)
        .await?;
    Ok(row.as_ref().map(Ask::from_row).transpose()?)
}

/// Notes that an agent has read the statement.
pub(crate) async fn note_fetched(portal: &Portal, id: &AskId) -> Result<(), Fault> {
    sqlx::query("UPDATE asks SET fetched_at = ? WHERE id = ? AND fetched_at IS NULL")
        .bind(seconds(portal.ambient.now()))
        .bind(id.to_string())
        .execute(portal.store.pool())
        .await?;
    Ok(())
}

/// Counts a failure before the signature was proved; the third closes the ask.
pub(crate) async fn count_failure(portal: &Portal, id: &AskId, code: &str) -> Result<(), Fault> {
    sqlx::query(
        "UPDATE asks SET failures = failures + 1,
                state = CASE WHEN failures + 1 >= ?1 THEN 'ended' ELSE state END,
                problem = CASE WHEN failures + 1 >= ?1 THEN ?2 ELSE problem END
         WHERE id = ?3 AND state = 'open'",
    )
    .bind(FAILED_ANSWERS_MAX)
    .bind(code)
    .bind(id.to_string())
    .execute(portal.store.pool())
    .await?;
    Ok(())
}

/// `open` to `answered`; of several answers at once, exactly one is told `true`.
pub(crate) async fn win(portal: &Portal, id: &AskId) -> Result<bool, Fault> {
    let done = sqlx::query(
        "UPDATE asks SET state = 'answered' WHERE id = ? AND state = 'open' AND expires_at > ?",
    )
    .bind(id.to_string())
    .bind(seconds(portal.ambient.now()))
    .execute(portal.store.pool())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends an ask in the state `from`; `true` if it was in it.
pub(crate) async fn end(
    connection: &mut SqliteConnection,
    id: &AskId,
    from: &'static str,
    problem: Option<&str>,
) -> Result<bool, Fault> {
    let done =
        sqlx::query("UPDATE asks SET state = 'ended', problem = ? WHERE id = ? AND state = ?")
            .bind(problem)
            .bind(id.to_string())
            .bind(from)
            .execute(connection)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// `answered` to `redeemed`; `true` once.
pub(crate) async fn redeem(connection: &mut SqliteConnection, id: &AskId) -> Result<bool, Fault> {
    let done =
        sqlx::query("UPDATE asks SET state = 'redeemed' WHERE id = ? AND state = 'answered'")
            .bind(id.to_string())
            .execute(connection)
            .await?;
    Ok(done.rows_affected() == 1)
}
