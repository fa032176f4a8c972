//! The database: one SQLite file, written ahead, foreign keys on, every commit on the disk before it counts.

use std::{
    fs::OpenOptions,
    io::{Error, ErrorKind},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    time::Duration,
};

use sqlx::{
    Sqlite, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use time::OffsetDateTime;

/// A pool of connections to the portal's database.
#[derive(Debug, Clone)]
pub struct Store {
    pool: SqlitePool,
}

/// The database didn't do what was asked of it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file can't be made.
    #[error("database: {path}: {error}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        error: Error,
    },
    /// A statement failed.
    #[error("database: {0}")]
    Sql(#[from] sqlx::Error),
    /// The tables couldn't be brought to this version.
    #[error("database migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A row holds what this version doesn't know.
    #[error("database: the column {0} holds an unknown value")]
    Unknown(&'static str),
}

impl Store {
    /// Opens the file, makes it if it is missing, and brings its tables to this version.
    ///
    /// # Errors
    /// The file can't be opened, or a migration failed.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        make_private(path).map_err(|error| StoreError::File {
            path: path.display().to_string(),
            error,
        })?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            .pragma("trusted_schema", "OFF");
        let pool = SqlitePoolOptions::new()
            .max_connections(8)
            .acquire_timeout(Duration::from_secs(5))
            .connect_with(options)
            .await?;
        sqlx::migrate!("./migrations").run(&pool).await?;
        Ok(Self { pool })
    }

    /// Closes every connection; what was committed is in the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    pub(crate) fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// Begins a transaction that holds the one right to write from its first statement on.
    pub(crate) async fn write(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// Whether the database answers.
    pub(crate) async fn is_alive(&self) -> bool {
        sqlx::query("SELECT 1").execute(&self.pool).await.is_ok()
    }
}

/// Makes the file readable by its owner only; SQLite gives the files beside it the same mode.
fn make_private(path: &Path) -> Result<(), Error> {
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Seconds since 1970, as times are stored.
pub(crate) fn seconds(at: OffsetDateTime) -> i64 {
    at.unix_timestamp()
}

/// A stored time.
pub(crate) fn instant(seconds: i64, column: &'static str) -> Result<OffsetDateTime, StoreError> {
    OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| StoreError::Unknown(column))
}

/// A stored hash or identifier of fixed length.
pub(crate) fn array<const N: usize>(
    bytes: &[u8],
    column: &'static str,
) -> Result<[u8; N], StoreError> {
    bytes.try_into().map_err(|_| StoreError::Unknown(column))
}
