//! What `kyso --help` says, in the chosen language: every command's and option's words come from `text/*.json`.
//!
//! The keys: `help.<command>` and `usage.<command>` (`token-pin` for `kyso token pin`), `help.<command>.<option>` or, for
//! what several commands take, `help.option.<option>`; `help.value.<NAME>` for the names of values.

use std::io;
use std::process::ExitCode;

use clap::builder::Styles;
use clap::{Arg, Command, CommandFactory as _};

use super::Cli;
use crate::text::Text;

/// The whole command line in words.
pub(super) fn command(text: Text) -> Command {
    named(Cli::command(), "kyso", text)
}

/// Prints the help of the command that these words lead to.
pub(super) fn print(words: &[String], text: Text) -> io::Result<ExitCode> {
    let mut whole = command(text);
    whole.build();
    let mut found = &mut whole;
    for word in words {
        let Some(next) = found.find_subcommand_mut(word) else {
            return super::usage::unknown_command(word, text);
        };
        found = next;
    }
    found.print_help()?;
    Ok(ExitCode::SUCCESS)
}

fn named(command: Command, path: &str, text: Text) -> Command {
    let template = template(&command, text);
    let below: Vec<String> = command
        .get_subcommands()
        .map(|below| below.get_name().to_owned())
        .collect();
    let mut command = command
        .mut_args(|argument| argument_in_words(argument, path, text))
        .help_template(template)
        .about(text.get(&format!("help.{path}")).to_owned())
        .override_usage(text.get(&format!("usage.{path}")).to_owned());
    if let Some(more) = text.find(&format!("help.{path}.more")) {
        command = command.after_help(more);
    }
    for name in below {
        let path = if path == "kyso" {
            name.clone()
        } else {
            format!("{path}-{name}")
        };
        command = command.mut_subcommand(name, |below| named(below, &path, text));
    }
    command
}

/// Possible values, defaults and environment are told by the option's own sentence.
fn argument_in_words(argument: Arg, path: &str, text: Text) -> Arg {
    let option = argument.get_id().as_str().replace('_', "-");
    let help = text
        .find(&format!("help.{path}.{option}"))
        .or_else(|| text.find(&format!("help.option.{option}")))
        .unwrap_or_default();
    let value = argument
        .get_value_names()
        .and_then(<[_]>::first)
        .and_then(|name| text.find(&format!("help.value.{name}")));
    let argument = argument.help(help).hide_env(true);
    if !argument.get_action().takes_values() {
        return argument;
    }
    let argument = argument.hide_possible_values(true).hide_default_value(true);
    match value {
        Some(value) => argument.value_name(value),
        None => argument,
    }
}

/// The parts that the command has, each under its heading.
fn template(command: &Command, text: Text) -> String {
    let style = Styles::styled();
    let style = style.get_header();
    let heading = |key: &str| format!("{style}{}{style:#}", text.get(key));
    let mut parts = vec![
        "{about}".to_owned(),
        format!("{} {{usage}}", heading("help.heading.usage")),
    ];
    if command.get_subcommands().next().is_some() {
        parts.push(format!(
            "{}\n{{subcommands}}",
            heading("help.heading.commands")
        ));
    }
    if command.get_positionals().next().is_some() {
        parts.push(format!(
            "{}\n{{positionals}}",
            heading("help.heading.arguments")
        ));
    }
    parts.push(format!("{}\n{{options}}", heading("help.heading.options")));
    format!("{}{{after-help}}", parts.join("\n\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    fn check_each(command: &Command, check: &dyn Fn(&Command)) {
        check(command);
        command
            .get_subcommands()
            .for_each(|below| check_each(below, check));
    }

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        for language in [Language::Vi, Language::En] {
            command(Text::of(language)).debug_assert();
        }
    }

    #[test]
    fn every_command_and_option_has_words_in_both_languages() {
        for language in [Language::Vi, Language::En] {
            check_each(&command(Text::of(language)), &|command| {
                let name = command.get_name();
                let about = command.get_about().map(ToString::to_string);
                assert!(
                    about.is_some_and(|about| !about.starts_with("help.")),
                    "{name}"
                );
                let mut usage = command.clone();
                assert!(
                    !usage.render_usage().to_string().contains("usage."),
                    "{name}"
                );
                for argument in command.get_arguments() {
                    let help = argument.get_help().map(ToString::to_string);
                    assert!(
                        help.is_some_and(|help| !help.is_empty()),
                        "{name}: {argument}"
                    );
                }
            });
        }
    }

    #[test]
    fn nothing_of_the_surroundings_stands_in_the_help() {
        check_each(&command(Text::of(Language::En)), &|command| {
            for argument in command.get_arguments() {
                assert!(argument.is_hide_env_set(), "{argument}");
            }
        });
    }
}
