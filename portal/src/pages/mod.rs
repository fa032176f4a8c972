//! The portal's pages: a view goes in, a whole HTML document comes out.
//!
//! No request is read here, nothing is decided and nothing is stored. Every page is complete without
//! a script; the two scripts (waiting page, return page) only add to it. Pages link and post to the
//! places in [`paths`] and to nothing else; a test holds them to it.
//!
//! Forms and their fields (all `application/x-www-form-urlencoded`, all same-origin):
//!
//! | POST | fields |
//! |---|---|
//! | [`paths::LANGUAGE`] | `lang` = `vi`/`en`, `next` = path of the page it was pressed on |
//! | [`paths::ASKS`] | `purpose` = `login`/`register`; `subject` = `citizen`/`business`/`agency` (register only); `next` (optional) |
//! | [`paths::RETURN`] | `code` (put there by the return page's script) |
//! | [`paths::LOGIN_CONFIRM`] | `pending` |
//! | [`paths::LOGIN_RENEW`] | `pending` |
//! | [`paths::LOGIN_REFUSE`] | `pending` |
//! | [`paths::REGISTER_CONFIRM`] | `pending`, `email`, `captcha` (business, agency), `do` = `register`/`renew`/`spoken`/`vi`/`en` |
//! | [`paths::SIGN_OUT`] | none |
//! | [`paths::END_SESSION`] | `session` |
//! | [`paths::END_OTHERS`] | none |
//!
//! Links with a query: [`paths::REGISTER`]`?subject=…`, [`paths::REGISTER_USB`]`?subject=…&next=…`,
//! [`paths::LOGIN`]`?next=…`, [`paths::SIGN_INS`]`?before=…`. The waiting page's script polls
//! `/wait/<id>/state`, which answers [`WaitStateJson`].

mod account;
mod asset;
pub mod captcha;
mod confirm;
mod download;
mod entry;
mod foreign;
mod format;
mod frame;
mod methods;
pub mod paths;
mod problem;
mod reading;
mod renewal;
mod sign_ins;
mod text;
mod waiting;

pub use account::{
    AccountView, AgencyFacts, BusinessFacts, CitizenFacts, Fact, Facts, News, NewsKind,
    render_account,
};
pub use asset::{Asset, asset};
pub use confirm::{
    CaptchaView, DoneView, ExistsView, LoginConfirmView, NoAccountView, RegisterConfirmView,
    RegisterFault, Unit, render_done, render_exists, render_login_confirm, render_no_account,
    render_register_confirm,
};
pub use download::{DownloadView, PackageRow, System, render_download};
pub use entry::{
    HomeView, LoginView, Notice, RegisterUsbView, RegisterView, render_home, render_login,
    render_register, render_register_usb,
};
pub use format::{date, date_time, last_four, mask_email, mask_phone};
pub use frame::{Frame, Lang, Look, Named};
pub use methods::{MethodRow, MethodsView, render_methods};
pub use problem::{ProblemView, render_error, render_problem};
pub use reading::{
    HelpTopic, POLICY_VERSION, ServiceView, TERMS_VERSION, render_help, render_policy,
    render_service, render_terms,
};
pub use renewal::{CertificateFacts, RenewView, render_renew};
pub use sign_ins::{
    Activity, ActivityKind, LinkedDevice, OpenSession, SignInsView, render_sign_ins,
};
pub use text::Texts;
pub use waiting::{
    OtherBrowserView, WaitState, WaitStateJson, WaitView, render_other_browser, render_return,
    render_wait,
};

/// A finished document, or (where a writer into a `String` fails, which none does) a bare one.
fn finish(page: &impl askama::Template) -> String {
    page.render().unwrap_or_else(|error| {
        tracing::error!(%error, "page not rendered");
        String::from("<!DOCTYPE html><title>500</title>")
    })
}

#[cfg(test)]
mod tests;
