//! USB devices, the card service and its readers.

use std::path::Path;

use super::*;
use crate::doctor::readers::Reader;
use crate::doctor::usb::{self, Attached};

pub(super) fn reader() -> Attached {
    Attached {
        vendor: 0x1234,
        product: 0x0001,
        maker: "Hãng".into(),
        name: "Đầu đọc".into(),
        classes: vec![0x0b],
    }
}

#[test]
fn a_card_reader_needs_the_card_service() {
    let with = |card_service| Seen {
        usb: Some(vec![reader()]),
        card_service,
        ..seen()
    };
    check(&with(true), NOW, "card-service", Grade::Ok, true);
    check(&with(false), NOW, "card-service", Grade::Error, true);
    check(&seen(), NOW, "card-service", Grade::Unchecked, true);
    check(&with(true), NOW, "reader", Grade::Unchecked, true);
    let told = |card| Seen {
        readers: Some(vec![Reader {
            name: "Đầu đọc 00 00".into(),
            card,
        }]),
        ..with(true)
    };
    check(&told(true), NOW, "reader", Grade::Ok, true);
    check(&told(false), NOW, "reader", Grade::Warning, true);
}

#[test]
fn the_installers_drive_of_a_token_is_told() {
    let drive = Attached {
        classes: vec![0x0b, 0x08],
        ..reader()
    };
    let with = Seen {
        usb: Some(vec![drive]),
        ..seen()
    };
    check(&with, NOW, "drive", Grade::Ok, true);
    assert_eq!(grade(&seen(), NOW, "drive"), None);
}

pub(super) fn plugged(product: u16, classes: &[u8]) -> Seen {
    let device = Attached {
        vendor: 0x096e,
        product,
        classes: classes.to_vec(),
        ..Attached::default()
    };
    Seen {
        usb: Some(vec![device]),
        ..seen()
    }
}

fn words(seen: &Seen, subject: &str) -> String {
    let lines = judge(seen, NOW).lines;
    let line = lines
        .iter()
        .find(|line| line.subject == subject)
        .expect(subject);
    let text = Text::of(Language::Vi);
    let remedy = line.remedy.as_ref().map(|remedy| remedy.shown(text));
    format!("{} → {}", line.says.shown(text), remedy.unwrap_or_default())
}

#[test]
fn the_ca_is_named_only_once_a_certificate_is_read() {
    let known = plugged(0x0807, &[0x03]);
    assert_eq!(words(&known, "usb"), "Chip thử (096e:0807) → ");
    let unread = Seen {
        slots: Vec::new(),
        ..plugged(0x0807, &[0x03])
    };
    assert_eq!(
        words(&unread, "usb"),
        "Chip thử (096e:0807), do một trong các CA này cấp: CA Một, CA Hai → "
    );
    let of_maker = plugged(0x0999, &[0x03]);
    assert_eq!(words(&of_maker, "usb"), "Hãng thử (096e:0999) → ");
}

#[test]
fn a_device_that_no_driver_sees_says_what_each_ca_has_installed() {
    let blind = Seen {
        modules: Ok(Vec::new()),
        slots: Vec::new(),
        ..plugged(0x0807, &[0x03])
    };
    let lines = judge(&blind, NOW).lines;
    let remedies: Vec<_> = lines
        .iter()
        .filter(|line| line.subject == "driver")
        .filter_map(|line| Some(line.remedy.as_ref()?.shown(Text::of(Language::En))))
        .collect();
    assert!(
        remedies
            .iter()
            .any(|said| said.contains("CA Một: Install package one.")),
        "{remedies:?}"
    );
    assert!(
        remedies.iter().any(|said| said.contains("CA Hai: ")),
        "{remedies:?}"
    );
}

#[test]
fn a_device_that_is_its_installers_drive_alone_is_a_warning() {
    check(
        &plugged(0x0807, &[0x08]),
        NOW,
        "drive",
        Grade::Warning,
        true,
    );
    check(
        &plugged(0x0807, &[0x08, 0x03]),
        NOW,
        "drive",
        Grade::Ok,
        true,
    );
}

#[test]
fn the_kernels_list_is_read_device_by_device() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |device: &str, files: &[(&str, &str)]| {
        let place = folder.path().join(device);
        std::fs::create_dir(&place).expect("made");
        for (name, value) in files {
            std::fs::write(place.join(name), format!("{value}\n")).expect("written");
        }
    };
    let ids = [("idVendor", "096e"), ("idProduct", "0807")];
    write(
        "1-2",
        &[
            ids[0],
            ids[1],
            ("manufacturer", "Hãng"),
            ("product", "Token"),
        ],
    );
    write("1-2:1.0", &[("bInterfaceClass", "03")]);
    write("1-2:1.1", &[("bInterfaceClass", "08")]);
    write("1-21", &ids);
    write("1-21:1.0", &[("bInterfaceClass", "0b")]);
    write("usb1", &[("idVendor", "junk"), ("idProduct", "0002")]);
    let found = usb::devices(folder.path()).expect("a list");
    let token = Attached {
        vendor: 0x096e,
        product: 0x0807,
        maker: "Hãng".into(),
        name: "Token".into(),
        classes: vec![0x03, 0x08],
    };
    assert_eq!(found.len(), 2);
    assert_eq!(found[0], token);
    assert_eq!(found[1].classes, [0x0b]);
    assert_eq!(usb::devices(Path::new("/nowhere")), None);
}
