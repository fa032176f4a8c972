//! The child process that holds one module, seen from our side.

pub(crate) mod environment;
mod pipe;
mod spawner;

use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, kill_process_group, pidfd_open, waitid,
};

use crate::deadline::Deadline;
use crate::discovery::ModuleSpec;
use crate::error::{DriverError, Unfit};
use crate::examine::examine;
use crate::pin::Pin;
use crate::report::ModuleInfo;
use crate::wire::{Fault, Reply, Request, VERSION, WireError, read_length};
pub(crate) use pipe::{PipeError, Until};
pub(crate) use spawner::Spawner;

/// A host that runs now: for diagnosis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostProcess {
    /// Name of its module.
    pub module: String,
    /// Its process number.
    pub pid: u32,
}

/// A running host with its module loaded. Dropping it kills the process: modules may hang when they are unloaded.
pub(crate) struct Host {
    child: Option<Child>,
    /// Tells of the process's end, where the system can.
    process: Option<OwnedFd>,
    to: ChildStdin,
    from: ChildStdout,
    info: ModuleInfo,
}

impl Host {
    /// Starts a host and has it load the module.
    pub(crate) fn start(
        spawner: &Spawner,
        program: &Path,
        spec: &ModuleSpec,
        until: Until<'_>,
    ) -> Result<Self, Ended> {
        let path = spec.path.clone();
        if !path.is_file() {
            return Err(DriverError::ModuleMissing { path }.into());
        }
        let unfit = |why| DriverError::ModuleUnfit {
            path: path.clone(),
            why,
        };
        let file = examine(&path, &spec.source).map_err(unfit)?;
        let mut host = Self::spawn(spawner, program, spec)?;
        host.greet(until)?;
        let request = Request::Open {
            path: file.path.as_os_str().as_bytes().to_vec(),
            file: file.identity,
            reserved: spec.reserved.clone(),
        };
        host.info = match host.call(&request, &[], until)? {
            Reply::Opened(info) => info,
            Reply::LoadFailed(why) => return Err(DriverError::ModuleLoad { why }.into()),
            Reply::FileChanged => return Err(unfit(Unfit::Changed).into()),
            Reply::Failed(fault) => return Err(failed(fault).into()),
            _ => return Err(DriverError::from(WireError::Unexpected).into()),
        };
        Ok(host)
    }

    pub(crate) fn info(&self) -> &ModuleInfo {
        &self.info
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Whether the process still runs; one that died between two calls is simply started again.
    pub(crate) fn alive(&self) -> bool {
        // Not reaped here: its number must stay its own until its group was killed.
        let seen = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        self.child.as_ref().is_some_and(|child| {
            matches!(waitid(WaitId::Pid(Pid::from_child(child)), seen), Ok(None))
        })
    }

    /// One question and its answer. After an error the host is dead.
    pub(crate) fn call(
        &mut self,
        request: &Request,
        pins: &[&Pin],
        until: Until<'_>,
    ) -> Result<Reply, Ended> {
        let answered = self.exchange(request, pins, until);
        answered.map_err(|error| self.end(error, until.deadline))
    }

    fn exchange(
        &mut self,
        request: &Request,
        pins: &[&Pin],
        until: Until<'_>,
    ) -> Result<Reply, PipeError> {
        let until = self.watched(until);
        pipe::write_frame(&self.to, &request.to_bytes(), until)?;
        for pin in pins {
            pipe::write_frame(&self.to, pin.expose(), until)?;
        }
        let mut header = [0; 4];
        pipe::read_exact(&self.from, &mut header, until)?;
        let mut body = vec![0; read_length(header)?];
        pipe::read_exact(&self.from, &mut body, until)?;
        Ok(Reply::parse(&body)?)
    }

    fn watched<'a>(&'a self, until: Until<'a>) -> Until<'a> {
        Until {
            process: self.process.as_ref(),
            ..until
        }
    }

    fn spawn(spawner: &Spawner, program: &Path, spec: &ModuleSpec) -> Result<Self, DriverError> {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(environment::passed(std::env::vars_os()));
        command.envs(spec.environment.iter().map(|(name, value)| (name, value)));
        // Whatever a module prints is nobody's business: it may be a PIN.
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0);
        let cannot = |error: std::io::Error| DriverError::HostStart {
            why: error.to_string(),
        };
        let mut child = spawner.spawn(command).map_err(cannot)?;
        let ends = child.stdin.take().zip(child.stdout.take());
        let (to, from) = ends.ok_or_else(|| DriverError::HostStart {
            why: "no pipes".to_owned(),
        })?;
        let info = ModuleInfo {
            manufacturer: String::new(),
            description: String::new(),
            version: String::new(),
            cryptoki: String::new(),
        };
        let host = Self {
            process: pidfd_open(Pid::from_child(&child), PidfdFlags::empty()).ok(),
            child: Some(child),
            to,
            from,
            info,
        };
        pipe::never_block(&host.to)
            .and_then(|()| pipe::never_block(&host.from))
            .map_err(cannot)?;
        Ok(host)
    }

