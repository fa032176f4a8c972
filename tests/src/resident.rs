//! The resident agent with one person's token, on a display that nobody sees.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use kyso_support::Role;
use tokio::process::Command;

use crate::display::Display;
use crate::process::{Running, program};
use crate::scheme::Surface;
use crate::stage::Stage;

/// A computer with a display, a token and our programs; the agent runs or doesn't yet.
pub struct Computer {
    /// What every program on it finds in its environment.
    pub surface: Surface,
    variables: Vec<(&'static str, OsString)>,
    log: PathBuf,
}

impl Computer {
    /// With the token of `role` and further variables; nothing is started.
    ///
    /// # Errors
    /// If a program was not built.
    pub fn of(
        stage: &Stage,
        display: &Display,
        role: Role,
        more: Vec<(&'static str, OsString)>,
    ) -> Result<Self> {
        let runtime = short_folder(display.home())?;
        let settings = display.home().join("kyso.toml");
        stage.write_settings_of_a_new_computer(&settings)?;
        let mut variables = display.variables();
        variables.extend(more);
        variables.extend([
            ("XDG_RUNTIME_DIR", runtime.into_os_string()),
            ("KYSO_CONFIG", settings.into_os_string()),
            (
                "SOFTHSM2_CONF",
                stage.token(role)?.configuration().as_os_str().to_owned(),
            ),
        ]);
        Ok(Self {
            surface: Surface::new(display.home(), &variables)?,
            variables,
            log: stage.log("agent"),
        })
    }

    /// One of our programs on this computer.
    ///
    /// # Errors
    /// If it was not built.
    pub fn command(&self, name: &str) -> Result<Command> {
        let mut command = Command::new(program(name)?);
        command
            .envs(self.surface.variables())
            .envs(self.variables.iter().cloned());
        Ok(command)
    }

    /// Starts the agent as a log-in does, without a window, and returns when it answers.
    ///
    /// # Errors
    /// If it ends at once.
    pub async fn start_agent(&self) -> Result<Running> {
        let mut agent = self.command("kyso-agent")?;
        let mut running = Running::start(agent.arg("--hidden"), &self.log)?;
        while !self.agent_answers().await? {
            if let Some(status) = running.ended()? {
                bail!(
                    "the agent ended ({status}): {}",
                    std::fs::read_to_string(&self.log)?
                );
            }
        }
        Ok(running)
    }

    /// Whether a resident agent runs here.
    ///
    /// # Errors
    /// If `kyso` was not built.
    pub async fn agent_answers(&self) -> Result<bool> {
        let output = self.command("kyso")?.arg("status").output().await?;
        Ok(output.status.success())
    }

    /// Has the agent end, and waits until it doesn't answer.
    ///
    /// # Errors
    /// If there is none.
    pub async fn quit_agent(&self) -> Result<()> {
        let output = self.command("kyso")?.arg("quit").output().await?;
        ensure!(
            output.status.success(),
            "kyso quit: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }
}

/// A socket's path has a hundred characters at most.
fn short_folder(home: &Path) -> Result<PathBuf> {
    let runtime = home.join("run");
    std::fs::create_dir_all(&runtime)?;
    std::fs::set_permissions(
        &runtime,
        std::os::unix::fs::PermissionsExt::from_mode(0o700),
    )?;
    Ok(runtime)
}
