//! X: Xvfb with Openbox, or the person's own.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use kyso_support::Daemon;

use super::{Focus, Front, Screen, said};

pub(super) const PROGRAMS: [&str; 3] = ["Xvfb", "openbox", "xdotool"];

/// Openbox gives a new window the focus unless it is told not to.
const KEEPS_THE_FOCUS: &str = "<openbox_config xmlns=\"http://openbox.org/3.4/rc\">
<focus><focusNew>no</focusNew></focus>
</openbox_config>
";

pub(super) struct X {
    name: String,
    /// The file with what opens it; none where it is open to every program of this computer's.
    cookie: Option<PathBuf>,
}

impl X {
    /// A display that is there already.
    pub(super) fn of_the_person(name: String, cookie: Option<PathBuf>) -> Self {
        Self { name, cookie }
    }

    /// A new one.
    pub(super) fn start(home: &Path, focus: Focus) -> Result<(Self, Vec<Daemon>)> {
        let (server, number) = Daemon::announcing(Command::new("Xvfb").args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1280x1000x24",
            "-noreset",
            "-nolisten",
            "tcp",
        ]))?;
        let (name, cookie) = (format!(":{number}"), None);
        let x = Self { name, cookie };
        let mut manager = Command::new("openbox");
        manager.env("DISPLAY", &x.name).env("HOME", home);
        if focus == Focus::Kept {
            let config = home.join("openbox.xml");
            std::fs::write(&config, KEEPS_THE_FOCUS)?;
            manager.arg("--config-file").arg(config);
        }
        let manager = Daemon::start(&mut manager)?;
        Ok((x, vec![server, manager]))
    }

    fn xdotool(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new("xdotool");
        said(command.args(arguments).env("DISPLAY", &self.name))
    }
}

impl Screen for X {
    fn variables(&self) -> Vec<(&'static str, OsString)> {
        let mut variables = vec![
            ("DISPLAY", self.name.clone().into()),
            ("WAYLAND_DISPLAY", OsString::new()),
            ("GDK_BACKEND", "x11".into()),
        ];
        let cookie = self.cookie.clone().map(PathBuf::into_os_string);
        variables.extend(cookie.map(|cookie| ("XAUTHORITY", cookie)));
        variables
    }

    fn front(&self) -> Option<Front> {
        let title = self.xdotool(&["getactivewindow", "getwindowname"]).ok()?;
        let process = self.xdotool(&["getactivewindow", "getwindowpid"]);
        let process = process.ok().and_then(|process| process.parse().ok());
        Some(Front { title, process })
    }

    fn has(&self, title: &str) -> bool {
        self.xdotool(&["search", "--onlyvisible", "--name", title])
            .is_ok()
    }

    fn turn_to(&self, process: u32) -> Result<()> {
        let process = process.to_string();
        let found = self.xdotool(&["search", "--onlyvisible", "--all", "--pid", &process])?;
        let window = found.lines().next().context("it has no window")?;
        self.xdotool(&["windowactivate", window]).map(drop)
    }

    fn press(&self, keys: &[&str]) -> Result<()> {
        let arguments = [&["key", "--delay", "40"], keys].concat();
        self.xdotool(&arguments).map(drop)
    }

    fn write(&self, text: &str) -> Result<()> {
        self.xdotool(&["type", "--delay", "20", text]).map(drop)
    }

    fn picture(&self, file: &Path) -> Result<()> {
        let mut command = Command::new("import");
        command.args(["-display", &self.name, "-window", "root"]);
        said(command.arg(file)).map(drop)
    }
}
