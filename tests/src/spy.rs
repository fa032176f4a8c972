//! OpenSC's `pkcs11-spy` between the host and SoftHSM2: an independent witness of every PKCS#11 call.

use std::path::PathBuf;

use anyhow::Result;
use tokio::process::Command;

use crate::stage::Stage;

/// Where Debian, Ubuntu and Fedora put it.
const PLACES: [&str; 4] = [
    "/usr/lib/x86_64-linux-gnu/pkcs11-spy.so",
    "/usr/lib/x86_64-linux-gnu/pkcs11/pkcs11-spy.so",
    "/usr/lib/aarch64-linux-gnu/pkcs11-spy.so",
    "/usr/lib64/pkcs11-spy.so",
];

/// A witness with a log of its own.
pub struct Spy {
    log: PathBuf,
    settings: PathBuf,
}

impl Spy {
    /// Settings in which the spy stands before SoftHSM2; none where it is not installed, which is told or, where it
    /// must be, a failure.
    ///
    /// # Errors
    /// If it must be there and is not, or the settings cannot be written.
    pub fn between(stage: &Stage) -> Result<Option<Self>> {
        let Some(module) = PLACES.iter().map(PathBuf::from).find(|path| path.is_file()) else {
            kyso_support::missing("pkcs11-spy (package opensc)");
            return Ok(None);
        };
        let spy = Self {
            log: stage.log("spy"),
            settings: stage.path().join("kyso-spied.toml"),
        };
        let environment = format!(
            "environment = {{ PKCS11SPY = {:?}, PKCS11SPY_OUTPUT = {:?} }}\n",
            kyso_support::module_path()?.display().to_string(),
            spy.log.display().to_string(),
        );
        stage.write_agent_with(&spy.settings, &module, &environment)?;
        Ok(Some(spy))
    }

    /// Puts the spy between the command and the token.
    pub fn watch(&self, command: &mut Command) {
        command.env("KYSO_CONFIG", &self.settings);
    }

    /// All that was called, with arguments.
    ///
    /// # Errors
    /// If nothing was.
    pub fn log(&self) -> Result<String> {
        Ok(std::fs::read_to_string(&self.log)?)
    }

    /// How often a function was called.
    ///
    /// # Errors
    /// If nothing was called at all.
    pub fn count(&self, function: &str) -> Result<usize> {
        let log = self.log()?;
        Ok(log
            .lines()
            .filter(|line| line.split(": ").nth(1) == Some(function))
            .count())
    }
}
