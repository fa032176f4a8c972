//! The code of the picture that businesses and agencies type: which picture is shown, and how often it was read wrong.
//! Every step is one statement or one transaction: what several requests do at once counts for each of them.

use kyso_certs::SubjectKind;
use kyso_protocol::AskId;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use time::{Duration, OffsetDateTime};

use crate::{
    ambient::random,
    pages::{RegisterFault, captcha},
    portal::{Fault, Portal},
    proofs::Pending,
    store::{StoreError, array, instant, seconds},
};

/// Wrong codes before it rests.
const WRONG_MAX: u32 = 5;
const REST: Duration = Duration::minutes(3);

/// What is kept beside a pending registration.
struct Kept {
    seed: Option<[u8; 32]>,
    wrong: u32,
    rest_until: Option<OffsetDateTime>,
}

/// Whether an applicant of this kind types a code.
pub(crate) fn is_wanted(kind: SubjectKind) -> bool {
    matches!(kind, SubjectKind::Business | SubjectKind::Agency)
}

/// The challenge that the page shows; a new one where there is none yet, or where another one was wished for.
pub(crate) async fn challenge(
    portal: &Portal,
    pending: &Pending,
    renew: bool,
) -> Result<captcha::Challenge, Fault> {
    let fresh: [u8; 32] = random(portal.ambient.as_ref())?;
    let seed: Vec<u8> = sqlx::query_scalar(
        "UPDATE proofs SET captcha_seed = CASE WHEN ?1 THEN ?2 ELSE coalesce(captcha_seed, ?2) END
         WHERE ask = ?3 RETURNING captcha_seed",
    )
    .bind(renew)
    .bind(fresh.as_slice())
    .bind(pending.ask.id.to_string())
    .fetch_one(portal.store.pool())
    .await?;
    Ok(captcha::new_challenge(array(&seed, "captcha_seed")?))
}

/// Compares what was typed with the picture. One code answers one picture: a wrong one costs it.
pub(crate) async fn check(
    portal: &Portal,
    pending: &Pending,
    typed: &str,
) -> Result<Option<RegisterFault>, Fault> {
    let now = portal.ambient.now();
    let mut transaction = portal.store.write().await?;
    let kept = kept(&mut transaction, &pending.ask.id).await?;
    if kept.rest_until.is_some_and(|until| now < until) {
        return Ok(Some(RegisterFault::CaptchaTooMany));
    }
    let expected = kept.seed.map(|seed| captcha::new_challenge(seed).answer);
    if expected.is_some_and(|expected| captcha::matches(&expected, typed)) {
        return Ok(None);
    }
    let tired = kept.wrong + 1 >= WRONG_MAX;
    let counted = Kept {
        seed: None,
        wrong: if tired { 0 } else { kept.wrong + 1 },
        rest_until: tired.then(|| now + REST),
    };
    keep(&mut transaction, &pending.ask.id, &counted).await?;
    transaction.commit().await?;
    Ok(Some(if tired {
        RegisterFault::CaptchaTooMany
    } else {
        RegisterFault::Captcha
    }))
}

async fn kept(connection: &mut SqliteConnection, id: &AskId) -> Result<Kept, Fault> {
    let row =
        sqlx::query("SELECT captcha_seed, captcha_wrong, captcha_rest FROM proofs WHERE ask = ?")
            .bind(id.to_string())
            .fetch_one(connection)
            .await?;
    Ok(from_row(&row)?)
}

fn from_row(row: &SqliteRow) -> Result<Kept, StoreError> {
    let seed: Option<Vec<u8>> = row.try_get("captcha_seed")?;
    let rest: Option<i64> = row.try_get("captcha_rest")?;
    Ok(Kept {
        seed: seed.map(|seed| array(&seed, "captcha_seed")).transpose()?,
        wrong: row.try_get("captcha_wrong")?,
        rest_until: rest.map(|at| instant(at, "captcha_rest")).transpose()?,
    })
}

async fn keep(connection: &mut SqliteConnection, id: &AskId, kept: &Kept) -> Result<(), Fault> {
    sqlx::query(
        "UPDATE proofs SET captcha_seed = ?, captcha_wrong = ?, captcha_rest = ? WHERE ask = ?",
    )
    .bind(kept.seed.as_ref().map(<[u8; 32]>::as_slice))
    .bind(kept.wrong)
    .bind(kept.rest_until.map(seconds))
    .bind(id.to_string())
    .execute(connection)
    .await?;
    Ok(())
}
