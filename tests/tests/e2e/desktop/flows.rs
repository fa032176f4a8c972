//! The agent and its real window, with a person's token: what they do there, and what comes of it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use kyso_e2e::browser::{Browser, Page};
use kyso_e2e::desktop::{Window, Windows};
use kyso_e2e::display::Display;
use kyso_e2e::process::Running;
use kyso_e2e::resident::Computer;
use kyso_e2e::stage::Stage;
use kyso_e2e::story::ask_to_register;
use kyso_support::{PATIENCE, Role, VirtualReader, until};
use rustix::process::{Pid, Signal, kill_process};

use crate::faults::processes::children;
use crate::pulled;

/// A citizen before a display, with a portal to register at, and an agent that runs.
pub(super) struct Desk<'a> {
    display: &'a Display,
    pub(super) computer: Computer,
    windows: Windows<'a>,
    returned: PathBuf,
    browser: Browser,
    agent: Running,
    _portal: Running,
}

impl<'a> Desk<'a> {
    pub(super) async fn set(stage: &'a Stage, display: &'a Display) -> Result<Self> {
        Self::with(stage, display, None).await
    }

    /// With the citizen's token in this reader instead of a soft one.
    async fn with(
        stage: &'a Stage,
        display: &'a Display,
        reader: Option<&VirtualReader>,
    ) -> Result<Self> {
        let windows = Windows::on(display)?;
        let returned = stage.path().join("returned");
        let mut variables = windows.variables();
        let readers = reader.iter().flat_map(|reader| reader.environment());
        variables.extend(readers.map(|(name, value)| (&*name.leak(), value)));
        variables.push(("KYSO_BROWSER", opener(stage, &returned)?.into_os_string()));
        let portal = stage.start_portal().await?;
        let computer = Computer::of(stage, display, Role::Citizen, variables)?;
        if let Some(reader) = reader {
            stage.write_agent_with(&display.home().join("kyso.toml"), reader.module(), "")?;
        }
        let agent = computer.start_agent().await?;
        Ok(Self {
            display,
            computer,
            windows,
            returned,
            browser: stage.browser()?,
            agent,
            _portal: portal,
        })
    }

    /// Asks without waiting for a window.
    pub(super) async fn asks(&self) -> Result<Page> {
        let waiting = self.ask().await?;
        let (status, said) = self.follow(&waiting).await?;
        ensure!(status.success(), "{status}: {said}");
        Ok(waiting)
    }

    /// The process of the window that the agent has opened.
    pub(super) fn window_process(&self) -> Result<u32> {
        let agent = self.agent.id().context("the agent runs")?;
        let is_window = |process: &u32| {
            let name = fs::read_to_string(format!("/proc/{process}/comm"));
            name.is_ok_and(|name| name.trim() == "kyso-desktop")
        };
        let found = children(agent).into_iter().find(is_window);
        found.context("no window")
    }

    async fn ask(&self) -> Result<Page> {
        ask_to_register(&self.browser, "citizen").await
    }

    /// What the browser does with the link of a waiting page.
    async fn follow(&self, waiting: &Page) -> Result<(ExitStatus, String)> {
        let mut agent = self.computer.command("kyso-agent")?;
        let ended = agent.arg(waiting.deep_link()?).output().await?;
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        Ok((ended.status, said))
    }

    /// Asks, and gives the window that shows it.
    async fn asked(&self) -> Result<(Page, Window)> {
        let waiting = self.asks().await?;
        Ok((waiting, self.window().await?))
    }

    /// The window, once it shows what is asked.
    pub(super) async fn window(&self) -> Result<Window> {
        let window = self.windows.next().await?;
        window.page.seen("#agree").await?;
        Ok(window)
    }

    /// What the waiting page is told as soon as it has nothing to wait for.
    async fn told(&self, waiting: &Page) -> Result<String> {
        let state = format!("{}/state", waiting.path());
        let begun = Instant::now();
        loop {
            let told = self.browser.fetch(&state).await?.html;
            if !told.contains("\"waiting\"") {
                return Ok(told);
            }
            ensure!(
                begun.elapsed() < PATIENCE,
                "the portal was told nothing: {told}"
            );
        }
    }

    /// Goes where the agent has sent the browser: the page that asks whether to register.
    pub(super) async fn is_back(&self) -> Result<bool> {
        until("the browser's return", || self.returned.exists())?;
        let address = fs::read_to_string(&self.returned)?;
        let page = self.browser.come_back(&address).await?;
        Ok(page.has_form("/register/confirm"))
    }
}

/// A browser that only notes where it is sent.
fn opener(stage: &Stage, returned: &std::path::Path) -> Result<PathBuf> {
    let (program, file) = (stage.path().join("note-address"), returned.display());
    fs::write(
        &program,
        format!("#!/bin/sh\nprintf %s \"$1\" >'{file}.new' && mv '{file}.new' '{file}'\n"),
    )?;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
    Ok(program)
}

