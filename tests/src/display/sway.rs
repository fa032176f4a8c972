//! Wayland: Sway without a screen, and without X.

use std::ffi::OsString;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use kyso_support::Daemon;
use serde_json::Value;

use super::{Focus, Front, Screen, said};

pub(super) const PROGRAMS: [&str; 3] = ["sway", "swaymsg", "wtype"];

/// Windows lie on top of each other; what activates one with what Sway has given comes to the front. The first program
/// tells where Wayland's socket is.
const CONFIG: &str = "xwayland disable
workspace_layout tabbed
focus_on_window_activation focus
bindsym Mod1+F4 kill
exec printenv WAYLAND_DISPLAY
";
const KEEPS_THE_FOCUS: &str = "no_focus [app_id=\".*\"]\n";

pub(super) struct Sway {
    runtime: PathBuf,
    name: String,
}

impl Sway {
    /// A new one.
    pub(super) fn start(home: &Path, focus: Focus) -> Result<(Self, Daemon)> {
        let (runtime, config) = (home.join("runtime"), home.join("sway.conf"));
        let more = match focus {
            Focus::Given => "",
            Focus::Kept => KEEPS_THE_FOCUS,
        };
        std::fs::write(&config, format!("{CONFIG}{more}"))?;
        let mut command = of_nobody_special();
        command
            .arg("--config")
            .arg(config)
            .env("HOME", home)
            .env("XDG_RUNTIME_DIR", &runtime)
            .env("SWAYSOCK", socket(&runtime))
            .env("WLR_BACKENDS", "headless")
            .env("WLR_LIBINPUT_NO_DEVICES", "1")
            .env("WLR_RENDERER", "pixman")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("DISPLAY");
        let (daemon, name) = Daemon::announcing(&mut command)?;
        Ok((Self { runtime, name }, daemon))
    }

    fn ask(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new("swaymsg");
        command.arg("--socket").arg(socket(&self.runtime));
        said(command.args(arguments))
    }

    /// All windows, as Sway tells of them.
    fn windows(&self) -> Vec<Value> {
        let tree = self.ask(&["--type", "get_tree", "--raw"]);
        let tree = tree.and_then(|tree| Ok(serde_json::from_str(&tree)?));
        let mut windows = Vec::new();
        gather(tree.unwrap_or_default(), &mut windows);
        windows
    }

    fn wtype(&self, arguments: &[&str]) -> Result<()> {
        let mut command = Command::new("wtype");
        said(command.args(arguments).envs(self.variables())).map(drop)
    }
}

impl Screen for Sway {
    fn variables(&self) -> Vec<(&'static str, OsString)> {
        vec![
            ("WAYLAND_DISPLAY", self.runtime.join(&self.name).into()),
            ("DISPLAY", OsString::new()),
            ("XDG_SESSION_TYPE", "wayland".into()),
            ("GDK_BACKEND", "wayland".into()),
        ]
    }

    fn front(&self) -> Option<Front> {
        let mut windows = self.windows().into_iter();
        let front = windows.find(|window| window.get("focused") == Some(&true.into()))?;
        let process = front.get("pid").and_then(Value::as_u64);
        Some(Front {
            title: title(&front).to_owned(),
            process: process.and_then(|process| process.try_into().ok()),
        })
    }

    fn has(&self, wanted: &str) -> bool {
        let windows = self.windows();
        windows.iter().any(|window| title(window).contains(wanted))
    }

    fn turn_to(&self, process: u32) -> Result<()> {
        self.ask(&[&format!("[pid={process}] focus")]).map(drop)
    }

    fn press(&self, keys: &[&str]) -> Result<()> {
        for key in keys {
            let (held, key) = match key.split_once('+') {
                Some((held, key)) => (Some(held), key),
                None => (None, *key),
            };
            let mut arguments: Vec<&str> = held.into_iter().flat_map(|held| ["-M", held]).collect();
            arguments.extend(["-s", "40", "-k", key]);
            self.wtype(&arguments)?;
        }
        Ok(())
    }

    fn write(&self, text: &str) -> Result<()> {
        self.wtype(&["-s", "40", "-d", "20", text])
    }

    fn picture(&self, file: &Path) -> Result<()> {
        let mut command = Command::new("grim");
        said(command.arg(file).envs(self.variables())).map(drop)
    }
}

fn socket(runtime: &Path) -> PathBuf {
    runtime.join("sway.socket")
}

/// Sway refuses to be root, in whose name tests may run.
fn of_nobody_special() -> Command {
    let user = std::fs::metadata("/proc/self").map(|me| me.uid());
    if !matches!(user, Ok(0)) {
        return Command::new("sway");
    }
    let mut command = Command::new("unshare");
    command.args(["--map-user=1000", "--map-group=1000", "sway"]);
    command
}

fn title(window: &Value) -> &str {
    window
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Windows alone have a process.
fn gather(mut node: Value, windows: &mut Vec<Value>) {
    for below in ["nodes", "floating_nodes"] {
        if let Some(Value::Array(nodes)) = node.get_mut(below).map(Value::take) {
            nodes.into_iter().for_each(|node| gather(node, windows));
        }
    }
    if node.get("pid").is_some() {
        windows.push(node);
    }
}
