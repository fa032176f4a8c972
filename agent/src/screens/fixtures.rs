//! Every screen as it really comes, in both languages: the files in `screens/fixtures`, which the window's own tests
//! draw. `KYSO_WRITE=1` writes them anew.

use kyso_pkcs11::PinState;
use kyso_protocol::{Origin, Purpose};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::login::Remembered;
use crate::view::{Aim, ConsentView, PinView, Tries};

pub(super) const NOW: OffsetDateTime = datetime!(2026-11-21 07:00 UTC);

pub(super) fn consent(remembered: bool) -> ConsentView {
    ConsentView {
        origin: Origin::parse("https://dichvucong.mau.example").expect("an origin"),
        listed_name: None,
        new_site: !remembered,
        purpose: Purpose::Login,
        subject: None,
        matching_code: "0417".into(),
        text: None,
        remembered: remembered.then(seen),
        now: NOW,
    }
}

fn seen() -> Remembered {
    Remembered {
        fingerprint: [7; 32],
        name: "NGUYỄN THỊ THỬ".into(),
        organisation: Some("Công ty TNHH Mẫu".into()),
        id: "CCCD …0001".into(),
        ca: "CA Thử nghiệm".into(),
        not_before: datetime!(2025-12-01 00:00 UTC),
        not_after: datetime!(2026-12-01 00:00 UTC),
        device: "USB mẫu".into(),
        module: "M".into(),
        keypad: false,
    }
}

pub(super) fn pin_view() -> PinView {
    PinView {
        aim: Aim::Ask(Purpose::Login),
        device: "USB mẫu".into(),
        certificate: "NGUYỄN THỊ THỬ".into(),
        tries: Tries::of(PinState::default()),
        last: None,
    }
}
