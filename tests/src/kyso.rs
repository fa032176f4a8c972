//! The command line `kyso`, as a person or a script runs it.

use std::process::Stdio;

use anyhow::{Context, Result};
use kyso_support::Role;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::answer::Rogue;
use crate::process::program;
use crate::spy::Spy;
use crate::stage::Stage;

/// `kyso` with one person's token plugged in.
pub struct Kyso<'a> {
    stage: &'a Stage,
    role: Role,
    spy: Option<&'a Spy>,
    bus: &'a str,
}

/// What the program did and said.
#[derive(Debug, Clone)]
pub struct Ended {
    /// How the sign-in ended.
    pub outcome: SignIn,
    /// What it showed the person.
    pub words: String,
}

/// How a sign-in ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignIn {
    /// The portal took the answer; the browser goes to this address.
    Accepted(String),
    /// The problem's code.
    Problem(String),
}

impl<'a> Kyso<'a> {
    /// With the token of `role`.
    ///
    /// # Errors
    /// Never for a role of [`Role::ALL`].
    pub fn of(stage: &'a Stage, role: Role) -> Result<Self> {
        stage.token(role)?;
        Ok(Self {
            stage,
            role,
            spy: None,
            // The keychain of whoever runs this is none of the demonstration's.
            bus: "unix:path=/nowhere",
        })
    }

    /// With a witness before the token.
    #[must_use]
    pub fn through(mut self, spy: &'a Spy) -> Self {
        self.spy = Some(spy);
        self
    }

    /// On a computer whose keychain is found at this bus.
    #[must_use]
    pub fn with_keychain_at(mut self, bus: &'a str) -> Self {
        self.bus = bus;
        self
    }

    /// The command with settings and token set up.
    ///
    /// # Errors
    /// If the program was not built.
    pub fn command(&self) -> Result<Command> {
        let mut command = Command::new(program("kyso")?);
        // A computer of its own each time: the demonstration signs in more often than six times a minute.
        let runtime = tempfile::Builder::new()
            .prefix("runtime-")
            .tempdir_in(self.stage.path())?
            .keep();
        command
            .env(
                "SOFTHSM2_CONF",
                self.stage.token(self.role)?.configuration(),
            )
            .env("KYSO_CONFIG", self.stage.agent_config())
            .env("XDG_RUNTIME_DIR", runtime)
            .env("DBUS_SESSION_BUS_ADDRESS", self.bus)
            .env(
                "KYSO_LOG",
                if self.stage.logs_everything {
                    "trace"
                } else {
                    "off"
                },
            )
            .kill_on_drop(true);
        if let Some(spy) = self.spy {
            spy.watch(&mut command);
        }
        Ok(command)
    }

    /// Answers the ask behind `link`, a PIN a try through a descriptor.
    ///
    /// # Errors
    /// If the program says something else than it promises to scripts.
    pub async fn sign_in(&self, link: &str, pins: &[&str]) -> Result<Ended> {
        if self.stage.logs_everything {
            Rogue::new(self.stage)?.statement(link).await?;
        }
        let mut command = self.command()?;
        command.args([
            "--json",
            "sign-in",
            link,
            "--yes",
            "--print-return",
            "--pin-fd",
            "0",
        ]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut stdin = child.stdin.take().context("a pipe")?;
        for pin in pins {
            // A program that ended before it wanted the PIN is no failure of ours.
            drop(stdin.write_all(format!("{pin}\n").as_bytes()).await);
        }
        drop(stdin);
        let output = child.wait_with_output().await?;
        self.keep_log(&output.stderr)?;
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        let outcome = parse(&String::from_utf8_lossy(&output.stdout), &words)?;
        Ok(Ended { outcome, words })
    }

    fn keep_log(&self, text: &[u8]) -> Result<()> {
        use std::io::Write as _;
        let mut log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.stage.log("kyso"))?;
        Ok(log.write_all(text)?)
    }
}

fn parse(stdout: &str, stderr: &str) -> Result<SignIn> {
    let text = || format!("kyso said: {stdout}\n{stderr}");
    let last = stdout.lines().last().with_context(text)?;
    let value: serde_json::Value = serde_json::from_str(last).with_context(text)?;
    let member = |name: &str| {
        value
            .get(name)
            .and_then(serde_json::Value::as_str)
            .map(str::to_owned)
    };
    match (
        member("return"),
        member("portal").or_else(|| member("code")),
    ) {
        (Some(address), _) => Ok(SignIn::Accepted(address)),
        (None, Some(code)) => Ok(SignIn::Problem(code)),
        (None, None) => anyhow::bail!(text()),
    }
}
