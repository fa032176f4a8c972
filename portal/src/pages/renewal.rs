//! A new certificate of a registered holder: the old one and the new one side by side, and the person's own click.

use askama::Template;
use kyso_certs::{Revocation, SubjectKind};
use time::OffsetDateTime;

use super::confirm::{name_label, number_label};
use super::finish;
use super::foreign::Sentence;
use super::format::{date, date_time, last_four};
use super::frame::Frame;

/// What one of the two certificates says.
#[derive(Clone, Debug)]
pub struct CertificateFacts {
    /// Name, as the certificate has it.
    pub name: String,
    /// Valid from.
    pub not_before: OffsetDateTime,
    /// Valid to.
    pub not_after: OffsetDateTime,
    /// Name of the CA.
    pub ca: String,
}

/// Asks whether a new certificate is to take an old one's place.
#[derive(Clone, Debug)]
pub struct RenewView {
    /// Which sign-in the click belongs to; sent back as `pending`.
    pub pending: String,
    /// Kind of the account.
    pub subject: SubjectKind,
    /// The account's number (CCCD, MST, unit code), unmasked; shown by its last four.
    pub number: String,
    /// The organisation of a person who acts within one.
    pub acting: Option<String>,
    /// The registered certificate.
    pub old: CertificateFacts,
    /// When it was registered.
    pub old_added: OffsetDateTime,
    /// Its validity is over.
    pub old_ended: bool,
    /// The one that was just used.
    pub new: CertificateFacts,
    /// What is known of its revocation.
    pub revocation: Revocation,
    /// The account's name, where the new certificate has another one.
    pub renames: Option<String>,
    /// Who is signed in here now and would be signed out.
    pub instead_of: Option<String>,
}

#[derive(Template)]
#[template(path = "renew.html")]
struct Renew<'a> {
    f: &'a Frame,
    v: &'a RenewView,
}

impl Renew<'_> {
    fn question(&self) -> Sentence {
        self.f
            .fill("renew.question", "date", date(self.v.old.not_after))
    }

    fn name_label(&self) -> &'static str {
        name_label(self.f, &self.v.subject)
    }

    fn number_label(&self) -> &'static str {
        number_label(self.f, &self.v.subject)
    }

    fn masked(&self) -> String {
        last_four(&self.v.number)
    }

    fn day(&self, at: &OffsetDateTime) -> String {
        date(*at)
    }

    fn at(&self, at: &OffsetDateTime) -> String {
        date_time(*at)
    }

    fn revocation(&self) -> &'static str {
        self.f.revocation(&self.v.revocation)
    }
}

/// The question whether a new certificate is to take an old one's place.
#[must_use]
pub fn render_renew(frame: &Frame, view: &RenewView) -> String {
    finish(&Renew { f: frame, v: view })
}
