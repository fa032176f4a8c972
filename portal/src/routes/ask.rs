//! Making an ask, and the page that waits for its answer.

use std::sync::Arc;
use std::time::Duration;

use axum::{
    Form, Json,
    extract::{Path, State},
    http::StatusCode,
    response::IntoResponse as _,
};
use kyso_protocol::{AskId, Link, Purpose, matching_code};
use serde::Deserialize;

use crate::{
    asks::{self, Ask, Wanted},
    browser_half::{self, Held},
    local_path::LocalPath,
    names,
    pages::{self, ProblemView, WaitState, WaitStateJson, WaitView, paths},
    portal::Portal,
    reply::{Reply, Trouble, go_with, outcome, page},
    returns::BROWSER_OTHER,
    visitor::Visitor,
};

#[derive(Debug, Deserialize)]
pub(super) struct Pressed {
    purpose: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    next: String,
}

impl Pressed {
    fn wanted(&self) -> Option<Wanted> {
        let purpose = names::purpose(&self.purpose)?;
        let subject = match purpose {
            Purpose::Register => Some(names::subject(&self.subject)?),
            _ => None,
        };
        let return_path = LocalPath::parse(&self.next).unwrap_or_else(LocalPath::account);
        Some(Wanted {
            purpose,
            subject,
            return_path,
        })
    }
}

/// Makes the ask; the reply brings the browser its half if it has none.
pub(super) async fn make(
    State(portal): State<Arc<Portal>>,
    visitor: Visitor,
    Form(pressed): Form<Pressed>,
) -> Reply {
    let wanted = pressed.wanted().ok_or(Trouble::BAD_REQUEST)?;
    let (half, cookie) = match &visitor.half {
        Held::One(half) => (half.clone(), None),
        Held::Several => return Err(Trouble::BAD_REQUEST),
        Held::Nothing => {
            let half =
                browser_half::make(portal.ambient.as_ref()).map_err(crate::portal::Fault::from)?;
            let cookie = browser_half::cookie(&half);
            (half, cookie)
        }
    };
    let id = asks::make(&portal, &wanted, &half).await?;
    go_with(
        &format!("{}/{id}", paths::WAIT),
        cookie.into_iter().collect(),
    )
}

/// The ask of that id, if it was made by this browser.
async fn own(portal: &Portal, visitor: &Visitor, id: &str) -> Result<Ask, Trouble> {
    let id = AskId::parse(id).map_err(|_| Trouble::NOT_FOUND)?;
    let half = visitor.half.one().ok_or(Trouble::NOT_FOUND)?;
    let ask = asks::find(portal, &id).await?;
    ask.filter(|ask| ask.was_made_with(half))
        .ok_or(Trouble::NOT_FOUND)
}

pub(super) async fn wait(
    State(portal): State<Arc<Portal>>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Reply {
    let ask = own(&portal, &visitor, &id).await?;
    let frame = visitor.frame(&portal);
    if let WaitStateJson::Problem { code } = progress(&portal, &ask) {
        let view = ProblemView {
            subject: ask.subject,
            registering: ask.purpose == Purpose::Register,
            minutes: whole_minutes(portal.config.ask_life),
            code,
            ..ProblemView::default()
        };
        return outcome(
            StatusCode::OK,
            &view.code,
            pages::render_problem(&frame, &view),
        );
    }
    let download = match visitor.place.system {
        Some(system) if portal.downloads.has_for(system).await => Some(system),
        _ => None,
    };
    let view = WaitView {
        download,
        ..view(&portal, &ask)
    };
    page(pages::render_wait(&frame, &view))
}

/// Only a plural: the sentence knows no other.
fn whole_minutes(life: Duration) -> Option<u64> {
    let (minutes, rest) = (life.as_secs() / 60, life.as_secs() % 60);
    (rest == 0 && minutes > 1).then_some(minutes)
}

fn view(portal: &Portal, ask: &Ask) -> WaitView {
    WaitView {
        ask: ask.id.to_string(),
        purpose: ask.purpose,
        subject: ask.subject,
        link: Link::new(portal.config.origin.clone(), ask.id).to_string(),
        matching_code: matching_code(&ask.statement),
        seconds_left: seconds_left(portal, ask),
        state: match progress(portal, ask) {
            WaitStateJson::Waiting { fetched, .. } => WaitState::Waiting { fetched },
            WaitStateJson::Ended | WaitStateJson::Problem { .. } => WaitState::Ended,
        },
        download: None,
    }
}

pub(super) async fn state(
    State(portal): State<Arc<Portal>>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Reply {
    let ask = own(&portal, &visitor, &id).await?;
    Ok(Json(progress(&portal, &ask)).into_response())
}

/// How far the ask is, as its waiting page may know it. An answer that was accepted and a code that came from another
/// browser are ends like any other: in a live relay the waiting page is the attacker's.
fn progress(portal: &Portal, ask: &Ask) -> WaitStateJson {
    match (ask.state, &ask.problem) {
        (asks::State::Open, _) if ask.is_expired(portal.ambient.now()) => WaitStateJson::Problem {
            code: "ASK-EXPIRED".to_owned(),
        },
        (asks::State::Open, _) => WaitStateJson::Waiting {
            fetched: ask.fetched,
            seconds: seconds_left(portal, ask),
        },
        (asks::State::Ended, Some(code)) if code != BROWSER_OTHER => {
            WaitStateJson::Problem { code: code.clone() }
        }
        (asks::State::Answered | asks::State::Redeemed | asks::State::Ended, _) => {
            WaitStateJson::Ended
        }
    }
}

fn seconds_left(portal: &Portal, ask: &Ask) -> u64 {
    (ask.expires - portal.ambient.now())
        .whole_seconds()
        .try_into()
        .unwrap_or_default()
}
