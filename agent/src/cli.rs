//! The command line `kyso`. Results go to standard output, everything else to standard error; exit status 0 is success,
//! 1 a failure or refusal, 2 wrong use or, for `verify-*`, "could not be judged".

mod doctor;
pub(crate) mod draw;
mod material;
mod output;
mod sign_in;
pub(crate) mod style;
mod tokens;
pub(crate) mod tty;
mod verdict;
mod verify_cert;
mod verify_token;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

use crate::problem::{Failure, Problem};
use crate::settings::{Settings, SettingsError};
use crate::text::{Language, Text, language_of_locale};
use output::Output;

/// Kyso – đăng nhập bằng chữ ký số. Sign in at public-service portals with a USB token.
#[derive(Debug, Parser)]
#[command(name = "kyso", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Common {
    /// Print one JSON value on standard output instead of words
    #[arg(long, global = true)]
    json: bool,
    /// Language of all messages; by default the locale's, else Vietnamese
    #[arg(long, global = true, value_name = "LANGUAGE")]
    lang: Option<Lang>,
    /// Settings file
    #[arg(long, global = true, env = "KYSO_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Lang {
    /// Tiếng Việt
    Vi,
    /// English
    En,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the USB tokens and the certificates on them
    Tokens,
    /// Answer a portal's request: show it, choose a certificate, sign, and go back to the browser
    SignIn(sign_in::Options),
    /// Check this computer: drivers, slots, tokens, certificates, a portal
    Doctor(doctor::Options),
    /// Check an authentication token as a portal would (operators and auditors)
    VerifyToken(verify_token::Options),
    /// Check a certificate (operators and auditors)
    VerifyCert(verify_cert::Options),
    /// Print a completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// What a command is told beside its own options.
struct Surroundings {
    text: Text,
    output: Output,
    settings: Settings,
}

impl Cli {
    /// Runs the command. Standard output is written by it, and the exit status is its verdict.
    ///
    /// # Errors
    /// Standard output can't be written, or the asynchronous runtime can't be started.
    pub fn run(self) -> std::io::Result<ExitCode> {
        let Self { common, command } = self;
        if let Command::Completions { shell } = command {
            clap_complete::generate(shell, &mut Self::command(), "kyso", &mut std::io::stdout());
            return Ok(ExitCode::SUCCESS);
        }
        let settings = read_settings(common.config.as_deref());
        let set = settings
            .as_ref()
            .ok()
            .and_then(|settings| settings.language);
        let text = Text::of(language(common.lang, set));
        let output = Output {
            json: common.json,
            text,
        };
        match settings {
            Ok(settings) => command.run(Surroundings {
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
}

impl Command {
    fn run(self, surroundings: Surroundings) -> std::io::Result<ExitCode> {
        match self {
            Self::Tokens => tokens::run(&surroundings),
            Self::SignIn(options) => sign_in::run(options, surroundings),
            Self::Doctor(options) => doctor::run(&options, &surroundings),
            Self::VerifyToken(options) => verify_token::run(options, &surroundings),
            Self::VerifyCert(options) => verify_cert::run(options, &surroundings),
            Self::Completions { .. } => Ok(ExitCode::SUCCESS),
        }
    }
}

fn language(option: Option<Lang>, set: Option<Language>) -> Language {
    match option {
        Some(Lang::Vi) => Language::Vi,
        Some(Lang::En) => Language::En,
        None => set.unwrap_or_else(|| language_of_locale(sys_locale::get_locale().as_deref())),
    }
}

/// The file that was named, else the user's own where there is one.
fn read_settings(named: Option<&std::path::Path>) -> Result<Settings, SettingsError> {
    match (named, own_settings()) {
        (Some(file), _) => Settings::read(file),
        (None, Some(file)) if file.exists() => Settings::read(&file),
        (None, _) => Ok(Settings::default()),
    }
}

/// `$XDG_CONFIG_HOME/kyso/kyso.toml`, else `~/.config/kyso/kyso.toml` (XDG Base Directory Specification 0.8).
fn own_settings() -> Option<PathBuf> {
    let configured = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config"));
    configured
        .or_else(home)
        .map(|folder| folder.join("kyso/kyso.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_pin_is_never_an_argument() {
        for command in Cli::command().get_subcommands() {
            assert!(
                command
                    .get_arguments()
                    .all(|argument| argument.get_id() != "pin"),
                "{}",
                command.get_name()
            );
        }
        assert!(
            Cli::try_parse_from(["kyso", "sign-in", "--pin", "1234", "kyso:1/a.example/x"])
                .is_err()
        );
    }

    #[test]
    fn the_option_goes_before_the_settings_and_they_before_the_locale() {
        assert_eq!(language(Some(Lang::En), Some(Language::Vi)), Language::En);
        assert_eq!(language(None, Some(Language::En)), Language::En);
    }
}
