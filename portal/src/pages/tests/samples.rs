//! One view of every kind, with invented persons, or with a hostile name in every place.

use super::super::*;
use kyso_certs::{Method, Revocation, Scheme, SubjectKind};
use kyso_protocol::Purpose;
use std::sync::Arc;
use time::macros::datetime;

pub(super) const KINDS: [SubjectKind; 3] = [
    SubjectKind::Citizen,
    SubjectKind::Business,
    SubjectKind::Agency,
];

/// Every page, with a name for the test's messages. `word` stands in every place for what others wrote.
pub(super) fn pages(lang: Lang, word: Option<&str>) -> Vec<(String, String)> {
    let samples = Samples {
        lang,
        word: word.map(str::to_owned),
    };
    let mut pages = samples.entry();
    pages.extend(samples.waiting());
    pages.extend(samples.confirm());
    pages.extend(samples.account());
    pages.extend(samples.rest());
    pages
        .into_iter()
        .map(|(name, page)| (format!("{name}.{}", lang.as_str()), page))
        .collect()
}

pub(super) fn frame(lang: Lang) -> Frame {
    Frame {
        look: Arc::new(Look {
            hotline: Some("1900 0000".to_owned()),
            download: true,
            ..Look::default()
        }),
        lang,
        path: "/".to_owned(),
        person: None,
    }
}

struct Samples {
    lang: Lang,
    word: Option<String>,
}

impl Samples {
    fn is(&self, sample: &str) -> String {
        self.word.clone().unwrap_or_else(|| sample.to_owned())
    }

    fn out(&self) -> Frame {
        let mut frame = frame(self.lang);
        frame.path = self.is("/login?next=%2F");
        frame
    }

    fn inside(&self) -> Frame {
        Frame {
            person: Some(self.is("Đặng Thị Ổn Mẫu")),
            ..self.out()
        }
    }

    fn named(&self, kind: SubjectKind) -> String {
        self.is(match kind {
            SubjectKind::Citizen => "ĐẶNG THỊ ỔN MẪU",
            SubjectKind::Business => "CÔNG TY TNHH ĐỒ GỖ THỬ NGHIỆM",
            SubjectKind::Agency => "Phong Thu nghiem So Mau",
        })
    }

    fn entry(&self) -> Vec<(String, String)> {
        let next = Some(self.is("/services/sample"));
        let mut pages = vec![
            (
                "home".to_owned(),
                render_home(
                    &self.out(),
                    &HomeView {
                        notice: Some(Notice::SignedOut),
                    },
                ),
            ),
            (
                "home-inside".to_owned(),
                render_home(&self.inside(), &HomeView { notice: None }),
            ),
        ];
        for (number, notice) in [
            Notice::SignInFirst,
            Notice::AskExpired,
            Notice::Refused,
            Notice::RegistrationExpired,
        ]
        .into_iter()
        .enumerate()
        {
            let view = LoginView {
                next: next.clone(),
                notice: Some(notice),
            };
            pages.push((format!("login-{number}"), render_login(&self.out(), &view)));
        }
        for kind in KINDS {
            let choice = RegisterView {
                subject: kind,
                next: next.clone(),
                notice: None,
            };
            pages.push((
                format!("register-{kind}"),
                render_register(&self.out(), &choice),
            ));
            let usb = RegisterUsbView {
                subject: kind,
                next: next.clone(),
                notice: None,
            };
            pages.push((
                format!("register-usb-{kind}"),
                render_register_usb(&self.out(), &usb),
            ));
        }
        pages
    }

    fn waiting(&self) -> Vec<(String, String)> {
        let wait = |purpose, state| {
            let view = WaitView {
                ask: self.is("AAAAAAAAAAAAAAAAAAAAAA"),
                purpose,
                subject: Some(SubjectKind::Business),
                link: format!(
                    "kyso:1/portal.example/{}",
                    self.is("AAAAAAAAAAAAAAAAAAAAAA")
                ),
                matching_code: self.is("0482"),
                seconds_left: 299,
                state,
                download: Some(System::Linux),
            };
            render_wait(&self.out(), &view)
        };
        let other = |purpose| render_other_browser(&self.out(), &OtherBrowserView { purpose });
        vec![
            (
                "wait".to_owned(),
                wait(Purpose::Login, WaitState::Waiting { fetched: false }),
            ),
            (
                "wait-fetched".to_owned(),
                wait(Purpose::Register, WaitState::Waiting { fetched: true }),
            ),
            (
                "wait-ended".to_owned(),
                wait(Purpose::Register, WaitState::Ended),
            ),
            ("return".to_owned(), render_return(&self.out())),
            ("other-browser".to_owned(), other(Purpose::Login)),
            (
                "other-browser-register".to_owned(),
                other(Purpose::Register),
            ),
        ]
    }

