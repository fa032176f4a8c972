//! The socket that this process shares with the agent.

use std::fs::File;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, PoisonError};

use kyso_screens::{Act, PipeError, ToWindow, ends, read_order, write_act, write_drawn, write_pin};
use tauri::AppHandle;
use thiserror::Error;

use crate::windows;

/// Why there is no pipe.
#[derive(Debug, Error)]
pub(crate) enum NoPipe {
    /// Somebody else than the agent started the program.
    #[error("standard input is no socket")]
    NotASocket,
    /// The system refused.
    #[error(transparent)]
    System(#[from] std::io::Error),
}

/// What the agent orders.
pub(crate) struct Orders(UnixStream);

/// The agent, to be told.
pub(crate) struct Agent(Mutex<UnixStream>);

/// Takes the socket that the agent gave as standard input, so that no process which the web view starts inherits it.
///
/// # Errors
/// If it is none.
pub(crate) fn take() -> Result<(Orders, Agent), NoPipe> {
    let pipe = given()?;
    Ok((Orders(pipe.try_clone()?), Agent(Mutex::new(pipe))))
}

fn given() -> Result<UnixStream, NoPipe> {
    let given = File::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    if !given.metadata()?.file_type().is_socket() {
        return Err(NoPipe::NotASocket);
    }
    rustix::stdio::dup2_stdin(File::open("/dev/null")?).map_err(std::io::Error::from)?;
    Ok(UnixStream::from(OwnedFd::from(given)))
}

impl Orders {
    /// Does what the agent orders until it says that this is enough, or is gone; then the process ends, with a status that
    /// tells the agent why.
    pub(crate) fn obey(mut self, app: &AppHandle) {
        let status = loop {
            let done = match read_order(&mut self.0) {
                Ok(ToWindow::Show(shown)) => windows::show(app, &shown),
                Ok(ToWindow::Front { token }) => windows::front(app, token),
                Ok(ToWindow::Close) | Err(PipeError::Closed | PipeError::Broken(_)) => break 0,
                Err(PipeError::TooLong | PipeError::Kind | PipeError::Message) => {
                    break ends::NOT_UNDERSTOOD;
                }
            };
            if done.is_err() {
                break ends::NO_VIEW;
            }
        };
        app.exit(status.into());
    }
}

impl Agent {
    /// Says what the person did on the screen with this number.
    ///
    /// # Errors
    /// If the agent is gone.
    pub(crate) fn act(&self, number: u64, act: Act) -> Result<(), PipeError> {
        write_act(&mut *self.pipe(), number, act)
    }

    /// Says that the screen with this number stands.
    ///
    /// # Errors
    /// If the agent is gone.
    pub(crate) fn drawn(&self, number: u64) -> Result<(), PipeError> {
        write_drawn(&mut *self.pipe(), number)
    }

    /// Hands on the PIN that was typed on the screen with this number, in UTF-8.
    ///
    /// # Errors
    /// If it is too long, or the agent is gone.
    pub(crate) fn enter_pin(&self, number: u64, pin: &[u8]) -> Result<(), PipeError> {
        write_pin(&mut *self.pipe(), number, pin)
    }

    fn pipe(&self) -> std::sync::MutexGuard<'_, UnixStream> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
