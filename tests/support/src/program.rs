//! Runs one outside program to its end and says plainly why it failed.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Runs `program` with `arguments`, feeds it `input`, and gives its standard output.
///
/// # Errors
/// If the program is missing or ends with a status other than 0; the text holds what it wrote to standard error.
pub(crate) fn run(program: &str, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>> {
    run_in(program, arguments, input, None)
}

/// As [`run`], with `SOFTHSM2_CONF` set to `configuration` where one is given.
pub(crate) fn run_in(
    program: &str,
    arguments: &[&str],
    input: &[u8],
    configuration: Option<&Path>,
) -> Result<Vec<u8>> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(path) = configuration {
        command.env("SOFTHSM2_CONF", path);
    }
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot start `{program}`; is it installed?"))?;
    if let Some(mut pipe) = child.stdin.take() {
        // A program that doesn't read its input closes the pipe; its status tells the rest.
        let _ = pipe.write_all(input);
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!(
            "`{program} {}` ended with {}: {}",
            arguments.first().unwrap_or(&""),
            output.status,
            said.trim()
        );
    }
    Ok(output.stdout)
}

/// [`run`] for the `openssl` program.
pub(crate) fn openssl(arguments: &[&str], input: &[u8]) -> Result<Vec<u8>> {
    run("openssl", arguments, input)
}
