//! A card reader that isn't there, and PIV cards for it: a private pcscd with vpcd's driver, in a mount namespace of its
//! own. Real PIN tries, a real lock, a key that asks every time, and a card that can be pulled out at any moment.

mod apdu;
mod card;

use std::ffi::OsString;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::JoinHandle;

use anyhow::{Context, Result, anyhow};
pub use card::{Card, CardKey, PinsShown, PulledAt};

use crate::daemon::{Daemon, may_unshare, two_free_ports, until};
use crate::missing::missing;

const DRIVER: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
const DAEMON: &str = "/usr/sbin/pcscd";
const MODULES: [&str; 2] = [
    "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so",
    "/usr/lib/aarch64-linux-gnu/opensc-pkcs11.so",
];

/// A reader with its own service.
pub struct VirtualReader {
    module: PathBuf,
    daemon: Option<Daemon>,
    port: u16,
    folder: tempfile::TempDir,
}

/// A card in the reader; pulled out when it is dropped.
pub struct InsertedCard {
    stream: TcpStream,
    card: Option<JoinHandle<Card>>,
}

impl VirtualReader {
    /// How PC/SC names the reader: as it is configured, then its number and its first slot's.
    pub const NAME: &str = "Kyso Virtual Reader 00 00";

    /// Starts it; `None` (said aloud) where this machine can't.
    ///
    /// # Errors
    /// If pcscd doesn't start.
    pub fn start() -> Result<Option<Self>> {
        let module = MODULES
            .iter()
            .map(PathBuf::from)
            .find(|path| path.is_file());
        let daemon_is_there = Path::new(DRIVER).is_file() && Path::new(DAEMON).is_file();
        let Some(module) = module.filter(|_| daemon_is_there) else {
            missing("a virtual card reader: opensc, pcscd, vsmartcard-vpcd");
            return Ok(None);
        };
        if !may_unshare("a private pcscd") {
            return Ok(None);
        }
        let folder = tempfile::tempdir()?;
        let port = two_free_ports()?;
        let entry = format!(
            "FRIENDLYNAME \"Kyso Virtual Reader\"\nDEVICENAME /dev/null:{port:#x}\nLIBPATH {DRIVER}\nCHANNELID {port:#x}\n"
        );
        std::fs::write(folder.path().join("reader.conf"), entry)?;
        let mut reader = Self {
            module,
            daemon: None,
            port,
            folder,
        };
        reader.restart()?;
        Ok(Some(reader))
    }

    /// OpenSC's module.
    #[must_use]
    pub fn module(&self) -> &Path {
        &self.module
    }

    /// What a client of this reader's service must have in its environment.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, OsString)> {
        let socket = self.folder.path().join("run/pcscd.comm");
        vec![("PCSCLITE_CSOCK_NAME".to_owned(), socket.into_os_string())]
    }

    /// Ends the service, as a crash would.
    pub fn stop(&mut self) {
        self.daemon = None;
    }

    /// Starts the service (again) and waits until it listens.
    ///
    /// # Errors
    /// If it doesn't.
    pub fn restart(&mut self) -> Result<()> {
        self.daemon = None;
        let run = self.folder.path().join("run");
        if run.exists() {
            std::fs::remove_dir_all(&run)?;
        }
        std::fs::create_dir(&run)?;
        self.daemon = Some(daemon(self.folder.path())?);
        until("pcscd to listen", || run.join("pcscd.comm").exists())
    }

    /// Puts a card in.
    ///
    /// # Errors
    /// If the reader doesn't take it.
    pub fn insert(&self, mut card: Card) -> Result<InsertedCard> {
        let mut stream = None;
        until("the reader to open", || {
            stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).ok();
            stream.is_some()
        })?;
        let stream = stream.context("the reader is not open")?;
        stream.set_nodelay(true)?;
        let mut line = stream.try_clone()?;
        let card = std::thread::spawn(move || {
            while answer(&mut line, &mut card).is_some() {}
            let _ = line.shutdown(Shutdown::Both);
            card.reset();
            card
        });
        let card = Some(card);
        Ok(InsertedCard { stream, card })
    }
}

impl InsertedCard {
    /// Pulls the card out; gives it back for the next time.
    ///
    /// # Errors
    /// If the card's own thread died.
    pub fn pull(mut self) -> Result<Card> {
        let _ = self.stream.shutdown(Shutdown::Both);
        let card = self.card.take().context("a card is pulled out once")?;
        card.join().map_err(|_| anyhow!("the card broke"))
    }
}

impl Drop for InsertedCard {
    fn drop(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

/// The socket's place is compiled into pcscd, so that a private one needs a `/run` of its own.
fn daemon(folder: &Path) -> Result<Daemon> {
    let script = "mount -t tmpfs none /run && mkdir /run/pcscd && mount --bind \"$0\" /run/pcscd \
                  && exec pcscd --foreground --config \"$1\" --error";
    let mut command = Command::new("unshare");
    command
        .args(["-m", "--propagation", "private", "sh", "-c", script])
        .arg(folder.join("run"))
        .arg(folder.join("reader.conf"));
    Daemon::start(&mut command)
}

/// One message of vpcd's: a length of two bytes, then a control byte or a command for the card. `None` ends the card's
/// stay in the reader.
fn answer(line: &mut TcpStream, card: &mut Card) -> Option<()> {
    let mut length = [0; 2];
    line.read_exact(&mut length).ok()?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    line.read_exact(&mut message).ok()?;
    let reply = match message[..] {
        [0..=2] => {
            card.reset();
            return Some(());
        }
        [4] => vec![0x3b, 0x80, 0x01, 0x81],
        _ => card.execute(&message)?,
    };
    let length = u16::try_from(reply.len()).ok()?;
    line.write_all(&[&length.to_be_bytes()[..], &reply].concat())
        .ok()
}
