//! The certificates registered with accounts. One stays registered after it has ended and after another one renewed
//! it; whether it still opens the account is judged anew at each login.

use kyso_certs::{CertError, Certificate, Evidence, Method, Verified};
use kyso_protocol::CheckError;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use time::OffsetDateTime;

use crate::{
    evidence::Asked,
    judging::{self, Material, Reach, Unfit},
    names,
    portal::{Fault, Portal, world_name},
    proofs::Proof,
    store::{StoreError, array, instant, seconds},
};

/// A certificate registered with an account.
#[derive(Debug, Clone)]
pub(crate) struct Registered {
    pub(crate) fingerprint: [u8; 32],
    /// DER.
    pub(crate) der: Vec<u8>,
    /// As the certificate has it.
    pub(crate) name: String,
    /// As the trust file had it when the certificate was registered.
    pub(crate) ca_name: String,
    pub(crate) method: Method,
    pub(crate) not_before: OffsetDateTime,
    pub(crate) not_after: OffsetDateTime,
    pub(crate) added: OffsetDateTime,
    pub(crate) last_used: Option<OffsetDateTime>,
    /// When the portal first saw it on a list of its CA, where it is on one.
    pub(crate) revoked: Option<OffsetDateTime>,
}

impl Registered {
    fn from_row(row: &SqliteRow) -> Result<Self, StoreError> {
        let at = |column: &'static str| instant(row.try_get(column)?, column);
        let perhaps = |column: &'static str| -> Result<Option<OffsetDateTime>, StoreError> {
            let stored: Option<i64> = row.try_get(column)?;
            stored.map(|stored| instant(stored, column)).transpose()
        };
        Ok(Self {
            fingerprint: array(row.try_get("fingerprint")?, "fingerprint")?,
            der: row.try_get("der")?,
            name: row.try_get("name")?,
            ca_name: row.try_get("ca_name")?,
            method: names::method(row.try_get("method")?).ok_or(StoreError::Unknown("method"))?,
            not_before: at("not_before")?,
            not_after: at("not_after")?,
            added: at("added_at")?,
            last_used: perhaps("last_used_at")?,
            revoked: perhaps("revoked_at")?,
        })
    }
}

