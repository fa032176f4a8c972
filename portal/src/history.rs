//! The access history of an account: what was done, when, from where.

use kyso_certs::Method;
use sqlx::{Row, SqliteConnection};
use time::{Duration, OffsetDateTime};

use crate::{
    device::Place,
    names,
    pages::{Activity, ActivityKind},
    portal::{Fault, Portal},
    store::{StoreError, instant, seconds},
};

/// One entry to write.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) account: i64,
    pub(crate) at: OffsetDateTime,
    pub(crate) activity: ActivityKind,
    /// `None` for a sign-out.
    pub(crate) method: Option<Method>,
    pub(crate) place: &'a Place,
    /// The problem's code where it didn't succeed.
    pub(crate) problem: Option<&'a str>,
}

pub(crate) async fn write(
    connection: &mut SqliteConnection,
    entry: &Entry<'_>,
) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO history (account, at, activity, method, address, device, problem) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(entry.account)
    .bind(seconds(entry.at))
    .bind(activity_name(entry.activity))
    .bind(entry.method.map_or("", names::of_method))
    .bind(entry.place.address.to_string())
    .bind(&entry.place.device)
    .bind(entry.problem)
    .execute(connection)
    .await?;
    Ok(())
}

/// Entries shown on one page.
const PAGE: usize = 20;

/// The newest entries before the one numbered `before`, and that of the next page if there is one.
pub(crate) async fn read(
    portal: &Portal,
    account: i64,
    before: Option<i64>,
) -> Result<(Vec<Activity>, Option<String>), Fault> {
    let rows =
        sqlx::query("SELECT * FROM history WHERE account = ? AND id < ? ORDER BY id DESC LIMIT ?")
            .bind(account)
            .bind(before.unwrap_or(i64::MAX))
            .bind(i64::try_from(PAGE + 1).unwrap_or(i64::MAX))
            .fetch_all(portal.store.pool())
            .await?;
    let last = rows
        .get(PAGE.saturating_sub(1))
        .filter(|_| rows.len() > PAGE);
    let more = last.map(|row| row.try_get::<i64, _>("id")).transpose()?;
    let shown = rows
        .iter()
        .take(PAGE)
        .map(from_row)
        .collect::<Result<_, _>>()?;
    Ok((shown, more.map(|id| id.to_string())))
}

/// How long an added method is news.
const NEWS: Duration = Duration::days(30);

/// When a method was added last, where that is still news.
pub(crate) async fn method_added(
    portal: &Portal,
    account: i64,
) -> Result<Option<OffsetDateTime>, Fault> {
    let at: Option<i64> = sqlx::query_scalar(
        "SELECT max(at) FROM history WHERE account = ? AND activity = ? AND problem IS NULL AND at > ?",
    )
    .bind(account)
    .bind(activity_name(ActivityKind::MethodAdded))
    .bind(seconds(portal.ambient.now() - NEWS))
    .fetch_one(portal.store.pool())
    .await?;
    Ok(at.map(|at| instant(at, "at")).transpose()?)
}

fn from_row(row: &sqlx::sqlite::SqliteRow) -> Result<Activity, StoreError> {
    Ok(Activity {
        at: instant(row.try_get("at")?, "at")?,
        what: activity(row.try_get("activity")?)?,
        method: names::method(row.try_get("method")?),
        ip: row.try_get("address")?,
        device: row.try_get("device")?,
        successful: row.try_get::<Option<String>, _>("problem")?.is_none(),
    })
}

fn activity_name(activity: ActivityKind) -> &'static str {
    match activity {
        ActivityKind::SignIn => "sign-in",
        ActivityKind::SignOut => "sign-out",
        ActivityKind::Registration => "registration",
        ActivityKind::MethodAdded => "method-added",
    }
}

fn activity(name: &str) -> Result<ActivityKind, StoreError> {
    match name {
        "sign-in" => Ok(ActivityKind::SignIn),
        "sign-out" => Ok(ActivityKind::SignOut),
        "registration" => Ok(ActivityKind::Registration),
        "method-added" => Ok(ActivityKind::MethodAdded),
        _ => Err(StoreError::Unknown("activity")),
    }
}
