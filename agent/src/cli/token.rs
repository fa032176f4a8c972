//! `kyso token pin`: another PIN for a token. PINs come from the terminal without echo or from a descriptor, never from an
//! argument.

use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, Subcommand};
use kyso_pkcs11::{Pin, PinChange, SlotReport, TokenInfo, TokenReport};
use serde_json::json;

use super::style::{Style, Tone};
use super::tokens::issuer;
use super::tty::{self, Tty};
use super::{Surroundings, interrupted};
use crate::drivers::Drivers;
use crate::problem::{Failure, NewPinFault, Problem};
use crate::shell::terminal::{PinSource, print};
use crate::text::Text;
use crate::view::{Tries, printable};

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Pin(PinOptions),
}

#[derive(Debug, Args)]
struct PinOptions {
    #[arg(long, value_name = "SERIAL")]
    token: Option<String>,
    #[arg(long, value_name = "N")]
    pin_fd: Option<u32>,
}

pub(super) fn run(options: Options, surroundings: &Surroundings) -> io::Result<ExitCode> {
    let What::Pin(options) = options.what;
    let output = surroundings.output;
    match change(options, surroundings) {
        Ok(token) if output.json => {
            output.json(
                &json!({"outcome": "changed", "label": token.label, "serial": token.serial}),
            )?;
        }
        Ok(_) => output.words(output.text.get("pin-change.done"))?,
        Err(failure) => {
            output.failure(&Problem::from(&failure))?;
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Ctrl+C ends it while somebody types; while the token changes its PIN it is waited for: half a change helps nobody.
fn change(options: PinOptions, surroundings: &Surroundings) -> Result<TokenInfo, Failure> {
    let drivers = Drivers::find(&surroundings.settings).map_err(Failure::Settings)?;
    let source = PinSource::of(options.pin_fd).map_err(Failure::Pin)?;
    let under_way = Arc::new(AtomicBool::new(false));
    let change = Change {
        text: surroundings.text,
        style: Style::of_errors(),
        source,
        drivers,
        under_way: Arc::clone(&under_way),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|_| Failure::Internal("the runtime does not start"))?;
    let changed = runtime.block_on(async {
        let mut working = tokio::task::spawn_blocking(move || change.run(options.token.as_deref()));
        tokio::select! {
            done = &mut working => return done,
            () = interrupted() => {}
        }
        if under_way.load(Ordering::SeqCst) {
            working.await
        } else {
            Ok(Err(Failure::Cancelled))
        }
    });
    tty::restore();
    runtime.shutdown_background();
    changed.unwrap_or(Err(Failure::Internal("a task ended without a result")))
}

struct Change {
    text: Text,
    style: Style,
    source: PinSource,
    drivers: Drivers,
    under_way: Arc<AtomicBool>,
}

impl Change {
    fn run(&self, named: Option<&str>) -> Result<TokenInfo, Failure> {
        let slots = self.drivers.list();
        let (slot, report) = self.choose(&slots, named)?;
        let token = &report.token;
        let ca = issuer(report);
        if token.pin.locked {
            return Err(Failure::Locked { ca });
        }
        self.say_which(token);
        let pins = if token.protected_path {
            print(self.text.get("pin.keypad"));
            PinChange::OnDevice
        } else {
            self.ask(token)?
        };
        self.under_way.store(true, Ordering::SeqCst);
        let changed = self
            .drivers
            .change_pin(&report.reference(&slot.module), pins);
        let failure = |error| Failure::PinChange {
            module: slot.module.clone(),
            ca,
            error,
        };
        changed.map(|()| token.clone()).map_err(failure)
    }

    fn choose<'a>(
        &self,
        slots: &'a [SlotReport],
        named: Option<&str>,
    ) -> Result<(&'a SlotReport, &'a TokenReport), Failure> {
        let mut found: Vec<_> = slots
            .iter()
            .filter_map(|slot| Some((slot, slot.token.as_ref().ok()?)))
            .filter(|(_, report)| named.is_none_or(|named| report.token.serial == named))
            .collect();
        if named.is_some() {
            found = without_twins(found);
        }
        match (found.as_slice(), &self.source) {
            ([], _) => Err(self.nothing(slots)),
            ([only], _) => Ok(*only),
            (several, PinSource::Terminal) => {
                let at = self.ask_which(several).ok_or(Failure::Cancelled)?;
                several.get(at).copied().ok_or(Failure::Cancelled)
            }
            (_, PinSource::Descriptor(_)) => Err(Failure::SeveralTokens),
        }
    }

    fn nothing(&self, slots: &[SlotReport]) -> Failure {
        let said = slots.iter().find_map(|slot| match &slot.token {
            Err(error) if !crate::login::says_nothing(error) => Some(Failure::Driver {
                module: slot.module.clone(),
                error: error.clone(),
            }),
            _ => None,
        });
        said.unwrap_or(Failure::NoToken)
    }

    fn ask_which(&self, several: &[(&SlotReport, &TokenReport)]) -> Option<usize> {
        for (at, (slot, report)) in several.iter().enumerate() {
            print(&format!(
                "{}  {} – {}",
                at + 1,
                seen(&report.token, self.text),
                printable(&slot.module)
            ));
        }
        let last = several.len().to_string();
        let question = self
            .text
            .fill("pin-change.which", &[("first", "1"), ("last", &last)]);
        loop {
            let answer = Tty::open().and_then(|mut tty| tty.ask(&question)).ok()?;
            if answer.is_empty() {
                return None;
            }
            let number = answer.trim().parse::<usize>().ok()?.checked_sub(1)?;
            if number < several.len() {
                return Some(number);
            }
        }
    }

    fn say_which(&self, token: &TokenInfo) {
        print(&self.style.paint(Tone::Strong, &seen(token, self.text)));
        match Tries::of(token.pin) {
            Tries::Last => print(&self.style.paint(Tone::Warning, self.text.get("pin.last"))),
            Tries::Few => print(self.text.get("pin.few")),
            Tries::Untold => {}
        }
        let (min, max) = bounds(token);
        let (min, max) = (min.to_string(), max.to_string());
        print(
            &self
                .text
                .fill("pin-change.bounds", &[("min", &min), ("max", &max)]),
        );
    }

    /// The old PIN, and the new one twice. On the last try a person is asked whether to spend it.
    fn ask(&self, token: &TokenInfo) -> Result<PinChange, Failure> {
        if Tries::of(token.pin) == Tries::Last && !self.source.is_sure(self.text) {
            return Err(Failure::Cancelled);
        }
        let old = self.pin("pin-change.old")?;
        let new = self.pin("pin-change.new")?;
        let (min, max) = bounds(token);
        if !(min..=max).contains(&new.expose().len()) {
            return Err(Failure::NewPin(NewPinFault::Length { min, max }));
        }
        if new.expose() == old.expose() {
            return Err(Failure::NewPin(NewPinFault::Same));
        }
        let again = self.pin("pin-change.again")?;
        if new.expose() != again.expose() {
            return Err(Failure::NewPin(NewPinFault::Differs));
        }
        Ok(PinChange::Typed { old, new })
    }

    fn pin(&self, question: &str) -> Result<Pin, Failure> {
        self.source
            .read(self.text.get(question))
            .map_err(Failure::Pin)
    }
}

/// A slot with its token.
type Seen<'a> = (&'a SlotReport, &'a TokenReport);

/// One token that two modules see is one token. Two in one module are two, whatever they say.
fn without_twins(seen: Vec<Seen<'_>>) -> Vec<Seen<'_>> {
    let mut kept: Vec<Seen<'_>> = Vec::new();
    for (slot, report) in seen {
        let twin = |(other, told): &Seen<'_>| {
            other.module != slot.module && same_device(&told.token, &report.token)
        };
        if !kept.iter().any(twin) {
            kept.push((slot, report));
        }
    }
    kept
}

fn same_device(one: &TokenInfo, other: &TokenInfo) -> bool {
    let told = |token: &TokenInfo| {
        let TokenInfo {
            label,
            serial,
            model,
            manufacturer,
            ..
        } = token.clone();
        [label, serial, model, manufacturer]
    };
    !one.serial.is_empty() && told(one) == told(other)
}

/// Fewest and most bytes of a PIN of this token.
fn bounds(token: &TokenInfo) -> (usize, usize) {
    let number = |bound: u32| usize::try_from(bound).unwrap_or(usize::MAX);
    let most = match number(token.pin_max) {
        0 => Pin::MAX,
        max => max.min(Pin::MAX),
    };
    (number(token.pin_min).max(1), most)
}

fn seen(token: &TokenInfo, text: Text) -> String {
    let values = [
        ("label", token.label.as_str()),
        ("model", &token.model),
        ("serial", &token.serial),
    ];
    printable(&text.fill("check.token-seen", &values))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kyso_pkcs11::PinState;

    fn token(serial: &str, label: &str) -> TokenInfo {
        TokenInfo {
            label: label.to_owned(),
            serial: serial.to_owned(),
            model: String::new(),
            manufacturer: String::new(),
            pin: PinState::default(),
            protected_path: false,
            login_required: true,
            pin_min: 4,
            pin_max: 8,
            rsa_pss: None,
        }
    }

    fn slot(module: &str, serial: &str, label: &str) -> SlotReport {
        SlotReport {
            module: module.to_owned(),
            slot: Some(0),
            token: Ok(TokenReport {
                token: token(serial, label),
                certificates: Vec::new(),
                omitted: Vec::new(),
                certificates_after_pin: false,
            }),
        }
    }

    #[test]
    fn a_token_counts_twice_unless_two_modules_see_the_very_same() {
        let check = |one: [&str; 3], other: [&str; 3], expected| {
            let slots = [one, other].map(|[module, serial, label]| slot(module, serial, label));
            let seen = slots.iter();
            let seen = seen.map(|slot| (slot, slot.token.as_ref().unwrap()));
            assert_eq!(without_twins(seen.collect()).len(), expected);
        };
        check(["a", "7", "x"], ["b", "7", "x"], 1);
        check(["a", "7", "x"], ["a", "7", "x"], 2);
        check(["a", "7", "x"], ["b", "7", "y"], 2);
        check(["a", "", "x"], ["b", "", "x"], 2);
    }

    #[test]
    fn a_token_that_names_no_bounds_takes_what_any_token_takes() {
        let check = |pin_min, pin_max, expected| {
            let token = TokenInfo {
                pin_min,
                pin_max,
                ..token("", "")
            };
            assert_eq!(bounds(&token), expected);
        };
        check(4, 8, (4, 8));
        check(0, 0, (1, 255));
        check(6, u32::MAX, (6, 255));
    }
}
