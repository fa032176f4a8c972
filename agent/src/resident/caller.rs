//! The other end of the agent's socket: how programs of this user talk to it.

use std::io;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use super::instance;
use super::message::{self, MessageError, Refusal, Reply, Request, Status};
use crate::folders;
use crate::problem::Failure;
use crate::settings::Settings;

/// How long the agent may take for one reply.
const DEADLINE: Duration = Duration::from_secs(5);
/// How long an agent that has just begun, or begins anew, may take until it listens. Its window may take two seconds to
/// end.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks whether it listens.
const PAUSE: Duration = Duration::from_millis(10);

/// Why the agent didn't do what was wanted.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// None runs.
    #[error("no agent listens")]
    Absent,
    /// What listens there isn't this user's.
    #[error("the socket is another user's")]
    Stranger,
    /// The connection failed, or the reply isn't understood.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// It refused.
    #[error("the agent refused: {0:?}")]
    Refused(Refusal),
    /// It answered something else than what was asked.
    #[error("the reply belongs to another request")]
    Other,
}

impl CallError {
    /// As the person sees it who wanted this.
    #[must_use]
    pub fn failure(&self, wanted: &Request) -> Failure {
        match self {
            Self::Absent => Failure::NoAgent,
            Self::Refused(why) => why.failure(&wanted.host()),
            Self::Stranger | Self::Message(_) | Self::Other => Failure::AgentSilent,
        }
    }
}

/// The login's turn, as long as this lives.
#[derive(Debug)]
pub struct Turn(#[expect(dead_code, reason = "open is all that it has to be")] UnixStream);

/// Has the agent do something. One that starts anew is waited for.
///
/// # Errors
/// One variant a cause; [`CallError::Absent`] where one that wanted to start anew doesn't come back.
pub fn ask(settings: &Settings, request: &Request) -> Result<(), CallError> {
    patiently(settings, request, false)
}

/// One that begins isn't there at first; one that starts anew leaves whoever comes meanwhile without a reply.
fn patiently(settings: &Settings, request: &Request, begins: bool) -> Result<(), CallError> {
    let (mut awaited, mut since) = (begins, Instant::now());
    let mut anew = false;
    loop {
        let why = match call(settings, request) {
            Ok((Reply::Done, _)) => return Ok(()),
            Ok(_) => return Err(CallError::Other),
            Err(why) => why,
        };
        let in_between = match why {
            CallError::Refused(Refusal::Replaced) if !anew => {
                (awaited, anew, since) = (true, true, Instant::now());
                true
            }
            CallError::Refused(Refusal::Replaced) | CallError::Absent => true,
            CallError::Message(MessageError::Broken(_)) => anew,
            _ => false,
        };
        match why {
            why if !in_between || !awaited => return Err(why),
            _ if since.elapsed() >= PATIENCE => return Err(CallError::Absent),
            _ => std::thread::sleep(PAUSE),
        }
    }
}

/// Asks the agent what is going on.
///
/// # Errors
/// One variant a cause.
pub fn status(settings: &Settings) -> Result<Status, CallError> {
    match call(settings, &Request::Status)? {
        (Reply::Status(status), _) => Ok(status),
        _ => Err(CallError::Other),
    }
}

/// Takes the login's turn from the agent.
///
/// # Errors
/// One variant a cause; [`CallError::Absent`] where there is nobody to take it from.
pub fn turn(settings: &Settings) -> Result<Turn, CallError> {
    match call(settings, &Request::Turn)? {
        (Reply::Done, stream) => Ok(Turn(stream)),
        _ => Err(CallError::Other),
    }
}

/// As [`ask`], of an agent that may only just begin.
///
/// # Errors
/// As [`ask`].
pub(super) fn hand_over(settings: &Settings, request: &Request) -> Result<(), CallError> {
    patiently(settings, request, true)
}

fn call(settings: &Settings, request: &Request) -> Result<(Reply, UnixStream), CallError> {
    let mut stream = connect(settings)?;
    message::write(&mut stream, request)?;
    match message::read(&mut stream)? {
        Reply::Refused { why } => Err(CallError::Refused(why)),
        reply => Ok((reply, stream)),
    }
}

fn connect(settings: &Settings) -> Result<UnixStream, CallError> {
    let runtime = folders::runtime(settings).ok_or(CallError::Absent)?;
    let stream = match UnixStream::connect(instance::socket(&runtime)) {
        Ok(stream) => stream,
        Err(error) if is_absence(&error) => return Err(CallError::Absent),
        Err(error) => return Err(MessageError::Broken(error).into()),
    };
    let peer = rustix::net::sockopt::socket_peercred(&stream).map_err(io::Error::from);
    if peer.map_err(MessageError::Broken)?.uid != rustix::process::geteuid() {
        return Err(CallError::Stranger);
    }
    let limited = stream
        .set_read_timeout(Some(DEADLINE))
        .and_then(|()| stream.set_write_timeout(Some(DEADLINE)));
    limited.map_err(MessageError::Broken)?;
    Ok(stream)
}

fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
    )
}