    fn confirm(&self) -> Vec<(String, String)> {
        let mut pages = Vec::new();
        for kind in KINDS {
            let login = LoginConfirmView {
                pending: self.is("p1"),
                name: self.named(kind),
                acting: Some(self.is("Lò Văn Thử")),
                subject: kind,
                number: self.is("001099000123"),
                ca: self.is("CA mẫu"),
                revocation: Revocation::Unknown,
                instead_of: Some(self.is("Người khác")),
            };
            pages.push((
                format!("login-confirm-{kind}"),
                render_login_confirm(&self.out(), &login),
            ));
            pages.extend(self.register_confirm(kind));
            pages.push((format!("renew-{kind}"), self.renew(kind)));
            for elsewhere in [false, true] {
                let exists = ExistsView {
                    subject: kind,
                    number: self.is("0109900001"),
                    elsewhere,
                    next: Some(self.is("/services/sample")),
                };
                pages.push((
                    format!("exists-{kind}-{elsewhere}"),
                    render_exists(&self.out(), &exists),
                ));
            }
            let none = NoAccountView {
                name: self.named(kind),
                subject: kind,
                next: None,
            };
            pages.push((
                format!("no-account-{kind}"),
                render_no_account(&self.out(), &none),
            ));
        }
        for next in [Some(self.is("/services/sample")), None] {
            let done = DoneView {
                name: self.named(SubjectKind::Citizen),
                subject: SubjectKind::Citizen,
                ca: self.is("CA mẫu"),
                next: next.clone(),
            };
            pages.push((
                format!("done-{}", next.is_some()),
                render_done(&self.inside(), &done),
            ));
        }
        pages
    }

    fn renew(&self, kind: SubjectKind) -> String {
        let certificate = |ca: &str| CertificateFacts {
            name: self.named(kind),
            not_before: datetime!(2026-01-01 00:00:00 UTC),
            not_after: datetime!(2028-12-31 16:59:59 UTC),
            ca: self.is(ca),
        };
        let view = RenewView {
            pending: self.is("p3"),
            subject: kind,
            number: self.is("001099000123"),
            acting: Some(self.is("Lò Văn Thử")),
            old: certificate("CA mẫu"),
            old_added: datetime!(2026-02-01 07:05:09 UTC),
            old_ended: kind == SubjectKind::Agency,
            new: certificate("CA mẫu"),
            revocation: Revocation::NotChecked,
            renames: Some(self.is("ĐẶNG THỊ ỔN")),
            instead_of: Some(self.is("Người khác")),
        };
        render_renew(&self.out(), &view)
    }

    fn register_confirm(&self, kind: SubjectKind) -> Vec<(String, String)> {
        let number = match kind {
            SubjectKind::Citizen => Some((Scheme::Cccd, self.is("001099000123"))),
            SubjectKind::Business => Some((Scheme::Mst, self.is("0109900001"))),
            SubjectKind::Agency => None,
        };
        let unit = (kind == SubjectKind::Agency).then(|| Unit {
            code: self.is("000.00.99.X01"),
            name: self.is("Phòng Thử nghiệm"),
            governing: self.is("Sở Mẫu"),
            address: self.is("Số 1 đường Thử Nghiệm, Tỉnh Mẫu"),
        });
        let captcha = (kind != SubjectKind::Citizen).then(|| CaptchaView {
            picture: captcha::picture(&captcha::new_challenge([7; 32])),
            spoken: (kind == SubjectKind::Agency)
                .then(|| captcha::spoken(&captcha::new_challenge([7; 32]), self.lang)),
        });
        let faults = match kind {
            SubjectKind::Citizen => vec![],
            SubjectKind::Business => vec![RegisterFault::EmailMissing, RegisterFault::Captcha],
            SubjectKind::Agency => vec![RegisterFault::EmailForm, RegisterFault::CaptchaTooMany],
        };
        let view = RegisterConfirmView {
            pending: self.is("p2"),
            subject: kind,
            name: self.named(kind),
            number,
            unit,
            not_before: datetime!(2026-01-01 00:00:00 UTC),
            not_after: datetime!(2028-12-31 16:59:59 UTC),
            ca: self.is("CA mẫu"),
            revocation: if kind == SubjectKind::Citizen {
                Revocation::NotChecked
            } else {
                Revocation::Good
            },
            email: self.is("thu@example.vn"),
            code: self.is("ABCDEF"),
            captcha,
            faults,
            seconds_left: 900,
        };
        vec![(
            format!("register-confirm-{kind}"),
            render_register_confirm(&self.out(), &view),
        )]
    }

