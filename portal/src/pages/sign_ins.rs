//! The account's sign-ins (A4): open sessions, access history, linked devices.

use askama::Template;
use kyso_certs::Method;
use time::OffsetDateTime;

use super::entry::Notice;
use super::finish;
use super::foreign::Sentence;
use super::format::date_time;
use super::frame::Frame;
use super::text::Texts;

/// One open session.
#[derive(Clone, Debug)]
pub struct OpenSession {
    /// Public reference of the session (not its secret); sent back as `session`.
    pub id: String,
    /// The session that shows this page.
    pub here: bool,
    /// Browser and system, as far as known.
    pub device: String,
    /// IP address.
    pub ip: String,
    /// Method of the sign-in.
    pub method: Method,
    /// Opened at.
    pub since: OffsetDateTime,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActivityKind {
    /// Đăng nhập.
    SignIn,
    /// Đăng xuất.
    SignOut,
    /// Đăng ký.
    Registration,
    /// Thêm phương thức: a renewed certificate too.
    MethodAdded,
    /// Liên kết thiết bị.
    DeviceLinked,
    /// Gỡ thiết bị.
    DeviceUnlinked,
    /// Thiết bị mới: a sign-in without a linked device, though there is one.
    NewDevice,
}

/// One row of the access history.
#[derive(Clone, Debug)]
pub struct Activity {
    /// When.
    pub at: OffsetDateTime,
    /// What.
    pub what: ActivityKind,
    /// By which method; none for a sign-out.
    pub method: Option<Method>,
    /// From which address.
    pub ip: String,
    /// Browser and system, as far as known.
    pub device: String,
    /// The code of the problem where it didn't succeed.
    pub problem: Option<String>,
}

/// Sign-ins.
#[derive(Clone, Debug)]
pub struct SignInsView {
    /// Open sessions, this one first.
    pub sessions: Vec<OpenSession>,
    /// History, newest first.
    pub history: Vec<Activity>,
    /// Value of `before` for the next page of the history, if there is one.
    pub more: Option<String>,
    /// Devices that are linked, then those that wait for it.
    pub devices: Vec<LinkedDevice>,
    /// Until when a login from a new device holds changes up.
    pub held_until: Option<OffsetDateTime>,
    /// Said on top.
    pub notice: Option<Notice>,
}

/// A device whose key came with a sign-in.
#[derive(Clone, Debug)]
pub struct LinkedDevice {
    /// Public reference; sent back as `device`.
    pub id: String,
    /// This page's session was opened with it.
    pub here: bool,
    /// Browser and system of the sign-in that brought it, as far as known.
    pub device: String,
    /// The address of that sign-in.
    pub ip: String,
    /// When that was.
    pub came: OffsetDateTime,
    /// Last used at.
    pub used: OffsetDateTime,
    /// Linked at; not linked yet where there is none.
    pub linked: Option<OffsetDateTime>,
    /// Whether this session may link it.
    pub may_link: bool,
    /// Whether this session may unlink it.
    pub may_unlink: bool,
}

#[derive(Template)]
#[template(path = "sign_ins.html")]
struct SignIns<'a> {
    f: &'a Frame,
    v: &'a SignInsView,
}

impl SignIns<'_> {
    fn at(&self, at: &OffsetDateTime) -> String {
        date_time(*at)
    }

    fn method(&self, method: &Method) -> &'static str {
        self.f.t(match method {
            Method::Usb => "method.usb",
            Method::Sim => "method.sim",
            Method::Remote => "method.remote",
        })
    }

    fn method_or_none(&self, method: &Option<Method>) -> &'static str {
        method.as_ref().map_or("–", |method| self.method(method))
    }

    fn what(&self, what: &ActivityKind) -> &'static str {
        self.f.t(match what {
            ActivityKind::SignIn => "activity.sign-in",
            ActivityKind::SignOut => "activity.sign-out",
            ActivityKind::Registration => "activity.registration",
            ActivityKind::MethodAdded => "activity.method-added",
            ActivityKind::DeviceLinked => "activity.device-linked",
            ActivityKind::DeviceUnlinked => "activity.device-unlinked",
            ActivityKind::NewDevice => "activity.new-device",
        })
    }

    fn end_label(&self, session: &OpenSession) -> String {
        Texts::of(self.f.lang).fill_label(
            "sign-ins.end.label",
            &[("device", &session.device), ("ip", &session.ip)],
        )
    }

    fn device_label(&self, key: &str, device: &LinkedDevice) -> String {
        Texts::of(self.f.lang).fill_label(key, &[("device", &device.device), ("ip", &device.ip)])
    }

    fn held(&self) -> Option<Sentence> {
        let until = self.v.held_until?;
        Some(self.f.fill("devices.held", "time", date_time(until)))
    }

    fn others(&self) -> bool {
        self.v.sessions.iter().any(|session| !session.here)
    }
}

/// Open sessions and access history.
#[must_use]
pub fn render_sign_ins(frame: &Frame, view: &SignInsView) -> String {
    finish(&SignIns { f: frame, v: view })
}
