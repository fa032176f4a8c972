//! The window: a process of its own at the other end of a pipe. It is killed when it doesn't read, and when it
//! outlives its pipe.

use std::io;
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use kyso_screens::{Act, FromWindow, PipeError, ToWindow, ends, read_act, write_order};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal};
use tokio::sync::mpsc;
use zeroize::Zeroizing;

use super::event::Event;
use crate::settings::Settings;

/// The window's program, beside this one.
const PROGRAM: &str = "kyso-desktop";
/// Orders that a window may leave unread.
const UNREAD_MAX: usize = 16;
/// How long a process may outlive its pipe.
const AFTERLIFE: Timespec = Timespec {
    tv_sec: 1,
    tv_nsec: 0,
};
/// How long a window may take that was told to close.
const CLOSING: Duration = Duration::from_secs(2);

/// One window of this agent's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WindowId(pub(crate) u64);

/// What came from a window.
pub(crate) enum Heard {
    /// An act on the screen with this number.
    Act(u64, Act),
    /// The screen with this number stands.
    Drawn(u64),
    /// A PIN on the screen with this number.
    Pin(u64, Zeroizing<Vec<u8>>),
    /// Its process has ended.
    Gone(Gone),
}

/// How a window went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gone {
    /// By itself: the person closed it, or it was told to.
    Closed,
    /// It could open no display.
    NoDisplay,
    /// It could open no window there.
    NoView,
    /// It is of another version, and one of the two doesn't understand the other.
    OtherVersion,
    /// It crashed, or was killed.
    Died,
    /// It showed nothing in time.
    Silent,
}

/// Why there is no window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoWindow {
    /// Nowhere to show one.
    NoDisplay,
    /// The program can't be started.
    NoProgram,
}

/// A window's process. Dropped, it is told to close, and killed if it doesn't.
pub(crate) struct Window {
    pub(crate) id: WindowId,
    orders: SyncSender<ToWindow>,
    pipe: UnixStream,
    /// Ends with the process.
    alive: OwnedFd,
}

impl Window {
    /// Starts the window's program. What keeps `living` is given back when its process has ended.
    ///
    /// # Errors
    /// One variant a cause.
    pub(crate) fn open(
        id: WindowId,
        settings: &Settings,
        token: Option<&str>,
        events: mpsc::UnboundedSender<Event>,
        living: mpsc::Sender<()>,
    ) -> Result<Self, NoWindow> {
        if !has_display(&|name| std::env::var_os(name).is_some_and(|value| !value.is_empty())) {
            return Err(NoWindow::NoDisplay);
        }
        let started = Self::start(id, &program(settings), token, events, living);
        started.map_err(|error| {
            tracing::warn!(%error, "the window's program does not start");
            NoWindow::NoProgram
        })
    }

    fn start(
        id: WindowId,
        program: &Path,
        token: Option<&str>,
        events: mpsc::UnboundedSender<Event>,
        living: mpsc::Sender<()>,
    ) -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        let (writer, pipe) = (ours.try_clone()?, ours.try_clone()?);
        let mut child = command(program, token, theirs.into()).spawn()?;
        let alive = match watched(&child) {
            Ok(watched) => watched,
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(error);
            }
        };
        let ended = alive.try_clone()?;
        let (orders, queue) = sync_channel(UNREAD_MAX);
        std::thread::spawn(move || write(writer, &queue));
        std::thread::spawn(move || {
            listen(id, ours, child, &ended, &events);
            drop(living);
        });
        tracing::debug!(window = id.0, "window opened");
        Ok(Self {
            id,
            orders,
            pipe,
            alive,
        })
    }

    /// Has the window do something. Never waits: a window that doesn't read is killed.
    pub(crate) fn order(&self, order: ToWindow) {
        if self.orders.try_send(order).is_err() {
            self.kill();
        }
    }

    pub(crate) fn kill(&self) {
        // Somebody else may hold the other end too.
        let _ = self.pipe.shutdown(Shutdown::Both);
        // A process that has ended needs no killing.
        let _ = rustix::process::pidfd_send_signal(&self.alive, Signal::KILL);
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        self.order(ToWindow::Close);
        let Ok(alive) = self.alive.try_clone() else {
            return self.kill();
        };
        std::thread::spawn(move || {
            if !has_ended(&alive, CLOSING.try_into().unwrap_or(AFTERLIFE)) {
                let _ = rustix::process::pidfd_send_signal(&alive, Signal::KILL);
            }
        });
    }
}

