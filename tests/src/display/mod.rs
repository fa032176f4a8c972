//! A display that nobody sees, with a window manager and a session bus of its own; and fingers for its keyboard, which
//! press what a person would, into whatever window is in front.

mod sway;
mod x;

use std::ffi::OsString;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use kyso_support::Daemon;

use sway::Sway;
use x::X;

/// Until a window shows what is waited for; a cold web view on a busy machine is slow.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the focus may take after it was given.
const FOCUS_COMES_WITHIN: Duration = Duration::from_secs(1);
/// Between two looks at the windows: nobody tells of a new title.
const AGAIN: Duration = Duration::from_millis(40);

/// What shows windows and gives the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// X, with a window manager.
    X,
    /// Wayland, with no X beside it.
    Wayland,
}

/// Whether a window that opens gets the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// It does.
    Given,
    /// It stays where it is.
    Kept,
}

/// A display, ended when this is dropped.
pub struct Display {
    screen: Box<dyn Screen>,
    bus: String,
    home: PathBuf,
    // None where the display is the person's own.
    _programs: Vec<Daemon>,
}

/// A window system, seen from outside.
trait Screen: Send + Sync {
    fn variables(&self) -> Vec<(&'static str, OsString)>;
    /// The window that has the focus.
    fn front(&self) -> Option<Front>;
    /// Whether a window has such a title.
    fn has(&self, title: &str) -> bool;
    /// Has this process's window come to the front, as the person does by the keyboard or a click.
    fn turn_to(&self, process: u32) -> Result<()>;
    fn press(&self, keys: &[&str]) -> Result<()>;
    fn write(&self, text: &str) -> Result<()>;
    fn picture(&self, file: &Path) -> Result<()>;
}

struct Front {
    title: String,
    process: Option<u32>,
}

impl Display {
    /// Starts one with X, whose programs find their home below `folder`; none where something is missing, which is told
    /// or, where it must be there, a failure.
    ///
    /// # Errors
    /// A program doesn't start.
    pub fn start(folder: &Path) -> Result<Option<Self>> {
        Self::of(System::X, Focus::Given, folder)
    }

    /// The same with any system.
    ///
    /// # Errors
    /// A program doesn't start.
    pub fn of(system: System, focus: Focus, folder: &Path) -> Result<Option<Self>> {
        let its: &[&str] = match system {
            System::X => &x::PROGRAMS,
            System::Wayland => &sway::PROGRAMS,
        };
        let mut programs = ["dbus-daemon", "WebKitWebDriver"].iter().chain(its);
        if let Some(missing) = programs.find(|name| !is_installed(name)) {
            kyso_support::missing(missing);
            return Ok(None);
        }
        let home = home_below(folder)?;
        let (bus, address) = Daemon::announcing(Command::new("dbus-daemon").args([
            "--session",
            "--nofork",
            "--print-address=1",
        ]))?;
        let (screen, mut programs): (Box<dyn Screen>, _) = match system {
            System::X => {
                let (screen, programs) = X::start(&home, focus)?;
                (Box::new(screen), programs)
            }
            System::Wayland => {
                let (screen, program) = Sway::start(&home, focus)?;
                (Box::new(screen), vec![program])
            }
        };
        programs.push(bus);
        Ok(Some(Self {
            screen,
            bus: address,
            home,
            _programs: programs,
        }))
    }

    /// The one that the person sits before; none where there is none.
    ///
    /// # Errors
    /// If no folder can be made below `folder`.
    pub fn of_the_person(folder: &Path) -> Result<Option<Self>> {
        Self::of_whom(|name| std::env::var_os(name), folder)
    }

    /// The same of a person with these variables.
    fn of_whom(variable: impl Fn(&str) -> Option<OsString>, folder: &Path) -> Result<Option<Self>> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let Some(name) = variable("DISPLAY").and_then(|name| name.into_string().ok()) else {
            return Ok(None);
        };
        // Programs on it have another home.
        let usual = || variable("HOME").map(|home| PathBuf::from(home).join(".Xauthority"));
        let cookie = variable("XAUTHORITY").map(PathBuf::from).or_else(usual);
        let bus = variable("DBUS_SESSION_BUS_ADDRESS").unwrap_or_default();
        Ok(Some(Self {
            screen: Box::new(X::of_the_person(name, cookie)),
            bus: bus.into_string().unwrap_or_default(),
            home: home_below(folder)?,
            _programs: Vec::new(),
        }))
    }

    /// For the environment of every program on it.
    #[must_use]
    pub fn variables(&self) -> Vec<(&'static str, OsString)> {
        let mut variables = self.screen.variables();
        variables.extend([
            ("DBUS_SESSION_BUS_ADDRESS", self.bus.clone().into()),
            ("HOME", self.home.clone().into()),
            ("XDG_RUNTIME_DIR", self.home.join("runtime").into()),
            // Nobody listens, and a bus of its own for it takes its time to start.
            ("NO_AT_BRIDGE", "1".into()),
        ]);
        variables
    }

