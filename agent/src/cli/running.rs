//! `kyso status`, `kyso open` and `kyso quit`: what is said to the agent that runs.

use std::io;
use std::process::ExitCode;

use clap::Args;
use kyso_protocol::Link;
use kyso_screens::Page;
use serde_json::json;

use super::Surroundings;
use crate::problem::{Failure, Problem};
use crate::resident::caller::{self, CallError};
use crate::resident::message::{Request, Status};
use crate::resident::surroundings;
use crate::shell::browser::Clues;
use crate::text::Text;

/// With `--json`: `{"running":false}`, or
/// `{"running":true,"version":…,"process":…,"state":"ready"|"waiting"|"no-token","tray":…,"window":…}`.
pub(super) fn status(surroundings: &Surroundings) -> io::Result<ExitCode> {
    let (output, text) = (surroundings.output, surroundings.text);
    match caller::status(&surroundings.settings) {
        Ok(status) if output.json => output.json(&json!({
            "running": true,
            "version": status.version,
            "process": status.process,
            "state": status.state,
            "tray": status.tray,
            "window": status.window,
        }))?,
        Ok(status) => output.words(&in_words(&status, text))?,
        Err(CallError::Absent) if output.json => {
            output.json(&json!({"running": false}))?;
            return Ok(ExitCode::FAILURE);
        }
        Err(error) => return failed(&error.failure(&Request::Status), surroundings),
    }
    Ok(ExitCode::SUCCESS)
}

fn in_words(status: &Status, text: Text) -> String {
    let state = text.get(status.state.key()).to_lowercase();
    let mut lines = vec![
        text.fill("status.running", &[("state", &state)]),
        text.fill("status.version", &[("version", &status.version)]),
    ];
    if !status.tray {
        lines.push(text.get("status.no-tray").to_owned());
    }
    lines.join("\n")
}

/// What `kyso open` opens.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[arg(value_name = "PAGE|LINK")]
    what: String,
}

pub(super) fn open(options: Options, surroundings: &Surroundings) -> io::Result<ExitCode> {
    match of_words(options.what) {
        Ok(request) => done(&request, surroundings),
        Err(failure) => failed(&failure, surroundings),
    }
}

pub(super) fn quit(surroundings: &Surroundings) -> io::Result<ExitCode> {
    done(&Request::Quit, surroundings)
}

fn of_words(what: String) -> Result<Request, Failure> {
    // The window may come to the front if the terminal's desktop allows it.
    let token = std::env::var("XDG_ACTIVATION_TOKEN").ok();
    let surroundings = surroundings::Surroundings::own();
    if let Ok(page) = serde_json::from_value::<Page>(json!(what)) {
        let page = Some(page);
        return Ok(Request::Open {
            page,
            token,
            surroundings,
        });
    }
    Link::parse(&what).map_err(Failure::Link)?;
    Ok(Request::Ask {
        link: what,
        token,
        surroundings,
        clues: Clues::own(),
    })
}

fn done(request: &Request, surroundings: &Surroundings) -> io::Result<ExitCode> {
    match caller::ask(&surroundings.settings, request) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => failed(&error.failure(request), surroundings),
    }
}

fn failed(failure: &Failure, surroundings: &Surroundings) -> io::Result<ExitCode> {
    surroundings.output.failure(&Problem::from(failure))?;
    Ok(ExitCode::FAILURE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_named_and_a_link_is_parsed() {
        let check = |what: &str, expected: Option<(Option<Page>, Option<&str>)>| {
            let found = of_words(what.to_owned()).ok().map(|request| match request {
                Request::Open { page, .. } => (page, None),
                Request::Ask { link, .. } => (None, Some(link)),
                other => panic!("{other:?}"),
            });
            let expected = expected.map(|(page, link)| (page, link.map(str::to_owned)));
            assert_eq!(found, expected, "{what}");
        };
        check("history", Some((Some(Page::History), None)));
        check("check", Some((Some(Page::Check), None)));
        check("History", None);
        let link = "kyso:1/portal.example/AAECAwQFBgcICQoLDA0ODw";
        check(link, Some((None, Some(link))));
        check("kyso:1/portal.example/AAECAwQFBgcICQoLDA0ODw?a=1&a=1", None);
    }
}
