use kyso_certs::{CertificateError, UseError, Whose};
use kyso_pkcs11::{
    Architecture, DriverError, PinChangeError, PinError, PinState, SignError, Unfit,
};
use kyso_protocol::{LinkError, Origin, Refusal, StatementError};
use time::macros::datetime;

use super::*;
use crate::channel::fetches::TooSoon;
use crate::text::{Language, placeholders};

fn origin(text: &str) -> Origin {
    Origin::parse(text).expect("an origin")
}

fn portal_errors() -> Vec<PortalError> {
    use PortalError as P;
    let text = || "x".to_owned();
    vec![
        P::Blocked,
        P::TooSoon(TooSoon::Busy),
        P::TooSoon(TooSoon::TooMany { seconds: 9 }),
        P::TooSoon(TooSoon::Uncounted),
        P::OriginRefused,
        P::AddressRefused,
        P::TlsSetup(text()),
        P::Tls(text()),
        P::Unreachable(text()),
        P::TimedOut,
        P::Redirected,
        P::AskUnknown,
        P::AskExpired,
        P::AskUsed,
        P::Status(500),
        P::MediaType,
        P::TooLong,
        P::Date,
        P::Reply(kyso_protocol::AnswerError::Outcome),
        P::Contradiction,
    ]
}

fn driver_errors() -> Vec<DriverError> {
    use DriverError as D;
    let path = || "/opt/x.so".into();
    let text = || "x".to_owned();
    vec![
        D::ModuleMissing { path: path() },
        D::ModuleUnfit {
            path: path(),
            why: Unfit::NotALibrary,
        },
        D::ModuleUnfit {
            path: path(),
            why: Unfit::OtherMachine {
                theirs: Architecture::X86,
                ours: Architecture::X86_64,
            },
        },
        D::ModuleUnfit {
            path: path(),
            why: Unfit::OtherMachine {
                theirs: Architecture::Aarch64,
                ours: Architecture::X86_64,
            },
        },
        D::ModuleUnfit {
            path: path(),
            why: Unfit::Unreadable,
        },
        D::ModuleUnfit {
            path: path(),
            why: Unfit::Insecure {
                path: "/opt".into(),
                why: "belongs to another user",
            },
        },
        D::ModuleLoad { why: text() },
        D::ModuleFailed {
            function: "C_Initialize".into(),
            code: "CKR_GENERAL_ERROR".into(),
        },
        D::ModuleDied {
            signal: Some(11),
            status: None,
        },
        D::ModuleTimeout { seconds: 5 },
        D::ModuleBusy,
        D::HostStart { why: text() },
        D::HostVersion { ours: 1, theirs: 2 },
        D::TokenAbsent,
        D::TokenUninitialised,
        D::TokenUnrecognised,
    ]
}

fn sign_errors() -> Vec<SignError> {
    use SignError as S;
    let last = PinState {
        final_try: true,
        ..PinState::default()
    };
    vec![
        S::Driver(DriverError::ModuleBusy),
        S::PinWrong { state: None },
        S::PinWrong { state: Some(last) },
        S::PinLocked,
        S::PinForm { min: 4, max: 0 },
        S::PinMustChange,
        S::PinNeeded,
        S::TokenAbsent,
        S::TokensAlike,
        S::TokenUnnamed,
        S::TokenRemoved,
        S::TokenBusy,
        S::KeyAbsent,
        S::KeyUnfit,
        S::DigestForm,
        S::Cancelled,
        S::MechanismMissing,
        S::SignatureForm { got: 1, want: 256 },
        S::Randomness,
    ]
}

fn pin_changes() -> Vec<Failure> {
    use PinChangeError as E;
    let errors = [
        E::Driver(DriverError::ModuleBusy),
        E::Driver(DriverError::ModuleTimeout { seconds: 5 }),
        E::PinWrong { state: None },
        E::PinLocked,
        E::OldPinForm { min: 4, max: 0 },
        E::NewPinForm { min: 4, max: 8 },
        E::NewPinRefused,
        E::PinNeeded,
        E::TokenAbsent,
        E::TokensAlike,
        E::TokenUnnamed,
        E::TokenRemoved,
        E::TokenBusy,
        E::Cancelled,
        E::ReadOnly,
    ];
    let failures = errors.map(|error| Failure::PinChange {
        module: "CA Thử nghiệm".into(),
        ca: String::new(),
        error,
    });
    let faults = [
        NewPinFault::Length { min: 4, max: 8 },
        NewPinFault::Differs,
        NewPinFault::Same,
    ];
    let faults = faults.map(Failure::NewPin).into_iter();
    failures
        .into_iter()
        .chain(faults)
        .chain([Failure::SeveralTokens])
        .collect()
}

