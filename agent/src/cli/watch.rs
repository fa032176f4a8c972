//! `kyso tokens --watch`: one line a change, until Ctrl+C.

use std::io::{self, Write as _};
use std::process::ExitCode;

use kyso_certs::Certificate;
use kyso_pkcs11::{Catalogue, Change, Happening, SlotReport, UsbDevice};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::output::Output;
use super::tokens;
use crate::doctor::usb;
use crate::drivers::guard::passed_on;
use crate::drivers::{Drivers, catalogue};
use crate::settings::Settings;
use crate::text::{Text, time_of_day};
use crate::view::printable;

/// Prints what is there and then each change. Ends in success when the person ends it.
pub(super) fn run(drivers: &Drivers, settings: &Settings, output: Output) -> io::Result<ExitCode> {
    if !output.json {
        writeln!(io::stderr().lock(), "{}", output.text.get("watch.began"))?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let ended = runtime.block_on(print_all(drivers, settings, output));
    runtime.shutdown_background();
    ended.map(|()| ExitCode::SUCCESS)
}

async fn print_all(drivers: &Drivers, settings: &Settings, output: Output) -> io::Result<()> {
    let catalogue = catalogue(settings).ok();
    let (_watch, happenings) = drivers.watch_of(&drivers.each);
    let mut happenings = passed_on(happenings);
    loop {
        tokio::select! {
            Some(happening) = happenings.recv() => print(&happening, catalogue.as_ref(), output)?,
            _ = tokio::signal::ctrl_c() => return Ok(()),
        }
    }
}

fn print(happening: &Happening, catalogue: Option<&Catalogue>, output: Output) -> io::Result<()> {
    let (at, text) = (OffsetDateTime::from(happening.at), output.text);
    let chip = |device: &UsbDevice| {
        let known = usb::known(device.vendor, device.product, catalogue?)?;
        Some(known.chip.as_str())
    };
    if output.json {
        output.json(&as_json(&happening.change, chip, text, at))
    } else {
        let words = as_words(&happening.change, chip, text);
        output.words(&format!("{}  {words}", time_of_day(at)))
    }
}

fn as_words<'a>(
    change: &Change,
    chip: impl Fn(&UsbDevice) -> Option<&'a str>,
    text: Text,
) -> String {
    let about_reader = |reader: &str| text.fill(key(change), &[("reader", &printable(reader))]);
    match change {
        Change::ServiceFound | Change::ServiceLost => text.get(key(change)).to_owned(),
        Change::ReaderAdded(reader)
        | Change::ReaderRemoved(reader)
        | Change::CardInserted(reader)
        | Change::CardRemoved(reader) => about_reader(reader),
        Change::DeviceAdded(device) | Change::DeviceRemoved(device) => {
            let shown = match chip(device) {
                Some(chip) => format!("{chip} ({device})"),
                None => device.to_string(),
            };
            text.fill(key(change), &[("device", &shown)])
        }
        Change::Module { module, slots } => module_words(module, slots, text),
    }
}

fn key(change: &Change) -> &'static str {
    match change {
        Change::ServiceFound => "watch.service-found",
        Change::ServiceLost => "watch.service-lost",
        Change::ReaderAdded(_) => "watch.reader-added",
        Change::ReaderRemoved(_) => "watch.reader-removed",
        Change::CardInserted(_) => "watch.card-inserted",
        Change::CardRemoved(_) => "watch.card-removed",
        Change::DeviceAdded(_) => "watch.device-added",
        Change::DeviceRemoved(_) => "watch.device-removed",
        Change::Module { .. } => "watch.module-changed",
    }
}

/// The names on its certificates, else why there are none.
fn module_words(module: &str, slots: &[SlotReport], text: Text) -> String {
    let module = printable(module);
    let keys = slots
        .iter()
        .filter_map(|slot| slot.token.as_ref().ok())
        .flat_map(|token| &token.certificates);
    let names: Vec<_> = keys
        .map(|key| match Certificate::from_der(&key.certificate_der) {
            Ok(certificate) => printable(certificate.subject().display_name()),
            Err(_) => printable(&key.label),
        })
        .collect();
    let problems = slots.iter().filter_map(|slot| {
        let problem = tokens::problem(slot, slot.token.as_ref().err()?);
        Some(printable(&problem.happened(text)))
    });
    let problems: Vec<_> = problems.collect();
    match (names.is_empty(), problems.is_empty()) {
        (false, _) => text.fill(
            "watch.module-changed",
            &[("module", &module), ("names", &names.join(", "))],
        ),
        (true, false) => format!("{module}: {}", problems.join(" ")),
        (true, true) => text.fill("watch.module-empty", &[("module", &module)]),
    }
}

