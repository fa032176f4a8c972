//! What is said where a command line is not understood: in the chosen language, on standard error, exit status 2.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

use super::style::{Style, Tone};
use crate::text::Text;
use crate::view::printable;

/// Prints help and version as they are, and everything else in our words.
pub(super) fn answer(error: &Error, arguments: &[OsString], text: Text) -> io::Result<ExitCode> {
    if !error.use_stderr() {
        error.print()?;
        return Ok(ExitCode::SUCCESS);
    }
    let command = command_of(arguments, text);
    say(&explain(error, &command, text), text)
}

/// The command that the arguments name, as it is typed.
fn command_of(arguments: &[OsString], text: Text) -> String {
    let whole = super::help::command(text);
    let (mut at, mut typed) = (&whole, String::from("kyso"));
    for word in arguments.iter().skip(1) {
        if let Some(below) = at.find_subcommand(word) {
            typed = format!("{typed} {}", below.get_name());
            at = below;
        }
    }
    typed
}

/// `kyso help` with a command that there is not.
pub(super) fn unknown_command(word: &str, text: Text) -> io::Result<ExitCode> {
    say(&text.fill("usage-error.command", &[("what", word)]), text)
}

fn say(what: &str, text: Text) -> io::Result<ExitCode> {
    let style = Style::of_errors();
    let head = style.paint(Tone::Bad, text.get("usage-error"));
    writeln!(io::stderr().lock(), "{head} {what}")?;
    Ok(ExitCode::from(2))
}

fn explain(error: &Error, command: &str, text: Text) -> String {
    let mut lines = vec![sentence(error, text)];
    let all = |kind| of(error, kind).filter(|all| !all.is_empty());
    let meant = [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ];
    if let Some(meant) = meant.into_iter().find_map(all) {
        lines.push(text.fill("usage-error.meant", &[("what", &meant)]));
    } else if let Some(values) = all(ContextKind::ValidValue) {
        lines.push(text.fill("usage-error.allowed", &[("values", &values)]));
    }
    if let Some(usage) = all(ContextKind::Usage) {
        // The library's own heading stands before the words.
        let usage = usage.trim().trim_start_matches("Usage:").trim();
        lines.push(format!("{} {usage}", text.get("help.heading.usage")));
    }
    lines.push(text.fill("usage-error.more", &[("command", command)]));
    lines
        .iter()
        .map(|line| printable(line))
        .collect::<Vec<_>>()
        .join("\n")
}

fn sentence(error: &Error, text: Text) -> String {
    let part = |kind| of(error, kind).unwrap_or_default();
    let what = part(ContextKind::InvalidArg);
    let say = |key: &str| text.fill(key, &[("what", &what)]);
    match error.kind() {
        ErrorKind::MissingRequiredArgument => say("usage-error.missing"),
        ErrorKind::UnknownArgument => say("usage-error.unknown"),
        ErrorKind::InvalidSubcommand => text.fill(
            "usage-error.command",
            &[("what", &part(ContextKind::InvalidSubcommand))],
        ),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            text.get("usage-error.no-command").to_owned()
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let value = part(ContextKind::InvalidValue);
            if value.is_empty() {
                say("usage-error.no-value")
            } else {
                text.fill("usage-error.value", &[("what", &what), ("value", &value)])
            }
        }
        ErrorKind::NoEquals
        | ErrorKind::TooFewValues
        | ErrorKind::TooManyValues
        | ErrorKind::WrongNumberOfValues => say("usage-error.number-of-values"),
        ErrorKind::ArgumentConflict => conflict(&what, &part(ContextKind::PriorArg), text),
        ErrorKind::InvalidUtf8 => text.get("usage-error.not-text").to_owned(),
        _ => text.get("usage-error.other").to_owned(),
    }
}

fn conflict(what: &str, prior: &str, text: Text) -> String {
    if prior == what || prior.is_empty() {
        text.fill("usage-error.twice", &[("what", what)])
    } else {
        text.fill("usage-error.conflict", &[("what", what), ("other", prior)])
    }
}

fn of(error: &Error, kind: ContextKind) -> Option<String> {
    Some(match error.get(kind)? {
        ContextValue::String(one) => one.clone(),
        ContextValue::Strings(all) => all.join(", "),
        ContextValue::StyledStr(one) => one.to_string(),
        ContextValue::StyledStrs(all) => all
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", "),
        ContextValue::Number(number) => number.to_string(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    fn explained(arguments: &[&str], language: Language) -> String {
        let text = Text::of(language);
        let error = super::super::help::command(text)
            .try_get_matches_from(arguments)
            .expect_err("wrong use");
        let arguments: Vec<_> = arguments.iter().map(OsString::from).collect();
        explain(&error, &command_of(&arguments, text), text)
    }

    fn check(arguments: &[&str], vi: &str, en: &str) {
        for (language, expected) in [(Language::Vi, vi), (Language::En, en)] {
            let said = explained(arguments, language);
            assert_eq!(said.lines().next(), Some(expected), "{said}");
        }
    }

    #[test]
    fn wrong_use_is_told_in_the_chosen_language() {
        check(
            &["kyso", "sign-in"],
            "Thiếu <LIÊN-KẾT>.",
            "<LINK> is missing.",
        );
        check(
            &["kyso", "tokens", "--colour"],
            "Không có tùy chọn hay tham số “--colour”.",
            "There is no option or argument “--colour”.",
        );
        check(
            &["kyso", "signin"],
            "Không có lệnh “signin”.",
            "There is no command “signin”.",
        );
        check(
            &["kyso", "tokens", "--lang", "fr"],
            "Giá trị “fr” không dùng được cho --lang <NGÔN-NGỮ>.",
            "The value “fr” does not fit --lang <LANGUAGE>.",
        );
        check(
            &["kyso", "tokens", "--lang"],
            "--lang <NGÔN-NGỮ> cần một giá trị.",
            "--lang <LANGUAGE> needs a value.",
        );
        check(
            &["kyso", "tokens", "--json", "--json"],
            "--json chỉ được viết một lần.",
            "--json may be given only once.",
        );
    }

    #[test]
    fn a_misspelt_command_names_the_one_that_was_meant() {
        let said = explained(&["kyso", "signin"], Language::Vi);
        assert!(said.contains("sign-in"), "{said}");
        assert!(!said.contains("Usage"), "{said}");
    }

    #[test]
    fn values_that_may_be_given_are_listed() {
        let said = explained(&["kyso", "tokens", "--lang", "fr"], Language::En);
        assert!(said.contains("vi, en"), "{said}");
        assert!(said.ends_with("More: kyso tokens --help"), "{said}");
        let said = explained(&["kyso", "token", "pin", "--pin"], Language::En);
        assert!(said.ends_with("More: kyso token pin --help"), "{said}");
    }
}