fn cert_errors() -> Vec<CertError> {
    use CertError as C;
    let day = datetime!(2026-01-31 00:00 UTC);
    vec![
        C::Unreadable(CertificateError::NotDer),
        C::Expired {
            whose: Whose::Subject,
            not_after: day,
        },
        C::NotYetValid {
            whose: Whose::Subject,
            not_before: day,
        },
        C::Revoked(Whose::Subject),
        C::Untrusted("x".into()),
        C::Weak("x".into()),
        C::WrongUse(UseError::NoKeyUsage),
        C::WrongSubject("x".into()),
        C::DisallowedPolicy("1.2.3".into()),
        C::RevocationUnknown(Whose::Subject.into()),
    ]
}

fn check_errors() -> Vec<CheckError> {
    use CheckError as C;
    vec![
        C::Token(kyso_protocol::TokenError::Format),
        C::AlgorithmNotOffered,
        C::Certificate(CertificateError::NotDer),
        C::AlgorithmKey,
        C::Key("x"),
        C::SignatureDer,
        C::SignatureLength {
            found: 1,
            expected: 2,
        },
        C::SignatureRange,
        C::Signature,
        C::AlgorithmPolicy,
        C::Judged(CertError::Revoked(Whose::Subject)),
        C::NotSpokenFor("x"),
        C::WrongSubject(SubjectKind::Citizen),
    ]
}

fn portal_refused(code: &str, certificate: Option<Certificate>) -> Failure {
    Failure::Refused {
        code: code.into(),
        certificate,
        wanted: Some(SubjectKind::Business),
    }
}

/// At least one of every failure, with every error inside it.
fn every_failure() -> Vec<Failure> {
    let text = || "CA Thử nghiệm".to_owned();
    let mut all = vec![
        Failure::Link(LinkError::Shape),
        Failure::Settings(SettingsError::at("portal[0].origin", "x")),
        Failure::Settings(SettingsError {
            layer: Layer::Policy,
            ..SettingsError::at("file", "x")
        }),
        Failure::Settings(SettingsError {
            layer: Layer::Change,
            ..SettingsError::at("proxy", "x")
        }),
        Failure::NoKeychain,
        Failure::Statement(StatementError::Purpose),
        Failure::OtherAsk,
        Failure::WindowClosed,
        Failure::ChosenUnusable,
        Failure::OtherOrigin {
            claimed: origin("https://a.example"),
            origin: origin("https://b.example"),
        },
        Failure::Expired,
        portal_refused("CERT-EXPIRED", None),
        portal_refused("ACCOUNT-NONE", None),
        Failure::Locked { ca: text() },
        Failure::NoAlgorithm,
        Failure::NoToken,
        Failure::NoIdentity,
        Failure::CertificateAbsent,
        Failure::Busy,
        Failure::Unanswered { host: text() },
        Failure::Cancelled,
        Failure::NoDisplay,
        Failure::NoWindow,
        Failure::OtherVersion,
        Failure::WindowSilent,
        Failure::Unrecorded,
        Failure::NoAgent,
        Failure::AgentSilent,
        Failure::NoFolder(Some("/run/user/1000/kyso".into())),
        Failure::NoFolder(None),
        Failure::Internal("x"),
    ];
    all.extend(portal_errors().into_iter().map(|error| Failure::Portal {
        host: "portal.example".into(),
        error,
    }));
    all.extend(driver_errors().into_iter().map(|error| Failure::Driver {
        module: text(),
        error,
    }));
    all.extend(sign_errors().into_iter().map(|error| Failure::Sign {
        module: text(),
        ca: text(),
        error,
    }));
    all.extend(
        [
            PinError::Empty,
            PinError::TooLong,
            PinError::Memory,
            PinError::Unreadable,
        ]
        .map(Failure::Pin),
    );
    all.extend(pin_changes());
    for wanted in [None, Some(SubjectKind::Business)] {
        let failure = |error| Failure::Certificate {
            ca: text(),
            key: "RSA-1024".into(),
            wanted,
            error,
        };
        all.extend(cert_errors().into_iter().map(failure));
    }
    all.extend(check_errors().into_iter().map(Failure::Check));
    all
}

#[test]
fn every_failure_has_two_whole_sentences_in_each_language() {
    for failure in every_failure() {
        let problem = Problem::from(&failure);
        for language in [Language::Vi, Language::En] {
            let text = Text::of(language);
            for sentence in [problem.happened(text), problem.remedy(text)] {
                assert!(!sentence.starts_with("problem."), "no text: {sentence}");
                // An ellipsis stands where a placeholder was not filled; a word's key would show its dot.
                assert!(
                    !sentence.contains('…') && !sentence.contains("word."),
                    "{failure:?}: {sentence}"
                );
            }
        }
    }
}

