//! Evidence that was judged to be sound, kept in the database so that a restart or a responder's rest costs nobody a
//! login. It is judged anew at each use.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use kyso_certs::{Crl, OcspAnswer, OcspResponse, Source};
use sha2::{Digest as _, Sha256};
use sqlx::{Row as _, SqliteConnection};
use time::{Duration, OffsetDateTime};
use tokio::sync::Semaphore;

use crate::store::{Store, StoreError, instant, seconds};

/// Longer than any evidence counts.
const FORGET: Duration = Duration::days(30);
/// Most lists that are held in memory, parsed.
const LISTS_MAX: usize = 32;
/// Pieces that are read at the same time.
static READING: Semaphore = Semaphore::const_new(4);

/// What a piece of evidence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum About {
    /// The certificate with this fingerprint: an OCSP response.
    Certificate([u8; 32]),
    /// Whatever is published at the address with this SHA-256: a list.
    Address([u8; 32]),
}

impl About {
    pub(super) fn address(address: &str) -> Self {
        Self::Address(Sha256::digest(address).into())
    }

    fn columns(&self) -> (&'static str, &[u8]) {
        match self {
            Self::Certificate(fingerprint) => ("ocsp", fingerprint),
            Self::Address(address) => ("crl", address),
        }
    }
}

/// A piece of evidence, read.
#[derive(Clone)]
pub(super) enum Piece {
    Ocsp(OcspAnswer),
    Crl(Vec<Crl>),
}

impl Piece {
    pub(super) fn source(&self) -> Source {
        match self {
            Self::Ocsp(_) => Source::Ocsp,
            Self::Crl(_) => Source::Crl,
        }
    }

    /// Reads what was kept or fetched without a nonce.
    pub(super) fn read(about: &About, bytes: &[u8]) -> Option<Self> {
        Some(match about {
            About::Certificate(_) => {
                Self::Ocsp(OcspAnswer::new(OcspResponse::from_der(bytes).ok()?, None))
            }
            About::Address(_) => Self::Crl(Crl::all_from_bytes(bytes).ok()?),
        })
    }

    /// The same off the threads that serve requests, a few at a time: a list may be long, takes many times its length
    /// while it is read, and nobody knows yet who wrote it.
    pub(super) async fn read_aside(about: About, bytes: Vec<u8>) -> Option<(Self, Vec<u8>)> {
        let turn = READING.acquire().await.ok()?;
        let read = move || {
            let piece = Self::read(&about, &bytes);
            drop(turn);
            piece.map(|piece| (piece, bytes))
        };
        tokio::task::spawn_blocking(read).await.ok()?
    }
}

/// A piece that was kept.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) about: About,
    pub(super) piece: Piece,
    pub(super) is_fresh: bool,
}

/// The kept evidence; lists are large, so the last ones stay parsed.
pub(super) struct Kept {
    store: Store,
    /// For so long nothing newer is asked for: revocation is noticed that much later at most.
    reuse: Duration,
    lists: Mutex<HashMap<About, (OffsetDateTime, Piece)>>,
}

impl Kept {
    pub(super) fn new(store: Store, reuse: Duration) -> Self {
        Self {
            store,
            reuse,
            lists: Mutex::default(),
        }
    }

    /// What is kept about something; a row that can't be read any more is none.
    pub(super) async fn find(
        &self,
        about: &About,
        now: OffsetDateTime,
    ) -> Result<Option<Found>, StoreError> {
        let (kind, key) = about.columns();
        let fetched = sqlx::query("SELECT fetched_at FROM evidence WHERE kind = ? AND about = ?")
            .bind(kind)
            .bind(key)
            .fetch_optional(self.store.pool())
            .await?;
        let Some(fetched) = fetched else {
            return Ok(None);
        };
        let fetched = instant(fetched.try_get("fetched_at")?, "fetched_at")?;
        let piece = match self.parsed(about, fetched) {
            Some(piece) => Some(piece),
            None => self.load(about, fetched).await?,
        };
        Ok(piece.map(|piece| Found {
            about: *about,
            piece,
            is_fresh: now < fetched + self.reuse,
        }))
    }

    fn parsed(&self, about: &About, fetched: OffsetDateTime) -> Option<Piece> {
        let lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, piece) = lists.get(about)?;
        (*known == fetched).then(|| piece.clone())
    }

    async fn load(
        &self,
        about: &About,
        fetched: OffsetDateTime,
    ) -> Result<Option<Piece>, StoreError> {
        let (kind, key) = about.columns();
        let row = sqlx::query("SELECT bytes FROM evidence WHERE kind = ? AND about = ?")
            .bind(kind)
            .bind(key)
            .fetch_optional(self.store.pool())
            .await?;
        let Some(row) = row else { return Ok(None) };
        let bytes: Vec<u8> = row.try_get("bytes")?;
        let piece = Piece::read_aside(*about, bytes).await;
        let piece = piece.map(|(piece, _)| piece);
        if let Some(piece @ Piece::Crl(_)) = &piece {
            self.hold(*about, fetched, piece.clone());
        }
        Ok(piece)
    }

    fn hold(&self, about: About, fetched: OffsetDateTime, piece: Piece) {
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        if lists.len() >= LISTS_MAX {
            lists.clear();
        }
        lists.insert(about, (fetched, piece));
    }

    /// Forgets what is kept about something.
    pub(super) async fn drop(&self, about: &About) -> Result<(), StoreError> {
        let (kind, key) = about.columns();
        sqlx::query("DELETE FROM evidence WHERE kind = ? AND about = ?")
            .bind(kind)
            .bind(key)
            .execute(self.store.pool())
            .await?;
        Ok(())
    }

    /// Keeps what was judged to be sound, in place of what was there.
    pub(super) async fn keep(
        &self,
        about: &About,
        bytes: &[u8],
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let (kind, key) = about.columns();
        sqlx::query(
            "INSERT OR REPLACE INTO evidence (kind, about, bytes, fetched_at) VALUES (?, ?, ?, ?)",
        )
        .bind(kind)
        .bind(key)
        .bind(bytes)
        .bind(seconds(now))
        .execute(self.store.pool())
        .await?;
        // It may have been fetched in the same second as the one before.
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        lists.remove(about);
        Ok(())
    }
}

/// Forgets what nobody would take any more.
pub(crate) async fn forget(
    connection: &mut SqliteConnection,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM evidence WHERE fetched_at < ?")
        .bind(seconds(now - FORGET))
        .execute(connection)
        .await?;
    Ok(())
}
