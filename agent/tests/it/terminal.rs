//! A terminal of its own for a program: what it shows is kept, and somebody types.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

/// Long enough for a slow machine; nothing waits that long when all is well.
const PATIENCE: Duration = Duration::from_secs(60);

type Screen = Arc<(Mutex<String>, Condvar)>;

pub(crate) struct Terminal {
    keyboard: File,
    line: OwnedFd,
    screen: Screen,
    seen: usize,
    child: Child,
}

impl Terminal {
    /// Starts the program with a new terminal as its controlling one and for all three streams. `setsid` makes the session,
    /// which takes a call that Rust has no safe form of.
    pub(crate) fn start(program: &Command) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags).expect("a terminal");
        grantpt(&master).expect("granted");
        unlockpt(&master).expect("unlocked");
        let line = ioctl_tiocgptpeer(&master, flags).expect("its other end");
        let end = || Stdio::from(line.try_clone().expect("a descriptor"));
        let mut command = Command::new("setsid");
        command
            .args(["--ctty", "--wait"])
            .arg(program.get_program())
            .args(program.get_args());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let spawned = command.stdin(end()).stdout(end()).stderr(end()).spawn();
        let child = spawned.expect("setsid of util-linux");
        let keyboard = File::from(master);
        let screen = Screen::default();
        watch(keyboard.try_clone().expect("a descriptor"), &screen);
        Self {
            keyboard,
            line,
            screen,
            seen: 0,
            child,
        }
    }

    /// Waits until this stands on the screen, behind what was waited for before.
    pub(crate) fn expect(&mut self, text: &str) -> &mut Self {
        let begun = Instant::now();
        let both = Arc::clone(&self.screen);
        let (screen, changed) = &*both;
        let mut shown = screen.lock().expect("no test panicked with it");
        loop {
            let rest = shown.get(self.seen..).unwrap_or_default();
            if let Some(at) = rest.find(text) {
                self.seen += at + text.len();
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "{text:?} did not come: {shown}");
            let waited = changed.wait_timeout(shown, PATIENCE);
            shown = waited.expect("no test panicked with it").0;
        }
        drop(shown);
        self
    }

    pub(crate) fn key(&mut self, keys: &str) -> &mut Self {
        self.keyboard.write_all(keys.as_bytes()).expect("typed");
        self
    }

    /// A line and its end.
    pub(crate) fn enter(&mut self, line: &str) -> &mut Self {
        self.key(&format!("{line}\n"))
    }

    pub(crate) fn echoes(&self) -> bool {
        let modes = tcgetattr(&self.line).expect("a terminal").local_modes;
        modes.contains(LocalModes::ECHO)
    }

    /// `setsid` has made room for the program: it is the child itself.
    pub(crate) fn signal(&mut self, signal: Signal) -> &mut Self {
        kill_process(Pid::from_child(&self.child), signal).expect("it runs");
        self
    }

    /// Waits for the program's end; gives its status and everything that was shown.
    pub(crate) fn end(&mut self) -> (ExitStatus, String) {
        let status = self.child.wait().expect("a child");
        let shown = self.screen.0.lock().expect("no test panicked with it");
        (status, shown.clone())
    }
}

fn watch(mut terminal: File, screen: &Screen) {
    let screen = Arc::clone(screen);
    std::thread::spawn(move || {
        let (mut raw, mut bytes) = (Vec::new(), [0; 4096]);
        while let Ok(length) = terminal.read(&mut bytes) {
            raw.extend_from_slice(bytes.get(..length).unwrap_or_default());
            if let Ok(mut shown) = screen.0.lock() {
                *shown = String::from_utf8_lossy(&raw).into_owned();
            }
            screen.1.notify_all();
        }
    });
}
