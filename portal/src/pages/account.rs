//! The account (A1).

use askama::Template;
use time::OffsetDateTime;

use super::finish;
use super::foreign::Sentence;
use super::format::{date_time, mask_email, mask_phone};
use super::frame::Frame;
use super::text::Texts;

/// One field of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Fact {
    /// ✓
    Verified(String),
    /// ⚠
    Unverified(String),
    /// + : not known yet.
    #[default]
    Missing,
}

/// A citizen's fields, in the documents' order.
#[derive(Clone, Debug, Default)]
pub struct CitizenFacts {
    /// Full name.
    pub name: Fact,
    /// Sex, in words of the page's language.
    pub sex: Fact,
    /// 9-digit number.
    pub cmt: Fact,
    /// 12-digit number.
    pub cccd: Fact,
    /// `dd/mm/yyyy`.
    pub birth_date: Fact,
    /// Place of birth.
    pub birth_place: Fact,
    /// Home town.
    pub home_town: Fact,
    /// Permanent address.
    pub address: Fact,
    /// Phone, unmasked; the page masks it.
    pub phone: Fact,
    /// E-mail, unmasked; the page masks it.
    pub email: Fact,
}

/// A business's fields.
#[derive(Clone, Debug, Default)]
pub struct BusinessFacts {
    /// Name of the business.
    pub name: Fact,
    /// Tax code.
    pub mst: Fact,
    /// Phone, unmasked; the page masks it.
    pub phone: Fact,
    /// E-mail, unmasked; the page masks it.
    pub email: Fact,
    /// Address.
    pub address: Fact,
}

/// An agency's fields, in the documents' order.
#[derive(Clone, Debug, Default)]
pub struct AgencyFacts {
    /// Name of the organisation.
    pub name: Fact,
    /// Unit code.
    pub unit_code: Fact,
    /// Governing unit.
    pub governing: Fact,
    /// Phone, unmasked; the page masks it.
    pub phone: Fact,
    /// E-mail, unmasked; the page masks it.
    pub email: Fact,
    /// Address.
    pub address: Fact,
}

/// The fields by kind of account.
#[derive(Clone, Debug)]
pub enum Facts {
    /// Công dân.
    Citizen(CitizenFacts),
    /// Doanh nghiệp.
    Business(BusinessFacts),
    /// Cơ quan nhà nước.
    Agency(AgencyFacts),
}

/// Identity information.
#[derive(Clone, Debug)]
pub struct AccountView {
    /// The fields.
    pub facts: Facts,
    /// The CA whose certificate verified them: level 3.
    pub verified_by: String,
    /// Revocation could not be checked when the certificate was registered.
    pub revocation_unchecked: bool,
    /// What the holder should know, the newest first.
    pub news: Vec<News>,
    /// Until when a login from a new device holds changes up.
    pub held_until: Option<OffsetDateTime>,
}

/// Something that happened to an account and may not have been its holder's doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct News {
    /// When.
    pub at: OffsetDateTime,
    /// What.
    pub kind: NewsKind,
}

/// See [`News`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewsKind {
    /// A method was added: a renewed certificate too.
    MethodAdded,
    /// An answer of the holder's certificate was brought back by another browser than had asked.
    OtherBrowser,
    /// A device's key was linked.
    DeviceLinked,
    /// One was unlinked.
    DeviceUnlinked,
    /// A session opened without a linked device, though there is one.
    NewDevice,
}

struct Row {
    label: &'static str,
    mark: &'static str,
    class: &'static str,
    state: &'static str,
    value: Option<String>,
}

#[derive(Template)]
#[template(path = "account.html")]
struct Account<'a> {
    f: &'a Frame,
    v: &'a AccountView,
    rows: Vec<Row>,
}

impl Account<'_> {
    fn told(&self, news: &News) -> Sentence {
        let time = date_time(news.at);
        let (called, uncalled) = match news.kind {
            NewsKind::MethodAdded => ("account.method-added", "account.method-added.no-hotline"),
            NewsKind::OtherBrowser => ("account.other-browser", "account.other-browser.no-hotline"),
            NewsKind::DeviceLinked => ("account.device-linked", "account.device-linked.no-hotline"),
            NewsKind::DeviceUnlinked => (
                "account.device-unlinked",
                "account.device-unlinked.no-hotline",
            ),
            NewsKind::NewDevice => ("account.new-device", "account.new-device.no-hotline"),
        };
        let Some(hotline) = &self.f.look.hotline else {
            return self.f.fill(uncalled, "time", time);
        };
        let values = [("time", time.as_str()), ("hotline", hotline)];
        Texts::of(self.f.lang).fill_html(called, &values)
    }

    fn held(&self) -> Option<Sentence> {
        let until = self.v.held_until?;
        Some(self.f.fill("devices.held", "time", date_time(until)))
    }

    fn subject(&self) -> &'static str {
        self.f.t(match self.v.facts {
            Facts::Citizen(_) => "subject.citizen",
            Facts::Business(_) => "subject.business",
            Facts::Agency(_) => "subject.agency",
        })
    }
}

fn rows(frame: &Frame, facts: &Facts) -> Vec<Row> {
    labelled(facts)
        .into_iter()
        .map(|(key, fact)| row(frame, key, &fact))
        .collect()
}

fn labelled(facts: &Facts) -> Vec<(&'static str, Fact)> {
    match facts {
        Facts::Citizen(c) => vec![
            ("account.name.citizen", c.name.clone()),
            ("account.sex", c.sex.clone()),
            ("account.cmt", c.cmt.clone()),
            ("account.cccd", c.cccd.clone()),
            ("account.birth-date", c.birth_date.clone()),
            ("account.birth-place", c.birth_place.clone()),
            ("account.home-town", c.home_town.clone()),
            ("account.permanent-address", c.address.clone()),
            ("account.phone", masked(&c.phone, mask_phone)),
            ("account.email", masked(&c.email, mask_email)),
        ],
        Facts::Business(b) => vec![
            ("account.name.business", b.name.clone()),
            ("account.mst", b.mst.clone()),
            ("account.phone", masked(&b.phone, mask_phone)),
            ("account.email", masked(&b.email, mask_email)),
            ("account.address", b.address.clone()),
        ],
        Facts::Agency(a) => vec![
            ("account.name.agency", a.name.clone()),
            ("account.unit-code", a.unit_code.clone()),
            ("account.governing", a.governing.clone()),
            ("account.phone", masked(&a.phone, mask_phone)),
            ("account.email", masked(&a.email, mask_email)),
            ("account.address", a.address.clone()),
        ],
    }
}

fn masked(fact: &Fact, mask: fn(&str) -> String) -> Fact {
    match fact {
        Fact::Verified(value) => Fact::Verified(mask(value)),
        Fact::Unverified(value) => Fact::Unverified(mask(value)),
        Fact::Missing => Fact::Missing,
    }
}

fn row(frame: &Frame, key: &str, fact: &Fact) -> Row {
    let (mark, class, state, value) = match fact {
        Fact::Verified(value) => ("✓", "verified", "mark.verified", Some(value.clone())),
        Fact::Unverified(value) => ("⚠", "unverified", "mark.unverified", Some(value.clone())),
        Fact::Missing => ("+", "missing", "mark.add", None),
    };
    Row {
        label: frame.t(key),
        mark,
        class,
        state: frame.t(state),
        value,
    }
}

/// Identity information.
#[must_use]
pub fn render_account(frame: &Frame, view: &AccountView) -> String {
    finish(&Account {
        f: frame,
        v: view,
        rows: rows(frame, &view.facts),
    })
}
