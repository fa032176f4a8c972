//! What went wrong, what to do, and the code to read on the telephone.

use askama::Template;
use kyso_certs::SubjectKind;
use time::OffsetDateTime;

use super::finish;
use super::format::date;
use super::frame::Frame;
use super::paths;
use super::text::Texts;

/// A problem by its code, with what its sentences may name.
#[derive(Clone, Debug, Default)]
pub struct ProblemView {
    /// Code, e.g. `CERT-EXPIRED`; one without sentences gets the general ones.
    pub code: String,
    /// The CA's name.
    pub ca: Option<String>,
    /// The date of `CERT-EXPIRED` and `CERT-NOT-YET-VALID`.
    pub date: Option<OffsetDateTime>,
    /// The key of `CERT-WEAK`, e.g. `RSA-1024`.
    pub key: Option<String>,
    /// The subject that `CERT-WRONG-SUBJECT` doesn't fit.
    pub subject: Option<SubjectKind>,
    /// *Begin again* leads to the registration, not to the sign-in.
    pub registering: bool,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct Page<'a> {
    f: &'a Frame,
    code: &'a str,
    what: String,
    todo: String,
    again: Option<(&'static str, &'static str)>,
}

/// A problem page.
#[must_use]
pub fn render_problem(frame: &Frame, view: &ProblemView) -> String {
    let again = if view.registering {
        (paths::REGISTER, frame.t("action.register-again"))
    } else {
        (paths::LOGIN, frame.t("action.sign-in-again"))
    };
    finish(&Page {
        f: frame,
        code: &view.code,
        what: sentence(frame, view, "what"),
        todo: sentence(frame, view, "do"),
        again: Some(again),
    })
}

/// Page for an HTTP status that has nothing else to show: 400, 403, 404, 405, 413, 429, 500, 503; others as 500.
#[must_use]
pub fn render_error(frame: &Frame, status: u16) -> String {
    let (what, todo) = match status {
        400 | 405 | 413 => ("error.400.what", "error.400.do"),
        403 => ("error.403.what", "error.403.do"),
        404 => ("error.404.what", "error.404.do"),
        429 => ("error.429.what", "error.429.do"),
        503 => ("error.503.what", "error.503.do"),
        _ => ("error.500.what", "error.500.do"),
    };
    finish(&Page {
        f: frame,
        code: &format!("HTTP-{status}"),
        what: frame.t(what).to_owned(),
        todo: frame.t(todo).to_owned(),
        again: None,
    })
}

/// The key of a problem's sentence: the subject's own, else the code's, else the general one.
fn key(texts: &Texts, view: &ProblemView, part: &str) -> String {
    let code = &view.code;
    let own = view
        .subject
        .as_ref()
        .map(|subject| format!("problem.{code}.{subject}.{part}"));
    own.into_iter()
        .chain([format!("problem.{code}.{part}")])
        .find(|key| texts.find(key).is_some())
        .unwrap_or_else(|| format!("problem.OTHER.{part}"))
}

fn sentence(frame: &Frame, view: &ProblemView, part: &str) -> String {
    let texts = Texts::of(frame.lang);
    let or = |given: &Option<String>, key| given.clone().unwrap_or(texts.get(key).to_owned());
    texts.fill(
        &key(texts, view, part),
        &[
            ("ca", &or(&view.ca, "problem.the-ca")),
            ("key", &or(&view.key, "problem.the-key")),
            ("date", &or(&view.date.map(date), "problem.the-day")),
            ("subject", subject(frame, view.subject.as_ref())),
        ],
    )
}

fn subject(frame: &Frame, subject: Option<&SubjectKind>) -> &'static str {
    frame.t(match subject {
        Some(SubjectKind::Citizen) => "problem.subject.citizen",
        Some(SubjectKind::Business) => "problem.subject.business",
        Some(SubjectKind::Agency) => "problem.subject.agency",
        None => "problem.subject.any",
    })
}
