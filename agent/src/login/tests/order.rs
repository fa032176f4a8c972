//! What holds however events are ordered.

use proptest::prelude::*;

use super::scene::*;
use super::*;
use crate::login::TryOut;

/// An event by number, some of them fitting the moment, some stale, some out of order.
fn event(kind: u8, view: u64) -> Event {
    let act = |act| {
        Event::Intent(Intent {
            login: LoginId(1),
            view,
            act,
        })
    };
    match kind {
        0 => Event::Asked(link()),
        1 => fetched_at(&statement(), PORTAL_TIME, remembered::own()),
        2 => Event::Fetched(LoginId(1), Err(PortalError::Date)),
        3 => found(PinState::default()),
        4 => Event::Listed(LoginId(1)),
        5 => Event::Signed(LoginId(1), Ok(signature())),
        6 => Event::Signed(LoginId(1), Err(SignError::PinWrong { state: None })),
        7 => Event::Signed(LoginId(1), Err(SignError::TokenRemoved)),
        8 => accepted(),
        9 => ended(),
        10 => act(Act::Agree),
        11 => act(Act::Refuse),
        12 => act(Act::Choose(0)),
        13 => act(Act::Choose(99)),
        14 => act(pin()),
        15 => act(Act::GiveUp),
        16 => Event::Stopped(Stop::Cancelled),
        17 => Event::Clock,
        18 => Event::Broken,
        19 => act(Act::AgreeRemembered(Some(digits()))),
        20 => act(Act::AgreeRemembered(None)),
        21 => Event::TryOut(TryOut {
            certificate: remembered::own().last.expect("used"),
            challenge: [1; 32],
        }),
        22 => Event::Stopped(Stop::WindowClosed),
        23 => Event::Unplugged(LoginId(1)),
        24 => found(PinState {
            final_try: true,
            ..PinState::default()
        }),
        25 => Event::PluggedIn(LoginId(1)),
        26 => act(Act::LookAgain),
        _ => Event::Intent(Intent {
            login: LoginId(1),
            view: view.wrapping_sub(1),
            act: Act::Agree,
        }),
    }
}

/// The event that leads on from a view.
fn fitting(view: &str, choice: u8) -> u8 {
    match view {
        "checking" => 1,
        "consent with a certificate" => [10, 19, 20][usize::from(choice % 3)],
        "looking for it" => [3, 4, 24][usize::from(choice % 3)],
        "searching" => 3 + choice % 2,
        "plug in" => 25,
        "choose" | "choose instead" => 12,
        "pin" | "pin again" => 14,
        "signing" => 5,
        "posting" => 8,
        _ => 0,
    }
}

/// What must hold however events are ordered, followed over one run.
#[derive(Default)]
struct Watch {
    under_way: bool,
    agreed: bool,
    signed: bool,
    /// PINs that were typed and not used.
    pins: usize,
}

impl Watch {
    fn see(&mut self, kind: u8, effects: &[Effect]) {
        let (agreeing, signing) = (matches!(kind, 10 | 19 | 20 | 21 | 25 | 26), kind == 5);
        self.pins += usize::from(matches!(kind, 14 | 19));
        for effect in effects {
            match word(effect).as_str() {
                "fetch" => {
                    assert!(!self.under_way, "two logins at once");
                    *self = Self {
                        under_way: true,
                        ..Self::default()
                    };
                }
                "list" => {
                    assert!(agreeing, "a token was touched without consent");
                    self.agreed = true;
                    self.under_way = true;
                }
                said if said.starts_with("sign with") => {
                    assert!(self.agreed, "a signature without consent");
                    if said == "sign with a PIN" {
                        self.pins = self.pins.checked_sub(1).expect("a PIN was used twice");
                    }
                }
                "post token" => {
                    assert!(
                        signing && !self.signed,
                        "a token left that was not just signed"
                    );
                    self.signed = true;
                }
                "accepted" => assert!(self.signed, "accepted without a token"),
                _ => {}
            }
            if matches!(effect, Effect::Finish { .. }) {
                self.under_way = false;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn no_order_of_events_breaks_the_machine(kinds in proptest::collection::vec(0_u8..66, 0..60)) {
        let (mut login, mut view, mut watch) = (Login::patient(), 0, Watch::default());
        let mut shown_now = "";
        for kind in kinds {
            // More than half of the events are the one that leads on, or no run would come far.
            let kind = if kind < 27 { kind } else { fitting(shown_now, kind) };
            let (next, effects) = login.step(event(kind, view), NOW);
            watch.see(kind, &effects);
            for effect in &effects {
                if let Effect::Show(shown) = effect {
                    prop_assert!(shown.number > view, "a view's number was used twice");
                    view = shown.number;
                    shown_now = view_word(&shown.view);
                }
            }
            login = next;
            prop_assert_eq!(login.is_idle(), !watch.under_way);
        }
    }
}
