//! Sign-in: the page that makes the ask, and after the return the page that names the person first.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
};
use kyso_protocol::{AskId, Purpose};
use serde::Deserialize;

use super::reading::Told;
use crate::{
    accounts,
    pages::{self, LoginConfirmView, LoginView, NoAccountView, paths},
    portal::{Fault, Portal},
    proofs::{self, Pending},
    reply::{Reply, go_to, go_with, outcome, page},
    sign_in,
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
    let proof = &pending.proof;
    let frame = visitor.frame_at(portal, paths::LOGIN_CONFIRM);
    let Some(account) = account else {
        let view = NoAccountView {
            name: proof.name.clone(),
            subject: proof.key.kind,
            next: Some(pending.ask.return_path.as_str().to_owned()),
        };
        let document = pages::render_no_account(&frame, &view);
        return outcome(StatusCode::OK, "ACCOUNT-NONE", document);
    };
    let other = visitor.session.as_ref();
    let view = LoginConfirmView {
        pending: proof.ask.to_string(),
        name: proof.name.clone(),
        acting: proof.acting_for.clone(),
        subject: account.key.kind,
        number: account.key.number,
        ca: proof.ca_name.clone(),
        instead_of: other.map(|session| session.name.clone()),
    };
    outcome(
        StatusCode::OK,
        "pending",
        pages::render_login_confirm(&frame, &view),
    )
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
    match sign_in::open(portal, pending, visitor.browser()).await? {
        Some(cookies) => go_with(pending.ask.return_path.as_str(), cookies),
        None => expired(),
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
