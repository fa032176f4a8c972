//! The access history of an account: what was done, when, from where.

use kyso_certs::Method;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use time::{Duration, OffsetDateTime};

use crate::{
    device::Place,
    names,
    pages::{Activity, ActivityKind, News, NewsKind},
    portal::{Fault, Portal},
    returns::BROWSER_OTHER,
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

/// How long something is news, and how much of it at once.
const NEWS_KEPT: Duration = Duration::days(30);
const NEWS_MOST: i64 = 5;

/// What the account's holder should be told of, the newest first.
pub(crate) async fn news(portal: &Portal, account: i64) -> Result<Vec<News>, Fault> {
    let rows = sqlx::query(
        "SELECT at, activity, problem FROM history
         WHERE account = ?1 AND at > ?2 AND (problem = ?3 OR (problem IS NULL
            AND activity IN ('method-added', 'device-linked', 'device-unlinked', 'new-device')))
         ORDER BY id DESC LIMIT ?4",
    )
    .bind(account)
    .bind(seconds(portal.ambient.now() - NEWS_KEPT))
    .bind(BROWSER_OTHER)
    .bind(NEWS_MOST)
    .fetch_all(portal.store.pool())
    .await?;
    Ok(rows.iter().map(news_from).collect::<Result<_, _>>()?)
}

fn news_from(row: &SqliteRow) -> Result<News, StoreError> {
    let problem: Option<String> = row.try_get("problem")?;
    Ok(News {
        at: instant(row.try_get("at")?, "at")?,
        kind: match (problem, activity(row.try_get("activity")?)?) {
            (Some(_), _) => NewsKind::OtherBrowser,
            (None, ActivityKind::DeviceLinked) => NewsKind::DeviceLinked,
            (None, ActivityKind::DeviceUnlinked) => NewsKind::DeviceUnlinked,
            (None, ActivityKind::NewDevice) => NewsKind::NewDevice,
            (None, _) => NewsKind::MethodAdded,
        },
    })
}

fn from_row(row: &SqliteRow) -> Result<Activity, StoreError> {
    Ok(Activity {
        at: instant(row.try_get("at")?, "at")?,
        what: activity(row.try_get("activity")?)?,
        method: names::method(row.try_get("method")?),
        ip: row.try_get("address")?,
        device: row.try_get("device")?,
        problem: row.try_get("problem")?,
    })
}

fn activity_name(activity: ActivityKind) -> &'static str {
    match activity {
        ActivityKind::SignIn => "sign-in",
        ActivityKind::SignOut => "sign-out",
        ActivityKind::Registration => "registration",
        ActivityKind::MethodAdded => "method-added",
        ActivityKind::DeviceLinked => "device-linked",
        ActivityKind::DeviceUnlinked => "device-unlinked",
        ActivityKind::NewDevice => "new-device",
    }
}

fn activity(name: &str) -> Result<ActivityKind, StoreError> {
    match name {
        "sign-in" => Ok(ActivityKind::SignIn),
        "sign-out" => Ok(ActivityKind::SignOut),
        "registration" => Ok(ActivityKind::Registration),
        "method-added" => Ok(ActivityKind::MethodAdded),
        "device-linked" => Ok(ActivityKind::DeviceLinked),
        "device-unlinked" => Ok(ActivityKind::DeviceUnlinked),
        "new-device" => Ok(ActivityKind::NewDevice),
        _ => Err(StoreError::Unknown("activity")),
    }
}
