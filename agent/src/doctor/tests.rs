mod cable;

use std::sync::OnceLock;

use kyso_pkcs11::{
    Architecture, Catalogue, DriverError, KeyRef, ModuleInfo, ModuleReport, PinState, SlotReport,
    Source, TokenInfo, TokenReport,
};
use kyso_support::{Authority, Draft, Key, KeyKind, Name};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::eyes::PortalSeen;
use super::*;
use crate::cli::material::Material;
use crate::text::Language;
use cable::{plugged, reader};

const NOW: OffsetDateTime = datetime!(2026-11-21 07:00 UTC);
const NAME: &str = "NGUYỄN THỊ THỬ";
const NUMBER: &str = "099100000001";
const SERIAL: &str = "0123456789ABCDEF";

/// A CA, and a certificate that is valid for 100 days.
fn certificate() -> &'static (Vec<u8>, Vec<u8>) {
    static MADE: OnceLock<(Vec<u8>, Vec<u8>)> = OnceLock::new();
    MADE.get_or_init(|| {
        let (from, to) = (NOW - Duration::days(50), NOW + Duration::days(50));
        let keys = Key::generate_all(&[KeyKind::P256, KeyKind::P256]).expect("openssl");
        let ca = Authority::root(Name::new().cn("CA Thử nghiệm"), keys[0].clone(), from, to)
            .expect("a CA");
        let subject = Name::new().uid(&format!("CCCD:{NUMBER}")).cn(NAME).c("VN");
        let issued = ca
            .issue(&Draft::new(subject, &keys[1], from, to).subscriber())
            .expect("issued");
        (ca.certificate().der().to_vec(), issued.der().to_vec())
    })
}

fn module(state: Result<usize, DriverError>) -> ModuleReport {
    let info = ModuleInfo {
        manufacturer: "Hãng thử".into(),
        description: "Driver thử".into(),
        version: "1.0".into(),
        cryptoki: "2.40".into(),
    };
    ModuleReport {
        name: "Thử".into(),
        path: "/home/nguyen.thi.thu/lib/module.so".into(),
        source: Source::Configured,
        ca: Vec::new(),
        file: Ok(Architecture::X86_64),
        state: state.map(|slots| (info, slots)),
    }
}

fn slot(pin: PinState) -> SlotReport {
    let token = TokenInfo {
        label: format!("USB của {NAME}"),
        serial: SERIAL.into(),
        model: "Mẫu 1".into(),
        manufacturer: "Hãng thử".into(),
        pin,
        protected_path: false,
        login_required: true,
        pin_min: 4,
        pin_max: 8,
        rsa_pss: None,
    };
    let key = KeyRef {
        module: "Thử".into(),
        token_label: token.label.clone(),
        token_serial: token.serial.clone(),
        id: vec![1],
        label: NAME.into(),
        certificate_der: certificate().1.clone(),
        key_seen: false,
    };
    SlotReport {
        module: "Thử".into(),
        slot: Some(0),
        token: Ok(TokenReport {
            token,
            certificates: vec![key],
            omitted: Vec::new(),
            certificates_after_pin: false,
        }),
    }
}

fn catalogue() -> Catalogue {
    let text = "[[ca]]\nname = \"CA Một\"\ninstall.vi = \"Cài gói một.\"\ninstall.en = \"Install package one.\"\n\
        [[device]]\nvendor = 0x096e\nproduct = 0x0807\nchip = \"Chip thử\"\nca = [\"CA Một\", \"CA Hai\"]\n\
        [[device]]\nvendor = 0x096e\nchip = \"Hãng thử\"\n";
    Catalogue::parse(text).expect("a catalogue")
}

/// A computer on which everything is in order.
fn seen() -> Seen {
    Seen {
        settings_file: None,
        policy_file: None,
        keychain: None,
        catalogue: catalogue(),
        usb: Some(Vec::new()),
        card_service: false,
        readers: None,
        host_missing: None,
        modules: Ok(vec![module(Ok(1))]),
        slots: vec![slot(PinState::default())],
        trust: None,
        portal: None,
    }
}

fn grade(seen: &Seen, now: OffsetDateTime, subject: &str) -> Option<Grade> {
    let lines = judge(seen, now).lines;
    let line = lines.iter().find(|line| line.subject == subject);
    line.map(|line| line.grade)
}

