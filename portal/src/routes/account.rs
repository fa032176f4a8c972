//! What a signed-in person sees and ends.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Query, State},
};
use kyso_certs::SubjectKind;
use serde::Deserialize;
use time::OffsetDateTime;

use super::reading::notice_named;
use crate::{
    accounts::{self, Account},
    history,
    linked::{self, Changed},
    pages::{
        self, AccountView, AgencyFacts, BusinessFacts, CitizenFacts, Fact, Facts, MethodRow,
        MethodsView, ServiceView, SignInsView, paths,
    },
    portal::{Fault, Portal},
    registered::{self, Registered},
    reply::{Reply, Trouble, go_to, go_with, page},
    sessions::{self, Session, Which},
    visitor::{SignedIn, Visitor},
};

/// Identity information.
pub(super) async fn shown(
    State(portal): State<Arc<Portal>>,
    SignedIn { visitor, session }: SignedIn,
) -> Reply {
    let account = accounts::find(&portal, session.account)
        .await?
        .ok_or(Trouble::NOT_FOUND)?;
    let view = AccountView {
        revocation_unchecked: !accounts::revocation_was_checked(&portal, account.id).await?,
        verified_by: account.verified_by.clone(),
        news: history::news(&portal, account.id).await?,
        held_until: held_until(&portal, &session).await?,
        facts: facts(account),
    };
    page(pages::render_account(&visitor.frame(&portal), &view))
}

async fn held_until(portal: &Portal, session: &Session) -> Result<Option<OffsetDateTime>, Fault> {
    let mut connection = portal.store.pool().acquire().await?;
    let rights = linked::rights(&mut connection, session, portal.ambient.now()).await?;
    Ok(rights.held_until)
}

fn facts(account: Account) -> Facts {
    let Account {
        key,
        name,
        email,
        governing_unit,
        address,
        ..
    } = account;
    let email = email.map_or(Fact::Missing, Fact::Unverified);
    let known = |text: Option<String>| {
        text.filter(|text| !text.is_empty())
            .map_or(Fact::Missing, Fact::Verified)
    };
    let (name, number) = (Fact::Verified(name), key.number);
    match key.kind {
        SubjectKind::Citizen => Facts::Citizen(CitizenFacts {
            name,
            cmt: known((key.scheme == "CMND").then(|| number.clone())),
            cccd: known((key.scheme == "CCCD").then_some(number)),
            email,
            ..CitizenFacts::default()
        }),
        SubjectKind::Business => Facts::Business(BusinessFacts {
            name,
            mst: Fact::Verified(number),
            email,
            ..BusinessFacts::default()
        }),
        SubjectKind::Agency => Facts::Agency(AgencyFacts {
            name,
            unit_code: Fact::Verified(number),
            governing: known(governing_unit),
            address: known(address),
            email,
            ..AgencyFacts::default()
        }),
    }
}

/// The certificates with which the person can sign in.
pub(super) async fn methods(
    State(portal): State<Arc<Portal>>,
    SignedIn { visitor, session }: SignedIn,
) -> Reply {
    let mut connection = portal.store.pool().acquire().await?;
    let all = registered::of_account(&mut connection, session.account).await?;
    let view = MethodsView {
        rows: all.into_iter().map(method).collect(),
        now: portal.ambient.now(),
    };
    page(pages::render_methods(&visitor.frame(&portal), &view))
}

fn method(registered: Registered) -> MethodRow {
    MethodRow {
        method: registered.method,
        name: registered.name,
        ca: registered.ca_name,
        not_after: registered.not_after,
        added: registered.added,
        last_used: registered.last_used,
        revoked: registered.revoked.is_some(),
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Before {
    before: Option<i64>,
    #[serde(default)]
    notice: String,
}

/// Open sessions and the access history.
pub(super) async fn sign_ins(
    State(portal): State<Arc<Portal>>,
    SignedIn { visitor, session }: SignedIn,
    Query(Before { before, notice }): Query<Before>,
) -> Reply {
    let sessions = sessions::list(&portal, &session).await?;
    let (history, more) = history::read(&portal, session.account, before).await?;
    let (devices, rights) = linked::list(&portal, &session).await?;
    let view = SignInsView {
        sessions,
        history,
        more,
        devices,
        held_until: rights.held_until,
        notice: notice_named(&notice),
    };
    page(pages::render_sign_ins(&visitor.frame(&portal), &view))
}

#[derive(Debug, Deserialize)]
pub(super) struct Named {
    session: String,
}

pub(super) async fn end_session(
    State(portal): State<Arc<Portal>>,
    SignedIn { visitor, session }: SignedIn,
    Form(named): Form<Named>,
) -> Reply {
    let which = Which::Labelled(&named.session);
    sessions::end_elsewhere(&portal, &session, which, &visitor.place).await?;
    go_to(paths::SIGN_INS)
}

pub(super) async fn end_others(
    State(portal): State<Arc<Portal>>,
    SignedIn { visitor, session }: SignedIn,
) -> Reply {
    sessions::end_elsewhere(&portal, &session, Which::Others, &visitor.place).await?;
    go_to(paths::SIGN_INS)
}

#[derive(Debug, Deserialize)]
pub(super) struct NamedDevice {
    device: String,
}

pub(super) async fn link_device(
    State(portal): State<Arc<Portal>>,
    SignedIn { visitor, session }: SignedIn,
    Form(named): Form<NamedDevice>,
) -> Reply {
    let changed = linked::link(&portal, &session, &named.device, &visitor.place).await?;
    changed_device(changed, "device-linked")
}

pub(super) async fn unlink_device(
    State(portal): State<Arc<Portal>>,
    SignedIn { visitor, session }: SignedIn,
    Form(named): Form<NamedDevice>,
) -> Reply {
    let changed = linked::unlink(&portal, &session, &named.device, &visitor.place).await?;
    changed_device(changed, "device-unlinked")
}

fn changed_device(changed: Changed, done: &str) -> Reply {
    let notice = match changed {
        Changed::Done => done,
        Changed::Gone => return go_to(paths::SIGN_INS),
        Changed::NotAllowed => "device-not-allowed",
        Changed::Full => "devices-full",
    };
    go_to(&format!("{}?notice={notice}", paths::SIGN_INS))
}

pub(super) async fn sign_out(State(portal): State<Arc<Portal>>, visitor: Visitor) -> Reply {
    let cookie = match &visitor.session {
        Some(session) => sessions::sign_out(&portal, session, &visitor.place).await?,
        None => None,
    };
    go_with(
        &format!("{}?notice=signed-out", paths::HOME),
        cookie.into_iter().collect(),
    )
}

/// A service that demands a session, and gives the person's name back.
pub(super) async fn service(
    State(portal): State<Arc<Portal>>,
    SignedIn { visitor, session }: SignedIn,
) -> Reply {
    let view = ServiceView { name: session.name };
    page(pages::render_service(&visitor.frame(&portal), &view))
}
