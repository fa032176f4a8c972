//! The command line `kyso`. Results go to standard output, everything else to standard error; exit status 0 is success,
//! 1 a failure or refusal, 2 wrong use or, for `verify-*`, "could not be judged".

mod doctor;
pub(crate) mod draw;
mod help;
mod history;
pub(crate) mod material;
mod output;
mod reason;
mod running;
mod sign_in;
pub(crate) mod style;
mod token;
pub(crate) mod tokens;
mod trust;
pub(crate) mod tty;
mod usage;
mod verdict;
mod verify_cert;
mod verify_token;
mod watch;

use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use clap::error::ErrorKind;
use clap::{
    ArgAction, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum,
};

use crate::problem::{Failure, Problem};
use crate::settings::{Settings, SettingsError};
use crate::text::{Language, Text, language_of_locale};
use output::Output;

// What each command and option says of itself stands in `text/*.json` under `help.…`; see `help`.
#[derive(Debug, Parser)]
#[command(name = "kyso", version, max_term_width = 100)]
#[command(
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true
)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[arg(short = 'V', long, action = ArgAction::Version, display_order = 904)]
    version: Option<bool>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Args)]
struct Common {
    #[arg(long, global = true, display_order = 900)]
    json: bool,
    #[arg(long, global = true, value_name = "LANGUAGE", display_order = 901)]
    lang: Option<Lang>,
    #[arg(
        long,
        global = true,
        env = "KYSO_CONFIG",
        value_name = "FILE",
        display_order = 902
    )]
    config: Option<PathBuf>,
    #[arg(short, long, global = true, action = ArgAction::Help, display_order = 903)]
    help: Option<bool>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Lang {
    Vi,
    En,
}

#[derive(Debug, Subcommand)]
enum Command {
    Tokens(tokens::Options),
    Token(token::Options),
    SignIn(sign_in::Options),
    Doctor(doctor::Options),
    History(history::Options),
    Status,
    Open(running::Options),
    Quit,
    VerifyToken(verify_token::Options),
    VerifyCert(verify_cert::Options),
    Trust(trust::Options),
    Completions {
        shell: clap_complete::Shell,
    },
    Help {
        #[arg(value_name = "COMMAND")]
        command: Vec<String>,
    },
}

/// What a command is told beside its own options.
struct Surroundings {
    text: Text,
    output: Output,
    settings: Settings,
}

/// Runs the command that the arguments name, the program's own name first. Results go to standard output, and the exit
/// status is the verdict.
///
/// # Errors
/// Standard output can't be written, or the asynchronous runtime can't be started.
pub fn run(arguments: &[OsString]) -> io::Result<ExitCode> {
    // Without words first: most command lines need none, and those of help take as long as all the rest of the start.
    match parsed(Cli::command(), arguments) {
        Ok(cli) => return cli.run(),
        Err(error) if error.kind() == ErrorKind::DisplayVersion => {
            error.print()?;
            return Ok(ExitCode::SUCCESS);
        }
        Err(_) => {}
    }
    let text = Text::of(language_before(arguments));
    match parsed(help::command(text), arguments) {
        Ok(cli) => cli.run(),
        Err(error) => usage::answer(&error, arguments, text),
    }
}

fn parsed(command: clap::Command, arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let matches = command.try_get_matches_from(arguments)?;
    Cli::from_arg_matches(&matches)
}

impl Cli {
    fn run(self) -> io::Result<ExitCode> {
        let Self {
            common, command, ..
        } = self;
        let settings = Settings::load(common.config.as_deref());
        let set = settings
            .as_ref()
            .ok()
            .and_then(|settings| settings.language);
        let text = Text::of(language(common.lang, set));
        match command {
            None => help::print(&[], text),
            Some(Command::Help { command }) => help::print(&command, text),
            Some(Command::Completions { shell }) => {
                let (mut command, mut script) = (help::command(text), Vec::new());
                clap_complete::generate(shell, &mut command, "kyso", &mut script);
                io::stdout().write_all(&script)?;
                Ok(ExitCode::SUCCESS)
            }
            Some(command) => command.under(settings, text, common.json),
        }
    }
}

