//! Opening a session from a redeemed login, all in one transaction.

use crate::{
    accounts, browser_half,
    cookies::SetCookie,
    device::Place,
    history::{self, Entry},
    known_browser,
    pages::ActivityKind,
    portal::{Fault, Portal},
    proofs::{self, Pending},
    sessions::{self, Session},
    store::seconds,
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

/// Opens the session. `None`: the login was used before, ran out, or its certificate is registered no more.
pub(crate) async fn open(
    portal: &Portal,
    pending: &Pending,
    browser: Browser<'_>,
) -> Result<Option<Vec<SetCookie>>, Fault> {
    let now = portal.ambient.now();
    let mut transaction = portal.store.write().await?;
    let fingerprint = &pending.proof.fingerprint;
    let registered = accounts::with_certificate(&mut transaction, fingerprint).await?;
    let Some(account) = registered.filter(|account| Some(account.id) == pending.proof.account)
    else {
        return Ok(None);
    };
    if !proofs::finish(&mut transaction, &pending.ask.id, now).await? {
        return Ok(None);
    }
    if let Some(session) = browser.session {
        sessions::end(&mut transaction, session, now).await?;
    }
    let session =
        sessions::open(portal, &mut transaction, account.id, pending, browser.place).await?;
    let known = known_browser::renew(portal, &mut transaction, browser.known, account.id).await?;
    sqlx::query("UPDATE certificates SET last_used_at = ? WHERE fingerprint = ?")
        .bind(seconds(now))
        .bind(fingerprint.as_slice())
        .execute(&mut *transaction)
        .await?;
    let entry = Entry {
        account: account.id,
        at: now,
        activity: ActivityKind::SignIn,
        method: Some(pending.ask.method),
        place: browser.place,
        problem: None,
    };
    history::write(&mut transaction, &entry).await?;
    let half = browser_half::cookie(&browser_half::make(portal.ambient.as_ref())?);
    transaction.commit().await?;
    tracing::info!(ask = %pending.ask.id, account = account.id, "session opened");
    Ok(Some([session, known, half].into_iter().flatten().collect()))
}
