//! Home, registration up to the ask, sign-in up to the ask.

use askama::Template;
use kyso_certs::SubjectKind;

use super::finish;
use super::frame::Frame;
use super::text::Part;

/// Something said at the top of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A service demanded a session.
    SignInFirst,
    /// The session was ended.
    SignedOut,
    /// The ask of a sign-in ran out, or there is none; begin again.
    AskExpired,
    /// A sign-in was thrown away at the person's wish.
    Refused,
    /// A registration ran out (15 minutes); begin again.
    RegistrationExpired,
    /// A device was linked.
    DeviceLinked,
    /// A device was unlinked.
    DeviceUnlinked,
    /// This session may not change the linked devices, or not yet.
    DeviceNotAllowed,
    /// As many devices are linked as may be.
    DevicesFull,
}

impl Notice {
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::SignInFirst => "notice.sign-in-first",
            Self::SignedOut => "notice.signed-out",
            Self::AskExpired => "notice.ask-expired",
            Self::Refused => "notice.refused",
            Self::RegistrationExpired => "notice.registration-expired",
            Self::DeviceLinked => "notice.device-linked",
            Self::DeviceUnlinked => "notice.device-unlinked",
            Self::DeviceNotAllowed => "notice.device-not-allowed",
            Self::DevicesFull => "notice.devices-full",
        }
    }
}

/// Home page.
#[derive(Clone, Debug)]
pub struct HomeView {
    /// Said on top.
    pub notice: Option<Notice>,
}

/// Choice of the subject and the method.
#[derive(Clone, Debug)]
pub struct RegisterView {
    /// Preset subject (the documents preset the citizen).
    pub subject: SubjectKind,
    /// Where to go after signing in: a path of this portal.
    pub next: Option<String>,
    /// Said on top.
    pub notice: Option<Notice>,
}

/// Registration with a USB token: conditions and the button that makes the ask.
#[derive(Clone, Debug)]
pub struct RegisterUsbView {
    /// Chosen subject.
    pub subject: SubjectKind,
    /// Where to go after signing in: a path of this portal.
    pub next: Option<String>,
    /// Said on top.
    pub notice: Option<Notice>,
}

/// Sign-in.
#[derive(Clone, Debug)]
pub struct LoginView {
    /// Where to go after signing in: a path of this portal.
    pub next: Option<String>,
    /// Said on top.
    pub notice: Option<Notice>,
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    f: &'a Frame,
    v: &'a HomeView,
}

#[derive(Template)]
#[template(path = "register.html")]
struct Register<'a> {
    f: &'a Frame,
    v: &'a RegisterView,
}

impl Register<'_> {
    fn kinds(&self) -> [SubjectKind; 3] {
        [
            SubjectKind::Citizen,
            SubjectKind::Business,
            SubjectKind::Agency,
        ]
    }

    fn chosen(&self, kind: &SubjectKind) -> bool {
        self.v.subject == *kind
    }
}

#[derive(Template)]
#[template(path = "register_usb.html")]
struct RegisterUsb<'a> {
    f: &'a Frame,
    v: &'a RegisterUsbView,
}

#[derive(Template)]
#[template(path = "login.html")]
struct Login<'a> {
    f: &'a Frame,
    v: &'a LoginView,
}

/// Home page.
#[must_use]
pub fn render_home(frame: &Frame, view: &HomeView) -> String {
    finish(&Home { f: frame, v: view })
}

/// Choice of the subject and the method.
#[must_use]
pub fn render_register(frame: &Frame, view: &RegisterView) -> String {
    finish(&Register { f: frame, v: view })
}

/// Registration with a USB token.
#[must_use]
pub fn render_register_usb(frame: &Frame, view: &RegisterUsbView) -> String {
    finish(&RegisterUsb { f: frame, v: view })
}

/// Sign-in.
#[must_use]
pub fn render_login(frame: &Frame, view: &LoginView) -> String {
    finish(&Login { f: frame, v: view })
}
