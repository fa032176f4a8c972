//! What the resident agent costs while nobody needs it, and how long it takes until its tray is there.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use kyso_protocol::{AskId, Link, Origin};
use kyso_support::{Bus, DemoPki, until};
use measure::memory::{of_tree, report};
use measure::trays;
use server::Server;
use time::OffsetDateTime;
use tokio::runtime::Runtime;

#[path = "../../tests/benches/measure/mod.rs"]
mod measure;
#[path = "../tests/it/server.rs"]
mod server;

const HOST: &str = "cong.localhost";
const ROUNDS: usize = 15;
const PATIENCE: Duration = Duration::from_secs(20);
/// Threads that wait for work end by then.
const REST: Duration = Duration::from_secs(11);

fn main() -> Result<()> {
    let Some(bus) = Bus::start()? else {
        return Ok(());
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let (tell, trays) = channel();
    let _desktop = runtime.block_on(trays::show(bus.address(), tell))?;
    let computer = Computer::new(bus.address())?;
    let mut out = std::io::stdout();
    let start = start(&computer, &trays)?;
    writeln!(out, "agent-start {:.1} ms", start.as_secs_f64() * 1000.0)?;
    report(&mut out, "pss-idle", idle(&computer, &trays)?)?;
    drop::<Runtime>(runtime);
    Ok(())
}

/// A person's folders and settings, and a portal that knows no ask.
struct Computer {
    folder: tempfile::TempDir,
    server: Server,
    bus: String,
}

impl Computer {
    fn new(bus: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let pki = DemoPki::new(OffsetDateTime::now_utc())?;
        let unknown = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        let server = Server::start(&pki.server(&[HOST])?, unknown.to_vec());
        std::fs::write(folder.path().join("root.der"), pki.tls.certificate().der())?;
        let settings = format!(
            "state-folder = \"state\"\nruntime-folder = \"run\"\n\
             [[portal]]\norigin = \"https://{HOST}:{}\"\ntls-root = \"root.der\"\n",
            server.address.port()
        );
        std::fs::write(folder.path().join("kyso.toml"), settings)?;
        let window = folder.path().join("window");
        std::fs::write(&window, "#!/bin/sh\nexec timeout 2 cat >/dev/null\n")?;
        std::fs::set_permissions(&window, std::fs::Permissions::from_mode(0o755))?;
        Ok(Self {
            folder,
            server,
            bus: bus.to_owned(),
        })
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Result<Command> {
        let folder = self.folder.path();
        let mut command = Command::new(built(program)?);
        command
            .args(arguments)
            .env("HOME", folder)
            .env("KYSO_CONFIG", folder.join("kyso.toml"))
            .env("KYSO_DESKTOP", folder.join("window"))
            .env("DISPLAY", ":nobody")
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        Ok(command)
    }

    fn agent(&self, trays: &Receiver<()>) -> Result<Running> {
        let agent = Running(self.command("kyso-agent", &["--hidden"])?.spawn()?);
        trays.recv_timeout(PATIENCE).context("no tray")?;
        Ok(agent)
    }

    fn link(&self) -> Result<Link> {
        let origin = Origin::parse(&format!("https://{HOST}:{}", self.server.address.port()))?;
        Ok(Link::new(origin, AskId::from_bytes([9; 16])))
    }

    fn has_window(&self) -> Result<bool> {
        let status = self.command("kyso", &["--json", "status"])?.output()?;
        Ok(String::from_utf8_lossy(&status.stdout).contains("\"window\":true"))
    }
}

/// The program in the folder that `KYSO_BENCH_PROGRAMS` names, else of the same build: two folders up from this bench.
fn built(name: &str) -> Result<PathBuf> {
    let bench = std::env::current_exe()?;
    let named = std::env::var_os("KYSO_BENCH_PROGRAMS").map(PathBuf::from);
    let own = || bench.ancestors().nth(2).map(Path::to_owned);
    let folder = named.or_else(own).context("a bench lies in deps")?;
    let path = folder.join(name);
    ensure!(path.is_file(), "{} is not built", path.display());
    Ok(path)
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(computer: &Computer, trays: &Receiver<()>) -> Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let _agent = computer.agent(trays)?;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    Ok(times.get(ROUNDS / 2).copied().unwrap_or_default())
}

/// After a window and a request over TLS; none where the system doesn't tell.
fn idle(computer: &Computer, trays: &Receiver<()>) -> Result<Option<f64>> {
    let agent = computer.agent(trays)?;
    let link = computer.link()?.to_string();
    let followed = computer.command("kyso-agent", &[&link])?.status()?;
    ensure!(followed.success(), "the agent refused the link");
    let requests = &computer.server.requests;
    let asked = || requests.lock().is_ok_and(|requests| !requests.is_empty());
    until("the request", asked)?;
    until("the window's end", || {
        matches!(computer.has_window(), Ok(false))
    })?;
    std::thread::sleep(REST);
    Ok(of_tree(agent.0.id()))
}