    fn greet(&mut self, until: Until<'_>) -> Result<(), Ended> {
        let mut said = [0; 4];
        pipe::read_exact(&self.from, &mut said, self.watched(until))
            .map_err(|error| self.end(error, until.deadline))?;
        match u32::from_le_bytes(said) {
            VERSION => Ok(()),
            theirs => {
                let ours = VERSION;
                Err(DriverError::HostVersion { ours, theirs }.into())
            }
        }
    }

    /// Kills the process and says what became of it.
    fn end(&mut self, error: PipeError, deadline: Deadline) -> Ended {
        let Some(mut child) = self.child.take() else {
            return Ended::Failed(died(None));
        };
        kill(&child);
        if let PipeError::Closed = error {
            return Ended::Failed(died(child.wait().ok()));
        }
        reap_aside(child);
        match error {
            PipeError::Late => Ended::Failed(deadline.passed()),
            PipeError::Wire(error) => Ended::Failed(error.into()),
            PipeError::Closed | PipeError::Stopped => Ended::Stopped,
        }
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Ended {
    #[error(transparent)]
    Failed(#[from] DriverError),
    /// Somebody wanted none any more.
    #[error("the call was cancelled")]
    Stopped,
}

impl Ended {
    /// For calls that nobody can stop.
    pub(crate) fn of_driver(self) -> DriverError {
        match self {
            Self::Failed(error) => error,
            Self::Stopped => died(None),
        }
    }
}

fn died(status: Option<ExitStatus>) -> DriverError {
    DriverError::ModuleDied {
        signal: status.and_then(|status| status.signal()),
        status: status.and_then(|status| status.code()),
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Some(child) = self.child.take() {
            kill(&child);
            reap_aside(child);
        }
    }
}

/// With the processes that the module left behind: the host leads a group of its own, whose number stays its own until
/// it is reaped.
fn kill(host: &Child) {
    let _ = kill_process_group(Pid::from_child(host), Signal::KILL);
}

/// A killed process that is stuck in a device driver may take long to end, and nobody should wait for it.
fn reap_aside(mut child: Child) {
    if !matches!(child.try_wait(), Ok(Some(_))) {
        std::thread::spawn(move || child.wait());
    }
}

pub(crate) fn failed(fault: Fault) -> DriverError {
    use crate::wire::Cause;
    match fault.cause {
        Cause::TokenAbsent | Cause::Removed => DriverError::TokenAbsent,
        Cause::TokenUnrecognised => DriverError::TokenUnrecognised,
        Cause::TokenUninitialised => DriverError::TokenUninitialised,
        _ => DriverError::ModuleFailed {
            function: fault.function,
            code: fault.code,
        },
    }
}
