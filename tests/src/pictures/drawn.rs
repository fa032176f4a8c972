//! Pages to which no road of the story leads: drawn from views that are made here, not met by a person. They take time
//! (a certificate that ends while somebody looks), another operator (a hotline, packages for every system or for none),
//! more devices than there are here, or are said in codes that this portal never shows in a browser.
//!
//! Not here: methods other than the USB token, which this portal doesn't offer.

use std::sync::Arc;

use anyhow::Result;
use kyso_certs::{Method, Revocation, Scheme};
use kyso_portal::pages::{
    AccountView, Activity, ActivityKind, CertificateFacts, CitizenFacts, DownloadView, ExistsView,
    Fact, Facts, Frame, HomeView, LinkedDevice, LoginView, Look, MethodRow, MethodsView, Named,
    News, NewsKind, Notice, OpenSession, PackageRow, ProblemView, RegisterConfirmView,
    RegisterUsbView, RenewView, SignInsView, System, paths, render_account, render_download,
    render_exists, render_home, render_login, render_methods, render_problem,
    render_register_confirm, render_register_usb, render_renew, render_sign_ins,
};
use kyso_protocol::SubjectKind;
use time::{Duration, OffsetDateTime};

use super::walk::Walk;

const PERSON: &str = "LÊ THỊ HÌNH ẢNH";
const CCCD: &str = "099194000222";
const CA: &str = "Kyso Demo CA";
const HOTLINE: &str = "1900 0000";
const BROWSER: &str = "Chrome, Linux";
/// Kept for documentation (RFC 5737).
const ADDRESS: &str = "203.0.113.7";
/// As many devices as an account may have.
const DEVICES: i64 = 10;

pub(super) async fn all(walk: &Walk<'_>) -> Result<()> {
    let set = Set {
        walk,
        now: OffsetDateTime::now_utc(),
    };
    set.problems().await?;
    set.confirmations().await?;
    set.account().await?;
    set.operator().await
}

struct Set<'a> {
    walk: &'a Walk<'a>,
    now: OffsetDateTime,
}

