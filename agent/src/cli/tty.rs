//! The controlling terminal: questions, and the PIN without echo, read straight into its locked page.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::sync::Mutex;

use kyso_pkcs11::{Pin, PinError};
use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr,
};

/// The longest answer to a question, in bytes.
const ANSWER_MAX: usize = 200;

/// How the terminal was before the echo was switched off, until it is on again.
static SAVED: Mutex<Option<Termios>> = Mutex::new(None);

/// The terminal that the person types on, also where input and output are redirected.
pub(crate) struct Tty(File);

impl Tty {
    pub(crate) fn open() -> io::Result<Self> {
        OpenOptions::new()
            .read(true)
            .write(true)
            .open("/dev/tty")
            .map(Self)
    }

    /// Asks and reads one line, without its end. Nothing typed and the end of input are an empty answer.
    pub(crate) fn ask(&mut self, question: &str) -> io::Result<String> {
        // What was typed before the question stood there doesn't answer it.
        tcflush(&self.0, QueueSelector::IFlush)?;
        self.0.write_all(question.as_bytes())?;
        let mut line = Vec::new();
        let mut byte = [0_u8];
        while line.len() < ANSWER_MAX && self.0.read(&mut byte)? == 1 && byte != *b"\n" {
            line.extend(byte);
        }
        Ok(String::from_utf8_lossy(&line).into_owned())
    }

    /// Asks for the PIN with the echo off: it is off before the question stands there, since some people type at once.
    pub(crate) fn pin(&mut self, question: &str) -> Result<Pin, PinError> {
        let quiet = Quiet::begin(&self.0).map_err(|_| PinError::Unreadable)?;
        self.0
            .write_all(question.as_bytes())
            .map_err(|_| PinError::Unreadable)?;
        let pin = Pin::read_line(&mut self.0);
        drop(quiet);
        pin
    }
}

/// Switches the echo on again, wherever the program ends while the PIN is being typed.
pub(crate) fn restore() {
    let saved = SAVED.lock().ok().and_then(|mut saved| saved.take());
    if let (Some(saved), Ok(mut tty)) = (saved, Tty::open()) {
        // There is nobody to tell if it fails. The person's own end of line was not echoed.
        let _ = tcsetattr(&tty.0, OptionalActions::Flush, &saved);
        let _ = tty.0.write_all(b"\n");
    }
}

struct Quiet;

impl Quiet {
    fn begin(tty: &File) -> io::Result<Self> {
        let before = tcgetattr(tty)?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        if let Ok(mut saved) = SAVED.lock() {
            *saved = Some(before);
        }
        // What was typed ahead is thrown away: it was echoed.
        tcsetattr(tty, OptionalActions::Flush, &quiet)?;
        Ok(Self)
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        restore();
    }
}