fn has_display(is_set: &dyn Fn(&str) -> bool) -> bool {
    is_set("WAYLAND_DISPLAY") || is_set("DISPLAY")
}

fn program(settings: &Settings) -> PathBuf {
    let beside = || {
        let here = std::env::current_exe().unwrap_or_default();
        here.with_file_name(PROGRAM)
    };
    settings.window_program().unwrap_or_else(beside)
}

fn command(program: &Path, token: Option<&str>, pipe: OwnedFd) -> Command {
    let mut command = Command::new(program);
    command.stdin(pipe).stdout(Stdio::null());
    if std::env::var_os("KYSO_LOG").is_none() {
        command.stderr(Stdio::null());
    }
    for name in ["XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID"] {
        match token {
            Some(token) => command.env(name, token),
            None => command.env_remove(name),
        };
    }
    command
}

fn watched(child: &Child) -> io::Result<OwnedFd> {
    let process = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let process = process.ok_or(io::ErrorKind::InvalidData)?;
    Ok(rustix::process::pidfd_open(process, PidfdFlags::empty())?)
}

/// A window that reads no more is no reader's loss: what listens to it learns that it has gone.
fn write(mut pipe: UnixStream, queue: &Receiver<ToWindow>) {
    for order in queue {
        if write_order(&mut pipe, &order).is_err() {
            return;
        }
    }
}

fn listen(
    id: WindowId,
    mut pipe: UnixStream,
    mut child: Child,
    alive: &OwnedFd,
    events: &mpsc::UnboundedSender<Event>,
) {
    let tell = |heard| drop(events.send(Event::Heard(id, heard)));
    let end = loop {
        match read_act(&mut pipe) {
            Ok(FromWindow::Act { number, act }) => tell(Heard::Act(number, act)),
            Ok(FromWindow::Drawn { number }) => tell(Heard::Drawn(number)),
            Ok(FromWindow::Pin { number, pin }) => tell(Heard::Pin(number, pin)),
            Err(end) => break end,
        }
    };
    tracing::debug!(error = %end, window = id.0, "window gone");
    // What writes may be waiting for a process that never reads.
    let _ = pipe.shutdown(Shutdown::Both);
    if !has_ended(alive, AFTERLIFE) {
        let _ = child.kill();
    }
    let ended = child.wait();
    tell(Heard::Gone(match end {
        PipeError::TooLong | PipeError::Kind | PipeError::Message => Gone::OtherVersion,
        PipeError::Closed | PipeError::Broken(_) => how(&ended),
    }));
}

fn has_ended(alive: &OwnedFd, within: Timespec) -> bool {
    let mut waited = [PollFd::new(alive, PollFlags::IN)];
    matches!(poll(&mut waited, Some(&within)), Ok(1..))
}

fn how(status: &io::Result<ExitStatus>) -> Gone {
    match status {
        Ok(status) if status.success() => Gone::Closed,
        Ok(status) => match status.code().map(u8::try_from) {
            Some(Ok(ends::NO_DISPLAY)) => Gone::NoDisplay,
            Some(Ok(ends::NO_VIEW)) => Gone::NoView,
            Some(Ok(ends::NOT_UNDERSTOOD)) => Gone::OtherVersion,
            _ => died(*status),
        },
        Err(_) => Gone::Died,
    }
}

fn died(status: ExitStatus) -> Gone {
    tracing::warn!(
        code = status.code(),
        signal = status.signal(),
        "the window died"
    );
    Gone::Died
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_display_is_either_kind() {
        assert!(has_display(&|name| name == "DISPLAY"));
        assert!(has_display(&|name| name == "WAYLAND_DISPLAY"));
        assert!(!has_display(&|name| name == "HOME"));
    }
}
