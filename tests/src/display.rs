//! A display that nobody sees, with a window manager and a session bus of its own; and fingers for its keyboard, which
//! type what a person would, into whatever window is in front.

use std::ffi::OsString;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use kyso_support::Daemon;

const PROGRAMS: [&str; 5] = [
    "Xvfb",
    "openbox",
    "dbus-daemon",
    "xdotool",
    "WebKitWebDriver",
];
/// Until a window shows what is waited for; a cold web view on a busy machine is slow.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks at the windows: nobody tells of a new title.
const AGAIN: Duration = Duration::from_millis(40);

/// A display, ended when this is dropped.
pub struct Display {
    name: String,
    bus: String,
    home: PathBuf,
    // None where the display is the person's own.
    _programs: Vec<Daemon>,
}

impl Display {
    /// Starts one whose programs find their home below `folder`; none where something is missing, which is told or, where
    /// it must be there, a failure.
    ///
    /// # Errors
    /// A program doesn't start.
    pub fn start(folder: &Path) -> Result<Option<Self>> {
        if let Some(missing) = PROGRAMS.iter().find(|name| !is_installed(name)) {
            kyso_support::missing(missing);
            return Ok(None);
        }
        let home = folder.join("display");
        let mut private = std::fs::DirBuilder::new();
        private.recursive(true).mode(0o700);
        private.create(home.join("runtime"))?;
        let (screen, number) = Daemon::announcing(Command::new("Xvfb").args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1280x1000x24",
            "-noreset",
            "-nolisten",
            "tcp",
        ]))?;
        let name = format!(":{number}");
        let (bus, address) = Daemon::announcing(Command::new("dbus-daemon").args([
            "--session",
            "--nofork",
            "--print-address=1",
        ]))?;
        let manager = Daemon::start(
            Command::new("openbox")
                .env("DISPLAY", &name)
                .env("HOME", &home),
        )?;
        Ok(Some(Self {
            name,
            bus: address,
            home,
            _programs: vec![screen, bus, manager],
        }))
    }

    /// The one that the person sits before; none where there is none.
    ///
    /// # Errors
    /// If no folder can be made below `folder`.
    pub fn of_the_person(folder: &Path) -> Result<Option<Self>> {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let Some(name) = variable("DISPLAY") else {
            return Ok(None);
        };
        let home = folder.join("display");
        std::fs::create_dir_all(&home)?;
        let bus = variable("DBUS_SESSION_BUS_ADDRESS").unwrap_or_default();
        Ok(Some(Self {
            name,
            bus,
            home,
            _programs: Vec::new(),
        }))
    }

    /// For the environment of every program on it.
    #[must_use]
    pub fn variables(&self) -> Vec<(&'static str, OsString)> {
        vec![
            ("DISPLAY", self.name.clone().into()),
            ("DBUS_SESSION_BUS_ADDRESS", self.bus.clone().into()),
            ("HOME", self.home.clone().into()),
            ("XDG_RUNTIME_DIR", self.home.join("runtime").into()),
            ("GDK_BACKEND", "x11".into()),
            // Nobody listens, and a bus of its own for it takes its time to start.
            ("NO_AT_BRIDGE", "1".into()),
        ]
    }

    /// The folder that stands for the person's home.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Waits until a window whose title begins so has the focus.
    ///
    /// # Errors
    /// None gets it in time; the text has the title of the one that has it.
    pub fn wait_for(&self, title: &str) -> Result<()> {
        let begun = Instant::now();
        loop {
            let front = self.front();
            if front.starts_with(title) {
                return Ok(());
            }
            ensure!(
                begun.elapsed() < PATIENCE,
                "waited in vain for the window {title:?}; {front:?} is in front"
            );
            std::thread::sleep(AGAIN);
        }
    }

    /// Waits until no window has such a title any more.
    ///
    /// # Errors
    /// One stays.
    pub fn wait_until_gone(&self, title: &str) -> Result<()> {
        let begun = Instant::now();
        while self
            .xdotool(&["search", "--onlyvisible", "--name", title])
            .is_ok()
        {
            ensure!(begun.elapsed() < PATIENCE, "the window {title:?} stays");
            std::thread::sleep(AGAIN);
        }
        Ok(())
    }

    /// The title of the window that has the focus; empty where none has.
    #[must_use]
    pub fn front(&self) -> String {
        self.xdotool(&["getactivewindow", "getwindowname"])
            .unwrap_or_default()
    }

    /// The process whose window has the focus.
    #[must_use]
    pub fn process_in_front(&self) -> Option<u32> {
        let said = self.xdotool(&["getactivewindow", "getwindowpid"]).ok()?;
        said.parse().ok()
    }

    /// Presses keys, by their names: `Tab`, `Return`, `Escape`.
    ///
    /// # Errors
    /// The display is gone.
    pub fn press(&self, keys: &[&str]) -> Result<()> {
        let arguments: Vec<&str> = ["key", "--delay", "40"]
            .iter()
            .chain(keys)
            .copied()
            .collect();
        self.xdotool(&arguments).map(drop)
    }

    /// Types a text.
    ///
    /// # Errors
    /// The display is gone.
    pub fn write(&self, text: &str) -> Result<()> {
        self.xdotool(&["type", "--delay", "20", text]).map(drop)
    }

    /// Writes what the display shows to a PNG file.
    ///
    /// # Errors
    /// ImageMagick is missing.
    pub fn picture(&self, file: &Path) -> Result<()> {
        let status = Command::new("import")
            .args(["-display", &self.name, "-window", "root"])
            .arg(file)
            .status()
            .context("import")?;
        ensure!(status.success(), "no picture was made");
        Ok(())
    }

    fn xdotool(&self, arguments: &[&str]) -> Result<String> {
        let output = Command::new("xdotool")
            .args(arguments)
            .env("DISPLAY", &self.name)
            .output()
            .context("xdotool")?;
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        ensure!(
            output.status.success(),
            "xdotool {}",
            arguments.first().unwrap_or(&"")
        );
        Ok(said)
    }
}

fn is_installed(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|paths| std::env::split_paths(&paths).any(|path| path.join(program).is_file()))
}