impl Command {
    fn under(
        self,
        settings: Result<Settings, SettingsError>,
        text: Text,
        json: bool,
    ) -> io::Result<ExitCode> {
        let output = Output { json, text };
        match settings {
            Ok(settings) => self.run(Surroundings {
                text,
                output,
                settings,
            }),
            Err(error) => {
                output.failure(&Problem::from(&Failure::Settings(error)))?;
                Ok(ExitCode::from(2))
            }
        }
    }

    fn run(self, surroundings: Surroundings) -> io::Result<ExitCode> {
        match self {
            Self::Tokens(options) => tokens::run(&options, &surroundings),
            Self::Token(options) => token::run(options, &surroundings),
            Self::SignIn(options) => sign_in::run(options, surroundings),
            Self::Doctor(options) => doctor::run(&options, &surroundings),
            Self::History(options) => history::run(&options, &surroundings),
            Self::Status => running::status(&surroundings),
            Self::Open(options) => running::open(options, &surroundings),
            Self::Quit => running::quit(&surroundings),
            Self::VerifyToken(options) => verify_token::run(options, &surroundings),
            Self::VerifyCert(options) => verify_cert::run(options, &surroundings),
            Self::Trust(options) => trust::run(&options, &surroundings),
            Self::Completions { .. } | Self::Help { .. } => Ok(ExitCode::SUCCESS),
        }
    }
}

/// Resolves at Ctrl+C, and when the terminal closes or somebody ends the program: the terminal must be given back.
pub(crate) async fn interrupted() {
    let kinds = [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ];
    let Ok([mut first, mut second, mut third]) = all(kinds.map(signal)) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = first.recv() => {}
        _ = second.recv() => {}
        _ = third.recv() => {}
    }
}

fn all<T>([first, second, third]: [io::Result<T>; 3]) -> io::Result<[T; 3]> {
    Ok([first?, second?, third?])
}

fn language(option: Option<Lang>, set: Option<Language>) -> Language {
    match option {
        Some(Lang::Vi) => Language::Vi,
        Some(Lang::En) => Language::En,
        None => set.unwrap_or_else(|| language_of_locale(sys_locale::get_locale().as_deref())),
    }
}

/// The language of help and of messages about wrong use: those are wanted before the arguments are understood.
fn language_before(arguments: &[OsString]) -> Language {
    let named = |name: &str| option(arguments, name).filter(|value| !value.is_empty());
    let lang = named("--lang").and_then(|value| Lang::from_str(value.to_str()?, false).ok());
    if lang.is_some() {
        return language(lang, None);
    }
    let file = named("--config").or_else(|| std::env::var_os("KYSO_CONFIG"));
    let settings = Settings::load(file.as_deref().map(Path::new));
    language(None, settings.ok().and_then(|settings| settings.language))
}

/// The value of a long option, written with a blank or with `=`.
fn option(arguments: &[OsString], name: &str) -> Option<OsString> {
    let mut arguments = arguments.iter().take_while(|argument| *argument != "--");
    while let Some(argument) = arguments.next() {
        if argument == name {
            return arguments.next().cloned();
        }
        let value = argument.to_str().and_then(|text| text.strip_prefix(name));
        if let Some(value) = value.and_then(|rest| rest.strip_prefix('=')) {
            return Some(OsStr::new(value).to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_never_an_argument() {
        fn check(command: &clap::Command) {
            for argument in command.get_arguments() {
                let name = argument.get_id().as_str();
                assert!(
                    !name.contains("pin") || name == "pin_fd",
                    "{} takes {name}",
                    command.get_name()
                );
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }

    #[test]
    fn the_option_goes_before_the_settings_and_they_before_the_locale() {
        assert_eq!(language(Some(Lang::En), Some(Language::Vi)), Language::En);
        assert_eq!(language(None, Some(Language::En)), Language::En);
    }

    #[test]
    fn the_language_of_a_wrong_command_line_is_the_one_that_it_names() {
        let check = |arguments: &[&str], expected: Option<&str>| {
            let arguments: Vec<_> = arguments.iter().map(OsString::from).collect();
            let found = option(&arguments, "--lang");
            assert_eq!(found.as_deref(), expected.map(OsStr::new), "{arguments:?}");
        };
        check(&["kyso", "nonsense", "--lang", "en"], Some("en"));
        check(&["kyso", "--lang=en"], Some("en"));
        check(&["kyso", "--language", "en"], None);
        check(&["kyso", "--", "--lang", "en"], None);
        check(&["kyso", "--lang"], None);
    }
}