/// Registers the proved certificate with `account`.
pub(crate) async fn add(
    connection: &mut SqliteConnection,
    proof: &Proof,
    method: Method,
    account: i64,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO certificates (fingerprint, account, der, serial, name, ca_name, world, method, not_before,
            not_after, revocation, added_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(proof.fingerprint.as_slice())
    .bind(account)
    .bind(&proof.certificate)
    .bind(&proof.serial)
    .bind(&proof.name)
    .bind(&proof.ca_name)
    .bind(world_name(proof.world))
    .bind(names::of_method(method))
    .bind(seconds(proof.not_before))
    .bind(seconds(proof.not_after))
    .bind(names::of_revocation(proof.revocation))
    .bind(seconds(now))
    .execute(connection)
    .await?;
    Ok(())
}

/// All that are registered with `account`, the newest first.
pub(crate) async fn of_account(
    connection: &mut SqliteConnection,
    account: i64,
) -> Result<Vec<Registered>, Fault> {
    let rows = sqlx::query(
        "SELECT * FROM certificates WHERE account = ? ORDER BY added_at DESC, not_after DESC, fingerprint",
    )
    .bind(account)
    .fetch_all(connection)
    .await?;
    let all = rows.iter().map(Registered::from_row);
    Ok(all.collect::<Result<_, _>>()?)
}

/// Notes that the proved certificate opened a session; one that was suspended, and is known to be free since, is as
/// before.
pub(crate) async fn note_used(
    connection: &mut SqliteConnection,
    proof: &Proof,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    sqlx::query("UPDATE certificates SET last_used_at = ?, revocation = ? WHERE fingerprint = ?")
        .bind(seconds(now))
        .bind(names::of_revocation(proof.revocation))
        .bind(proof.fingerprint.as_slice())
        .execute(&mut *connection)
        .await?;
    if let Some(seen) = noted(connection, &proof.fingerprint).await?
        && proof.cleared.is_some_and(|made| made > seen)
    {
        note_revoked(connection, &proof.fingerprint, None).await?;
    }
    Ok(())
}

/// Notes when the certificate was first seen on a list of its CA, or that it is on none.
pub(crate) async fn note_revoked(
    connection: &mut SqliteConnection,
    fingerprint: &[u8; 32],
    seen: Option<OffsetDateTime>,
) -> Result<(), Fault> {
    sqlx::query(
        "UPDATE certificates SET revoked_at = ?1
         WHERE fingerprint = ?2 AND (revoked_at IS NULL) <> (?1 IS NULL)",
    )
    .bind(seen.map(seconds))
    .bind(fingerprint.as_slice())
    .execute(connection)
    .await?;
    Ok(())
}

/// What was seen on a list of its CA stays revoked until evidence that was made since says that it is good: silence
/// doesn't, nor an older list.
pub(crate) async fn is_noted(
    connection: &mut SqliteConnection,
    verified: &Verified,
) -> Result<bool, Fault> {
    let seen = noted(connection, &verified.certificate().fingerprint()).await?;
    Ok(seen.is_some_and(|seen| cleared(verified).is_none_or(|made| made <= seen)))
}

/// When a registered certificate was first seen to be revoked, where it was.
async fn noted(
    connection: &mut SqliteConnection,
    fingerprint: &[u8; 32],
) -> Result<Option<OffsetDateTime>, Fault> {
    let noted =
        "SELECT revoked_at FROM certificates WHERE fingerprint = ? AND revoked_at IS NOT NULL";
    let seen: Option<i64> = sqlx::query_scalar(noted)
        .bind(fingerprint.as_slice())
        .fetch_optional(connection)
        .await?;
    let seen = seen.map(|seen| instant(seen, "revoked_at")).transpose()?;
    Ok(seen)
}

/// When the evidence was made that says of the certificate itself that it is good.
pub(crate) fn cleared(verified: &Verified) -> Option<OffsetDateTime> {
    let said_by = verified.links().first()?.said_by?;
    Some(said_by.this_update)
}

/// What is known of a registered certificate now, apart from its having ended.
#[derive(Debug)]
pub(crate) enum Standing {
    /// No path leads to it any more, or another cause speaks against it.
    Unbelieved,
    /// The lists can't be read just now.
    Untold(Unfit),
    /// Issued by the CA that the trust file calls by this name now.
    Of(String, Listing),
}

/// What the lists say of it.
#[derive(Debug)]
pub(crate) enum Listing {
    /// It is on no list of its CA, by evidence that was made after it was seen on one.
    Clear,
    /// There is no list, or none that tells of a certificate that has ended; it was never seen on one.
    Nothing,
    Revoked,
    /// Lists are there and none settles it.
    Unknown(Unfit),
}

/// Judges a registered certificate; one that has ended, by its last second.
pub(crate) async fn judge(
    portal: &Portal,
    certificate: &Registered,
    reach: Reach<'_>,
) -> Result<Standing, Fault> {
    let noted = certificate.revoked;
    let certificate = judging::read(&certificate.der)?;
    let whose = certificate.clone();
    let judged = judging::with_material(portal, &whose, reach, move |material| {
        let (believed, moment) = believed(&certificate, material)?;
        let name = material
            .sources
            .ca_name(believed.issuer(), certificate.issuer_name());
        // The lists of today may say nothing of a certificate that has ended, which is no stain.
        let listed = match at(&certificate, material, material.evidence.given(), moment) {
            Err(CertError::RevocationUnknown(_)) if moment != material.at => Ok(None),
            judged => judged.map(|verified| cleared(&verified)),
        };
        Ok((name, listed))
    });
    Ok(match judged.await? {
        Ok((name, listed)) => standing(name, listed, noted),
        Err(unfit) if unfit.may_pass() => Standing::Untold(unfit),
        Err(_) => Standing::Unbelieved,
    })
}

/// `listed`: when the evidence was made that clears it, where there is some.
fn standing(
    name: String,
    listed: Result<Option<OffsetDateTime>, CertError>,
    noted: Option<OffsetDateTime>,
) -> Standing {
    let listing = match listed.map_err(|error| Unfit::from(CheckError::from(error))) {
        // A list that is older than what was seen takes nothing back.
        Ok(Some(made)) if noted.is_none_or(|seen| made > seen) => Listing::Clear,
        Ok(_) if noted.is_some() => Listing::Revoked,
        Ok(_) => Listing::Nothing,
        Err(unfit) if unfit.is_revoked() => Listing::Revoked,
        Err(unfit) if unfit.may_pass() => Listing::Unknown(unfit),
        Err(_) => return Standing::Unbelieved,
    };
    Standing::Of(name, listing)
}

fn at(
    certificate: &Certificate,
    material: &Material,
    evidence: Evidence<'_>,
    moment: OffsetDateTime,
) -> Result<Verified, CertError> {
    let trust = &material.sources.trust;
    kyso_certs::judge(certificate, trust, evidence, moment, &material.settings)
}

/// Certificates above one that may have ended too.
const ENDS: usize = 4;

/// The certificate with its path, at the last moment at which all of it was valid, now at the latest.
fn believed(
    certificate: &Certificate,
    material: &Material,
) -> Result<(Verified, OffsetDateTime), CertError> {
    let mut moment = material.at;
    for _ in 0..ENDS {
        match at(certificate, material, Evidence::default(), moment) {
            Err(CertError::Expired { not_after, .. }) => moment = not_after,
            judged => return judged.map(|verified| (verified, moment)),
        }
    }
    at(certificate, material, Evidence::default(), moment).map(|verified| (verified, moment))
}

/// Certificates looked at between two breaths.
const BATCH: i64 = 100;

/// Looks for registered certificates on the lists and in what logins brought, before the lists forget the ones that
/// have ended.
pub(crate) async fn look_for_revoked(portal: &Portal) -> Result<(), Fault> {
    if !portal.evidence.is_at_hand() {
        return Ok(());
    }
    let (now, round) = (portal.ambient.now(), Asked::default());
    let mut last = Vec::new();
    loop {
        let rows = sqlx::query(
            "SELECT * FROM certificates WHERE fingerprint > ? AND not_after >= ? ORDER BY fingerprint LIMIT ?",
        )
        .bind(&last)
        .bind(seconds(now))
        .bind(BATCH)
        .fetch_all(portal.store.pool())
        .await?;
        let Some(end) = rows.last() else {
            return Ok(());
        };
        last = end.try_get("fingerprint")?;
        for row in &rows {
            look_at(portal, &Registered::from_row(row)?, now, &round).await?;
        }
    }
}

async fn look_at(
    portal: &Portal,
    certificate: &Registered,
    now: OffsetDateTime,
    round: &Asked,
) -> Result<(), Fault> {
    let seen = match judge(portal, certificate, Reach::AtHand(round)).await? {
        Standing::Of(_, Listing::Revoked) => Some(now),
        Standing::Of(_, Listing::Clear) => None,
        Standing::Of(_, Listing::Nothing | Listing::Unknown(_))
        | Standing::Untold(_)
        | Standing::Unbelieved => return Ok(()),
    };
    let mut connection = portal.store.pool().acquire().await?;
    note_revoked(&mut connection, &certificate.fingerprint, seen).await
}
