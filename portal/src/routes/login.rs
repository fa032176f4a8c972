//! Sign-in: the page that makes the ask, and after the return the page that names the person first.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
};
use kyso_protocol::{AskId, Purpose};
use serde::Deserialize;

use super::{problem, reading::Told};
use crate::{
    accounts::{self, Account},
    pages::{self, CertificateFacts, LoginConfirmView, LoginView, NoAccountView, RenewView, paths},
    portal::{Fault, Portal},
    proofs::{self, Pending},
    registered::Registered,
    renewal::{self, Newcomer, Renewed},
    reply::{Reply, go_to, go_with, outcome, page},
    sign_in::{self, Opened},
    visitor::Visitor,
};

pub(super) async fn choose(
    State(portal): State<Arc<Portal>>,
    visitor: Visitor,
    Query(told): Query<Told>,
) -> Reply {
    let view = LoginView {
        next: told.next(),
        notice: told.notice(),
    };
    page(pages::render_login(&visitor.frame(&portal), &view))
}

/// Whom the certificate of this browser's pending sign-in names.
pub(super) async fn shown(State(portal): State<Arc<Portal>>, visitor: Visitor) -> Reply {
    let pending = match visitor.half.one() {
        Some(half) => proofs::newest(&portal, half, Purpose::Login).await?,
        None => None,
    };
    match pending {
        Some(pending) => show(&portal, &visitor, &pending).await,
        None => expired(),
    }
}

async fn show(portal: &Portal, visitor: &Visitor, pending: &Pending) -> Reply {
    let account = match pending.proof.account {
        Some(account) => accounts::find(portal, account).await?,
        None => None,
    };
    let Some(account) = account else {
        return show_unregistered(portal, visitor, pending).await;
    };
    let (proof, other) = (&pending.proof, visitor.session.as_ref());
    let view = LoginConfirmView {
        pending: proof.ask.to_string(),
        name: proof.name.clone(),
        acting: proof.acting_for.clone(),
        subject: account.key.kind,
        number: account.key.number,
        ca: proof.ca_name.clone(),
        revocation: proof.revocation,
        instead_of: other.map(|session| session.name.clone()),
    };
    let frame = visitor.frame_at(portal, paths::LOGIN_CONFIRM);
    let document = pages::render_login_confirm(&frame, &view);
    outcome(StatusCode::OK, "pending", document)
}

/// A certificate that is registered with nobody: its identity may have an account all the same.
async fn show_unregistered(portal: &Portal, visitor: &Visitor, pending: &Pending) -> Reply {
    let frame = visitor.frame_at(portal, paths::LOGIN_CONFIRM);
    match renewal::newcomer(portal, &pending.proof).await? {
        Newcomer::Stranger => {
            let view = NoAccountView {
                name: pending.proof.name.clone(),
                subject: pending.proof.key.kind,
                next: Some(pending.ask.return_path.as_str().to_owned()),
            };
            let document = pages::render_no_account(&frame, &view);
            outcome(StatusCode::OK, "ACCOUNT-NONE", document)
        }
        Newcomer::Renews { account, old } => {
            let document = pages::render_renew(
                &frame,
                &renew_view(portal, visitor, pending, &account, &old),
            );
            outcome(StatusCode::OK, "renewal", document)
        }
        Newcomer::Refused { refusal, .. } => {
            problem::no_renewal(portal, visitor, pending, &refusal)
        }
    }
}

fn renew_view(
    portal: &Portal,
    visitor: &Visitor,
    pending: &Pending,
    account: &Account,
    old: &Registered,
) -> RenewView {
    let proof = &pending.proof;
    let other = visitor.session.as_ref();
    RenewView {
        pending: proof.ask.to_string(),
        subject: account.key.kind,
        number: account.key.number.clone(),
        acting: proof.acting_for.clone(),
        old: CertificateFacts {
            name: old.name.clone(),
            not_before: old.not_before,
            not_after: old.not_after,
            ca: old.ca_name.clone(),
        },
        old_added: old.added,
        old_ended: portal.ambient.now() > old.not_after,
        new: CertificateFacts {
            name: proof.name.clone(),
            not_before: proof.not_before,
            not_after: proof.not_after,
            ca: proof.ca_name.clone(),
        },
        revocation: proof.revocation,
        renames: (account.name != proof.name).then(|| account.name.clone()),
        instead_of: other.map(|session| session.name.clone()),
    }
}

/// On from the return of a login whose certificate is registered with nobody: what can't renew ends here.
pub(super) async fn go_on_unregistered(
    portal: &Portal,
    visitor: &Visitor,
    pending: &Pending,
) -> Reply {
    match renewal::newcomer(portal, &pending.proof).await? {
        Newcomer::Stranger | Newcomer::Renews { .. } => go_to(paths::LOGIN_CONFIRM),
        Newcomer::Refused { account, refusal } => {
            renewal::end(portal, pending, account, &refusal, &visitor.place).await?;
            problem::no_renewal(portal, visitor, pending, &refusal)
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Pressed {
    pending: String,
}

/// The person's click: the session opens, and the person is where the ask began.
pub(super) async fn pressed(
    State(portal): State<Arc<Portal>>,
    visitor: Visitor,
    Form(pressed): Form<Pressed>,
) -> Reply {
    match named(&portal, &visitor, &pressed).await? {
        Some(pending) => open(&portal, &visitor, &pending).await,
        None => expired(),
    }
}

/// Opens the session of a pending sign-in.
pub(super) async fn open(portal: &Portal, visitor: &Visitor, pending: &Pending) -> Reply {
    let opened = sign_in::open(portal, pending, visitor.browser()).await?;
    opened_to(portal, visitor, pending, opened)
}

/// The person's click on a renewal: registered, signed in, and where the ask began.
pub(super) async fn renewed(
    State(portal): State<Arc<Portal>>,
    visitor: Visitor,
    Form(pressed): Form<Pressed>,
) -> Reply {
    let Some(pending) = named(&portal, &visitor, &pressed).await? else {
        return expired();
    };
    match renewal::renew(&portal, &pending, visitor.browser()).await? {
        Renewed::Opened(opened) => opened_to(&portal, &visitor, &pending, opened),
        Renewed::Refused(refusal) => problem::no_renewal(&portal, &visitor, &pending, &refusal),
    }
}

fn opened_to(portal: &Portal, visitor: &Visitor, pending: &Pending, opened: Opened) -> Reply {
    match opened {
        Opened::Session(cookies) => go_with(pending.ask.return_path.as_str(), cookies),
        Opened::Gone => expired(),
        Opened::Unfit(unfit) => problem::unfit(portal, visitor, pending, &unfit),
    }
}

/// The person's click that throws the sign-in away.
pub(super) async fn refused(
    State(portal): State<Arc<Portal>>,
    visitor: Visitor,
    Form(pressed): Form<Pressed>,
) -> Reply {
    if let Some(pending) = named(&portal, &visitor, &pressed).await? {
        let mut connection = portal.store.pool().acquire().await?;
        proofs::finish(&mut connection, &pending.ask.id, portal.ambient.now()).await?;
    }
    go_to(&format!("{}?notice=refused", paths::LOGIN))
}

async fn named(
    portal: &Portal,
    visitor: &Visitor,
    pressed: &Pressed,
) -> Result<Option<Pending>, Fault> {
    match (AskId::parse(&pressed.pending), visitor.half.one()) {
        (Ok(id), Some(half)) => proofs::named(portal, &id, half, Purpose::Login).await,
        _ => Ok(None),
    }
}

fn expired() -> Reply {
    go_to(&format!("{}?notice=ask-expired", paths::LOGIN))
}