fn check(seen: &Seen, now: OffsetDateTime, subject: &str, expected: Grade, ready: bool) {
    assert_eq!(grade(seen, now, subject), Some(expected), "{subject}");
    assert_eq!(judge(seen, now).ready, ready, "{subject}");
}

#[test]
fn a_token_with_a_fit_certificate_is_ready() {
    let seen = seen();
    for subject in [
        "driver",
        "architecture",
        "load",
        "slot",
        "token",
        "pin",
        "certificate",
    ] {
        check(&seen, NOW, subject, Grade::Ok, true);
    }
    check(&seen, NOW, "validity", Grade::Ok, true);
    check(&seen, NOW, "key-usage", Grade::Ok, true);
    check(&seen, NOW, "chain", Grade::Unchecked, true);
    assert_eq!(grade(&seen, NOW, "portal"), None);
}

#[test]
fn without_driver_or_token_nothing_is_ready() {
    let none = Seen {
        modules: Ok(Vec::new()),
        slots: Vec::new(),
        ..seen()
    };
    check(&none, NOW, "driver", Grade::Error, false);
    check(&none, NOW, "token", Grade::Error, false);
    check(&none, NOW, "usb", Grade::Warning, false);
    let broken = Seen {
        modules: Ok(vec![module(Err(DriverError::ModuleLoad {
            why: "x".into(),
        }))]),
        slots: Vec::new(),
        ..seen()
    };
    check(&broken, NOW, "load", Grade::Error, false);
}

#[test]
fn one_broken_driver_does_not_keep_a_working_one_from_being_ready() {
    let dead = DriverError::ModuleDied {
        signal: Some(11),
        status: None,
    };
    let both = Seen {
        modules: Ok(vec![module(Err(dead)), module(Ok(1))]),
        ..seen()
    };
    check(&both, NOW, "load", Grade::Error, true);
}

#[test]
fn the_state_of_the_pin_is_told_and_a_locked_one_stops() {
    let with = |state: PinState| Seen {
        slots: vec![slot(state)],
        ..seen()
    };
    let state = PinState::default();
    check(
        &with(PinState { low: true, ..state }),
        NOW,
        "pin",
        Grade::Warning,
        true,
    );
    check(
        &with(PinState {
            final_try: true,
            ..state
        }),
        NOW,
        "pin",
        Grade::Warning,
        true,
    );
    check(
        &with(PinState {
            locked: true,
            ..state
        }),
        NOW,
        "pin",
        Grade::Error,
        false,
    );
    check(
        &with(PinState {
            to_be_changed: true,
            ..state
        }),
        NOW,
        "pin",
        Grade::Warning,
        false,
    );
}

#[test]
fn a_certificate_is_watched_thirty_days_ahead() {
    let at = |days| NOW + Duration::days(days);
    check(&seen(), at(19), "validity", Grade::Ok, true);
    check(&seen(), at(21), "validity", Grade::Warning, true);
    check(&seen(), at(51), "validity", Grade::Error, false);
    check(&seen(), at(-51), "validity", Grade::Error, false);
}

#[test]
fn the_chain_is_judged_where_anchors_are_configured() {
    let folder = tempfile::tempdir().expect("a folder");
    let with = |der: &[u8]| {
        let file = folder.path().join("anchor.der");
        std::fs::write(&file, der).expect("written");
        Seen {
            trust: Some(Material::read(&[file], &[], &[]).map_err(|e| e.to_string())),
            ..seen()
        }
    };
    check(&with(&certificate().0), NOW, "chain", Grade::Ok, true);
    let key = Key::generate(KeyKind::P256).expect("openssl");
    let span = (NOW - Duration::days(1), NOW + Duration::days(1));
    let other = Authority::root(Name::new().cn("CA khác"), key, span.0, span.1).expect("a CA");
    check(
        &with(other.certificate().der()),
        NOW,
        "chain",
        Grade::Error,
        false,
    );
}

#[test]
fn the_clock_is_held_against_the_portals() {
    let with = |reply| Seen {
        portal: Some(PortalSeen {
            origin: "https://portal.example".into(),
            host: "portal.example".into(),
            reply,
        }),
        ..seen()
    };
    let off = |seconds| Ok(Some(NOW + Duration::seconds(seconds)));
    check(&with(off(-120)), NOW, "clock", Grade::Ok, true);
    check(&with(off(121)), NOW, "clock", Grade::Warning, true);
    check(&with(Ok(None)), NOW, "clock", Grade::Unchecked, true);
    let silent = crate::channel::deep_link::PortalError::TimedOut;
    check(&with(Err(silent)), NOW, "portal", Grade::Error, false);
}

