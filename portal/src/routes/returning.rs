//! The return page and the presentation of the return code.

use std::sync::Arc;

use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use kyso_certs::{Revocation, RevocationRule};
use kyso_protocol::{Purpose, ReturnCode};
use serde::Deserialize;

use super::login;
use crate::{
    asks::Ask,
    known_browser,
    pages::{self, Frame, OtherBrowserView, ProblemView, paths},
    portal::{Fault, Portal},
    proofs::{self, Proof},
    reply::{Reply, go_to, outcome, page},
    returns::{self, Presented},
    visitor::{self, Visitor},
};

/// The same page for everyone: it redeems nothing and reads nothing but the language.
pub(super) async fn shown(State(portal): State<Arc<Portal>>, headers: HeaderMap) -> Reply {
    let frame = Frame {
        look: Arc::clone(&portal.look),
        lang: visitor::language(&headers),
        path: paths::RETURN.to_owned(),
        person: None,
    };
    page(pages::render_return(&frame))
}

#[derive(Deserialize)]
pub(super) struct Presentation {
    code: String,
}

pub(super) async fn presented(
    State(portal): State<Arc<Portal>>,
    visitor: Visitor,
    Form(form): Form<Presentation>,
) -> Reply {
    let presented = match ReturnCode::parse(&form.code) {
        Ok(code) => returns::present(&portal, &code, &visitor.half, &visitor.place).await?,
        Err(_) => Presented::Unusable,
    };
    match presented {
        Presented::Redeemed { ask, account } => go_on(&portal, &visitor, &ask, account).await,
        Presented::Unusable => unusable(&portal, &visitor),
        Presented::OtherBrowser { purpose } => other_browser(&portal, &visitor, purpose),
    }
}

/// On by itself only for a login of an account that this browser has opened before, with nobody else signed in.
async fn go_on(portal: &Portal, visitor: &Visitor, ask: &Ask, account: Option<i64>) -> Reply {
    if ask.purpose == Purpose::Register {
        return go_to(paths::REGISTER_CONFIRM);
    }
    let pending = match visitor.half.one() {
        Some(half) => proofs::named(portal, &ask.id, half, Purpose::Login).await?,
        None => None,
    };
    match (pending, account) {
        (Some(pending), None) => login::go_on_unregistered(portal, visitor, &pending).await,
        (Some(pending), Some(account))
            if !is_told_first(portal, &pending.proof)
                && is_alone_and_known(portal, visitor, account).await? =>
        {
            login::open(portal, visitor, &pending).await
        }
        _ => go_to(paths::LOGIN_CONFIRM),
    }
}

/// Under soft-fail the person learns what could not be checked before the session opens.
fn is_told_first(portal: &Portal, proof: &Proof) -> bool {
    portal.config.evidence.rule == RevocationRule::SoftFail && proof.revocation != Revocation::Good
}

async fn is_alone_and_known(
    portal: &Portal,
    visitor: &Visitor,
    account: i64,
) -> Result<bool, Fault> {
    let somebody_else = visitor
        .session
        .as_ref()
        .is_some_and(|session| session.account != account);
    match &visitor.known {
        Some(mark) if !somebody_else => known_browser::has_opened(portal, mark, account).await,
        _ => Ok(false),
    }
}

fn unusable(portal: &Portal, visitor: &Visitor) -> Reply {
    let view = ProblemView {
        code: "ASK-USED".to_owned(),
        ..ProblemView::default()
    };
    let document = pages::render_problem(&visitor.frame(portal), &view);
    outcome(StatusCode::GONE, "ASK-USED", document)
}

fn other_browser(portal: &Portal, visitor: &Visitor, purpose: Purpose) -> Reply {
    let document =
        pages::render_other_browser(&visitor.frame(portal), &OtherBrowserView { purpose });
    outcome(StatusCode::FORBIDDEN, returns::BROWSER_OTHER, document)
}
