//! Opening a session from a redeemed login, all in one transaction.

use sqlx::SqliteConnection;

use crate::{
    accounts, browser_half,
    cookies::SetCookie,
    device::Place,
    history::{self, Entry},
    judging::{self, Unfit},
    known_browser, linked,
    pages::ActivityKind,
    portal::{Fault, Portal},
    proofs::{self, Pending},
    registered,
    sessions::{self, Session},
};

/// The browser in which the session is to open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Browser<'a> {
    pub(crate) place: &'a Place,
    /// Its mark of earlier sign-ins.
    pub(crate) known: Option<&'a [u8; 32]>,
    /// Who is signed in there now; that session ends.
    pub(crate) session: Option<&'a Session>,
}

/// How a sign-in ended.
#[derive(Debug)]
pub(crate) enum Opened {
    Session(Vec<SetCookie>),
    /// It was used before, ran out, or its certificate is registered no more.
    Gone,
    /// The certificate isn't believed any more.
    Unfit(Unfit),
}

/// Opens the session.
pub(crate) async fn open(
    portal: &Portal,
    pending: &Pending,
    browser: Browser<'_>,
) -> Result<Opened, Fault> {
    let Some(expected) = pending.proof.account else {
        return Ok(Opened::Gone);
    };
    let pending = &match judging::again(portal, &pending.proof, pending.ask.method).await? {
        Ok(proof) => Pending {
            proof,
            ..pending.clone()
        },
        Err(unfit) => {
            refuse(portal, pending, expected, &unfit, browser.place).await?;
            return Ok(Opened::Unfit(unfit));
        }
    };
    let mut transaction = portal.store.write().await?;
    let fingerprint = &pending.proof.fingerprint;
    let registered = accounts::with_certificate(&mut transaction, fingerprint).await?;
    let Some(account) = registered.filter(|account| account.id == expected) else {
        return Ok(Opened::Gone);
    };
    if !proofs::finish(&mut transaction, &pending.ask.id, portal.ambient.now()).await? {
        return Ok(Opened::Gone);
    }
    let cookies = open_in(portal, &mut transaction, account.id, pending, browser).await?;
    transaction.commit().await?;
    tracing::info!(ask = %pending.ask.id, account = account.id, "session opened");
    Ok(Opened::Session(cookies))
}

/// The session, what the browser is given, and the line in the history, for a proof that is finished.
pub(crate) async fn open_in(
    portal: &Portal,
    connection: &mut SqliteConnection,
    account: i64,
    pending: &Pending,
    browser: Browser<'_>,
) -> Result<Vec<SetCookie>, Fault> {
    let now = portal.ambient.now();
    if let Some(session) = browser.session {
        sessions::end(connection, session, now).await?;
    }
    let session = sessions::open(portal, connection, account, pending, browser.place).await?;
    let known = known_browser::renew(portal, connection, browser.known, account).await?;
    registered::note_used(connection, &pending.proof, now).await?;
    let entry = Entry {
        account,
        at: now,
        activity: ActivityKind::SignIn,
        method: Some(pending.ask.method),
        place: browser.place,
        problem: None,
    };
    history::write(connection, &entry).await?;
    linked::note_opened(portal, connection, account, pending, browser.place).await?;
    let half = browser_half::cookie(&browser_half::make(portal.ambient.as_ref())?);
    Ok([session, known, half].into_iter().flatten().collect())
}

/// Ends a login whose certificate isn't believed any more, unless it may be in a few minutes; the account is told.
pub(crate) async fn refuse(
    portal: &Portal,
    pending: &Pending,
    account: i64,
    unfit: &Unfit,
    place: &Place,
) -> Result<(), Fault> {
    unfit.log(&pending.ask.id);
    if unfit.may_pass() {
        return Ok(());
    }
    let mut transaction = portal.store.write().await?;
    if unfit.is_revoked() {
        let now = portal.ambient.now();
        registered::note_revoked(&mut transaction, &pending.proof.fingerprint, Some(now)).await?;
    }
    close(
        portal,
        &mut transaction,
        pending,
        account,
        unfit.code(),
        place,
    )
    .await?;
    transaction.commit().await?;
    Ok(())
}

/// Finishes a login that opens nothing, with a line in the account's history; once.
pub(crate) async fn close(
    portal: &Portal,
    connection: &mut SqliteConnection,
    pending: &Pending,
    account: i64,
    problem: &str,
    place: &Place,
) -> Result<(), Fault> {
    let now = portal.ambient.now();
    if !proofs::finish(connection, &pending.ask.id, now).await? {
        return Ok(());
    }
    let entry = Entry {
        account,
        at: now,
        activity: ActivityKind::SignIn,
        method: Some(pending.ask.method),
        place,
        problem: Some(problem),
    };
    history::write(connection, &entry).await
}