impl Set<'_> {
    async fn view(&self, document: &str, name: &str) -> Result<()> {
        self.walk.view(document, name).await
    }

    /// As the stage's own portal looks.
    fn out(&self) -> Frame {
        Frame {
            look: Arc::new(Look {
                logo: "MẪU".to_owned(),
                download: true,
                ..Look::default()
            }),
            lang: self.walk.lang(),
            path: paths::HOME.to_owned(),
            person: None,
        }
    }

    fn inside(&self) -> Frame {
        Frame {
            person: Some(PERSON.to_owned()),
            ..self.out()
        }
    }

    /// Of another operator, with a telephone.
    fn with_hotline(&self, frame: Frame) -> Frame {
        let look = Look {
            hotline: Some(HOTLINE.to_owned()),
            ..Look::clone(&frame.look)
        };
        Frame {
            look: Arc::new(look),
            ..frame
        }
    }

    fn in_days(&self, days: i64) -> OffsetDateTime {
        self.now + Duration::days(days)
    }

    /// What comes where a certificate is believed no more at the click: with its CA and date, which no waiting page
    /// knows; and the codes that stay between agent and portal.
    async fn problems(&self) -> Result<()> {
        let told = |code: &str, days: Option<i64>, key: Option<&str>| ProblemView {
            code: code.to_owned(),
            ca: Some(CA.to_owned()),
            date: days.map(|days| self.in_days(days)),
            key: key.map(str::to_owned),
            ..ProblemView::default()
        };
        for (view, name) in [
            (
                told("CERT-EXPIRED", Some(-1), None),
                "cert-expired-at-the-click",
            ),
            (
                told("CERT-NOT-YET-VALID", Some(1), None),
                "cert-not-yet-valid-at-the-click",
            ),
            (
                told("CERT-UNTRUSTED", None, None),
                "cert-untrusted-at-the-click",
            ),
            (
                told("CERT-WEAK", None, Some("RSA-1024")),
                "cert-weak-at-the-click",
            ),
            (told("CERT-WRONG-SUBJECT", None, None), "cert-wrong-subject"),
            (told("CERT-POLICY", None, None), "cert-policy"),
            (told("ALGORITHM-REFUSED", None, None), "algorithm-refused"),
            (told("RENEWAL-OTHER-CA", None, None), "renewal-other-ca"),
            (told("ACCOUNT-NONE", None, None), "account-none"),
            (told("OTHER", None, None), "other"),
            (
                ProblemView {
                    minutes: Some(5),
                    ..told("ASK-EXPIRED", None, None)
                },
                "ask-expired-in-minutes",
            ),
        ] {
            let document = render_problem(&self.out(), &view);
            self.view(&document, &format!("problem-{name}")).await?;
        }
        Ok(())
    }

    async fn confirmations(&self) -> Result<()> {
        for (name, elsewhere, frame) in [
            ("elsewhere", true, self.out()),
            ("hotline", false, self.with_hotline(self.out())),
        ] {
            let exists = ExistsView {
                subject: SubjectKind::Citizen,
                number: CCCD.to_owned(),
                elsewhere,
                next: None,
            };
            let document = render_exists(&frame, &exists);
            let name = format!("register-exists-{name}");
            self.view(&document, &name).await?;
        }
        for (scheme, number, name) in [
            (Scheme::Passport, "X0000000", "passport"),
            (Scheme::PersonalTax, "8000000001", "personal-tax"),
        ] {
            let view = self.registration(scheme, number);
            let document = render_register_confirm(&self.out(), &view);
            let name = format!("register-confirm-{name}");
            self.view(&document, &name).await?;
        }
        let document = render_renew(&self.inside(), &self.renewal());
        self.view(&document, "renew-ended").await
    }

    fn registration(&self, scheme: Scheme, number: &str) -> RegisterConfirmView {
        RegisterConfirmView {
            pending: String::new(),
            subject: SubjectKind::Citizen,
            name: PERSON.to_owned(),
            number: Some((scheme, number.to_owned())),
            unit: None,
            not_before: self.in_days(-30),
            not_after: self.in_days(700),
            ca: CA.to_owned(),
            revocation: Revocation::Good,
            email: String::new(),
            code: String::new(),
            captcha: None,
            faults: Vec::new(),
            seconds_left: 900,
        }
    }

    /// The registered certificate has ended, the new one has another name, somebody else is signed in.
    fn renewal(&self) -> RenewView {
        let certificate = |name: &str, from, to| CertificateFacts {
            name: name.to_owned(),
            not_before: self.in_days(from),
            not_after: self.in_days(to),
            ca: CA.to_owned(),
        };
        RenewView {
            pending: String::new(),
            subject: SubjectKind::Citizen,
            number: CCCD.to_owned(),
            acting: Some("CÔNG TY TNHH MỘT THÀNH VIÊN SAO MẪU".to_owned()),
            old: certificate("LÊ THỊ HÌNH", -1096, -1),
            old_added: self.in_days(-1000),
            old_ended: true,
            new: certificate(PERSON, -2, 1094),
            revocation: Revocation::Unknown,
            renames: Some("LÊ THỊ HÌNH".to_owned()),
            instead_of: Some("NGUYỄN VĂN NGƯỜI KHÁC".to_owned()),
        }
    }

    async fn account(&self) -> Result<()> {
        for (days, name) in [(7, "ends-soon"), (-1, "expired")] {
            let row = MethodRow {
                method: Method::Usb,
                name: PERSON.to_owned(),
                ca: CA.to_owned(),
                not_after: self.in_days(days),
                added: self.in_days(-400),
                last_used: Some(self.in_days(-2)),
                revoked: false,
            };
            let view = MethodsView {
                rows: vec![row],
                now: self.now,
            };
            let document = render_methods(&self.inside(), &view);
            self.view(&document, &format!("methods-{name}")).await?;
        }
        for (frame, name) in [
            (self.inside(), "account-news"),
            (self.with_hotline(self.inside()), "account-news-hotline"),
        ] {
            let document = render_account(&frame, &self.news());
            self.view(&document, name).await?;
        }
        let document = render_sign_ins(&self.inside(), &self.sign_ins());
        self.view(&document, "sign-ins-devices-full").await
    }

    /// All that an account may be told, and the number of an old identity card.
    fn news(&self) -> AccountView {
        let kinds = [
            NewsKind::OtherBrowser,
            NewsKind::MethodAdded,
            NewsKind::NewDevice,
            NewsKind::DeviceLinked,
            NewsKind::DeviceUnlinked,
        ];
        AccountView {
            facts: Facts::Citizen(CitizenFacts {
                name: Fact::Verified(PERSON.to_owned()),
                cmt: Fact::Verified("099000222".to_owned()),
                email: Fact::Unverified("hinh-anh@mau.example".to_owned()),
                ..CitizenFacts::default()
            }),
            verified_by: CA.to_owned(),
            revocation_unchecked: false,
            news: kinds.map(|kind| News { at: self.now, kind }).to_vec(),
            held_until: Some(self.in_days(1)),
        }
    }

    /// Ten linked devices, one more that waits, and a history of more than one page.
    fn sign_ins(&self) -> SignInsView {
        let device = |number: i64, linked: bool| LinkedDevice {
            id: number.to_string(),
            here: number == 0,
            device: BROWSER.to_owned(),
            ip: ADDRESS.to_owned(),
            came: self.in_days(-number),
            used: self.in_days(-number),
            linked: linked.then(|| self.in_days(-number)),
            may_link: !linked,
            may_unlink: true,
        };
        let done = |what, problem: Option<&str>| Activity {
            at: self.now,
            what,
            method: (what != ActivityKind::SignOut).then_some(Method::Usb),
            ip: ADDRESS.to_owned(),
            device: BROWSER.to_owned(),
            problem: problem.map(str::to_owned),
        };
        let linked = (0..DEVICES).map(|number| device(number, true));
        SignInsView {
            sessions: vec![OpenSession {
                id: String::new(),
                here: true,
                device: BROWSER.to_owned(),
                ip: ADDRESS.to_owned(),
                method: Method::Usb,
                since: self.now,
            }],
            history: vec![
                done(ActivityKind::SignIn, None),
                done(ActivityKind::SignOut, None),
                done(ActivityKind::SignIn, Some("CERT-REVOKED")),
                done(ActivityKind::MethodAdded, None),
            ],
            more: Some("41".to_owned()),
            devices: linked.chain([device(DEVICES, false)]).collect(),
            held_until: None,
            notice: Some(Notice::DevicesFull),
        }
    }

    /// What another operator's portal looks like.
    async fn operator(&self) -> Result<()> {
        let package = |name: &str, system| PackageRow {
            name: name.to_owned(),
            system,
            length: 12_345_678,
            sha256: "0123456789abcdef".repeat(4),
        };
        let view = DownloadView {
            here: Some(System::Windows),
            packages: vec![
                package("Kyso-0.1.0.msi", System::Windows),
                package("Kyso-0.1.0.pkg", System::MacOs),
                package("kyso_0.1.0_amd64.deb", System::Linux),
            ],
        };
        let document = render_download(&self.out(), &view);
        self.view(&document, "download-every-system").await?;
        let both = |vi: &str, en: &str| Named {
            vi: vi.to_owned(),
            en: en.to_owned(),
        };
        let look = Look {
            name: both("Cổng dịch vụ Tỉnh Mẫu", "Sample Province's service portal"),
            tagline: both("Hình mẫu, không có thật", "A sample, not a real one"),
            hotline: Some(HOTLINE.to_owned()),
            logo: "TM".to_owned(),
            demonstration: false,
            download: true,
        };
        let frame = Frame {
            look: Arc::new(look),
            ..self.out()
        };
        let document = render_home(&frame, &HomeView { notice: None });
        self.view(&document, "home-of-another-operator").await?;
        self.without_packages().await
    }

    async fn without_packages(&self) -> Result<()> {
        let own = self.out();
        let look = Look {
            download: false,
            ..Look::clone(&own.look)
        };
        let frame = Frame {
            look: Arc::new(look),
            ..own
        };
        let login = LoginView {
            next: None,
            notice: None,
        };
        let document = render_login(&frame, &login);
        self.view(&document, "login-without-packages").await?;
        let register = RegisterUsbView {
            subject: SubjectKind::Citizen,
            next: None,
            notice: None,
        };
        let document = render_register_usb(&frame, &register);
        self.view(&document, "register-usb-without-packages").await
    }
}
