//! The window as the test plays it: the program that the agent starts only waits; the test takes its end of the pipe.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use kyso_screens::{
    Act, PipeError, Screen, Shown, ToWindow, read_order, write_act, write_drawn, write_pin,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, Signal};

use super::computer::{PATIENCE, script_at};

/// Tells its number and ends as it is told.
const PROGRAM: &str = r#"#!/bin/sh
mkfifo "$0.$$"
echo "$$ $DISPLAY $XDG_ACTIVATION_TOKEN" >"$0.told"
read -r status <"$0.$$"
exit "$status"
"#;

/// The windows that one agent opens.
pub(crate) struct Windows {
    program: PathBuf,
    opened: Receiver<String>,
}

impl Windows {
    pub(crate) fn new(folder: &Path) -> Self {
        let program = folder.join("window");
        script_at(&program, PROGRAM);
        let told = folder.join("window.told");
        let made = std::process::Command::new("mkfifo").arg(&told).status();
        assert!(made.expect("mkfifo").success());
        // Open for both, so that it doesn't end with the first writer.
        let told = File::options()
            .read(true)
            .write(true)
            .open(told)
            .expect("a pipe");
        let (tell, opened) = channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(told).lines().map_while(Result::ok);
            for line in lines {
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        Self { program, opened }
    }

    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    pub(crate) fn next(&self) -> Played {
        let line = self.opened.recv_timeout(PATIENCE).expect("a window opens");
        Played::of(&line, &self.program)
    }
}

/// One window.
pub(crate) struct Played {
    pub(crate) display: String,
    pub(crate) token: String,
    pipe: UnixStream,
    process: OwnedFd,
    ends: PathBuf,
    draws: bool,
    stands: Option<u64>,
}

impl Played {
    fn of(line: &str, program: &Path) -> Self {
        let (number, rest) = line.split_once(' ').expect("three words");
        let (display, token) = rest.split_once(' ').expect("three words");
        let process = Pid::from_raw(number.parse().expect("a number")).expect("positive");
        let process = rustix::process::pidfd_open(process, PidfdFlags::empty()).expect("it waits");
        let pipe = rustix::process::pidfd_getfd(&process, 0, PidfdGetfdFlags::empty());
        let pipe = UnixStream::from(pipe.expect("its end of the pipe"));
        pipe.set_read_timeout(Some(PATIENCE)).expect("set");
        Self {
            display: display.to_owned(),
            token: token.to_owned(),
            pipe,
            process,
            ends: PathBuf::from(format!("{}.{number}", program.display())),
            draws: true,
            stands: None,
        }
    }

    /// The next order, carried out; an error where the pipe has ended.
    pub(crate) fn order(&mut self) -> Result<ToWindow, PipeError> {
        let order = read_order(&mut self.pipe)?;
        let stands = match &order {
            ToWindow::Show(shown) => Some(shown.number),
            ToWindow::Front { .. } => self.stands,
            ToWindow::Close => None,
        };
        if let Some(number) = stands.filter(|_| self.draws) {
            self.stands = stands;
            // The agent may have ended.
            let _ = write_drawn(&mut self.pipe, number);
        }
        Ok(order)
    }

    /// Says no more what stands.
    pub(crate) fn hangs(&mut self) {
        self.draws = false;
    }

    /// The next screen.
    pub(crate) fn screen(&mut self) -> Shown {
        loop {
            match self.order().expect("an order") {
                ToWindow::Show(shown) => return *shown,
                ToWindow::Front { .. } => {}
                ToWindow::Close => panic!("the window is to close"),
            }
        }
    }

    /// The next screen of a kind.
    pub(crate) fn until(&mut self, is: impl Fn(&Screen) -> bool) -> Shown {
        loop {
            let shown = self.screen();
            if is(&shown.screen) {
                return shown;
            }
        }
    }

    /// Waits until the window is told to come to the front, and with what.
    pub(crate) fn front(&mut self) -> Option<String> {
        loop {
            match self.order().expect("an order") {
                ToWindow::Front { token } => return token,
                ToWindow::Show(_) => {}
                ToWindow::Close => panic!("the window is to close"),
            }
        }
    }

    /// Whether no order waits to be read.
    pub(crate) fn is_left_alone(&self) -> bool {
        let mut waited = [PollFd::new(&self.pipe, PollFlags::IN)];
        poll(&mut waited, Some(&Timespec::default())).expect("possible") == 0
    }

    /// Waits until the window is told to close.
    pub(crate) fn told_to_close(&mut self) {
        while !matches!(self.order().expect("an order"), ToWindow::Close) {}
    }

    pub(crate) fn act(&mut self, shown: &Shown, act: Act) {
        write_act(&mut self.pipe, shown.number, act).expect("the agent reads");
    }

    /// Several at once, as clicks that wait in the pipe.
    pub(crate) fn acts<const N: usize>(&mut self, shown: &Shown, acts: [Act; N]) {
        let mut bytes = Vec::new();
        for act in acts {
            write_act(&mut bytes, shown.number, act).expect("short");
        }
        self.raw(&bytes);
    }

    pub(crate) fn pin(&mut self, shown: &Shown, pin: &str) {
        write_pin(&mut self.pipe, shown.number, pin.as_bytes()).expect("the agent reads");
    }

    /// Writes anything.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        std::io::Write::write_all(&mut self.pipe, bytes).expect("the agent reads");
    }

    /// Ends by itself.
    pub(crate) fn end(self, status: i32) {
        drop(self.pipe);
        std::fs::write(self.ends, format!("{status}\n")).expect("it waits");
    }

    /// Is killed.
    pub(crate) fn kill(self) {
        rustix::process::pidfd_send_signal(&self.process, Signal::KILL).expect("it waits");
    }

    /// Whether its process hasn't ended.
    pub(crate) fn is_running(&self) -> bool {
        !self.ends_within(Duration::ZERO)
    }

    /// Waits for its process's end.
    pub(crate) fn ended(&self) {
        assert!(self.ends_within(PATIENCE), "the window's process goes on");
    }

    fn ends_within(&self, patience: Duration) -> bool {
        let mut waited = [PollFd::new(&self.process, PollFlags::IN)];
        let patience = patience.try_into().expect("short");
        poll(&mut waited, Some(&patience)).expect("possible") == 1
    }
}
