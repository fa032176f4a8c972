//! Registration: the choice, and after the return what the certificate says and the person's own click.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{AppendHeaders, IntoResponse as _},
};
use kyso_certs::{Scheme, SubjectKind};
use kyso_protocol::{AskId, Purpose};
use serde::Deserialize;

use super::{problem, reading::Told};
use crate::{
    names,
    pages::{
        self, CaptchaView, DoneView, ExistsView, Lang, RegisterConfirmView, RegisterFault,
        RegisterUsbView, RegisterView, Unit, captcha, paths,
    },
    picture_code,
    portal::Portal,
    proofs::{self, Pending},
    registration::{self, Exists, Outcome, Typed},
    reply::{Reply, go_to, outcome},
    visitor::{Visitor, language_cookie},
};

#[derive(Debug, Deserialize)]
pub(super) struct Subject {
    #[serde(default)]
    subject: String,
}

impl Subject {
    fn kind(&self) -> SubjectKind {
        names::subject(&self.subject).unwrap_or(SubjectKind::Citizen)
    }
}

pub(super) async fn choose(
    State(portal): State<Arc<Portal>>,
    visitor: Visitor,
    Query(told): Query<Told>,
    Query(subject): Query<Subject>,
) -> Reply {
    let view = RegisterView {
        subject: subject.kind(),
        next: told.next(),
        notice: told.notice(),
    };
    crate::reply::page(pages::render_register(&visitor.frame(&portal), &view))
}

pub(super) async fn usb(
    State(portal): State<Arc<Portal>>,
    visitor: Visitor,
    Query(told): Query<Told>,
    Query(subject): Query<Subject>,
) -> Reply {
    let view = RegisterUsbView {
        subject: subject.kind(),
        next: told.next(),
        notice: told.notice(),
    };
    crate::reply::page(pages::render_register_usb(&visitor.frame(&portal), &view))
}