#[test]
fn every_code_is_reached_by_some_failure() {
    let reached: Vec<_> = every_failure()
        .iter()
        .map(|failure| Problem::from(failure).code)
        .collect();
    for code in Code::ALL {
        assert!(reached.contains(code), "{}", code.as_str());
    }
}

#[test]
fn every_code_has_both_sentences_with_the_same_placeholders() {
    for code in Code::ALL {
        for which in ["happened", "remedy"] {
            let key = format!("problem.{}.{which}", code.as_str());
            let sentences = [Language::Vi, Language::En]
                .map(|language| Text::of(language).get(&key).to_owned());
            assert!(
                sentences.iter().all(|sentence| *sentence != key),
                "{key} is missing"
            );
            assert_eq!(
                placeholders(&sentences[0]),
                placeholders(&sentences[1]),
                "{key}"
            );
        }
    }
}

#[test]
fn the_last_try_is_named_as_one() {
    let check = |state: Option<PinState>, expected: &str| {
        let failure = Failure::Sign {
            module: "m".into(),
            ca: "c".into(),
            error: SignError::PinWrong { state },
        };
        assert_eq!(
            Problem::from(&failure).remedy(Text::of(Language::Vi)),
            expected
        );
    };
    check(
        Some(PinState {
            final_try: true,
            low: true,
            ..PinState::default()
        }),
        "Vui lòng nhập lại; bạn còn 1 lần thử.",
    );
    check(
        Some(PinState {
            low: true,
            ..PinState::default()
        }),
        "Vui lòng nhập lại; bạn còn một vài lần thử.",
    );
    check(None, "Vui lòng nhập lại; bạn còn một vài lần thử.");
}

#[test]
fn a_portal_learns_one_of_four_words() {
    let check = |failure: Failure, expected| assert_eq!(failure.refusal(), expected, "{failure:?}");
    check(Failure::Cancelled, Refusal::Cancelled);
    check(Failure::NoToken, Refusal::NoIdentity);
    check(Failure::Expired, Refusal::Refused);
    check(Failure::Locked { ca: String::new() }, Refusal::Failed);
}

#[test]
fn a_portals_code_is_told_in_our_words_or_as_a_code() {
    let (from, to) = (
        datetime!(2026-01-01 00:00 UTC),
        datetime!(2026-12-31 00:00 UTC),
    );
    let key = kyso_support::Key::generate(kyso_support::KeyKind::P256).expect("openssl");
    let ca =
        kyso_support::Authority::root(kyso_support::Name::new().cn("CA Thử nghiệm"), key, from, to)
            .expect("a CA");
    let sent = Certificate::from_der(ca.certificate().der()).expect("a certificate");
    let check = |code: &str, sent: Option<&Certificate>, happened: &str| {
        let problem = Problem::from(&portal_refused(code, sent.cloned()));
        assert_eq!(problem.happened(Text::of(Language::En)), happened);
    };
    check(
        "CERT-REVOKED",
        Some(&sent),
        "The certificate was revoked or suspended.",
    );
    check(
        "CERT-UNTRUSTED",
        Some(&sent),
        "The certificate was issued by a CA that is not trusted (CA Thử nghiệm).",
    );
    check(
        "CERT-EXPIRED",
        Some(&sent),
        "The certificate expired on 31/12/2026.",
    );
    check(
        "CERT-NOT-YET-VALID",
        Some(&sent),
        "The certificate is valid from 01/01/2026.",
    );
    check(
        "CERT-WEAK",
        Some(&sent),
        "The key (P-256) is no longer allowed.",
    );
    check(
        "CERT-WRONG-SUBJECT",
        Some(&sent),
        "This certificate is not a business's.",
    );
    check("CERT-REVOKED", None, "The portal refused (CERT-REVOKED).");
    check(
        "PIN-LOCKED",
        Some(&sent),
        "The portal refused (PIN-LOCKED).",
    );
    check(
        "CALL-0900-000-000",
        Some(&sent),
        "The portal refused (CALL-0900-000-000).",
    );
}

/// What stands in brackets behind a sentence is Vietnamese too, but for names of functions and codes.
#[test]
fn no_english_stands_in_a_vietnamese_sentence() {
    for failure in every_failure() {
        let problem = Problem::from(&failure);
        let text = Text::of(Language::Vi);
        for sentence in [problem.happened(text), problem.remedy(text)] {
            for english in ["the ", " not ", " is ", "cannot", "module"] {
                assert!(!sentence.contains(english), "{failure:?}: {sentence}");
            }
        }
    }
}
