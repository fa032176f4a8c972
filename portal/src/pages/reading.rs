//! Pages to read: terms, policy, help; and the sample service.

use askama::Template;

use super::finish;
use super::foreign::Sentence;
use super::frame::Frame;

/// Version of the terms that the pages show; recorded with a registration.
pub const TERMS_VERSION: &str = "2026-11";
/// Version of the information sharing policy that the pages show; recorded with a registration.
pub const POLICY_VERSION: &str = "2026-11";

/// What to explain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HelpTopic {
    /// Hướng dẫn đăng ký.
    Register,
    /// Hướng dẫn đăng nhập.
    SignIn,
}

/// The sample service as a signed-in person sees it.
#[derive(Clone, Debug)]
pub struct ServiceView {
    /// Name of the account.
    pub name: String,
}

#[derive(Template)]
#[template(path = "document.html")]
struct Document<'a> {
    f: &'a Frame,
    title: &'static str,
    version: Sentence,
    paragraphs: Vec<(&'static str, &'static str)>,
}

#[derive(Template)]
#[template(path = "help_register.html")]
struct HelpRegister<'a> {
    f: &'a Frame,
}

#[derive(Template)]
#[template(path = "help_sign_in.html")]
struct HelpSignIn<'a> {
    f: &'a Frame,
}

#[derive(Template)]
#[template(path = "service.html")]
struct Service<'a> {
    f: &'a Frame,
    v: &'a ServiceView,
}

/// Terms of use, as of [`TERMS_VERSION`].
#[must_use]
pub fn render_terms(frame: &Frame) -> String {
    finish(&Document {
        f: frame,
        title: frame.t("terms.title"),
        version: frame.fill("document.version", "version", TERMS_VERSION),
        paragraphs: vec![
            (frame.t("terms.1.title"), frame.t("terms.1.text")),
            (frame.t("terms.2.title"), frame.t("terms.2.text")),
            (frame.t("terms.3.title"), frame.t("terms.3.text")),
            (frame.t("terms.4.title"), frame.t("terms.4.text")),
        ],
    })
}

/// Information sharing policy, as of [`POLICY_VERSION`].
#[must_use]
pub fn render_policy(frame: &Frame) -> String {
    finish(&Document {
        f: frame,
        title: frame.t("policy.title"),
        version: frame.fill("document.version", "version", POLICY_VERSION),
        paragraphs: vec![
            (frame.t("policy.1.title"), frame.t("policy.1.text")),
            (frame.t("policy.2.title"), frame.t("policy.2.text")),
            (frame.t("policy.3.title"), frame.t("policy.3.text")),
            (frame.t("policy.4.title"), frame.t("policy.4.text")),
        ],
    })
}

/// How to register, how to sign in.
#[must_use]
pub fn render_help(frame: &Frame, topic: HelpTopic) -> String {
    match topic {
        HelpTopic::Register => finish(&HelpRegister { f: frame }),
        HelpTopic::SignIn => finish(&HelpSignIn { f: frame }),
    }
}

/// The sample service.
#[must_use]
pub fn render_service(frame: &Frame, view: &ServiceView) -> String {
    finish(&Service { f: frame, v: view })
}
