//! What went wrong, what to do, and the code to read on the telephone.

use askama::Template;
use kyso_certs::SubjectKind;
use time::OffsetDateTime;

use super::finish;
use super::foreign::Sentence;
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
    /// After how many minutes `ASK-EXPIRED` comes.
    pub minutes: Option<u64>,
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
    what: Sentence,
    todo: Sentence,
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
        what: frame.said(what),
        todo: frame.said(todo),
        again: None,
    })
}

/// The key of a problem's sentence: the subject's own, else the code's (a bare one where what it would name isn't
/// known), else the general one.
fn key(texts: &Texts, view: &ProblemView, part: &str) -> String {
    let code = &view.code;
    let usual = format!("problem.{code}.{part}");
    let own = view
        .subject
        .map(|subject| format!("problem.{code}.{subject}.{part}"));
    let bare = lacks(view, texts.get(&usual)).then(|| format!("problem.{code}.bare.{part}"));
    own.into_iter()
        .chain(bare)
        .chain([usual])
        .find(|key| texts.find(key).is_some())
        .unwrap_or_else(|| format!("problem.OTHER.{part}"))
}

fn lacks(view: &ProblemView, sentence: &str) -> bool {
    [
        ("{ca}", view.ca.is_none()),
        ("{key}", view.key.is_none()),
        ("{date}", view.date.is_none()),
        ("{minutes}", view.minutes.is_none()),
        ("{subject}", view.subject.is_none()),
    ]
    .into_iter()
    .any(|(place, unknown)| unknown && sentence.contains(place))
}

fn sentence(frame: &Frame, view: &ProblemView, part: &str) -> Sentence {
    let texts = Texts::of(frame.lang);
    let ca = view.ca.as_deref().unwrap_or(frame.t("problem.the-ca"));
    texts.fill_html(
        &key(texts, view, part),
        &[
            ("ca", ca),
            ("key", view.key.as_deref().unwrap_or_default()),
            ("date", &view.date.map(date).unwrap_or_default()),
            (
                "minutes",
                &view
                    .minutes
                    .map(|minutes| minutes.to_string())
                    .unwrap_or_default(),
            ),
            (
                "subject",
                view.subject.map_or("", |kind| subject(frame, kind)),
            ),
        ],
    )
}

fn subject(frame: &Frame, subject: SubjectKind) -> &'static str {
    frame.t(match subject {
        SubjectKind::Citizen => "problem.subject.citizen",
        SubjectKind::Business => "problem.subject.business",
        SubjectKind::Agency => "problem.subject.agency",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::Lang;
    use time::macros::datetime;

    fn told(view: &ProblemView) -> (String, String) {
        let frame = Frame {
            look: std::sync::Arc::default(),
            lang: Lang::Vi,
            path: "/".to_owned(),
            person: None,
        };
        let said = |part| {
            let sentence = sentence(&frame, view, part).to_string();
            sentence.replace("<bdi>", "").replace("</bdi>", "")
        };
        (said("what"), said("do"))
    }

    #[test]
    fn says_as_much_as_is_known() {
        let check = |view: ProblemView, what: &str, todo: &str| {
            assert_eq!(told(&view), (what.to_owned(), todo.to_owned()));
        };
        let expired = ProblemView {
            code: "CERT-EXPIRED".to_owned(),
            ..ProblemView::default()
        };
        check(
            expired.clone(),
            "Chứng thư số đã hết hạn.",
            "Gia hạn tại CA đã cấp chứng thư số.",
        );
        check(
            ProblemView {
                ca: Some("CA {date}".to_owned()),
                date: Some(datetime!(2026-01-01 20:00:00 UTC)),
                ..expired
            },
            "Chứng thư số đã hết hạn ngày 02/01/2026.",
            "Gia hạn tại CA {date}.",
        );
    }

    #[test]
    fn says_how_long_an_ask_lives() {
        let check = |minutes, what: &str| {
            let view = ProblemView {
                code: "ASK-EXPIRED".to_owned(),
                minutes,
                ..ProblemView::default()
            };
            assert_eq!(told(&view).0, what);
        };
        check(Some(5), "Yêu cầu đã hết hạn (5 phút).");
        check(None, "Yêu cầu đã hết hạn.");
    }

    #[test]
    fn says_what_the_subject_needs() {
        let check = |code: &str, subject, what: &str| {
            let view = ProblemView {
                code: code.to_owned(),
                subject: Some(subject),
                ..ProblemView::default()
            };
            assert_eq!(told(&view).0, what);
        };
        check(
            "CERT-UNTRUSTED",
            SubjectKind::Agency,
            "Chứng thư số này không do cơ quan chứng thực số của Chính phủ cấp.",
        );
        check(
            "CERT-UNTRUSTED",
            SubjectKind::Citizen,
            "Chứng thư số do một CA không được tin cậy cấp.",
        );
        check(
            "CERT-WRONG-SUBJECT",
            SubjectKind::Business,
            "Chứng thư số này là của cá nhân.",
        );
        check(
            "CERT-WRONG-SUBJECT",
            SubjectKind::Citizen,
            "Chứng thư số này không phải của công dân.",
        );
    }

    #[test]
    fn a_code_without_sentences_gets_the_general_ones() {
        let view = ProblemView {
            code: "../x".to_owned(),
            ..ProblemView::default()
        };
        assert_eq!(told(&view).0, "Cổng không thực hiện được yêu cầu này.");
    }
}
