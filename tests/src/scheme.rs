//! Where our scheme's links lead: a desktop file in a folder that stands for the user's, for browsers on a display.

use std::ffi::OsString;
use std::path::Path;

use anyhow::Result;

use crate::process::program;

/// A display with the surroundings that programs on it share.
pub struct Surface {
    variables: Vec<(String, OsString)>,
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
        let defaults = "[Default Applications]\nx-scheme-handler/kyso=kyso.desktop\n";
        std::fs::write(applications.join("mimeapps.list"), defaults)?;
        std::fs::write(config.join("mimeapps.list"), defaults)?;
        let own = [("XDG_DATA_HOME", data), ("XDG_CONFIG_HOME", config)];
        let own = own.map(|(name, path)| (name.to_owned(), path.into_os_string()));
        let given = variables.iter();
        let given = given.map(|(name, value)| ((*name).to_owned(), value.clone()));
        Ok(Self {
            variables: own.into_iter().chain(given).collect(),
        })
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
