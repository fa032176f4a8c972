//! From a redeemed registration to an account: what the certificate says, what the person adds, one transaction.

use kyso_certs::SubjectKind;
use sqlx::SqliteConnection;

use crate::{
    accounts::{self, Account},
    device::Place,
    history::{self, Entry},
    judging::{self, Unfit},
    names,
    pages::{ActivityKind, POLICY_VERSION, RegisterFault, TERMS_VERSION},
    picture_code,
    portal::{Fault, Portal},
    proofs::{self, Pending, Proof},
    registered,
    store::seconds,
    units::Unit,
};

/// What the person typed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Typed<'a> {
    pub(crate) email: &'a str,
    pub(crate) captcha: &'a str,
}

/// Why there will be no account: one is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exists {
    /// It is the certificate that is registered, and to an account of another identity.
    pub(crate) elsewhere: bool,
}

/// How pressing "Đăng ký" ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    Done,
    Faults(Vec<RegisterFault>),
    Exists(Exists),
    /// The certificate isn't believed any more.
    Unfit(Unfit),
    /// Pressed twice, or too late.
    Gone,
}

/// Whether the certificate's identity, or the certificate, has an account already.
pub(crate) async fn existing(
    connection: &mut SqliteConnection,
    proof: &Proof,
) -> Result<Option<Exists>, Fault> {
    if accounts::with_key(connection, &proof.key).await?.is_some() {
        return Ok(Some(Exists { elsewhere: false }));
    }
    let with_certificate = accounts::with_certificate(connection, &proof.fingerprint).await?;
    Ok(with_certificate.map(|_: Account| Exists { elsewhere: true }))
}

/// Registers the applicant, or says what is wrong with what was typed.
pub(crate) async fn apply(
    portal: &Portal,
    pending: &Pending,
    typed: Typed<'_>,
    place: &Place,
) -> Result<Outcome, Fault> {
    let email = email(typed.email, pending.proof.key.kind);
    let mut faults: Vec<_> = email.as_ref().err().copied().into_iter().collect();
    if picture_code::is_wanted(pending.proof.key.kind) {
        faults.extend(picture_code::check(portal, pending, typed.captcha).await?);
    }
    match email {
        Ok(email) if faults.is_empty() => judge_and_create(portal, pending, email, place).await,
        _ => Ok(Outcome::Faults(faults)),
    }
}

async fn judge_and_create(
    portal: &Portal,
    pending: &Pending,
    email: Option<&str>,
    place: &Place,
) -> Result<Outcome, Fault> {
    match judging::again(portal, &pending.proof, pending.ask.method).await? {
        Ok(proof) => {
            let pending = Pending {
                proof,
                ..pending.clone()
            };
            create(portal, &pending, email, place).await
        }
        Err(unfit) => {
            unfit.log(&pending.ask.id);
            if !unfit.may_pass() {
                let mut connection = portal.store.pool().acquire().await?;
                let now = portal.ambient.now();
                proofs::finish(&mut connection, &pending.ask.id, now).await?;
            }
            Ok(Outcome::Unfit(unfit))
        }
    }
}

/// The account, its certificate, the first line of its history and the end of the registration: all or nothing.
async fn create(
    portal: &Portal,
    pending: &Pending,
    email: Option<&str>,
    place: &Place,
) -> Result<Outcome, Fault> {
    let now = portal.ambient.now();
    let proof = &pending.proof;
    let mut transaction = portal.store.write().await?;
    if let Some(exists) = existing(&mut transaction, proof).await? {
        return Ok(Outcome::Exists(exists));
    }
    if !proofs::finish(&mut transaction, &proof.ask, now).await? {
        return Ok(Outcome::Gone);
    }
    let unit = unit_of(portal, proof);
    let account =
        insert_account(&mut transaction, proof, email, unit.as_ref(), seconds(now)).await?;
    let method = pending.ask.method;
    registered::add(&mut transaction, proof, method, account, now).await?;
    let entry = Entry {
        account,
        at: now,
        activity: ActivityKind::Registration,
        method: Some(method),
        place,
        problem: None,
    };
    history::write(&mut transaction, &entry).await?;
    transaction.commit().await?;
    tracing::info!(ask = %proof.ask, account, kind = names::of_subject(proof.key.kind), "account registered");
    Ok(Outcome::Done)
}

/// The unit that an agency's proof stands for.
pub(crate) fn unit_of(portal: &Portal, proof: &Proof) -> Option<Unit> {
    let agency = proof.key.kind == SubjectKind::Agency;
    agency
        .then(|| portal.sources().units.unit(&proof.key.number))
        .flatten()
}

async fn insert_account(
    connection: &mut SqliteConnection,
    proof: &Proof,
    email: Option<&str>,
    unit: Option<&Unit>,
    now: i64,
) -> Result<i64, Fault> {
    let done = sqlx::query(
        "INSERT INTO accounts (kind, scheme, number, name, email, governing_unit, address, assurance, verified_by,
            terms_version, made_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, 3, ?, ?, ?)",
    )
    .bind(names::of_subject(proof.key.kind))
    .bind(&proof.key.scheme)
    .bind(&proof.key.number)
    .bind(&proof.name)
    .bind(email)
    .bind(unit.map(|unit| &unit.governing_unit))
    .bind(unit.map(|unit| &unit.address))
    .bind(&proof.ca_name)
    .bind(format!("terms {TERMS_VERSION}, policy {POLICY_VERSION}"))
    .bind(now)
    .execute(connection)
    .await?;
    Ok(done.last_insert_rowid())
}

/// The e-mail address by the rule of the subject: required of a business, a wish of everyone else.
fn email(typed: &str, kind: SubjectKind) -> Result<Option<&str>, RegisterFault> {
    let typed = typed.trim();
    match (typed.is_empty(), kind) {
        (true, SubjectKind::Business) => Err(RegisterFault::EmailMissing),
        (true, _) => Ok(None),
        (false, _) if is_address(typed) => Ok(Some(typed)),
        (false, _) => Err(RegisterFault::EmailForm),
    }
}

/// A plain mailbox (RFC 5321, section 4.1.2, without quoting and address literals) of at most 254 characters.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let atom = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte);
    let label = |label: &str| {
        let edges = !label.starts_with('-') && !label.ends_with('-');
        let letters = label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        (1..=63).contains(&label.len()) && edges && letters
    };
    let dots = !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
    let local_fits = (1..=64).contains(&local.len()) && dots && local.bytes().all(atom);
    text.len() <= 254 && local_fits && domain.contains('.') && domain.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(typed: &str, kind: SubjectKind, expected: Result<Option<&str>, RegisterFault>) {
        assert_eq!(email(typed, kind), expected, "{typed:?}");
    }

    #[test]
    fn demands_an_address_of_a_business_only() {
        check("", SubjectKind::Business, Err(RegisterFault::EmailMissing));
        check(" ", SubjectKind::Citizen, Ok(None));
        check("", SubjectKind::Agency, Ok(None));
        check(
            " a.b+c@mail.example ",
            SubjectKind::Business,
            Ok(Some("a.b+c@mail.example")),
        );
    }

    #[test]
    fn takes_no_address_that_is_none() {
        let long = format!("{}@a.example", "a".repeat(65));
        for typed in [
            "a",
            "a@b",
            "a b@c.example",
            "a@b..example",
            "a@-b.example",
            ".a@b.example",
            "a\r\nb@c.example",
            &long,
        ] {
            check(typed, SubjectKind::Citizen, Err(RegisterFault::EmailForm));
        }
    }
}