/// What the certificate of this browser's pending registration says.
pub(super) async fn shown(State(portal): State<Arc<Portal>>, visitor: Visitor) -> Reply {
    let pending = match visitor.half.one() {
        Some(half) => proofs::newest(&portal, half, Purpose::Register).await?,
        None => None,
    };
    match pending {
        Some(pending) => show(&portal, &visitor, &pending, Filled::default()).await,
        None => expired(),
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Pressed {
    pending: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    captcha: String,
    #[serde(default, rename = "do")]
    act: String,
}

/// "Đăng ký", or another picture, or the picture in words, or the other language.
pub(super) async fn pressed(
    State(portal): State<Arc<Portal>>,
    visitor: Visitor,
    Form(pressed): Form<Pressed>,
) -> Reply {
    let Some(pending) = named(&portal, &visitor, &pressed.pending).await? else {
        return expired();
    };
    let filled = Filled {
        email: pressed.email.clone(),
        code: pressed.captcha.clone(),
        ..Filled::default()
    };
    match pressed.act.as_str() {
        "renew" => show(&portal, &visitor, &pending, filled.with_another_picture()).await,
        "spoken" => {
            let filled = Filled {
                spoken: true,
                ..filled
            };
            show(&portal, &visitor, &pending, filled).await
        }
        lang => match lang.parse() {
            Ok(lang) => in_language(&portal, visitor, &pending, filled, lang).await,
            Err(_) => apply(&portal, &visitor, &pending, filled).await,
        },
    }
}

/// The page as it was, in the language that was chosen on it.
async fn in_language(
    portal: &Portal,
    visitor: Visitor,
    pending: &Pending,
    filled: Filled,
    lang: Lang,
) -> Reply {
    let page = show(portal, &visitor.reading(lang), pending, filled).await?;
    let cookie: Vec<_> = language_cookie(lang).into_iter().collect();
    Ok((AppendHeaders(cookie), page).into_response())
}

async fn apply(portal: &Portal, visitor: &Visitor, pending: &Pending, filled: Filled) -> Reply {
    let typed = Typed {
        email: &filled.email,
        captcha: &filled.code,
    };
    match registration::apply(portal, pending, typed, &visitor.place).await? {
        Outcome::Done => done(portal, visitor, pending),
        Outcome::Exists(exists) => told_exists(portal, visitor, pending, exists),
        Outcome::Gone => expired(),
        Outcome::Unfit(unfit) => problem::unfit(portal, visitor, pending, &unfit),
        Outcome::Faults(faults) => show(portal, visitor, pending, filled.with(faults)).await,
    }
}

async fn named(
    portal: &Portal,
    visitor: &Visitor,
    pending: &str,
) -> Result<Option<Pending>, crate::portal::Fault> {
    match (AskId::parse(pending), visitor.half.one()) {
        (Ok(id), Some(half)) => proofs::named(portal, &id, half, Purpose::Register).await,
        _ => Ok(None),
    }
}

/// What was typed and wished before the page is shown again.
#[derive(Debug, Default)]
struct Filled {
    email: String,
    code: String,
    faults: Vec<RegisterFault>,
    renew: bool,
    spoken: bool,
}

impl Filled {
    fn with_another_picture(self) -> Self {
        Self {
            code: String::new(),
            renew: true,
            ..self
        }
    }

    /// A wrong code cost its picture; a right one needn't be typed twice.
    fn with(self, faults: Vec<RegisterFault>) -> Self {
        let wrong = |fault| {
            matches!(
                fault,
                &RegisterFault::Captcha | &RegisterFault::CaptchaTooMany
            )
        };
        let code = if faults.iter().any(wrong) {
            String::new()
        } else {
            self.code
        };
        Self {
            code,
            faults,
            ..self
        }
    }
}

async fn show(portal: &Portal, visitor: &Visitor, pending: &Pending, filled: Filled) -> Reply {
    let mut connection = portal.store.pool().acquire().await?;
    if let Some(exists) = registration::existing(&mut connection, &pending.proof).await? {
        return told_exists(portal, visitor, pending, exists);
    }
    drop(connection);
    let status = if filled.faults.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let code = fault_code(&filled.faults);
    let captcha = captcha_view(portal, visitor, pending, &filled).await?;
    let view = view(portal, pending, filled, captcha);
    let frame = visitor.frame_at(portal, paths::REGISTER_CONFIRM);
    outcome(status, code, pages::render_register_confirm(&frame, &view))
}

fn fault_code(faults: &[RegisterFault]) -> &'static str {
    match faults.first() {
        None => "pending",
        Some(RegisterFault::EmailMissing | RegisterFault::EmailForm) => "EMAIL",
        Some(RegisterFault::Captcha | RegisterFault::CaptchaTooMany) => "CAPTCHA",
    }
}

async fn captcha_view(
    portal: &Portal,
    visitor: &Visitor,
    pending: &Pending,
    filled: &Filled,
) -> Result<Option<CaptchaView>, crate::portal::Fault> {
    if !picture_code::is_wanted(pending.proof.key.kind) {
        return Ok(None);
    }
    let challenge = picture_code::challenge(portal, pending, filled.renew).await?;
    let spoken = filled
        .spoken
        .then(|| captcha::spoken(&challenge, visitor.lang));
    Ok(Some(CaptchaView {
        picture: captcha::picture(&challenge),
        spoken,
    }))
}

fn view(
    portal: &Portal,
    pending: &Pending,
    filled: Filled,
    captcha: Option<CaptchaView>,
) -> RegisterConfirmView {
    let proof = &pending.proof;
    let left = pending.open_until - portal.ambient.now();
    RegisterConfirmView {
        pending: proof.ask.to_string(),
        subject: proof.key.kind,
        name: proof.name.clone(),
        number: scheme(&proof.key.scheme).map(|scheme| (scheme, proof.key.number.clone())),
        unit: registration::unit_of(portal, proof).map(|unit| Unit {
            code: unit.code,
            name: unit.name,
            governing: unit.governing_unit,
            address: unit.address,
        }),
        not_before: proof.not_before,
        not_after: proof.not_after,
        ca: proof.ca_name.clone(),
        revocation: proof.revocation,
        email: filled.email,
        code: filled.code,
        captcha,
        faults: filled.faults,
        seconds_left: left.whole_seconds().try_into().unwrap_or_default(),
    }
}

/// The scheme of a stored number; none for a unit's code.
fn scheme(name: &str) -> Option<Scheme> {
    use Scheme::{Bhxh, Cccd, Cmnd, Mst, Passport, PersonalTax, Pid, Ppid};
    [Cccd, Cmnd, Passport, Mst, PersonalTax, Bhxh, Pid, Ppid]
        .into_iter()
        .find(|scheme| scheme.to_string() == name)
}

fn told_exists(portal: &Portal, visitor: &Visitor, pending: &Pending, exists: Exists) -> Reply {
    let view = ExistsView {
        subject: pending.proof.key.kind,
        number: pending.proof.key.number.clone(),
        elsewhere: exists.elsewhere,
        next: Some(pending.ask.return_path.as_str().to_owned()),
    };
    let frame = visitor.frame_at(portal, paths::REGISTER_CONFIRM);
    outcome(
        StatusCode::CONFLICT,
        "ACCOUNT-EXISTS",
        pages::render_exists(&frame, &view),
    )
}

fn done(portal: &Portal, visitor: &Visitor, pending: &Pending) -> Reply {
    let view = DoneView {
        name: pending.proof.name.clone(),
        subject: pending.proof.key.kind,
        ca: pending.proof.ca_name.clone(),
        next: Some(pending.ask.return_path.as_str().to_owned()),
    };
    let frame = visitor.frame_at(portal, paths::HOME);
    outcome(
        StatusCode::OK,
        "registered",
        pages::render_done(&frame, &view),
    )
}

fn expired() -> Reply {
    go_to(&format!("{}?notice=registration-expired", paths::REGISTER))
}
