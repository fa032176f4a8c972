//! The process that waits for PC/SC, seen from our side.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Change, Told, changes};
use crate::host::environment::passed;
use crate::wire::{READERS_ARGUMENT, Readers, read_frame};

/// Before the process is started again after it ended by itself.
const REST: Duration = Duration::from_secs(1);

/// The process and the thread that reads from it; both end when this is dropped.
pub(super) struct ReaderProcess(Arc<Shared>);

#[derive(Default)]
struct Shared {
    running: Mutex<Running>,
    stopped: Condvar,
}

#[derive(Default)]
struct Running {
    child: Option<Child>,
    stop: bool,
}

impl ReaderProcess {
    pub(super) fn watch(
        program: PathBuf,
        environment: Vec<(String, OsString)>,
        told: Told,
    ) -> Self {
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        // The process is tied to the thread that starts it, which must therefore live as long.
        std::thread::spawn(move || {
            let mut before = None;
            while own.goes_on() {
                let mut command = Command::new(&program);
                command
                    .arg(READERS_ARGUMENT)
                    .env_clear()
                    .envs(passed(std::env::vars_os()))
                    .envs(environment.iter().map(|(name, value)| (name, value)));
                match own.start(command) {
                    Ok(from) => own.listen(from, &mut before, &told),
                    Err(error) => tracing::warn!(%error, "readers are not watched"),
                }
                if own.goes_on() {
                    tell(&mut before, Readers(None), &told);
                }
                own.rest();
            }
        });
        Self(shared)
    }
}

impl Drop for ReaderProcess {
    fn drop(&mut self) {
        let mut running = self.0.running();
        running.stop = true;
        if let Some(child) = &mut running.child {
            let _ = child.kill();
        }
        self.0.stopped.notify_all();
    }
}

impl Shared {
    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn goes_on(&self) -> bool {
        !self.running().stop
    }

    fn start(&self, mut command: Command) -> io::Result<ChildStdout> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut running = self.running();
        if running.stop {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let child = running.child.insert(command.spawn()?);
        child.stdout.take().ok_or(io::ErrorKind::BrokenPipe.into())
    }

    /// Until the process ends, or says what is no message.
    fn listen(&self, mut from: ChildStdout, before: &mut Option<Readers>, told: &Told) {
        while let Ok(Some(frame)) = read_frame(&mut from) {
            match Readers::parse(&frame) {
                Ok(readers) => tell(before, readers, told),
                Err(error) => {
                    tracing::warn!(%error, "the process that watches readers");
                    break;
                }
            }
        }
        let child = self.running().child.take();
        if let Some(mut child) = child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    fn rest(&self) {
        let waited = self
            .stopped
            .wait_timeout_while(self.running(), REST, |running| !running.stop);
        drop(waited);
    }
}

/// Also the first time that the service doesn't answer, though nothing changed then.
fn tell(before: &mut Option<Readers>, now: Readers, told: &Told) {
    let mut changes = changes::between(before.as_ref().unwrap_or(&Readers(None)), &now);
    if before.is_none() && now.0.is_none() {
        changes.push(Change::ServiceLost);
    }
    *before = Some(now);
    told.tell(changes);
}