    /// The folder that stands for the person's home.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Its session bus.
    #[must_use]
    pub fn bus(&self) -> &str {
        &self.bus
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
        while self.screen.has(title) {
            ensure!(begun.elapsed() < PATIENCE, "the window {title:?} stays");
            std::thread::sleep(AGAIN);
        }
        Ok(())
    }

    /// The title of the window that has the focus; empty where none has.
    #[must_use]
    pub fn front(&self) -> String {
        let front = self.screen.front();
        front.map(|front| front.title).unwrap_or_default()
    }

    /// The process whose window has the focus.
    #[must_use]
    pub fn process_in_front(&self) -> Option<u32> {
        self.screen.front()?.process
    }

    /// Turns to the window of a process, as the person does, and waits until it has the focus.
    ///
    /// # Errors
    /// It has none.
    pub fn turn_to(&self, process: u32) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            // One that has just come may not be known yet.
            let turned = self.screen.turn_to(process).is_ok().then(Instant::now);
            while turned.is_some_and(|at| at.elapsed() < FOCUS_COMES_WITHIN) {
                if self.process_in_front() == Some(process) {
                    return Ok(());
                }
                std::thread::sleep(AGAIN);
            }
        }
        bail!("{:?} stays in front", self.front())
    }

    /// Presses keys, by their names: `Tab`, `Return`, `Escape`, `alt+F4`.
    ///
    /// # Errors
    /// The display is gone.
    pub fn press(&self, keys: &[&str]) -> Result<()> {
        self.screen.press(keys)
    }

    /// Types a text.
    ///
    /// # Errors
    /// The display is gone.
    pub fn write(&self, text: &str) -> Result<()> {
        self.screen.write(text)
    }

    /// Writes what the display shows to a PNG file.
    ///
    /// # Errors
    /// ImageMagick (X) or grim (Wayland) is missing.
    pub fn picture(&self, file: &Path) -> Result<()> {
        self.screen.picture(file)
    }
}

/// With the folder where its processes meet.
fn home_below(folder: &Path) -> Result<PathBuf> {
    let home = folder.join("display");
    let mut private = std::fs::DirBuilder::new();
    private.recursive(true).mode(0o700);
    private.create(home.join("runtime"))?;
    Ok(home)
}

/// What a program says; a failure where it ends with one.
fn said(command: &mut Command) -> Result<String> {
    let output = command.output()?;
    ensure!(
        output.status.success(),
        "{:?}: {}",
        command.get_program(),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn is_installed(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|paths| std::env::split_paths(&paths).any(|path| path.join(program).is_file()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn of_whom(variables: &[(&str, &str)]) -> Option<(Display, tempfile::TempDir)> {
        let folder = tempfile::tempdir().unwrap();
        let variable = |name: &str| {
            let set = variables.iter().find(|(known, _)| *known == name);
            set.map(|(_, value)| OsString::from(value))
        };
        let display = Display::of_whom(variable, folder.path()).unwrap();
        display.map(|display| (display, folder))
    }

    #[test]
    fn programs_on_the_persons_display_find_its_cookie_though_they_have_another_home() {
        let check = |variables: &[(&str, &str)], cookie: Option<&str>| {
            let (display, _folder) = of_whom(variables).unwrap();
            let found = display.variables().into_iter();
            let mut found = found.filter(|(name, _)| *name == "XAUTHORITY");
            let found = found.next().map(|(_, value)| value);
            assert_eq!(found.as_deref(), cookie.map(std::ffi::OsStr::new));
        };
        let (display, home) = (("DISPLAY", ":0"), ("HOME", "/home/an"));
        check(&[display, home], Some("/home/an/.Xauthority"));
        let empty = ("XAUTHORITY", "");
        check(&[display, home, empty], Some("/home/an/.Xauthority"));
        let named = ("XAUTHORITY", "/run/user/1000/cookie");
        check(&[display, home, named], Some("/run/user/1000/cookie"));
        check(&[display], None);
    }

    #[test]
    fn programs_on_the_persons_display_have_a_folder_where_they_meet() {
        let (display, _folder) = of_whom(&[("DISPLAY", ":0"), ("HOME", "/home/an")]).unwrap();
        let runtime = display.home().join("runtime");
        let mode = std::fs::metadata(&runtime).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        let named = ("XDG_RUNTIME_DIR", runtime.into_os_string());
        assert!(display.variables().contains(&named));
    }

    #[test]
    fn who_has_no_display_has_none_here() {
        assert!(of_whom(&[("HOME", "/home/an")]).is_none());
        assert!(of_whom(&[("DISPLAY", "")]).is_none());
    }
}
