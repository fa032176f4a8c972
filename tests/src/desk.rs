//! A person at a computer with a display: a real browser before them, the agent's real window beside it.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use kyso_support::Role;

use crate::desktop::{Window, Windows};
use crate::display::Display;
use crate::driven::{self, Driven, Kind};
use crate::resident::Computer;
use crate::stage::Stage;

/// What the browser's folders are called by.
const NAME: &str = "desk";

/// Whether this computer remembers a certificate for the portal.
#[derive(Debug, Clone, Copy)]
pub enum Known {
    /// It doesn't, and the browser doesn't know the account.
    Not,
    /// It does, and so does the browser.
    Remembered,
}

/// What stands on the desk.
pub struct Desk<'a> {
    /// The portal and everything else that the browser meets.
    pub stage: &'a Stage,
    /// Our programs.
    pub computer: Computer,
    /// The browser.
    pub browser: Driven,
    role: Role,
    windows: Windows<'a>,
}

impl<'a> Desk<'a> {
    /// With the token of `role`; no agent runs yet. The settings name the browser, so that the agent needn't find it. None
    /// where the browser is missing.
    ///
    /// # Errors
    /// A program is missing or doesn't start.
    pub async fn set(
        stage: &'a Stage,
        display: &'a Display,
        kind: Kind,
        role: Role,
    ) -> Result<Option<Self>> {
        let opener = kind.opener(stage, NAME)?;
        let named = ("KYSO_BROWSER", opener.into_os_string());
        Self::with(stage, display, kind, role, named).await
    }

    /// The same on a desktop that is called so (`XDG_CURRENT_DESKTOP`), where nothing names the browser: the agent has to
    /// find it.
    ///
    /// # Errors
    /// A program is missing or doesn't start.
    pub async fn on_desktop(
        desktop: &str,
        stage: &'a Stage,
        display: &'a Display,
        kind: Kind,
        role: Role,
    ) -> Result<Option<Self>> {
        let called = ("XDG_CURRENT_DESKTOP", desktop.into());
        Self::with(stage, display, kind, role, called).await
    }

    async fn with(
        stage: &'a Stage,
        display: &'a Display,
        kind: Kind,
        role: Role,
        variable: (&'static str, OsString),
    ) -> Result<Option<Self>> {
        let windows = Windows::on(display)?;
        let mut variables = windows.variables();
        variables.push(variable);
        let computer = Computer::of(stage, display, role, variables)?;
        let browser = Driven::on(&computer.surface, kind, stage, NAME).await?;
        Ok(browser.map(|browser| Self {
            stage,
            computer,
            browser,
            role,
            windows,
        }))
    }

    /// The browser's profile.
    #[must_use]
    pub fn profile(&self) -> PathBuf {
        driven::home(self.stage, NAME).join("profile")
    }

    /// Opens a page of the portal and asks there; gives the digits that the page shows. The browser has started the
    /// agent, or told the one that runs.
    ///
    /// # Errors
    /// The page isn't as it should be.
    pub async fn ask(&self, path: &str) -> Result<String> {
        let digits = self.waits(path).await?;
        self.browser.press("#open").await?;
        Ok(digits)
    }

    /// The same without pressing the link.
    ///
    /// # Errors
    /// The page isn't as it should be.
    pub async fn waits(&self, path: &str) -> Result<String> {
        let address = format!("{}{path}", self.stage.origin);
        self.browser.page.goto(address).await?;
        self.browser.press("form[action^='/asks'] button").await?;
        Ok(self.browser.seen("#code-digits").await?.text().await?)
    }

    /// The agent's window, once it is there.
    ///
    /// # Errors
    /// It doesn't come.
    pub async fn window(&self) -> Result<Window> {
        self.windows.next().await
    }

    /// The PIN of the token on the desk.
    ///
    /// # Errors
    /// Never for a role of the stage.
    pub fn pin(&self) -> Result<String> {
        Ok(self.stage.token(self.role)?.pin().to_owned())
    }

    /// Agrees, takes the only certificate, and types the PIN.
    ///
    /// # Errors
    /// The window isn't as it should be.
    pub async fn sign_step_by_step(&self, window: &Window, digits: &str) -> Result<()> {
        same_digits(window, digits).await?;
        window.page.press("#agree").await?;
        window.page.press("#row-0").await?;
        window.page.press("#ok").await?;
        window.page.types("#pin", &self.pin()?).await?;
        window.page.press("#sign").await
    }

    /// Types the PIN where everything else is remembered.
    ///
    /// # Errors
    /// The window isn't as it should be.
    pub async fn sign_at_once(&self, window: &Window, digits: &str) -> Result<()> {
        same_digits(window, digits).await?;
        window.page.types("#pin", &self.pin()?).await?;
        window.page.press("#sign").await
    }

    /// Goes on where the agent has opened the browser's return page.
    ///
    /// # Errors
    /// It was not opened.
    pub async fn follow(&self, tabs: usize) -> Result<()> {
        self.browser.follow(tabs).await
    }

    /// Signs in with an account: from the page of the portal to the session in the same browser.
    ///
    /// # Errors
    /// Anything isn't as it should be.
    pub async fn signs_in(&self, known: Known) -> Result<()> {
        let tabs = self.tabs().await?;
        let digits = self.ask("/login").await?;
        let window = self.window().await?;
        match known {
            Known::Not => self.sign_step_by_step(&window, &digits).await?,
            Known::Remembered => self.sign_at_once(&window, &digits).await?,
        }
        match known {
            Known::Not => self.enter(window, tabs).await,
            Known::Remembered => {
                self.follow(tabs).await?;
                self.is_in(window).await
            }
        }
    }

    /// Goes on to the session where the agent has opened the return page, in a browser that never opened this account:
    /// it asks for a click.
    ///
    /// # Errors
    /// Anything isn't as it should be.
    pub async fn enter(&self, window: Window, tabs: usize) -> Result<()> {
        self.follow(tabs).await?;
        let confirm = "form[action^='/login/confirm'] button";
        self.browser.press(confirm).await?;
        self.is_in(window).await
    }

    async fn is_in(&self, window: Window) -> Result<()> {
        self.browser.seen("header details summary").await?;
        window.gone().await
    }

    /// Signs out of the portal.
    ///
    /// # Errors
    /// Nobody is signed in.
    pub async fn signs_out(&self) -> Result<()> {
        self.browser.press("header details summary").await?;
        let sign_out = "form[action^='/sign-out'] button";
        self.browser.press(sign_out).await?;
        self.browser.seen("a[href^='/login']").await.map(drop)
    }

    /// How many tabs the browser has.
    ///
    /// # Errors
    /// It is gone.
    pub async fn tabs(&self) -> Result<usize> {
        Ok(self.browser.page.windows().await?.len())
    }
}

/// The window shows the digits that the page shows.
///
/// # Errors
/// It doesn't.
pub async fn same_digits(window: &Window, digits: &str) -> Result<()> {
    let shown = window.page.seen("#code").await.context("the window")?;
    let shown: String = shown
        .text()
        .await?
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    ensure!(
        shown == digits,
        "the window shows {shown}, the page {digits}"
    );
    Ok(())
}