    fn account(&self) -> Vec<(String, String)> {
        let verified = |sample: &str| Fact::Verified(self.is(sample));
        let unverified = |sample: &str| Fact::Unverified(self.is(sample));
        let facts = [
            Facts::Citizen(CitizenFacts {
                name: verified("ĐẶNG THỊ ỔN MẪU"),
                cccd: verified("001099000123"),
                phone: unverified("0825550088"),
                ..CitizenFacts::default()
            }),
            Facts::Business(BusinessFacts {
                name: verified("CÔNG TY TNHH ĐỒ GỖ THỬ NGHIỆM"),
                mst: verified("0109900001"),
                email: unverified("lienhe@example.vn"),
                ..BusinessFacts::default()
            }),
            Facts::Agency(AgencyFacts {
                name: verified("Phòng Thử nghiệm"),
                unit_code: verified("000.00.99.X01"),
                governing: verified("Sở Mẫu"),
                address: verified("Số 1 đường Thử Nghiệm, Tỉnh Mẫu"),
                ..AgencyFacts::default()
            }),
        ];
        let mut pages: Vec<_> = facts
            .into_iter()
            .zip(KINDS)
            .map(|(facts, kind)| {
                let view = AccountView {
                    facts,
                    verified_by: self.is("CA mẫu"),
                    revocation_unchecked: true,
                    news: [
                        NewsKind::OtherBrowser,
                        NewsKind::MethodAdded,
                        NewsKind::NewDevice,
                        NewsKind::DeviceLinked,
                        NewsKind::DeviceUnlinked,
                    ]
                    .map(|kind| News {
                        at: datetime!(2026-11-21 07:05:09 UTC),
                        kind,
                    })
                    .to_vec(),
                    held_until: Some(datetime!(2026-11-22 07:05:09 UTC)),
                };
                (
                    format!("account-{kind}"),
                    render_account(&self.inside(), &view),
                )
            })
            .collect();
        pages.extend(self.sign_ins());
        pages.push(("methods".to_owned(), self.methods()));
        pages
    }

    fn methods(&self) -> String {
        let now = datetime!(2026-11-21 07:05:09 UTC);
        let row = |method, days, last_used, revoked| MethodRow {
            method,
            name: self.named(SubjectKind::Citizen),
            ca: self.is("CA mẫu"),
            not_after: now + time::Duration::days(days),
            added: datetime!(2026-01-01 00:00:00 UTC),
            last_used,
            revoked,
        };
        let view = MethodsView {
            rows: vec![
                row(Method::Usb, 400, Some(now), false),
                row(Method::Sim, 7, None, false),
                row(Method::Remote, -1, Some(now), false),
                row(Method::Usb, 400, None, true),
            ],
            now,
        };
        render_methods(&self.inside(), &view)
    }

