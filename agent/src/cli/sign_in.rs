//! `kyso sign-in`: one login, from a link to the return page.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use kyso_protocol::Link;
use serde_json::json;

use super::style::Style;
use super::tty;
use super::{Surroundings, interrupted};
use crate::controller::{Begin, Controller, Ended};
use crate::device_key::{DeviceKeys, Without};
use crate::drivers::Drivers;
use crate::login::Stop;
use crate::problem::{Failure, Problem};
use crate::resident::caller::{self, CallError, Turn};
use crate::resident::message::Refusal;
use crate::settings::Settings;
use crate::shell::Returned;
use crate::shell::terminal::{PinSource, Script, Terminal};

/// With `--print-return` standard output has the return address and nothing else; with `--json` one object:
/// `{"outcome":"accepted","origin":…,"return":ADDRESS|null,"browser":true|false}` or
/// `{"outcome":"failed","code":…,"portal":CODE|null,"happened":…,"remedy":…}`, `portal` being the code with which the portal refused.
#[derive(Debug, Args)]
pub(super) struct Options {
    link: String,
    #[arg(long, value_name = "N")]
    pin_fd: Option<u32>,
    #[arg(long, value_name = "SHA256|SERIAL")]
    certificate: Option<String>,
    #[arg(long)]
    yes: bool,
    #[arg(long)]
    print_return: bool,
}

pub(super) fn run(options: Options, surroundings: Surroundings) -> io::Result<ExitCode> {
    let output = surroundings.output;
    let (failure, shown) = match login(options, surroundings) {
        Ok((origin, Ended::Accepted(returned))) => return accepted(&origin, &returned, output),
        Ok((_, Ended::Failed(failure))) => (failure, true),
        Ok((_, Ended::Tried)) => return Ok(ExitCode::SUCCESS),
        Err(failure) => (failure, false),
    };
    // The shell has shown the end of a login already.
    if output.json || !shown {
        output.failure(&Problem::from(&failure))?;
    }
    Ok(ExitCode::FAILURE)
}

fn login(options: Options, surroundings: Surroundings) -> Result<(String, Ended), Failure> {
    let link = Link::parse(&options.link).map_err(Failure::Link)?;
    let turn = turn(&surroundings.settings)?;
    let drivers = Drivers::find(&surroundings.settings).map_err(Failure::Settings)?;
    let pin = PinSource::of(options.pin_fd).map_err(Failure::Pin)?;
    let script = Script {
        yes: options.yes,
        certificate: options.certificate,
        pin,
        print_return: options.print_return,
    };
    let browser = surroundings.settings.browser_program();
    let browser = browser.as_deref();
    let shell = Terminal::new(surroundings.text, Style::of_errors(), script, browser);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = runtime.map_err(|_| Failure::Internal("the runtime does not start"))?;
    let origin = link.origin().to_string();
    let controller = Controller::new(shell, Arc::new(surroundings.settings), Arc::new(drivers))
        .with_devices(DeviceKeys::system(Without::Nothing));
    let stopped = async {
        interrupted().await;
        Stop::Cancelled
    };
    let ended = runtime.block_on(controller.run(Begin::Link(link), stopped));
    drop(turn);
    // A question may still be waiting on its thread, with the echo off.
    tty::restore();
    runtime.shutdown_background();
    Ok((origin, ended))
}

/// From the agent, where one runs: one login at a time waits for the person.
fn turn(settings: &Settings) -> Result<Option<Turn>, Failure> {
    match caller::turn(settings) {
        Ok(turn) => Ok(Some(turn)),
        Err(CallError::Refused(Refusal::Busy)) => Err(Failure::Busy),
        Err(CallError::Absent) => Ok(None),
        Err(error) => {
            tracing::warn!(%error, "the agent that runs was not asked for the turn");
            Ok(None)
        }
    }
}

fn accepted(origin: &str, returned: &Returned, output: super::Output) -> io::Result<ExitCode> {
    let address = match returned {
        Returned::Printed(address) => Some(address),
        Returned::Opened | Returned::Nowhere => None,
    };
    if output.json {
        let browser = *returned == Returned::Opened;
        output.json(&json!({"outcome": "accepted", "origin": origin, "return": address, "browser": browser}))?;
    } else if let Some(address) = address {
        output.words(address)?;
    }
    if *returned == Returned::Nowhere {
        writeln!(
            io::stderr().lock(),
            "{}",
            output
                .text
                .fill("done.open-yourself", &[("origin", origin)])
        )?;
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}
