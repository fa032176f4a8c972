//! The pipe to the agent, moved away from file descriptors 0 and 1: a module that prints on stdout or reads stdin must
//! not meet our messages.

use std::fs::File;
use std::io::{self, Read, Write};

use kyso_pkcs11::Pin;
use kyso_pkcs11::wire::{Reply, Request, VERSION, WireError, read_frame, read_length, write_frame};

use crate::system;

/// Both directions. Reads are unbuffered, so that no PIN stays in a buffer.
pub(crate) struct Channel {
    from: File,
    to: File,
}

impl Channel {
    /// Takes stdin and stdout for itself, leaves nothing in their places, and greets.
    pub(crate) fn take_over() -> io::Result<Self> {
        let (from, to) = system::take_pipes()?;
        let mut channel = Self { from, to };
        channel.to.write_all(&VERSION.to_le_bytes())?;
        Ok(channel)
    }

    /// The next question; `None` when the agent is gone.
    pub(crate) fn ask(&mut self) -> Result<Option<Request>, WireError> {
        read_frame(&mut self.from)?
            .map(|body| Request::parse(&body))
            .transpose()
    }

    /// The frame behind a question that announces a PIN, read straight into locked memory.
    pub(crate) fn pin(&mut self) -> anyhow::Result<Pin> {
        let mut header = [0; 4];
        self.from.read_exact(&mut header)?;
        Ok(Pin::read_exact(&mut self.from, read_length(header)?)?)
    }

    pub(crate) fn answer(&mut self, reply: &Reply) -> Result<(), WireError> {
        write_frame(&mut self.to, &reply.to_bytes())
    }
}