#[test]
fn a_token_that_shows_its_certificates_after_the_pin_may_be_ready() {
    let mut slot = slot(PinState::default());
    let token = slot.token.as_mut().expect("a token");
    token.certificates.clear();
    token.certificates_after_pin = true;
    let hidden = Seen {
        slots: vec![slot],
        ..seen()
    };
    check(&hidden, NOW, "certificate", Grade::Unchecked, true);
}

/// Problems of every kind that there are lines for.
fn every() -> Vec<Seen> {
    let locked = PinState {
        locked: true,
        ..PinState::default()
    };
    let errors = [
        DriverError::ModuleMissing {
            path: "/home/nguyen.thi.thu/x.so".into(),
        },
        DriverError::ModuleLoad {
            why: "/home/nguyen.thi.thu/x.so: no such file".into(),
        },
        DriverError::ModuleTimeout { seconds: 5 },
        DriverError::HostStart { why: "x".into() },
    ];
    let mut all = vec![
        plugged(0x0807, &[0x08]),
        Seen {
            modules: Ok(Vec::new()),
            slots: Vec::new(),
            ..plugged(0x0807, &[0x03])
        },
        Seen {
            modules: Ok(Vec::new()),
            slots: Vec::new(),
            ..plugged(0x0999, &[0x03])
        },
        seen(),
        Seen {
            usb: None,
            ..seen()
        },
        Seen {
            usb: Some(vec![reader()]),
            slots: vec![slot(locked)],
            ..seen()
        },
        Seen {
            modules: Ok(Vec::new()),
            slots: Vec::new(),
            ..seen()
        },
        Seen {
            modules: Ok(vec![module(Ok(0))]),
            slots: Vec::new(),
            ..seen()
        },
        Seen {
            settings_file: Some("/home/nguyen.thi.thu/.config/kyso/kyso.toml".into()),
            host_missing: Some("/home/nguyen.thi.thu/bin/host".into()),
            trust: Some(Err("/home/nguyen.thi.thu/anchors: not there".into())),
            ..seen()
        },
    ];
    all.extend(errors.map(|error| Seen {
        modules: Ok(vec![module(Err(error))]),
        ..seen()
    }));
    all
}

#[test]
fn every_line_has_words_in_both_languages() {
    for seen in every() {
        for at in [NOW, NOW + Duration::days(40), NOW + Duration::days(60)] {
            for line in judge(&seen, at).lines {
                for language in [Language::Vi, Language::En] {
                    let text = Text::of(language);
                    let subject = format!("check.{}", line.subject);
                    assert_ne!(text.get(&subject), subject);
                    let says = [Some(&line.says), line.remedy.as_ref()];
                    for says in says.into_iter().flatten().map(|says| says.shown(text)) {
                        assert!(!says.contains("check.") && !says.contains('…'), "{says}");
                    }
                }
            }
        }
    }
}

#[test]
fn the_report_names_nobody() {
    for seen in every() {
        for at in [NOW, NOW + Duration::days(60)] {
            let report = report::of(&judge(&seen, at), at).to_string();
            for planted in [
                NAME,
                "NGUYỄN",
                NUMBER,
                SERIAL,
                "0123456",
                "nguyen",
                "thu/",
                "USB của",
            ] {
                assert!(!report.contains(planted), "{planted}: {report}");
            }
            assert!(report.contains("CDEF") || seen.slots.is_empty(), "{report}");
        }
    }
}

#[test]
fn a_computer_without_a_keychain_signs_in_and_is_told_of_it() {
    let with = |keychain| Seen {
        keychain,
        policy_file: Some("/etc/kyso/policy.toml".into()),
        ..seen()
    };
    check(&with(Some(Keeping::Kept)), NOW, "keychain", Grade::Ok, true);
    check(
        &with(Some(Keeping::Locked)),
        NOW,
        "keychain",
        Grade::Ok,
        true,
    );
    check(
        &with(Some(Keeping::Absent)),
        NOW,
        "keychain",
        Grade::Warning,
        true,
    );
    check(&with(None), NOW, "policy", Grade::Ok, true);
    assert_eq!(grade(&seen(), NOW, "policy"), None);
    assert_eq!(grade(&seen(), NOW, "keychain"), None);
}
