//! Accounts and the certificates registered with them.

use kyso_certs::{Revocation, SubjectKind};
use kyso_protocol::check::Holder;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use crate::{
    names,
    portal::{Fault, Portal},
    store::StoreError,
};

/// The identity key of an account: never a name, and for an agency the code of its unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) kind: SubjectKind,
    pub(crate) scheme: String,
    pub(crate) number: String,
}

/// The scheme of unit codes, beside those that certificates carry.
const UNIT: &str = "UNIT";

/// A stored account.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: i64,
    pub(crate) key: Key,
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    pub(crate) governing_unit: Option<String>,
    pub(crate) address: Option<String>,
    /// The CA that vouched at registration.
    pub(crate) verified_by: String,
}

impl Account {
    fn from_row(row: &SqliteRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.try_get("id")?,
            key: Key {
                kind: names::subject(row.try_get("kind")?).ok_or(StoreError::Unknown("kind"))?,
                scheme: row.try_get("scheme")?,
                number: row.try_get("number")?,
            },
            name: row.try_get("name")?,
            email: row.try_get("email")?,
            governing_unit: row.try_get("governing_unit")?,
            address: row.try_get("address")?,
            verified_by: row.try_get("verified_by")?,
        })
    }
}

pub(crate) async fn find(portal: &Portal, id: i64) -> Result<Option<Account>, Fault> {
    let row = sqlx::query("SELECT * FROM accounts WHERE id = ?")
        .bind(id)
        .fetch_optional(portal.store.pool())
        .await?;
    Ok(row.as_ref().map(Account::from_row).transpose()?)
}

/// The account with exactly this identity key.
pub(crate) async fn with_key(
    connection: &mut SqliteConnection,
    key: &Key,
) -> Result<Option<Account>, Fault> {
    let row = sqlx::query("SELECT * FROM accounts WHERE kind = ? AND scheme = ? AND number = ?")
        .bind(names::of_subject(key.kind))
        .bind(&key.scheme)
        .bind(&key.number)
        .fetch_optional(connection)
        .await?;
    Ok(row.as_ref().map(Account::from_row).transpose()?)
}

/// The account with which the certificate of this fingerprint is registered.
pub(crate) async fn with_certificate(
    connection: &mut SqliteConnection,
    fingerprint: &[u8; 32],
) -> Result<Option<Account>, Fault> {
    let row = sqlx::query(
        "SELECT accounts.* FROM accounts JOIN certificates ON certificates.account = accounts.id
         WHERE certificates.fingerprint = ?",
    )
    .bind(fingerprint.as_slice())
    .fetch_optional(connection)
    .await?;
    Ok(row.as_ref().map(Account::from_row).transpose()?)
}

/// Gives the account the name that its newest certificate has.
pub(crate) async fn rename(
    connection: &mut SqliteConnection,
    account: i64,
    name: &str,
) -> Result<(), Fault> {
    sqlx::query("UPDATE accounts SET name = ? WHERE id = ?")
        .bind(name)
        .bind(account)
        .execute(connection)
        .await?;
    Ok(())
}

/// Whether revocation was judged when the account's certificate was used last, or registered.
pub(crate) async fn revocation_was_checked(portal: &Portal, account: i64) -> Result<bool, Fault> {
    let revocation: Option<String> = sqlx::query_scalar(
        "SELECT revocation FROM certificates WHERE account = ?
         ORDER BY max(added_at, coalesce(last_used_at, 0)) DESC LIMIT 1",
    )
    .bind(account)
    .fetch_optional(portal.store.pool())
    .await?;
    Ok(revocation.as_deref() == Some(names::of_revocation(Revocation::Good)))
}

/// The identity key of whom a certificate names; `None` for an agency whose names nobody tied to a unit.
pub(crate) async fn key_of(
    connection: &mut SqliteConnection,
    holder: &Holder,
) -> Result<Option<Key>, Fault> {
    match holder {
        Holder::Key(key) => Ok(Some(Key {
            kind: key.kind,
            scheme: key.scheme.to_string(),
            number: key.number.clone(),
        })),
        Holder::Agency { issuer, subject } => {
            let unit =
                sqlx::query_scalar("SELECT unit FROM unit_ties WHERE issuer = ? AND subject = ?")
                    .bind(issuer)
                    .bind(subject)
                    .fetch_optional(connection)
                    .await?;
            Ok(unit.map(|number| Key {
                kind: SubjectKind::Agency,
                scheme: UNIT.to_owned(),
                number,
            }))
        }
    }
}
