//! A card reader that isn't there: a private pcscd with vpcd's driver, in a mount namespace of its own.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use kyso_pkcs11::{ModuleSpec, TokenReport, Tokens};
use kyso_support::missing;

use super::card::Card;
use crate::rig::{listed, tokens};

const DRIVER: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
const DAEMON: &str = "/usr/sbin/pcscd";
const MODULES: [&str; 2] = [
    "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so",
    "/usr/lib/aarch64-linux-gnu/opensc-pkcs11.so",
];
/// Until the system has started, noticed or forgotten something.
const PATIENCE: Duration = Duration::from_secs(20);

/// The reader, and OpenSC set on it.
pub(crate) struct Reader {
    pub(crate) tokens: Tokens,
    daemon: Child,
    port: u16,
    _folder: tempfile::TempDir,
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
        if !may_unshare() {
            return cannot_run();
        }
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let daemon = daemon(folder.path(), port);
        let socket = folder.path().join("run/pcscd.comm").into_os_string();
        let environment = vec![("PCSCLITE_CSOCK_NAME".to_owned(), socket.clone())];
        let module = ModuleSpec {
            environment,
            ..ModuleSpec::configured("opensc", module)
        };
        until("pcscd to listen", || Path::new(&socket).exists());
        Some(Self {
            tokens: tokens(vec![module]),
            daemon,
            port,
            _folder: folder,
        })
    }

    /// Puts a card in and waits until it is listed.
    pub(crate) fn insert(&self, mut card: Card) -> Inserted {
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
        until("the card to be listed", || !listed(&self.tokens).is_empty());
        Inserted { stream, card }
    }

    /// The one token that is listed.
    pub(crate) fn token(&self) -> TokenReport {
        listed(&self.tokens).pop().unwrap()
    }

    /// Pulls the card out and waits until nothing is listed.
    pub(crate) fn pull(&self, inserted: Inserted) -> Card {
        inserted.stream.shutdown(Shutdown::Both).unwrap();
        let card = inserted.card.join().unwrap();
        until("the card to be gone", || listed(&self.tokens).is_empty());
        card
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

fn until(what: &str, mut happened: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::yield_now();
    }
}

fn may_unshare() -> bool {
    let tried = Command::new("unshare")
        .args(["-m", "true"])
        .stderr(Stdio::null())
        .status();
    tried.is_ok_and(|status| status.success())
}

/// Packages can be installed, the right to make a mount namespace can't: this is never a failure.
#[expect(clippy::print_stderr, reason = "the test's reader must see it")]
fn cannot_run() -> Option<Reader> {
    eprintln!("skipped: a private pcscd needs the right to make a mount namespace");
    None
}

/// A port where this moment nobody listens; the driver takes the next one too.
fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
        & !1
}

/// The socket's place is compiled into pcscd, so that a private one needs a `/run` of its own.
fn daemon(folder: &Path, port: u16) -> Child {
    let run = folder.join("run");
    std::fs::create_dir(&run).unwrap();
    let configuration = folder.join("reader.conf");
    let reader = format!(
        "FRIENDLYNAME \"Kyso Virtual Reader\"\nDEVICENAME /dev/null:{port:#x}\nLIBPATH {DRIVER}\nCHANNELID {port:#x}\n"
    );
    std::fs::write(&configuration, reader).unwrap();
    let script = "mount -t tmpfs none /run && mkdir /run/pcscd && mount --bind \"$0\" /run/pcscd \
                  && exec pcscd --foreground --config \"$1\" --error";
    let mut command = Command::new("unshare");
    command
        .args(["-m", "--propagation", "private", "sh", "-c", script])
        .arg(run)
        .arg(configuration);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
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
