//! The child process that holds one module, seen from our side.

pub(crate) mod environment;
mod pipe;
mod spawner;

use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use crate::deadline::Deadline;
use crate::discovery::ModuleSpec;
use crate::error::{DriverError, Unfit};
use crate::examine::examine;
use crate::pin::Pin;
use crate::report::ModuleInfo;
use crate::system::{self, Process};
use crate::wire::{Fault, Reply, Request, VERSION, WireError, path_to_bytes, read_length};
pub(crate) use pipe::{PipeError, Until};
pub(crate) use spawner::Spawner;

/// How long a process that ended, or was killed, may take to be gone.
const LAST_WAIT: Duration = Duration::from_secs(1);

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
    process: Option<Process>,
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
            path: path_to_bytes(&file.path).ok_or_else(|| unfit(Unfit::Unreadable))?,
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
        self.process.as_ref().and_then(Process::id)
    }

    /// Whether the process still runs; one that died between two calls is simply started again.
    pub(crate) fn alive(&mut self) -> bool {
        self.process.as_mut().is_some_and(Process::is_alive)
    }

    /// What the host says without being asked. After an error it is dead.
    pub(crate) fn hear(&mut self, until: Until<'_>) -> Result<Reply, Ended> {
        let heard = self.receive(until);
        heard.map_err(|error| self.end(error, until.deadline))
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
        let process = self.process.as_mut().ok_or(PipeError::Closed)?;
        write_frame(process, &request.to_bytes(), until)?;
        for pin in pins {
            write_frame(process, pin.expose(), until)?;
        }
        self.receive(until)
    }

    fn receive(&mut self, until: Until<'_>) -> Result<Reply, PipeError> {
        let process = self.process.as_mut().ok_or(PipeError::Closed)?;
        let mut header = [0; 4];
        process.read_exact(&mut header, until)?;
        let mut body = vec![0; read_length(header)?];
        process.read_exact(&mut body, until)?;
        Ok(Reply::parse(&body)?)
    }

    fn spawn(spawner: &Spawner, program: &Path, spec: &ModuleSpec) -> Result<Self, DriverError> {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(environment::passed(std::env::vars_os()));
        command.envs(spec.environment.iter().map(|(name, value)| (name, value)));
        let started = Process::start(command, |command| spawner.spawn(command));
        let process = started.map_err(|error| DriverError::HostStart {
            why: error.to_string(),
        })?;
        Ok(Self {
            process: Some(process),
            info: ModuleInfo {
                manufacturer: String::new(),
                description: String::new(),
                version: String::new(),
                cryptoki: String::new(),
            },
        })
    }

    fn greet(&mut self, until: Until<'_>) -> Result<(), Ended> {
        let mut said = [0; 4];
        let heard = match &mut self.process {
            Some(process) => process.read_exact(&mut said, until),
            None => Err(PipeError::Closed),
        };
        heard.map_err(|error| self.end(error, until.deadline))?;
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
        let process = self.process.take();
        match error {
            PipeError::Closed => {
                let status = process.and_then(|process| process.end(deadline.at_most(LAST_WAIT)));
                Ended::Failed(died(status))
            }
            PipeError::Late => Ended::Failed(deadline.passed()),
            PipeError::Wire(error) => Ended::Failed(error.into()),
            PipeError::Stopped => Ended::Stopped,
        }
    }
}

/// Writes one frame. Its body is not copied: it may be a PIN.
fn write_frame(process: &mut Process, body: &[u8], until: Until<'_>) -> Result<(), PipeError> {
    let length = u32::try_from(body.len()).map_err(|_| WireError::TooLong)?;
    process.write_all(&length.to_le_bytes(), until)?;
    process.write_all(body, until)
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
        signal: status.and_then(system::signal),
        status: status.and_then(|status| status.code()),
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
