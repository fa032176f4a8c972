//! After the return: the person's own click, and what it led to.

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_certs::{Revocation, Scheme, SubjectKind};
use time::OffsetDateTime;

use super::finish;
use super::foreign::Sentence;
use super::format::{date_time, last_four};
use super::frame::Frame;
use super::text::Part;

/// Names the person before a session opens.
#[derive(Clone, Debug)]
pub struct LoginConfirmView {
    /// Which sign-in the click belongs to, as core keeps it; sent back as `pending`.
    pub pending: String,
    /// Name from the certificate, as it stands there.
    pub name: String,
    /// The person behind an organisation's session, or the organisation of a person, where there is one.
    pub acting: Option<String>,
    /// Kind of the account.
    pub subject: SubjectKind,
    /// The account's number (CCCD, MST, unit code), unmasked; shown by its last four.
    pub number: String,
    /// Name of the CA.
    pub ca: String,
    /// What is known of revocation.
    pub revocation: Revocation,
    /// Who is signed in here now and would be signed out.
    pub instead_of: Option<String>,
}

/// A unit of the directory, tied to an agency's certificate.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Unit code, e.g. `000.00.99.X01`.
    pub code: String,
    /// Name.
    pub name: String,
    /// Governing unit.
    pub governing: String,
    /// Address.
    pub address: String,
}

/// What is wrong with what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisterFault {
    /// A business must give an address.
    EmailMissing,
    /// Not an address.
    EmailForm,
    /// The picture's code was wrong; a new one is shown.
    Captcha,
    /// Too many wrong codes; wait some minutes.
    CaptchaTooMany,
}

/// The picture and its other way.
#[derive(Clone, Debug)]
pub struct CaptchaView {
    /// PNG of [`super::captcha::picture`].
    pub picture: Vec<u8>,
    /// The words of [`super::captcha::spoken`], when they were asked for.
    pub spoken: Option<String>,
}

/// What the certificate says, at the end of a registration.
#[derive(Clone, Debug)]
pub struct RegisterConfirmView {
    /// Which registration the click belongs to; sent back as `pending`.
    pub pending: String,
    /// Chosen subject.
    pub subject: SubjectKind,
    /// Name from the certificate, as it stands there.
    pub name: String,
    /// The unique number: its scheme and value; for an agency none, its unit instead.
    pub number: Option<(Scheme, String)>,
    /// The agency's unit.
    pub unit: Option<Unit>,
    /// Valid from.
    pub not_before: OffsetDateTime,
    /// Valid to.
    pub not_after: OffsetDateTime,
    /// Name of the CA.
    pub ca: String,
    /// What is known of revocation.
    pub revocation: Revocation,
    /// What was typed before, shown again.
    pub email: String,
    /// The code that was typed, where its picture still stands.
    pub code: String,
    /// For business and agency.
    pub captcha: Option<CaptchaView>,
    /// What is wrong with what was typed.
    pub faults: Vec<RegisterFault>,
    /// Seconds until the registration is thrown away, at most 900.
    pub seconds_left: u64,
}

/// The account exists already.
#[derive(Clone, Debug)]
pub struct ExistsView {
    /// Kind of the account.
    pub subject: SubjectKind,
    /// MST or unit code, named in the sentence (not for a citizen).
    pub number: String,
    /// The certificate itself is registered to another account.
    pub elsewhere: bool,
    /// Where to go after signing in.
    pub next: Option<String>,
}

/// A certificate that has no account; its registration asks again.
#[derive(Clone, Debug)]
pub struct NoAccountView {
    /// Name from the certificate.
    pub name: String,
    /// What it can be registered as.
    pub subject: SubjectKind,
    /// Where to go after signing in.
    pub next: Option<String>,
}

/// Registration done.
#[derive(Clone, Debug)]
pub struct DoneView {
    /// Name of the new account.
    pub name: String,
    /// Kind of the account.
    pub subject: SubjectKind,
    /// Name of the CA.
    pub ca: String,
    /// Where the person was; given to the sign-in.
    pub next: Option<String>,
}

#[derive(Template)]
#[template(path = "login_confirm.html")]
struct LoginConfirm<'a> {
    f: &'a Frame,
    v: &'a LoginConfirmView,
}

impl LoginConfirm<'_> {
    fn masked(&self) -> String {
        last_four(&self.v.number)
    }

    fn number_label(&self) -> &'static str {
        number_label(self.f, &self.v.subject)
    }

    /// Where it is not known to be good.
    fn unchecked(&self) -> Option<&'static str> {
        let is_good = self.v.revocation == Revocation::Good;
        (!is_good).then(|| self.f.revocation(&self.v.revocation))
    }
}

#[derive(Template)]
#[template(path = "register_confirm.html")]
struct RegisterConfirm<'a> {
    f: &'a Frame,
    v: &'a RegisterConfirmView,
}