pub(super) async fn agree_and_choose(window: &Window) -> Result<()> {
    window.page.press("#agree").await?;
    window.page.press("#row-0").await?;
    window.page.press("#ok").await
}

pub(super) async fn enter(window: &Window, pin: &str) -> Result<()> {
    window.page.types("#pin", pin).await?;
    window.page.press("#sign").await
}

/// The code on the screen that says what went wrong.
async fn problem(window: &Window) -> Result<String> {
    Ok(window.page.seen("#problem-code").await?.text().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_pin_can_be_followed_by_the_right_one() -> Result<()> {
    let stage = Stage::set()?;
    let Some(display) = Display::start(stage.path())? else {
        return Ok(());
    };
    let desk = Desk::set(&stage, &display).await?;
    let (_waiting, window) = desk.asked().await?;
    agree_and_choose(&window).await?;
    enter(&window, "00000000").await?;
    window.page.seen(".pin [role=alert]").await?;
    enter(&window, stage.token(Role::Citizen)?.pin()).await?;
    assert!(desk.is_back().await?, "the portal has the answer");
    window.gone().await?;
    assert!(desk.computer.agent_answers().await?, "the agent stays");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_told_to_the_portal_and_the_next_ask_is_shown() -> Result<()> {
    let stage = Stage::set()?;
    let Some(display) = Display::start(stage.path())? else {
        return Ok(());
    };
    let desk = Desk::set(&stage, &display).await?;
    let (waiting, window) = desk.asked().await?;
    window.page.press("#refuse").await?;
    assert!(problem(&window).await?.contains("CANCELLED"));
    let told = desk.told(&waiting).await?;
    assert!(told.contains("CANCELLED"), "{told}");
    window.page.leave_by("#close").await?;
    window.gone().await?;
    desk.asked().await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_ask_is_turned_away_and_the_first_goes_on() -> Result<()> {
    let stage = Stage::set()?;
    let Some(display) = Display::start(stage.path())? else {
        return Ok(());
    };
    let desk = Desk::set(&stage, &display).await?;
    let (_first, window) = desk.asked().await?;
    let second = desk.ask().await?;
    let (status, said) = desk.follow(&second).await?;
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("BUSY"), "{said}");
    agree_and_choose(&window).await?;
    enter(&window, stage.token(Role::Citizen)?.pin()).await?;
    until("the browser's return", || desk.returned.exists())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_is_killed_ends_the_login_and_the_agent_goes_on() -> Result<()> {
    let stage = Stage::set()?;
    let Some(display) = Display::start(stage.path())? else {
        return Ok(());
    };
    let desk = Desk::set(&stage, &display).await?;
    let (waiting, window) = desk.asked().await?;
    display.wait_for(&window.page.title().await?)?;
    let process = desk.display.process_in_front().context("a window")?;
    kill_process(Pid::from_raw(process.cast_signed()).unwrap(), Signal::KILL)?;
    window.gone().await?;
    desk.told(&waiting).await?;
    assert!(desk.computer.agent_answers().await?, "the agent stays");
    let (_again, window) = desk.asked().await?;
    agree_and_choose(&window).await?;
    enter(&window, stage.token(Role::Citizen)?.pin()).await?;
    assert!(desk.is_back().await?, "the portal has the answer");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_run_finds_the_token_and_tries_a_signature() -> Result<()> {
    let stage = Stage::set()?;
    let Some(display) = Display::start(stage.path())? else {
        return Ok(());
    };
    let desk = Desk::set(&stage, &display).await?;
    let opened = desk.computer.command("kyso-agent")?.status().await?;
    assert!(opened.success());
    let window = desk.windows.next().await?;
    window.page.seen(".welcome").await?;
    window.page.press("#try-out-0").await?;
    enter(&window, stage.token(Role::Citizen)?.pin()).await?;
    window.gone().await?;
    let window = desk.windows.next().await?;
    window.page.seen(".welcome [role=status]").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_pulled_while_the_pin_is_typed_ends_the_login() -> Result<()> {
    let Some(scene) = pulled::Scene::set()? else {
        return Ok(());
    };
    let stage = &scene.stage;
    let Some(display) = Display::start(stage.path())? else {
        return Ok(());
    };
    let desk = Desk::with(stage, &display, Some(&scene.reader)).await?;
    let card = scene.card();
    let pins = card.pins_shown();
    let inserted = scene.insert(card)?;
    let (_waiting, window) = desk.asked().await?;
    agree_and_choose(&window).await?;
    window.page.types("#pin", &pulled::PIN[..3]).await?;
    inserted.pull()?;
    assert!(problem(&window).await?.contains("TOKEN-ABSENT"));
    assert_eq!(pins.count(), 0);
    Ok(())
}
