//! An agent's part, played on the pipe.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write as _;
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::UnixStream;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use kyso_screens::{Act, FromWindow, Language, Screen, Shown, ToWindow, read_act, write_order};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use crate::process::program;

/// How long the window may take to say something, or to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whoever has started the window program and shares its pipe.
pub struct PlayedAgent {
    pipe: UnixStream,
    said: UnboundedReceiver<FromWindow>,
    drawn: UnboundedReceiver<u64>,
    program: Child,
    their_end: u64,
    number: u64,
    language: Language,
}

impl PlayedAgent {
    /// Starts the window program, which shows nothing yet.
    ///
    /// # Errors
    /// It isn't built.
    pub fn start(variables: Vec<(&'static str, OsString)>) -> Result<Self> {
        let (pipe, theirs) = UnixStream::pair()?;
        let theirs = File::from(OwnedFd::from(theirs));
        let their_end = theirs.metadata()?.ino();
        let program = Command::new(program("kyso-desktop")?)
            .env_remove("WAYLAND_DISPLAY")
            .envs(variables)
            .stdin(theirs)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let (say, said) = unbounded_channel();
        let (stands, drawn) = unbounded_channel();
        let mut reader = pipe.try_clone()?;
        std::thread::spawn(move || {
            while let Ok(said) = read_act(&mut reader) {
                let told = match said {
                    FromWindow::Drawn { number } => stands.send(number).is_ok(),
                    said => say.send(said).is_ok(),
                };
                if !told {
                    break;
                }
            }
        });
        Ok(Self {
            pipe,
            said,
            drawn,
            program,
            their_end,
            number: 0,
            language: Language::Vi,
        })
    }

    /// Has it shown in the window's language, and gives the number of the screen.
    ///
    /// # Errors
    /// The program is gone.
    pub fn show(&mut self, screen: Screen) -> Result<u64> {
        self.number += 1;
        let (number, language) = (self.number, self.language);
        self.order(&ToWindow::Show(Box::new(Shown {
            number,
            language,
            screen,
        })))?;
        Ok(number)
    }

    /// Shows the next screens in this language.
    pub fn speak(&mut self, language: Language) {
        self.language = language;
    }

    /// Gives any order.
    ///
    /// # Errors
    /// The program is gone.
    pub fn order(&mut self, order: &ToWindow) -> Result<()> {
        Ok(write_order(&mut self.pipe, order)?)
    }

    /// Waits for what the person says next.
    ///
    /// # Errors
    /// Nothing in time, or the program is gone.
    pub async fn hears(&mut self) -> Result<FromWindow> {
        let said = timeout(PATIENCE, self.said.recv()).await;
        said.context("no word from the window")?
            .context("the window is gone")
    }

    /// Waits until a screen stands, and gives its number.
    ///
    /// # Errors
    /// None in time, or the program is gone.
    pub async fn hears_drawn(&mut self) -> Result<u64> {
        let drawn = timeout(PATIENCE, self.drawn.recv()).await;
        drawn
            .context("nothing stands")?
            .context("the window is gone")
    }

    /// Writes any bytes.
    ///
    /// # Errors
    /// The program is gone.
    pub fn raw(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.pipe.write_all(bytes)?)
    }

    /// Waits for an act, on the screen with this number.
    ///
    /// # Errors
    /// The same; or it is a PIN, or on another screen.
    pub async fn hears_act(&mut self, on: u64) -> Result<Act> {
        let (number, act) = self.hears_any_act().await?;
        ensure!(number == on, "{act:?} on {number} instead of {on}");
        Ok(act)
    }

    /// Waits for an act, with the number of the screen that it is on.
    ///
    /// # Errors
    /// Nothing in time, or the program is gone; or it is a PIN.
    pub async fn hears_any_act(&mut self) -> Result<(u64, Act)> {
        match self.hears().await? {
            FromWindow::Act { number, act } => Ok((number, act)),
            FromWindow::Pin { number, .. } => bail!("a PIN on {number}"),
            FromWindow::Drawn { number } => bail!("{number} stands"),
        }
    }

    /// Whether the window has said nothing that wasn't heard.
    #[must_use]
    pub fn is_silent(&mut self) -> bool {
        self.said.try_recv().is_err()
    }

    /// Waits until the window is gone without another word.
    ///
    /// # Errors
    /// It stays, or says something.
    pub async fn hears_the_end(&mut self) -> Result<()> {
        match timeout(PATIENCE, self.said.recv()).await {
            Ok(None) => Ok(()),
            Ok(Some(_)) => bail!("the window said something"),
            Err(_) => bail!("the window stays"),
        }
    }

    /// Ends as an agent that died does.
    ///
    /// # Errors
    /// The system refuses.
    pub fn hang_up(&self) -> Result<()> {
        Ok(self.pipe.shutdown(Shutdown::Both)?)
    }

    /// Waits for the program's end.
    ///
    /// # Errors
    /// It doesn't end in time.
    pub async fn ended(&mut self) -> Result<ExitStatus> {
        let ended = timeout(PATIENCE, self.program.wait()).await;
        Ok(ended.context("the program stays")??)
    }

    /// The program's process.
    #[must_use]
    pub fn process(&self) -> Option<u32> {
        self.program.id()
    }

    /// The socket that the program was given, as `/proc` names it.
    #[must_use]
    pub fn their_end(&self) -> u64 {
        self.their_end
    }

    /// The process with this name (its first 15 bytes) that the program started.
    ///
    /// # Errors
    /// There is none.
    pub fn process_of(&self, name: &str) -> Result<u32> {
        let parent = self.process().context("the program has ended")?;
        let listed = std::fs::read_dir("/proc")?.flatten();
        let mut processes = listed.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let found = processes.find(|process| is_child(*process, parent, name));
        found.with_context(|| format!("no {name}"))
    }
}

fn is_child(process: u32, parent: u32, name: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let after_name = stat.split_once(&format!(" ({name}) "));
    // The state, then the parent (proc(5)).
    let said = after_name.and_then(|(_, rest)| rest.split(' ').nth(1)?.parse().ok());
    said == Some(parent)
}
