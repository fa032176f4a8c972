//! A new certificate of a registered holder: with the same identity key, from the same CA, while the registered one
//! was not revoked, it is a renewal (protocol, "Identity"). Anything else would be a new method, which this portal
//! doesn't add yet.

use sqlx::SqliteConnection;

use crate::{
    accounts::{self, Account},
    device::Place,
    history::{self, Entry},
    judging::{self, Reach, Unfit},
    pages::ActivityKind,
    portal::{Fault, Portal},
    proofs::{self, Pending, Proof},
    registered::{self, Listing, Registered, Standing},
    sign_in::{self, Browser, Opened},
};

/// What a certificate that is registered with nobody is to this portal.
#[derive(Debug)]
pub(crate) enum Newcomer {
    /// Its identity has no account.
    Stranger,
    /// It may take the place of `old`.
    Renews {
        account: Box<Account>,
        old: Box<Registered>,
    },
    Refused {
        account: i64,
        refusal: Refusal,
    },
}

/// Why a certificate of a registered identity doesn't renew.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The account has no certificate of this CA, or it would not be believed any more.
    OtherCa,
    /// The registered one was revoked.
    Revoked,
    /// Whether the registered one was revoked can't be told now.
    Unknown(Unfit),
}

impl Refusal {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::OtherCa => "RENEWAL-OTHER-CA",
            Self::Revoked => "RENEWAL-REVOKED",
            Self::Unknown(unfit) => unfit.code(),
        }
    }

    fn may_pass(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }
}

/// Judges by the account's newest certificate of the same CA, by the names that the trust file gives the CAs now.
pub(crate) async fn newcomer(portal: &Portal, proof: &Proof) -> Result<Newcomer, Fault> {
    let mut connection = portal.store.pool().acquire().await?;
    let Some(account) = accounts::with_key(&mut connection, &proof.key).await? else {
        return Ok(Newcomer::Stranger);
    };
    let registered = registered::of_account(&mut connection, account.id).await?;
    drop(connection);
    Ok(
        match forerunner(portal, registered, &proof.ca_name).await? {
            Ok(old) => Newcomer::Renews {
                account: Box::new(account),
                old: Box::new(old),
            },
            Err(refusal) => Newcomer::Refused {
                account: account.id,
                refusal,
            },
        },
    )
}

/// The newest of that CA, if it may be renewed.
async fn forerunner(
    portal: &Portal,
    newest_first: Vec<Registered>,
    ca_name: &str,
) -> Result<Result<Registered, Refusal>, Fault> {
    for old in newest_first {
        let listing = match registered::judge(portal, &old, Reach::Network).await? {
            Standing::Of(name, listing) if name == ca_name => listing,
            Standing::Untold(unfit) => return Ok(Err(Refusal::Unknown(unfit))),
            Standing::Of(..) | Standing::Unbelieved => continue,
        };
        return Ok(match listing {
            Listing::Clear | Listing::Nothing => Ok(old),
            Listing::Revoked => Err(Refusal::Revoked),
            Listing::Unknown(unfit) => Err(Refusal::Unknown(unfit)),
        });
    }
    Ok(Err(Refusal::OtherCa))
}

/// How the person's click on a renewal ended.
#[derive(Debug)]
pub(crate) enum Renewed {
    Opened(Opened),
    Refused(Refusal),
}

/// The person's click: the certificate is registered and a session opens, or nothing changes.
pub(crate) async fn renew(
    portal: &Portal,
    pending: &Pending,
    browser: Browser<'_>,
) -> Result<Renewed, Fault> {
    let (account, old) = match newcomer(portal, &pending.proof).await? {
        Newcomer::Renews { account, old } => (*account, *old),
        Newcomer::Stranger => return Ok(Renewed::Opened(Opened::Gone)),
        Newcomer::Refused { account, refusal } => {
            end(portal, pending, account, &refusal, browser.place).await?;
            return Ok(Renewed::Refused(refusal));
        }
    };
    let opened = match judging::again(portal, &pending.proof, pending.ask.method).await? {
        Ok(proof) if proof.ca_name == pending.proof.ca_name => {
            let pending = Pending {
                proof,
                ..pending.clone()
            };
            register_and_open(portal, &pending, &account, &old, browser).await?
        }
        // The trust file calls its CA otherwise since the page was shown.
        Ok(_) => Opened::Gone,
        Err(unfit) => {
            sign_in::refuse(portal, pending, account.id, &unfit, browser.place).await?;
            Opened::Unfit(unfit)
        }
    };
    Ok(Renewed::Opened(opened))
}

async fn register_and_open(
    portal: &Portal,
    pending: &Pending,
    account: &Account,
    old: &Registered,
    browser: Browser<'_>,
) -> Result<Opened, Fault> {
    let (now, proof) = (portal.ambient.now(), &pending.proof);
    let mut transaction = portal.store.write().await?;
    let taken = accounts::with_certificate(&mut transaction, &proof.fingerprint).await?;
    if taken.is_some() || !is_still_registered(&mut transaction, account, old).await? {
        return Ok(Opened::Gone);
    }
    if !proofs::finish(&mut transaction, &pending.ask.id, now).await? {
        return Ok(Opened::Gone);
    }
    let method = pending.ask.method;
    registered::add(&mut transaction, proof, method, account.id, now).await?;
    accounts::rename(&mut transaction, account.id, &proof.name).await?;
    let entry = Entry {
        account: account.id,
        at: now,
        activity: ActivityKind::MethodAdded,
        method: Some(method),
        place: browser.place,
        problem: None,
    };
    history::write(&mut transaction, &entry).await?;
    let cookies = sign_in::open_in(portal, &mut transaction, account.id, pending, browser).await?;
    transaction.commit().await?;
    tracing::info!(ask = %pending.ask.id, account = account.id, "certificate renewed");
    Ok(Opened::Session(cookies))
}

async fn is_still_registered(
    connection: &mut SqliteConnection,
    account: &Account,
    old: &Registered,
) -> Result<bool, Fault> {
    let all = registered::of_account(connection, account.id).await?;
    Ok(all.iter().any(|known| known.fingerprint == old.fingerprint))
}

/// Ends a login whose certificate doesn't renew; the account is told. One that may renew in a few minutes stays.
pub(crate) async fn end(
    portal: &Portal,
    pending: &Pending,
    account: i64,
    refusal: &Refusal,
    place: &Place,
) -> Result<(), Fault> {
    let code = refusal.code();
    tracing::info!(ask = %pending.ask.id, code, "renewal refused");
    if refusal.may_pass() {
        return Ok(());
    }
    let mut transaction = portal.store.write().await?;
    sign_in::close(portal, &mut transaction, pending, account, code, place).await?;
    transaction.commit().await?;
    Ok(())
}
