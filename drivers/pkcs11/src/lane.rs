//! One module: its host, kept warm, used by one call at a time, started again when it has died.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::deadline::Deadline;
use crate::discovery::ModuleSpec;
use crate::error::DriverError;
use crate::host::{Ended, Host, Spawner, Until};
use crate::pin::Pin;
use crate::report::ModuleInfo;
use crate::stop::Stop;
use crate::wire::{Reply, Request};

/// How long a module may take to log out.
pub(crate) const FAREWELL: Duration = Duration::from_secs(2);

pub(crate) struct Lane {
    pub(crate) spec: ModuleSpec,
    seat: Mutex<Seat>,
    freed: Condvar,
    /// Ends the call that waits for a person or for a signature.
    pub(crate) stop: Stop,
    silent: AtomicBool,
}

#[derive(Default)]
struct Seat {
    taken: bool,
    host: Option<Host>,
    pid: Option<u32>,
}

/// The right to use a module's host, until dropped.
pub(crate) struct Turn<'a> {
    lane: &'a Lane,
    spawner: &'a Spawner,
    program: &'a Path,
    host: Option<Host>,
    took_pin: bool,
}

impl Lane {
    pub(crate) fn new(spec: ModuleSpec) -> Self {
        Self {
            spec,
            seat: Mutex::default(),
            freed: Condvar::new(),
            stop: Stop::default(),
            silent: AtomicBool::new(false),
        }
    }

    /// Whether the module was found to show no certificates before the PIN.
    pub(crate) fn is_silent(&self) -> bool {
        self.silent.load(Ordering::Relaxed)
    }

    /// Number of the process that holds the module now.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.seat().pid
    }

    /// Waits until no other call uses the host.
    pub(crate) fn turn<'a>(
        &'a self,
        spawner: &'a Spawner,
        program: &'a Path,
        deadline: Deadline,
    ) -> Result<Turn<'a>, DriverError> {
        let waited = self
            .freed
            .wait_timeout_while(self.seat(), deadline.left(), |seat| seat.taken);
        let (mut seat, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if seat.taken {
            return Err(DriverError::ModuleBusy);
        }
        seat.taken = true;
        let host = seat.host.take();
        Ok(Turn {
            lane: self,
            spawner,
            program,
            host,
            took_pin: false,
        })
    }

    fn seat(&self) -> MutexGuard<'_, Seat> {
        self.seat.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn<'_> {
    /// One question; the host is started where none runs. A host that fails is gone, and the next call starts another.
    pub(crate) fn call(
        &mut self,
        request: &Request,
        deadline: Deadline,
    ) -> Result<Reply, DriverError> {
        let reply = self.exchange(request, &[], deadline.into());
        reply.map_err(Ended::of_driver)
    }

    /// One question that may wait for a person, with the PINs that it takes; [`Lane::stop`] ends it.
    pub(crate) fn call_with_person(
        &mut self,
        request: &Request,
        pins: &[&Pin],
        deadline: Deadline,
    ) -> Result<Reply, Ended> {
        let watch = self.lane.stop.watch();
        let until = Until {
            deadline,
            stopped: watch.stopped.as_ref(),
        };
        self.took_pin |= !pins.is_empty();
        let reply = self.exchange(request, pins, until);
        if watch.is_stopped() {
            return Err(Ended::Stopped);
        }
        reply
    }

    /// Waits until the host has left the token, after the answer to [`Request::Sign`] or [`Request::ChangePin`]. One
    /// that fails to is ended; the answer stays good.
    pub(crate) fn leave(&mut self) {
        let Some(host) = &mut self.host else { return };
        let left = host.hear(Deadline::after(FAREWELL).into());
        if !matches!(left, Ok(Reply::Left)) {
            let module = &self.lane.spec.name;
            tracing::warn!(module, "the module did not leave the token in order");
            self.host = None;
        }
    }

    fn exchange(
        &mut self,
        request: &Request,
        pins: &[&Pin],
        until: Until<'_>,
    ) -> Result<Reply, Ended> {
        let host = self.host(until)?;
        let reply = host.call(request, pins, until);
        if let Err(ended) = &reply {
            let why = ended.to_string();
            tracing::warn!(
                module = self.lane.spec.name,
                why,
                "the module's process is gone"
            );
            self.host = None;
        }
        reply
    }

    /// Remembers that the module shows no certificates before the PIN.
    pub(crate) fn found_silent(&self) {
        self.lane.silent.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_silent(&self) -> bool {
        self.lane.is_silent()
    }

    pub(crate) fn is_running(&self) -> bool {
        self.host.is_some()
    }

    pub(crate) fn spec(&self) -> &ModuleSpec {
        &self.lane.spec
    }

    /// What the module says of itself.
    pub(crate) fn info(&mut self, deadline: Deadline) -> Result<ModuleInfo, DriverError> {
        let host = self.host(deadline.into()).map_err(Ended::of_driver)?;
        Ok(host.info().clone())
    }

    fn start(&self, until: Until<'_>) -> Result<Host, Ended> {
        let spec = &self.lane.spec;
        let started = Host::start(self.spawner, self.program, spec, until);
        match &started {
            Ok(host) => tracing::debug!(module = spec.name, pid = host.pid(), "module started"),
            Err(ended) => {
                tracing::warn!(module = spec.name, why = %ended, "the module does not start");
            }
        }
        started
    }

    fn host(&mut self, until: Until<'_>) -> Result<&mut Host, Ended> {
        if !self.host.as_mut().is_some_and(Host::alive) {
            self.host = None;
        }
        let host = match self.host.take() {
            Some(host) => host,
            None => self.start(until)?,
        };
        self.lane.seat().pid = host.pid();
        Ok(self.host.insert(host))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.took_pin && self.lane.spec.quirks.keeps_pin {
            self.host = None;
        }
        let mut seat = self.lane.seat();
        seat.host = self.host.take();
        seat.pid = seat.host.as_ref().and_then(Host::pid);
        seat.taken = false;
        drop(seat);
        self.lane.freed.notify_one();
    }
}
