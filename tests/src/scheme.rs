//! Where our scheme's links lead: a desktop file in a folder that stands for the user's, for browsers on a display.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::process::program;

const HTTPS: &str = "x-scheme-handler/https";
/// The list of a user's choices among programs (Association between MIME types and applications 1.0.1).
const CHOICES: &str = "mimeapps.list";

/// A display with the surroundings that programs on it share.
pub struct Surface {
    variables: Vec<(String, OsString)>,
    applications: PathBuf,
    config: PathBuf,
}

impl Surface {
    /// Lays out the user's folders below `home`, with the agent as what opens `kyso:` links; `variables` say where the
    /// display and the session bus are, and whatever the agent must find.
    ///
    /// # Errors
    /// The agent's program or the folder is missing.
    pub fn new(home: &Path, variables: &[(&str, OsString)]) -> Result<Self> {
        let (data, config) = (home.join("data"), home.join("config"));
        let applications = data.join("applications");
        std::fs::create_dir_all(&applications)?;
        std::fs::create_dir_all(&config)?;
        std::fs::write(
            applications.join("kyso.desktop"),
            entry(&program("kyso-agent")?),
        )?;
        let own = [("XDG_DATA_HOME", &data), ("XDG_CONFIG_HOME", &config)];
        let own = own.map(|(name, path)| (name.to_owned(), path.into()));
        let given = variables.iter();
        let given = given.map(|(name, value)| ((*name).to_owned(), value.clone()));
        let surface = Self {
            variables: own.into_iter().chain(given).collect(),
            applications,
            config,
        };
        surface.choose("")?;
        Ok(surface)
    }

    /// The folder that a variable names.
    #[must_use]
    pub fn folder(&self, variable: &str) -> Option<PathBuf> {
        // Of two values the later one holds.
        let mut variables = self.variables.iter().rev();
        let found = variables.find(|(name, _)| name == variable);
        found.map(|(_, value)| value.into())
    }

    /// Installs a browser for the user, by a desktop file of this name.
    ///
    /// # Errors
    /// It can't be written.
    pub fn install(&self, name: &str, program: &Path) -> Result<()> {
        let entry = format!(
            "[Desktop Entry]\nType=Application\nName={name}\nExec={} %U\nMimeType={HTTPS};\n",
            program.display()
        );
        let file = self.applications.join(name);
        Ok(std::fs::write(file, entry)?)
    }

    /// Has the desktop open pages with the browser of this desktop file.
    ///
    /// # Errors
    /// It can't be written.
    pub fn prefer(&self, name: &str) -> Result<()> {
        self.choose(&format!("{HTTPS}={name}\n"))
    }

    fn choose(&self, more: &str) -> Result<()> {
        let choices = format!("[Default Applications]\nx-scheme-handler/kyso=kyso.desktop\n{more}");
        for folder in [&self.applications, &self.config] {
            std::fs::write(folder.join(CHOICES), &choices)?;
        }
        Ok(())
    }

    /// For the environment of every program on it.
    #[must_use]
    pub fn variables(&self) -> Vec<(String, OsString)> {
        self.variables.clone()
    }
}

/// What is shipped, with the program of this build.
fn entry(agent: &Path) -> String {
    let shipped = include_str!("../../packaging/kyso.desktop");
    let exec = format!("Exec={} %u", agent.display());
    shipped.replace("Exec=kyso-agent %u", &exec)
}
