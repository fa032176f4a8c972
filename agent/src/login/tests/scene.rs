//! A login as a test plays it: the ask, the token, the machine, and a word for each effect.

use std::sync::OnceLock;

use kyso_pkcs11::{KeyRef, Pin, PinState, Scheme, Signature, SlotReport, TokenInfo, TokenReport};
use kyso_protocol::{
    Algorithm, AnswerReply, AskId, Handle, Link, Nonce, Origin, Purpose, ReturnCode, Statement,
};
use kyso_support::{Authority, Draft, Key, KeyKind, Name, sign_softly};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::super::*;
use crate::channel::deep_link::Fetched;
use crate::problem::Problem;
use crate::view::Row;

pub(super) const NOW: OffsetDateTime = datetime!(2026-11-21 07:00:10 UTC);
pub(super) const PORTAL_TIME: OffsetDateTime = datetime!(2026-11-21 07:00:30 UTC);
pub(super) const ID: [u8; 16] = [7; 16];

/// A person with one certificate, made once.
pub(super) struct Person {
    pub(super) key: Key,
    pub(super) certificate: Vec<u8>,
}

pub(super) fn person() -> &'static Person {
    static PERSON: OnceLock<Person> = OnceLock::new();
    PERSON.get_or_init(|| {
        let (from, to) = (NOW - Duration::days(10), NOW + Duration::days(10));
        let keys = Key::generate_all(&[KeyKind::P256, KeyKind::P256]).expect("openssl");
        let ca = Authority::root(Name::new().cn("CA Thử nghiệm"), keys[0].clone(), from, to)
            .expect("a CA");
        let subject = Name::new()
            .uid("CCCD:099100000001")
            .cn("NGUYỄN THỊ THỬ")
            .c("VN");
        let issued = ca
            .issue(&Draft::new(subject, &keys[1], from, to).subscriber())
            .expect("issued");
        Person {
            key: keys[1].clone(),
            certificate: issued.der().to_vec(),
        }
    })
}

pub(super) fn origin() -> Origin {
    Origin::parse("https://portal.example").expect("an origin")
}

pub(super) fn link() -> Link {
    Link::new(origin(), AskId::from_bytes(ID))
}

pub(super) fn statement() -> Statement {
    Statement {
        portal: origin(),
        purpose: Purpose::Login,
        ask: AskId::from_bytes(ID),
        challenge: [1; 32],
        browser: [2; 32],
        issued: datetime!(2026-11-21 07:00:00 UTC),
        expires: datetime!(2026-11-21 07:05:00 UTC),
        subject: None,
        algorithms: vec![Algorithm::ES256],
        text: None,
    }
}

pub(super) fn fetched(statement: &Statement, portal_time: OffsetDateTime) -> Event {
    fetched_at(statement, portal_time, Site::default())
}

pub(super) fn fetched_at(statement: &Statement, portal_time: OffsetDateTime, site: Site) -> Event {
    let statement = statement
        .to_bytes()
        .expect("a statement")
        .as_slice()
        .to_vec();
    Event::Fetched(
        LoginId(1),
        Ok((
            Fetched {
                statement,
                portal_time,
            },
            site,
        )),
    )
}

pub(super) fn slot_with(pin: PinState, protected_path: bool, certificates: bool) -> SlotReport {
    let token = TokenInfo {
        label: "thẻ".into(),
        serial: "1".into(),
        model: "m".into(),
        manufacturer: "n".into(),
        pin,
        protected_path,
        login_required: true,
        pin_min: 4,
        pin_max: 8,
        rsa_pss: None,
    };
    let key = KeyRef {
        module: "M".into(),
        token_label: "thẻ".into(),
        token_serial: "1".into(),
        id: vec![1],
        label: "l".into(),
        certificate_der: person().certificate.clone(),
        key_seen: false,
    };
    let certificates = if certificates { vec![key] } else { Vec::new() };
    SlotReport {
        module: "M".into(),
        slot: Some(0),
        token: Ok(TokenReport {
            token,
            certificates,
            omitted: Vec::new(),
            certificates_after_pin: false,
        }),
    }
}

pub(super) fn found(pin: PinState) -> Event {
    Event::Found(LoginId(1), Box::new(slot_with(pin, false, true)))
}

pub(super) fn signature() -> Signature {
    by_ecdsa(own_signature())
}

pub(super) fn by_ecdsa(bytes: Vec<u8>) -> Signature {
    let scheme = Scheme::Ecdsa;
    Signature { scheme, bytes }
}

fn own_signature() -> Vec<u8> {
    let nonce = Nonce::of_statement(statement().to_bytes().expect("a statement").as_slice());
    sign_softly(
        &person().key,
        "ES256",
        &nonce.message(Algorithm::ES256, &origin()),
    )
    .expect("signed")
}

pub(super) fn accepted() -> Event {
    let reply = AnswerReply::Accepted {
        code: ReturnCode::from_bytes([3; 32]),
        handle: Handle::from_bytes([4; 32]),
    };
    Event::Posted(LoginId(1), Ok(reply))
}