    fn sign_ins(&self) -> Vec<(String, String)> {
        let session = |id: &str, here, method| OpenSession {
            id: self.is(id),
            here,
            device: self.is("Firefox, Linux"),
            ip: self.is("203.0.113.7"),
            method,
            since: datetime!(2026-11-21 07:05:09 UTC),
        };
        let device = |id: &str, here, linked: bool| LinkedDevice {
            id: self.is(id),
            here,
            device: self.is("Firefox, Linux"),
            ip: self.is("203.0.113.7"),
            came: datetime!(2026-11-21 07:05:09 UTC),
            used: datetime!(2026-11-21 07:05:09 UTC),
            linked: linked.then_some(datetime!(2026-11-21 07:05:09 UTC)),
            may_link: !linked,
            may_unlink: true,
        };
        let activity = |what, method, successful: bool| Activity {
            at: datetime!(2026-11-21 07:05:09 UTC),
            what,
            method,
            ip: self.is("203.0.113.7"),
            device: self.is("Chrome, Windows"),
            problem: (!successful).then(|| self.is("CERT-REVOKED")),
        };
        let full = SignInsView {
            sessions: vec![
                session("s1", true, Method::Usb),
                session("s2", false, Method::Sim),
                session("s3", false, Method::Remote),
            ],
            history: vec![
                activity(ActivityKind::SignIn, Some(Method::Usb), true),
                activity(ActivityKind::SignIn, Some(Method::Usb), false),
                activity(ActivityKind::SignOut, None, true),
                activity(ActivityKind::Registration, Some(Method::Usb), true),
                activity(ActivityKind::MethodAdded, Some(Method::Usb), true),
                activity(ActivityKind::NewDevice, Some(Method::Usb), true),
                activity(ActivityKind::DeviceLinked, None, true),
                activity(ActivityKind::DeviceUnlinked, None, true),
            ],
            more: Some(self.is("41")),
            devices: vec![device("d1", true, true), device("d2", false, false)],
            held_until: Some(datetime!(2026-11-22 07:05:09 UTC)),
            notice: Some(Notice::DeviceLinked),
        };
        let empty = SignInsView {
            sessions: vec![session("s1", true, Method::Usb)],
            history: vec![],
            more: None,
            devices: vec![],
            held_until: None,
            notice: None,
        };
        vec![
            (
                "sign-ins".to_owned(),
                render_sign_ins(&self.inside(), &full),
            ),
            (
                "sign-ins-empty".to_owned(),
                render_sign_ins(&self.inside(), &empty),
            ),
        ]
    }

    fn rest(&self) -> Vec<(String, String)> {
        let service = ServiceView {
            name: self.is("Đặng Thị Ổn Mẫu"),
        };
        let package = |name: &str, system| PackageRow {
            name: name.to_owned(),
            system,
            length: 12_345_678,
            sha256: "0123456789abcdef".repeat(4),
        };
        let download = DownloadView {
            here: Some(System::Linux),
            packages: vec![
                package("Kyso-0.1.0.msi", System::Windows),
                package("kyso_0.1.0_amd64.deb", System::Linux),
            ],
        };
        let nothing = DownloadView {
            here: None,
            packages: vec![],
        };
        let mut pages = vec![
            (
                "download".to_owned(),
                render_download(&self.out(), &download),
            ),
            (
                "download-empty".to_owned(),
                render_download(&self.out(), &nothing),
            ),
            ("terms".to_owned(), render_terms(&self.out())),
            ("policy".to_owned(), render_policy(&self.out())),
            (
                "help-register".to_owned(),
                render_help(&self.out(), HelpTopic::Register),
            ),
            (
                "help-sign-in".to_owned(),
                render_help(&self.out(), HelpTopic::SignIn),
            ),
            (
                "service".to_owned(),
                render_service(&self.inside(), &service),
            ),
        ];
        for code in super::problem_codes()
            .into_iter()
            .chain(["NEW-ONE".to_owned()])
        {
            for subject in [None, Some(SubjectKind::Business), Some(SubjectKind::Agency)] {
                let view = ProblemView {
                    code: code.clone(),
                    ca: Some(self.is("CA mẫu")),
                    date: Some(datetime!(2026-01-02 03:04:05 UTC)),
                    key: Some(self.is("RSA-1024")),
                    minutes: Some(5),
                    subject,
                    registering: subject.is_some(),
                };
                pages.push((
                    format!(
                        "problem-{code}-{}",
                        subject.map_or("any", SubjectKind::as_str)
                    ),
                    render_problem(&self.out(), &view),
                ));
            }
        }
        for status in [400, 403, 404, 405, 413, 429, 500, 503] {
            pages.push((format!("error-{status}"), render_error(&self.out(), status)));
        }
        pages
    }
}