impl RegisterConfirm<'_> {
    fn name_label(&self) -> &'static str {
        name_label(self.f, &self.v.subject)
    }

    fn number_label(&self, scheme: &Scheme) -> &'static str {
        self.f.t(match scheme {
            Scheme::Mst => "certificate.number.business",
            Scheme::Passport => "certificate.number.passport",
            Scheme::PersonalTax => "certificate.number.personal-tax",
            Scheme::Bhxh => "certificate.number.social-insurance",
            _ => "certificate.number.citizen",
        })
    }

    fn from(&self) -> String {
        date_time(self.v.not_before)
    }

    fn to(&self) -> String {
        date_time(self.v.not_after)
    }

    fn revocation(&self) -> &'static str {
        self.f.revocation(&self.v.revocation)
    }

    fn faulty(&self) -> bool {
        !self.v.faults.is_empty()
    }

    fn email_required(&self) -> bool {
        matches!(self.v.subject, SubjectKind::Business)
    }

    fn minutes_left(&self) -> u64 {
        self.v.seconds_left.div_ceil(60)
    }

    fn picture(&self, captcha: &CaptchaView) -> String {
        format!(
            "data:image/png;base64,{}",
            STANDARD.encode(&captcha.picture)
        )
    }

    fn email_fault(&self) -> Option<&'static str> {
        self.v.faults.iter().find_map(|fault| match fault {
            RegisterFault::EmailMissing => Some(self.f.t("fault.email-missing")),
            RegisterFault::EmailForm => Some(self.f.t("fault.email-form")),
            RegisterFault::Captcha | RegisterFault::CaptchaTooMany => None,
        })
    }

    fn captcha_fault(&self) -> Option<&'static str> {
        self.v.faults.iter().find_map(|fault| match fault {
            RegisterFault::Captcha => Some(self.f.t("fault.captcha")),
            RegisterFault::CaptchaTooMany => Some(self.f.t("fault.captcha-too-many")),
            RegisterFault::EmailMissing | RegisterFault::EmailForm => None,
        })
    }
}

/// What the number of an account of that kind is called.
pub(super) fn number_label(frame: &Frame, subject: &SubjectKind) -> &'static str {
    frame.t(match subject {
        SubjectKind::Citizen => "certificate.number.citizen",
        SubjectKind::Business => "certificate.number.business",
        SubjectKind::Agency => "certificate.number.agency",
    })
}

/// What the name of an account of that kind is called.
pub(super) fn name_label(frame: &Frame, subject: &SubjectKind) -> &'static str {
    frame.t(match subject {
        SubjectKind::Citizen => "certificate.name.citizen",
        SubjectKind::Business => "certificate.name.business",
        SubjectKind::Agency => "certificate.name.agency",
    })
}

#[derive(Template)]
#[template(path = "exists.html")]
struct Exists<'a> {
    f: &'a Frame,
    v: &'a ExistsView,
}

impl Exists<'_> {
    fn sentence(&self) -> Sentence {
        let number = &self.v.number;
        match (self.v.elsewhere, self.v.subject) {
            (true, _) => self.f.said("exists.elsewhere"),
            (_, SubjectKind::Citizen) => self.f.said("exists.citizen"),
            (_, SubjectKind::Business) => self.f.fill("exists.business", "mst", number),
            (_, SubjectKind::Agency) => self.f.fill("exists.agency", "unit", number),
        }
    }
}

#[derive(Template)]
#[template(path = "no_account.html")]
struct NoAccount<'a> {
    f: &'a Frame,
    v: &'a NoAccountView,
}

impl NoAccount<'_> {
    fn name_label(&self) -> &'static str {
        name_label(self.f, &self.v.subject)
    }
}

#[derive(Template)]
#[template(path = "done.html")]
struct Done<'a> {
    f: &'a Frame,
    v: &'a DoneView,
}

/// Names the person before a session opens.
#[must_use]
pub fn render_login_confirm(frame: &Frame, view: &LoginConfirmView) -> String {
    finish(&LoginConfirm { f: frame, v: view })
}

/// What the certificate says, at the end of a registration.
#[must_use]
pub fn render_register_confirm(frame: &Frame, view: &RegisterConfirmView) -> String {
    finish(&RegisterConfirm { f: frame, v: view })
}

/// The account exists already.
#[must_use]
pub fn render_exists(frame: &Frame, view: &ExistsView) -> String {
    finish(&Exists { f: frame, v: view })
}

/// A certificate without an account.
#[must_use]
pub fn render_no_account(frame: &Frame, view: &NoAccountView) -> String {
    finish(&NoAccount { f: frame, v: view })
}

/// Registration done.
#[must_use]
pub fn render_done(frame: &Frame, view: &DoneView) -> String {
    finish(&Done { f: frame, v: view })
}