pub(super) fn ended() -> Event {
    Event::Posted(LoginId(1), Ok(AnswerReply::Ended))
}

/// The machine, the last view shown, and a word for every effect so far.
#[derive(Default)]
pub(super) struct Scene {
    pub(super) login: Login,
    pub(super) view: u64,
    pub(super) said: Vec<String>,
    pub(super) now: Option<OffsetDateTime>,
    pub(super) noted: Vec<Option<Box<Noted>>>,
    pub(super) rows: Vec<Row>,
    /// The device whose PIN was asked for last.
    pub(super) device: String,
    pub(super) pin_given: bool,
}

impl Scene {
    pub(super) fn event(&mut self, event: Event) -> &mut Self {
        let (login, effects) = std::mem::take(&mut self.login).step(event, self.now.unwrap_or(NOW));
        self.login = login;
        for effect in &effects {
            if let Effect::Show(shown) = effect {
                self.view = shown.number;
                if let View::Choose(view) = &shown.view {
                    self.rows.clone_from(&view.rows);
                }
                if let View::Pin(view) = &shown.view {
                    self.device.clone_from(&view.device);
                }
            }
            if let Effect::Finish {
                outcome: Outcome::Accepted { pin_given, .. },
                ..
            } = effect
            {
                self.pin_given = *pin_given;
            }
            if let Effect::Finish { noted, .. } = effect {
                self.noted.push(noted.clone());
            }
        }
        self.said.extend(effects.iter().map(word));
        self
    }

    pub(super) fn act(&mut self, act: Act) -> &mut Self {
        let intent = Intent {
            login: LoginId(1),
            view: self.view,
            act,
        };
        self.event(Event::Intent(intent))
    }

    pub(super) fn at(&mut self, now: OffsetDateTime) -> &mut Self {
        self.now = Some(now);
        self
    }

    pub(super) fn consented() -> Self {
        let mut scene = Self::default();
        scene
            .event(Event::Asked(link()))
            .event(fetched(&statement(), PORTAL_TIME))
            .act(Act::Agree);
        scene
    }

    pub(super) fn signing() -> Self {
        let mut scene = Self::consented();
        scene
            .event(found(PinState::default()))
            .event(Event::Listed(LoginId(1)))
            .act(Act::Choose(0))
            .act(pin());
        scene
    }

    pub(super) fn check(&self, expected: &[&str]) {
        let from = self.said.len().saturating_sub(expected.len());
        assert_eq!(self.said[from..], *expected, "all: {:?}", self.said);
    }
}

pub(super) fn pin() -> Act {
    Act::Enter(digits())
}

pub(super) fn digits() -> Pin {
    Pin::new(b"123456").expect("a PIN")
}

/// An effect in a word or two.
pub(super) fn word(effect: &Effect) -> String {
    match effect {
        Effect::Show(shown) => format!("show {}", view_word(&shown.view)),
        Effect::Fetch { .. } => "fetch".into(),
        Effect::List { .. } => "list".into(),
        Effect::Unlock { order, .. } if order.pin.is_some() => "unlock with a PIN".into(),
        Effect::Unlock { .. } => "unlock with no PIN".into(),
        Effect::Sign { order, .. } if order.unlocked => "sign unlocked".into(),
        Effect::Sign { order, .. } => format!(
            "sign with {}",
            if order.pin.is_some() {
                "a PIN"
            } else {
                "no PIN"
            }
        ),
        Effect::Post { answer, .. } => match &answer.outcome {
            kyso_protocol::Outcome::Token(..) => "post token".into(),
            kyso_protocol::Outcome::Refusal(refusal) => format!("post {refusal:?}"),
        },
        Effect::AwaitToken { .. } => "await a token".into(),
        Effect::Guard { .. } => "guard".into(),
        Effect::StopSigning => "stop signing".into(),
        Effect::TurnAway(_) => "turn away".into(),
        Effect::Finish {
            outcome: Outcome::Accepted { .. },
            ..
        } => "accepted".into(),
        Effect::Finish {
            outcome: Outcome::Tried,
            ..
        } => "tried".into(),
        Effect::Finish {
            outcome: Outcome::Failed(failure),
            ..
        } => Problem::from(failure).code.as_str().into(),
    }
}

pub(super) fn view_word(view: &View) -> &'static str {
    match view {
        View::Checking { .. } => "checking",
        View::Consent(view) if view.remembered.is_some() => "consent with a certificate",
        View::Consent(_) => "consent",
        View::Searching => "looking for it",
        View::Choose(view) if view.searching => "searching",
        View::Choose(view) if view.rows.is_empty() => "plug in",
        View::Choose(view) if view.instead.is_some() => "choose instead",
        View::Choose(_) => "choose",
        View::Pin(view) if view.last.is_some() => "pin again",
        View::Pin(_) => "pin",
        View::Unlocking { .. } => "unlocking",
        View::Signing { .. } => "signing",
        View::Posting { .. } => "posting",
        View::Done { .. } => "done",
        View::Failed(_) => "failed",
    }
}
