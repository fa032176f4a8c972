//! When the code arrives: its first presentation ends it and its ask, whoever presents it; it leads on only in the
//! browser that made the ask.

use kyso_protocol::{Purpose, ReturnCode};
use sqlx::SqliteConnection;

use crate::{
    accounts,
    asks::{self, Ask, State},
    browser_half::Held,
    device::Place,
    history::{self, Entry},
    pages::ActivityKind,
    portal::{Fault, Portal},
    proofs::{self, Proof},
};

/// What a presented code led to.
#[derive(Debug)]
pub(crate) enum Presented {
    /// The person may go on, in this browser.
    Redeemed { ask: Box<Ask>, account: Option<i64> },
    /// No such code, used before, or too old.
    Unusable,
    /// The ask began in another browser; it is dead now.
    OtherBrowser { purpose: Purpose },
}

/// The problem of an ask whose code came from another browser.
pub(crate) const BROWSER_OTHER: &str = "BROWSER-OTHER";

pub(crate) async fn present(
    portal: &Portal,
    code: &ReturnCode,
    held: &Held,
    place: &Place,
) -> Result<Presented, Fault> {
    let now = portal.ambient.now();
    let mut transaction = portal.store.write().await?;
    let Some((proof, code_expires)) = proofs::use_code(&mut transaction, code, now).await? else {
        return Ok(Presented::Unusable);
    };
    let ask = asks::find_in(&mut transaction, &proof.ask).await?;
    let presented = match ask {
        Some(ask) if ask.state == State::Answered && now < code_expires => {
            redeem(portal, &mut transaction, ask, &proof, held, place).await?
        }
        _ => {
            asks::end(
                &mut transaction,
                &proof.ask,
                "answered",
                Some("ASK-EXPIRED"),
            )
            .await?;
            Presented::Unusable
        }
    };
    transaction.commit().await?;
    Ok(presented)
}

async fn redeem(
    portal: &Portal,
    connection: &mut SqliteConnection,
    ask: Ask,
    proof: &Proof,
    held: &Held,
    place: &Place,
) -> Result<Presented, Fault> {
    match held.one().filter(|half| ask.was_made_with(half)) {
        Some(half) if asks::redeem(connection, &ask.id).await? => {
            proofs::open(connection, &ask, half, portal.ambient.now()).await?;
            Ok(Presented::Redeemed {
                ask: Box::new(ask),
                account: proof.account,
            })
        }
        Some(_) => Ok(Presented::Unusable),
        None => {
            asks::end(connection, &ask.id, "answered", Some(BROWSER_OTHER)).await?;
            notify(portal, connection, &ask, proof, place).await?;
            Ok(Presented::OtherBrowser {
                purpose: ask.purpose,
            })
        }
    }
}

/// The account that somebody tried to reach sees it in its history.
async fn notify(
    portal: &Portal,
    connection: &mut SqliteConnection,
    ask: &Ask,
    proof: &Proof,
    place: &Place,
) -> Result<(), Fault> {
    tracing::warn!(ask = %ask.id, "return code presented by another browser");
    let Some(account) = accounts::with_key(connection, &proof.key).await? else {
        return Ok(());
    };
    let entry = Entry {
        account: account.id,
        at: portal.ambient.now(),
        activity: match ask.purpose {
            Purpose::Register => ActivityKind::Registration,
            _ => ActivityKind::SignIn,
        },
        method: Some(ask.method),
        place,
        problem: Some(BROWSER_OTHER),
    };
    history::write(connection, &entry).await
}
