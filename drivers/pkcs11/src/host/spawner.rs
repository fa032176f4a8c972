//! One thread that starts all hosts.
//!
//! A host asks the system to be killed when its parent ends, and to Linux the parent is the *thread* that started it:
//! hosts that a short-lived thread starts would die with it.

use std::io;
use std::process::{Child, Command};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

type Job = (Command, Sender<io::Result<Child>>);

/// Starts processes on a thread that lives as long as this value.
pub(crate) struct Spawner(Mutex<Sender<Job>>);

impl Spawner {
    pub(crate) fn new() -> Self {
        let (jobs, queue) = channel();
        std::thread::spawn(move || run(&queue));
        Self(Mutex::new(jobs))
    }

    pub(crate) fn spawn(&self, command: Command) -> io::Result<Child> {
        let (reply, started) = channel();
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        let jobs = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone();
        jobs.send((command, reply)).map_err(|_| gone())?;
        started.recv().map_err(|_| gone())?
    }
}

fn run(queue: &Receiver<Job>) {
    while let Ok((mut command, reply)) = queue.recv() {
        let _ = reply.send(command.spawn());
    }
}
