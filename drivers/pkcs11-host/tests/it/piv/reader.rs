//! A card reader that isn't there: a private pcscd with vpcd's driver, in a mount namespace of its own.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::path::Path;
use std::process::Command;
use std::thread::JoinHandle;

use kyso_pkcs11::{ModuleSpec, TokenReport, Tokens};
use kyso_support::missing;

use super::card::Card;
use crate::daemon::{Daemon, may_unshare, two_free_ports, until};
use crate::rig::{listed, tokens};

const DRIVER: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
const DAEMON: &str = "/usr/sbin/pcscd";
const MODULES: [&str; 2] = [
    "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so",
    "/usr/lib/aarch64-linux-gnu/opensc-pkcs11.so",
];

/// How PC/SC names the reader: as it is configured, then its number and its first slot's.
pub(crate) const NAME: &str = "Kyso Virtual Reader 00 00";

/// The reader, and OpenSC set on it.
pub(crate) struct Reader {
    /// OpenSC, with the way to this reader's daemon.
    pub(crate) module: ModuleSpec,
    pub(crate) tokens: Tokens,
    daemon: Option<Daemon>,
    port: u16,
    folder: tempfile::TempDir,
}

/// A card in the reader; gives the card back when it is pulled out.
pub(crate) struct Inserted {
    stream: TcpStream,
    card: JoinHandle<Card>,
}

impl Reader {
    /// Starts it; `None` (said aloud) where this machine can't.
    pub(crate) fn start() -> Option<Self> {
        let module = MODULES.iter().map(Path::new).find(|path| path.is_file());
        let daemon_is_there = Path::new(DRIVER).is_file() && Path::new(DAEMON).is_file();
        let Some(module) = module.filter(|_| daemon_is_there) else {
            missing("a virtual card reader: opensc, pcscd, vsmartcard-vpcd");
            return None;
        };
        if !may_unshare("a private pcscd") {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let port = two_free_ports();
        let socket = folder.path().join("run/pcscd.comm").into_os_string();
        let environment = vec![("PCSCLITE_CSOCK_NAME".to_owned(), socket.clone())];
        let module = ModuleSpec {
            environment,
            ..ModuleSpec::configured("opensc", module)
        };
        let mut reader = Self {
            tokens: tokens(vec![module.clone()]),
            module,
            daemon: None,
            port,
            folder,
        };
        reader.configure();
        reader.restart();
        Some(reader)
    }

    /// Ends the service, as a crash would.
    pub(crate) fn stop(&mut self) {
        self.daemon = None;
    }

    /// Starts the service (again) and waits until it listens.
    pub(crate) fn restart(&mut self) {
        let run = self.folder.path().join("run");
        let _ = std::fs::remove_dir_all(&run);
        std::fs::create_dir(&run).unwrap();
        self.daemon = Some(daemon(self.folder.path()));
        until("pcscd to listen", || run.join("pcscd.comm").exists());
    }

    fn configure(&self) {
        let port = self.port;
        let entry = format!(
            "FRIENDLYNAME \"Kyso Virtual Reader\"\nDEVICENAME /dev/null:{port:#x}\nLIBPATH {DRIVER}\nCHANNELID {port:#x}\n"
        );
        std::fs::write(self.folder.path().join("reader.conf"), entry).unwrap();
    }

    /// Puts a card in and waits until it is listed.
    pub(crate) fn insert(&self, card: Card) -> Inserted {
        let inserted = self.connect(card);
        until("the card to be listed", || !listed(&self.tokens).is_empty());
        inserted
    }

    /// Puts a card in.
    pub(crate) fn connect(&self, mut card: Card) -> Inserted {
        let mut stream = None;
        until("the reader to open", || {
            stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).ok();
            stream.is_some()
        });
        let stream = stream.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut line = stream.try_clone().unwrap();
        let card = std::thread::spawn(move || {
            while answer(&mut line, &mut card).is_some() {}
            card.reset();
            card
        });
        Inserted { stream, card }
    }

    /// The one token that is listed.
    pub(crate) fn token(&self) -> TokenReport {
        listed(&self.tokens).pop().unwrap()
    }

    /// Pulls the card out and waits until nothing is listed.
    pub(crate) fn pull(&self, inserted: Inserted) -> Card {
        let card = inserted.pull();
        until("the card to be gone", || listed(&self.tokens).is_empty());
        card
    }
}

impl Inserted {
    /// Pulls the card out.
    pub(crate) fn pull(self) -> Card {
        self.stream.shutdown(Shutdown::Both).unwrap();
        self.card.join().unwrap()
    }
}

/// The socket's place is compiled into pcscd, so that a private one needs a `/run` of its own.
fn daemon(folder: &Path) -> Daemon {
    let script = "mount -t tmpfs none /run && mkdir /run/pcscd && mount --bind \"$0\" /run/pcscd \
                  && exec pcscd --foreground --config \"$1\" --error";
    let mut command = Command::new("unshare");
    command
        .args(["-m", "--propagation", "private", "sh", "-c", script])
        .arg(folder.join("run"))
        .arg(folder.join("reader.conf"));
    Daemon::start(&mut command).unwrap()
}

/// One message of vpcd's: a length of two bytes, then a control byte or a command for the card.
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
        _ => card.execute(&message),
    };
    let length = u16::try_from(reply.len()).unwrap();
    line.write_all(&[&length.to_be_bytes()[..], &reply].concat())
        .ok()
}
