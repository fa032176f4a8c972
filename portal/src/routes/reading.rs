//! Pages to read, and the language in which to read them.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Path, Query, State},
    http::header,
    response::IntoResponse as _,
};
use serde::Deserialize;

use crate::{
    local_path::LocalPath,
    pages::{self, HelpTopic, HomeView, Lang, Notice, paths},
    portal::Portal,
    reply::{Reply, Trouble, go_with, page},
    visitor::{Visitor, language_cookie},
};

/// What an address says that a page should tell on top.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Told {
    #[serde(default)]
    pub(super) notice: String,
    #[serde(default)]
    pub(super) next: String,
}

impl Told {
    pub(super) fn notice(&self) -> Option<Notice> {
        notice_named(&self.notice)
    }

    pub(super) fn next(&self) -> Option<String> {
        LocalPath::parse(&self.next).map(|path| path.as_str().to_owned())
    }
}

pub(super) fn notice_named(name: &str) -> Option<Notice> {
    match name {
        "sign-in-first" => Some(Notice::SignInFirst),
        "signed-out" => Some(Notice::SignedOut),
        "ask-expired" => Some(Notice::AskExpired),
        "refused" => Some(Notice::Refused),
        "registration-expired" => Some(Notice::RegistrationExpired),
        "device-linked" => Some(Notice::DeviceLinked),
        "device-unlinked" => Some(Notice::DeviceUnlinked),
        "device-not-allowed" => Some(Notice::DeviceNotAllowed),
        "devices-full" => Some(Notice::DevicesFull),
        _ => None,
    }
}

pub(super) async fn home(
    State(portal): State<Arc<Portal>>,
    visitor: Visitor,
    Query(told): Query<Told>,
) -> Reply {
    page(pages::render_home(
        &visitor.frame(&portal),
        &HomeView {
            notice: told.notice(),
        },
    ))
}

pub(super) async fn terms(State(portal): State<Arc<Portal>>, visitor: Visitor) -> Reply {
    page(pages::render_terms(&visitor.frame(&portal)))
}

pub(super) async fn policy(State(portal): State<Arc<Portal>>, visitor: Visitor) -> Reply {
    page(pages::render_policy(&visitor.frame(&portal)))
}

pub(super) async fn help_register(State(portal): State<Arc<Portal>>, visitor: Visitor) -> Reply {
    page(pages::render_help(
        &visitor.frame(&portal),
        HelpTopic::Register,
    ))
}

pub(super) async fn help_sign_in(State(portal): State<Arc<Portal>>, visitor: Visitor) -> Reply {
    page(pages::render_help(
        &visitor.frame(&portal),
        HelpTopic::SignIn,
    ))
}

#[derive(Debug, Deserialize)]
pub(super) struct Chosen {
    lang: String,
    #[serde(default)]
    next: String,
}

pub(super) async fn language(Form(chosen): Form<Chosen>) -> Reply {
    let lang: Lang = chosen.lang.parse().map_err(|_| Trouble::BAD_REQUEST)?;
    let next = LocalPath::parse(&chosen.next);
    // The return page is a place of the protocol, and the one such place that shows the switch.
    let home = if chosen.next == paths::RETURN {
        paths::RETURN
    } else {
        paths::HOME
    };
    let path = next.as_ref().map_or(home, LocalPath::as_str);
    go_with(path, language_cookie(lang).into_iter().collect())
}

pub(super) async fn asset(Path(name): Path<String>) -> Reply {
    let asset = pages::asset(&name).ok_or(Trouble::NOT_FOUND)?;
    let headers = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::CACHE_CONTROL, "public, max-age=300"),
    ];
    Ok((headers, asset.bytes).into_response())
}
