//! The administrator's act that says which unit an agency's certificate speaks for.

use kyso_certs::Certificate;

use crate::{
    portal::Portal,
    store::{StoreError, seconds},
    units::Unit,
};

/// Why a certificate was not tied.
#[derive(Debug, thiserror::Error)]
pub enum TieError {
    /// The directory has no unit of that code.
    #[error("the directory of units has no unit {0}")]
    NoUnit(String),
    /// The names belong to another unit already.
    #[error("this certificate's names are tied to unit {0} already")]
    Tied(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for TieError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Ties the certificate's issuer and subject names to the unit with that code; doing it twice changes nothing.
///
/// # Errors
/// There is no such unit, the names are tied to another one, or the database failed.
pub async fn tie(portal: &Portal, certificate: &Certificate, code: &str) -> Result<Unit, TieError> {
    let unit = portal
        .sources()
        .units
        .unit(code)
        .ok_or_else(|| TieError::NoUnit(code.to_owned()))?;
    let mut transaction = portal.store.write().await?;
    let tied: Option<String> = sqlx::query_scalar(
        "INSERT INTO unit_ties (issuer, subject, unit, tied_at) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET unit = unit RETURNING unit",
    )
    .bind(certificate.issuer_der())
    .bind(certificate.subject_der())
    .bind(&unit.code)
    .bind(seconds(portal.ambient.now()))
    .fetch_optional(&mut *transaction)
    .await?;
    transaction.commit().await?;
    match tied {
        Some(other) if other != unit.code => Err(TieError::Tied(other)),
        _ => Ok(unit),
    }
}
