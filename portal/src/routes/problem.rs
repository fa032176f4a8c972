//! The page for a certificate that isn't believed any more when the person clicks.

use axum::http::StatusCode;
use kyso_protocol::Purpose;

use crate::{
    judging::Unfit,
    pages::{self, ProblemView, paths},
    portal::Portal,
    proofs::Pending,
    renewal::Refusal,
    reply::{Reply, outcome},
    visitor::Visitor,
};

/// What became of the certificate since the answer.
pub(super) fn unfit(portal: &Portal, visitor: &Visitor, pending: &Pending, unfit: &Unfit) -> Reply {
    let view = ProblemView {
        date: unfit.date(),
        ..view(pending, unfit.code())
    };
    show(portal, visitor, &view)
}

/// Why a certificate of a registered identity doesn't renew.
pub(super) fn no_renewal(
    portal: &Portal,
    visitor: &Visitor,
    pending: &Pending,
    refusal: &Refusal,
) -> Reply {
    show(portal, visitor, &view(pending, refusal.code()))
}

fn view(pending: &Pending, code: &str) -> ProblemView {
    ProblemView {
        code: code.to_owned(),
        ca: Some(pending.proof.ca_name.clone()),
        subject: pending.ask.subject,
        registering: pending.ask.purpose == Purpose::Register,
        ..ProblemView::default()
    }
}

fn show(portal: &Portal, visitor: &Visitor, view: &ProblemView) -> Reply {
    let document = pages::render_problem(&visitor.frame_at(portal, paths::HOME), view);
    outcome(StatusCode::FORBIDDEN, &view.code, document)
}
