//! A PIN that was typed into the window: however that ended, nothing of ours that lives on holds it.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use kyso_e2e::desk::Desk;
use kyso_e2e::desktop::Window;
use kyso_e2e::display::Display;
use kyso_e2e::driven::Kind;
use kyso_e2e::stage::Stage;
use kyso_support::{PATIENCE, Role, missing};

use super::tells;
use super::watch::Watch;

/// Nothing else in memory looks like it.
const WRONG: &str = "904617";
/// As long as a PIN, and put where the agent and a token's host keep it in plain sight.
const PLANTED: &str = "618203";

/// What the person does with the PIN, in an order in which each finds what it needs.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// A signature is tried on the first page.
    TriedOut,
    /// Consent, certificate and PIN one after the other.
    StepByStep,
    /// All of them at once.
    OneScreen,
    WrongThenRight,
    WrongThenCancelled,
    /// The window is killed while it stands in the field.
    KilledWhileTyped,
    /// The window is killed as soon as the button was pressed.
    KilledOnceSent,
}

impl Way {
    const ALL: [Self; 7] = [
        Self::TriedOut,
        Self::StepByStep,
        Self::OneScreen,
        Self::WrongThenRight,
        Self::WrongThenCancelled,
        Self::KilledWhileTyped,
        Self::KilledOnceSent,
    ];
}

/// A person at the desk whose PIN is looked for.
struct Person<'a> {
    desk: &'a Desk<'a>,
    watch: Watch,
    pin: String,
}

impl Person<'_> {
    async fn goes(&mut self, way: Way) -> Result<()> {
        match way {
            Way::TriedOut => self.tries_out().await,
            Way::StepByStep => self.signs_step_by_step().await,
            Way::OneScreen => self.signs_at_once().await,
            Way::WrongThenRight => self.corrects_it().await,
            Way::WrongThenCancelled => self.gives_up().await,
            Way::KilledWhileTyped => self.is_interrupted(false).await,
            Way::KilledOnceSent => self.is_interrupted(true).await,
        }
    }

    async fn tries_out(&mut self) -> Result<()> {
        let mut agent = self.desk.computer.command("kyso-agent")?;
        ensure!(agent.status().await?.success(), "the first page");
        let window = self.desk.window().await?;
        window.page.press("#try-out-0").await?;
        self.types(&window, &self.pin.clone()).await?;
        window.page.press("#sign").await?;
        window.gone().await?;
        let window = self.desk.window().await?;
        window.page.seen(".welcome [role=status]").await?;
        self.closes(window).await
    }

    async fn signs_step_by_step(&mut self) -> Result<()> {
        let tabs = self.desk.tabs().await?;
        self.desk.ask("/register/usb?subject=citizen").await?;
        let window = self.desk.window().await?;
        for step in ["#agree", "#row-0", "#ok"] {
            window.page.press(step).await?;
        }
        window.page.seen("#pin").await?;
        self.watch.finds_in_a_host(PLANTED)?;
        self.signs(window, tabs).await
    }

    async fn signs_at_once(&mut self) -> Result<()> {
        let tabs = self.desk.tabs().await?;
        let window = self.is_asked().await?;
        self.signs(window, tabs).await
    }

    async fn corrects_it(&mut self) -> Result<()> {
        let tabs = self.desk.tabs().await?;
        let window = self.errs().await?;
        self.signs(window, tabs).await
    }

    async fn gives_up(&mut self) -> Result<()> {
        let window = self.errs().await?;
        window.page.press(".pin #refuse").await?;
        window.gone().await?;
        let window = self.desk.window().await?;
        self.closes(window).await
    }

    async fn is_interrupted(&mut self, sent: bool) -> Result<()> {
        let window = self.is_asked().await?;
        self.types(&window, &self.pin.clone()).await?;
        if sent {
            window.page.press("#sign").await?;
        }
        self.watch.kills_the_window()?;
        self.rests().await
    }

    /// A browser that knows nobody asks, for one screen with everything.
    async fn is_asked(&self) -> Result<Window> {
        self.desk.browser.page.delete_all_cookies().await?;
        self.desk.ask("/login").await?;
        let window = self.desk.window().await?;
        window.page.seen(".remembered #sign:enabled").await?;
        Ok(window)
    }

    async fn errs(&mut self) -> Result<Window> {
        let window = self.is_asked().await?;
        self.types(&window, WRONG).await?;
        window.page.press("#sign").await?;
        window.page.seen(".pin [role=alert]").await?;
        Ok(window)
    }

    async fn types(&mut self, window: &Window, pin: &str) -> Result<()> {
        window.page.types("#pin", pin).await?;
        self.watch.finds(pin)
    }

    async fn signs(&mut self, window: Window, tabs: usize) -> Result<()> {
        self.types(&window, &self.pin.clone()).await?;
        window.page.press("#sign").await?;
        self.desk.follow(tabs).await?;
        window.gone().await
    }

    async fn closes(&self, window: Window) -> Result<()> {
        window.page.leave_by("#close").await?;
        window.gone().await
    }

    /// The login that lost its window is over.
    async fn rests(&self) -> Result<()> {
        let begun = Instant::now();
        while tells(self.desk, "state").await? == "waiting" {
            ensure!(begun.elapsed() < PATIENCE, "the login goes on");
        }
        Ok(())
    }
}

async fn check(person: &mut Person<'_>, way: Way) -> Result<()> {
    person.goes(way).await?;
    for pin in [person.pin.as_str(), WRONG] {
        person.watch.finds_none(pin)?;
    }
    person.watch.finds_in_the_agent(PLANTED)
}

/// Into the settings, as a variable of the module's: what the agent has read, and the host finds in its environment. No PIN
/// is planted in either: nothing of ours would put one there.
fn plant(settings: &Path) -> Result<()> {
    let before = std::fs::read_to_string(settings)?;
    let module = "[[module]]\n";
    ensure!(before.contains(module), "{before}");
    let planted = format!("{module}environment = {{ KYSO_PLANTED = \"{PLANTED}\" }}\n");
    Ok(std::fs::write(settings, before.replace(module, &planted))?)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_process_of_ours_holds_the_pin_however_the_window_closed() -> Result<()> {
    if !rustix::process::geteuid().is_root() {
        missing("root, which alone reads the memory of processes that hide it");
        return Ok(());
    }
    let stage = Stage::set()?;
    let _portal = stage.start_portal().await?;
    let Some(display) = Display::start(stage.path())? else {
        return Ok(());
    };
    let Some(desk) = Desk::set(&stage, &display, Kind::Chromium, Role::Citizen).await? else {
        return Ok(());
    };
    plant(&display.home().join("kyso.toml"))?;
    let agent = desk.computer.start_agent().await?;
    let mut person = Person {
        watch: Watch::over(agent.id().context("the agent runs")?),
        pin: desk.pin()?,
        desk: &desk,
    };
    for way in Way::ALL {
        let checked = check(&mut person, way).await;
        checked.with_context(|| format!("{way:?}"))?;
    }
    desk.computer.quit_agent().await
}
