//! The resident program.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use kyso_agent::resident::{Start, page_of, run};
use kyso_agent::text::Text;

fn main() -> anyhow::Result<ExitCode> {
    // Before anything is read: a PIN may come through this process.
    kyso_pkcs11::harden().context("this process cannot be hardened")?;
    kyso_agent::log::start();
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    match understood(std::env::args_os().skip(1)) {
        Some(Wanted::Run(start)) => {
            let settings = std::env::var_os("KYSO_CONFIG").map(PathBuf::from);
            Ok(run(start, settings.as_deref())?)
        }
        Some(Wanted::Help) => print(Text::chosen(None).get("help.agent"), 0),
        Some(Wanted::Version) => print(concat!("kyso-agent ", env!("CARGO_PKG_VERSION")), 0),
        None => print(Text::chosen(None).get("help.agent"), 2),
    }
}

#[derive(Debug)]
enum Wanted {
    Run(Start),
    Help,
    Version,
}

/// At most one link; what isn't UTF-8 is none.
fn understood(arguments: impl Iterator<Item = OsString>) -> Option<Wanted> {
    let mut start = Start {
        token: activation_token(),
        ..Start::default()
    };
    for argument in arguments {
        match argument.to_string_lossy().as_ref() {
            "--hidden" => start.hidden = true,
            option if let Some(page) = page_of(option) => start.page = Some(page),
            "--help" | "-h" => return Some(Wanted::Help),
            "--version" | "-V" => return Some(Wanted::Version),
            option if option.starts_with('-') => return None,
            link if start.link.is_none() => start.link = Some(link.to_owned()),
            _ => return None,
        }
    }
    Some(Wanted::Run(start))
}

/// What the desktop gives with the program's start (XDG activation, Startup Notification Protocol 0.1).
fn activation_token() -> Option<String> {
    let names = ["XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID"];
    let mut tokens = names
        .into_iter()
        .filter_map(|name| std::env::var(name).ok());
    tokens.find(|token| !token.is_empty())
}

fn print(words: &str, status: u8) -> anyhow::Result<ExitCode> {
    if status == 0 {
        writeln!(std::io::stdout().lock(), "{words}")?;
    } else {
        writeln!(std::io::stderr().lock(), "{words}")?;
    }
    Ok(ExitCode::from(status))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(arguments: &[&str], expected: Option<(bool, Option<&str>)>) {
        let found = understood(arguments.iter().map(OsString::from));
        let found = found.map(|wanted| match wanted {
            Wanted::Run(start) => (start.hidden, start.link),
            other => panic!("{other:?}"),
        });
        let expected = expected.map(|(hidden, link)| (hidden, link.map(str::to_owned)));
        assert_eq!(found, expected, "{arguments:?}");
    }

    #[test]
    fn it_takes_one_link_and_no_other_words() {
        check(&[], Some((false, None)));
        check(&["--hidden"], Some((true, None)));
        check(
            &["kyso:1/a.example/x"],
            Some((false, Some("kyso:1/a.example/x"))),
        );
        check(&["kyso:a", "kyso:b"], None);
        check(&["--sign", "abc"], None);
    }
}
