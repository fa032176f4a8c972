//! The account's authentication methods (A2, to look at): its registered certificates.

use askama::Template;
use kyso_certs::Method;
use time::OffsetDateTime;

use super::finish;
use super::foreign::Sentence;
use super::format::{date, date_time};
use super::frame::Frame;
use super::text::Texts;

/// From how many days before its end a certificate is said to end.
const SOON: i64 = 30;

/// A registered certificate.
#[derive(Clone, Debug)]
pub struct MethodRow {
    /// How it signs.
    pub method: Method,
    /// Name, as the certificate has it.
    pub name: String,
    /// Name of the CA.
    pub ca: String,
    /// Valid to.
    pub not_after: OffsetDateTime,
    /// Registered at.
    pub added: OffsetDateTime,
    /// Opened a session last at.
    pub last_used: Option<OffsetDateTime>,
    /// The portal has seen it on a list of its CA.
    pub revoked: bool,
}

/// Authentication methods.
#[derive(Clone, Debug)]
pub struct MethodsView {
    /// The newest first.
    pub rows: Vec<MethodRow>,
    /// The time of looking.
    pub now: OffsetDateTime,
}

#[derive(Template)]
#[template(path = "methods.html")]
struct Methods<'a> {
    f: &'a Frame,
    v: &'a MethodsView,
}

impl Methods<'_> {
    fn kind(&self, method: &Method) -> &'static str {
        self.f.t(match method {
            Method::Usb => "methods.usb",
            Method::Sim => "methods.sim",
            Method::Remote => "methods.remote",
        })
    }

    fn day(&self, at: &OffsetDateTime) -> String {
        date(*at)
    }

    fn at(&self, at: &OffsetDateTime) -> String {
        date_time(*at)
    }

    /// Why the certificate signs nobody in any more, or soon won't.
    fn end(&self, row: &MethodRow) -> Option<Sentence> {
        let texts = Texts::of(self.f.lang);
        let day = date(row.not_after);
        let left = (row.not_after - self.v.now).whole_days();
        if row.revoked {
            return Some(self.f.said("methods.revoked"));
        }
        if self.v.now > row.not_after {
            return Some(self.f.fill("methods.expired", "date", day));
        }
        let values = [("date", day.as_str()), ("days", &left.to_string())];
        (left < SOON).then(|| texts.fill_html("methods.soon", &values))
    }
}

/// The account's registered certificates.
#[must_use]
pub fn render_methods(frame: &Frame, view: &MethodsView) -> String {
    finish(&Methods { f: frame, v: view })
}