fn as_json<'a>(
    change: &Change,
    chip: impl Fn(&UsbDevice) -> Option<&'a str>,
    text: Text,
    at: OffsetDateTime,
) -> Value {
    let mut value = match change {
        Change::ServiceFound | Change::ServiceLost => json!({}),
        Change::ReaderAdded(reader)
        | Change::ReaderRemoved(reader)
        | Change::CardInserted(reader)
        | Change::CardRemoved(reader) => json!({ "reader": reader }),
        Change::DeviceAdded(device) | Change::DeviceRemoved(device) => {
            json!({ "device": device.to_string(), "chip": chip(device) })
        }
        Change::Module { module, slots } => {
            let mut value = tokens::as_json(slots, text, at);
            insert(&mut value, "module", module.clone());
            value
        }
    };
    let event = key(change).trim_start_matches("watch.");
    insert(&mut value, "event", event.to_owned());
    insert(&mut value, "at", at.format(&Rfc3339).unwrap_or_default());
    value
}

fn insert(value: &mut Value, name: &str, text: String) {
    if let Value::Object(members) = value {
        members.insert(name.to_owned(), text.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    fn chip(device: &UsbDevice) -> Option<&'static str> {
        (device.vendor == 0x96e).then_some("Feitian")
    }

    const READER: &str = "Reader\u{1b}[2J 00";

    fn check(change: &Change, vi: &str, en: &str, event: &str) {
        assert_eq!(as_words(change, chip, Text::of(Language::Vi)), vi);
        assert_eq!(as_words(change, chip, Text::of(Language::En)), en);
        let value = as_json(
            change,
            chip,
            Text::of(Language::En),
            OffsetDateTime::UNIX_EPOCH,
        );
        assert_eq!(value["event"], event);
        assert_eq!(value["at"], "1970-01-01T00:00:00Z");
    }

    #[test]
    fn a_change_is_one_line_in_both_languages() {
        check(
            &Change::CardInserted("Đầu đọc 00".to_owned()),
            "Đã cắm USB ký số hoặc thẻ: Đầu đọc 00",
            "Token or card inserted: Đầu đọc 00",
            "card-inserted",
        );
        check(
            &Change::ServiceLost,
            "Dịch vụ đầu đọc thẻ (PC/SC) không chạy.",
            "The card reader service (PC/SC) is not running.",
            "service-lost",
        );
        let device = UsbDevice {
            vendor: 0x96e,
            product: 0x703,
        };
        check(
            &Change::DeviceRemoved(device),
            "Đã rút thiết bị USB: Feitian (096e:0703)",
            "USB device removed: Feitian (096e:0703)",
            "device-removed",
        );
        let (module, slots) = ("soft".to_owned(), Vec::new());
        check(
            &Change::Module { module, slots },
            "soft: không có chứng thư số",
            "soft: no certificates",
            "module-changed",
        );
    }

    #[test]
    fn a_readers_name_moves_no_cursor() {
        let words = as_words(
            &Change::ReaderAdded(READER.to_owned()),
            chip,
            Text::of(Language::Vi),
        );
        assert!(!words.chars().any(char::is_control), "{words:?}");
    }

    #[test]
    fn a_module_that_fails_says_why() {
        let slots = vec![SlotReport {
            module: "soft".to_owned(),
            slot: None,
            token: Err(kyso_pkcs11::DriverError::ModuleTimeout { seconds: 5 }),
        }];
        let change = Change::Module {
            module: "soft".to_owned(),
            slots,
        };
        let text = Text::of(Language::En);
        let value = as_json(&change, chip, text, OffsetDateTime::UNIX_EPOCH);
        assert_eq!(value["problems"][0]["code"], "MODULE-TIMEOUT");
        assert_eq!(value["module"], "soft");
        assert!(as_words(&change, chip, text).starts_with("soft: "));
    }
}
