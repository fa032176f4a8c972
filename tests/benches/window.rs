//! What a window costs: from the link to the request on the screen, in memory while it is open and after it is closed;
//! and the same of a Tauri program that does nothing (`tests/bare-window`), where that was built.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use kyso_agent::text::{Language, Text};
use kyso_e2e::display::Display;
use kyso_e2e::resident::Computer;
use kyso_e2e::stage::Stage;
use kyso_e2e::story::ask_to_register;
use kyso_support::Role;
use measure::memory::{of_tree, report};
use measure::trays;

mod measure;

/// A person's agent fetches six requests a minute at most.
const ROUNDS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(30);
/// After this nobody is busy any more.
const REST: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> Result<()> {
    let stage = Stage::set()?;
    let Some(display) = Display::start(stage.path())? else {
        return Ok(());
    };
    let mut out = std::io::stdout();
    let consent = ours(&stage, &display, &mut out).await?;
    if let Some(bare) = bare(&display, &mut out)? {
        let ratio = consent.as_secs_f64() / bare.as_secs_f64();
        writeln!(out, "link-to-consent-vs-bare {ratio:.2} times")?;
    }
    Ok(())
}

async fn ours(stage: &Stage, display: &Display, out: &mut impl Write) -> Result<Duration> {
    let _portal = stage.start_portal().await?;
    let computer = Computer::of(stage, display, Role::Citizen, Vec::new())?;
    // What the idle agent is measured with.
    let (tell, icons) = channel();
    let _desktop = trays::show(display.bus(), tell).await?;
    let agent = Running(start(computer.command("kyso-agent")?.arg("--hidden"))?);
    icons.recv_timeout(PATIENCE).context("no tray")?;
    while !computer.agent_answers().await? {}
    let browser = stage.browser()?;
    let title = Text::of(Language::Vi).get("consent.title.register");
    let (mut times, mut open) = (Vec::new(), None);
    for _ in 0..ROUNDS {
        let link = ask_to_register(&browser, "citizen").await?.deep_link()?;
        let begun = followed(&computer, &link).await?;
        times.push(titled(display, title, begun)?);
        open = of_tree(agent.0.id());
        display.press(&["alt+F4"])?;
        display.wait_until_gone(title)?;
    }
    let consent = median(times);
    writeln!(
        out,
        "link-to-consent {:.0} ms",
        consent.as_secs_f64() * 1000.0
    )?;
    report(out, "pss-window", open)?;
    tokio::time::sleep(REST).await;
    report(out, "pss-after", of_tree(agent.0.id()))?;
    Ok(consent)
}

/// When the agent was told of a link that it took: for a moment it may still tell the portal how the last one ended.
async fn followed(computer: &Computer, link: &str) -> Result<Instant> {
    loop {
        let begun = Instant::now();
        let told = computer.command("kyso-agent")?.arg(link).output().await?;
        let said = String::from_utf8_lossy(&told.stderr);
        match told.status.success() {
            true => return Ok(begun),
            false => ensure!(said.contains("BUSY"), "{}: {said}", told.status),
        }
    }
}

/// How long its window takes; none where it wasn't built.
fn bare(display: &Display, out: &mut impl Write) -> Result<Option<Duration>> {
    let Some(program) = std::env::var_os("KYSO_BENCH_BARE").map(PathBuf::from) else {
        return Ok(None);
    };
    let command = || {
        let mut command = Command::new(&program);
        command.envs(display.variables());
        command
    };
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let _window = Running(spawn(&mut command())?);
        times.push(titled(display, "Ready", begun)?);
    }
    let bare = median(times);
    writeln!(out, "bare-start {:.0} ms", bare.as_secs_f64() * 1000.0)?;
    let tray = Running(spawn(command().arg("tray"))?);
    std::thread::sleep(REST);
    report(out, "bare-pss-idle", of_tree(tray.0.id()))?;
    Ok(Some(bare))
}

/// Ended with its owner.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(command: &mut tokio::process::Command) -> Result<Child> {
    spawn(command.as_std_mut())
}

fn spawn(command: &mut Command) -> Result<Child> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
        .spawn()
        .with_context(|| format!("{:?}", command.get_program()))
}

/// How long after `begun` a window with this title has the focus. Asking takes some milliseconds each time.
fn titled(display: &Display, title: &str, begun: Instant) -> Result<Duration> {
    loop {
        let front = display.front();
        if front.starts_with(title) {
            break;
        }
        ensure!(begun.elapsed() < PATIENCE, "{front:?} instead of {title:?}");
    }
    Ok(begun.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
