//! One person before one browser.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Error, Result, bail, ensure};
use kyso_portal::pages::Lang;
use kyso_support::Role;
use serde_json::json;
use thirtyfour::WebElement;
use thirtyfour::error::{WebDriverError, WebDriverErrorInner};

use super::album::{Album, Width};
use crate::driven::{Driven, Kind};
use crate::kyso::{Kyso, SignIn};
use crate::stage::Stage;

/// The form's own button, not the one that the Enter key presses.
pub(super) const REGISTER: &str =
    "form[action^='/register/confirm'] button[value='register']:not([aria-hidden])";
pub(super) const CONFIRM_LOGIN: &str = "form[action='/login/confirm'] button";
/// Where somebody is signed in.
pub(super) const ACCOUNT_MENU: &str = "header details summary";
/// Every problem and error page.
pub(super) const PROBLEM: &str = ".card.warning";

/// Tells the page that is left from the next one, which may look alike.
const LEAVE: &str = "document.documentElement.dataset.left = ''";
/// Read by a script, since a page that comes anew takes its elements with it.
const LINK: &str = "return document.querySelector('#open')?.getAttribute('href')";
/// Whether the style sheet of a document that was put into the page is there.
const DRESSED: &str =
    "return document.readyState === 'complete' && document.styleSheets.length === 1";
/// Between two looks: WebDriver tells of no style sheet.
const AGAIN: Duration = Duration::from_millis(20);
/// How long the driver may be confused.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Walk<'a> {
    pub(super) stage: &'a Stage,
    pub(super) browser: Driven,
    album: &'a Album,
}

impl<'a> Walk<'a> {
    /// A fresh browser profile, in the album's language as its owner chose it on the page.
    ///
    /// # Errors
    /// The browser isn't there.
    pub(super) async fn begin(stage: &'a Stage, album: &'a Album, name: &str) -> Result<Self> {
        let browser = Driven::start(Kind::Chromium, stage, name)
            .await?
            .context("pictures take Chromium with its driver, and certutil")?;
        let walk = Self {
            stage,
            browser,
            album,
        };
        walk.go("/").await?;
        let lang = album.lang().as_str();
        let button = format!("form[action='/language'] button[value='{lang}']");
        walk.press(&button, "h1").await?;
        let chosen = format!("html[lang='{lang}'] h1");
        walk.seen(&chosen).await?;
        Ok(walk)
    }

    /// Another browser before the same portal.
    ///
    /// # Errors
    /// It doesn't start.
    pub(super) async fn beside(&self, name: &str) -> Result<Walk<'a>> {
        Walk::begin(self.stage, self.album, name).await
    }

    /// A picture at a desk.
    ///
    /// # Errors
    /// See [`Album::take`].
    pub(super) async fn wide(&self, name: &str) -> Result<()> {
        self.album
            .take(&self.browser.page, name, &[Width::Desk])
            .await
    }

    /// A picture at a desk and one on a phone.
    ///
    /// # Errors
    /// See [`Album::take`].
    pub(super) async fn both(&self, name: &str) -> Result<()> {
        let widths = [Width::Desk, Width::Phone];
        self.album.take(&self.browser.page, name, &widths).await
    }

    /// A picture at a desk of a document that no road leads to, under the portal's own style sheet and policy.
    ///
    /// # Errors
    /// See [`Album::take_view`].
    pub(super) async fn view(&self, document: &str, name: &str) -> Result<()> {
        // What one page was drawn with doesn't stay for the next.
        self.go("/").await?;
        let devtools = self.browser.page.cdp();
        let tree = devtools.send_raw("Page.getFrameTree", json!({})).await?;
        let frame = tree.pointer("/frameTree/frame/id").context("a frame")?;
        self.browser.page.execute(LEAVE, Vec::new()).await?;
        let content = json!({"frameId": frame, "html": document});
        devtools
            .send_raw("Page.setDocumentContent", content)
            .await?;
        self.seen("html:not([data-left]) footer").await?;
        self.is_dressed().await?;
        let page = &self.browser.page;
        self.album.take_view(page, name, &[Width::Desk]).await
    }

    async fn is_dressed(&self) -> Result<()> {
        let begun = Instant::now();
        while !self
            .browser
            .page
            .execute(DRESSED, Vec::new())
            .await?
            .convert::<bool>()?
        {
            ensure!(begun.elapsed() < PATIENCE, "a document without its style");
            tokio::time::sleep(AGAIN).await;
        }
        Ok(())
    }

    /// The album's language.
    pub(super) fn lang(&self) -> Lang {
        self.album.lang()
    }

    /// Opens an address of the portal.
    ///
    /// # Errors
    /// The browser is gone.
    pub(super) async fn go(&self, path: &str) -> Result<()> {
        let address = format!("{}{path}", self.stage.origin);
        Ok(self.browser.page.goto(address).await?)
    }

    /// Waits for what a reader sees.
    ///
    /// # Errors
    /// It doesn't come in time.
    pub(super) async fn seen(&self, css: &str) -> Result<WebElement> {
        let begun = Instant::now();
        loop {
            match self.browser.seen(css).await {
                // The driver looked while one page took another's place.
                Err(error) if is_between_pages(&error) && begun.elapsed() < PATIENCE => {}
                found => return found,
            }
        }
    }

    /// Presses what leads to another page, and waits for what that shows.
    ///
    /// # Errors
    /// There is nothing to press, or the page isn't as it should be.
    pub(super) async fn press(&self, button: &str, then: &str) -> Result<()> {
        self.browser.page.execute(LEAVE, Vec::new()).await?;
        self.browser.press(button).await?;
        let on_the_next = format!("html:not([data-left]) :is({then})");
        self.seen(&on_the_next).await.map(drop)
    }

    /// Presses the button of a page that makes an ask; gives the deep link of the waiting page.
    ///
    /// # Errors
    /// The page has no such button.
    pub(super) async fn ask(&self, path: &str) -> Result<String> {
        self.go(path).await?;
        self.press("form[action='/asks'] button", "#open").await?;
        let link = self.browser.page.execute(LINK, Vec::new()).await?;
        let link: Option<String> = link.convert()?;
        link.context("a deep link")
    }

    /// Has the token of `role` sign; gives the address of the return page with its code.
    ///
    /// # Errors
    /// The portal doesn't accept it.
    pub(super) async fn signed(&self, link: &str, kyso: &Kyso<'_>, role: Role) -> Result<String> {
        let pin = self.stage.token(role)?.pin();
        match kyso.sign_in(link, &[pin]).await?.outcome {
            SignIn::Accepted(address) => Ok(address),
            SignIn::Problem(code) => bail!("{} with {}", code, role.word()),
        }
    }

    /// Asks, signs and comes back.
    ///
    /// # Errors
    /// The page that comes doesn't show `then`.
    pub(super) async fn returned(&self, path: &str, role: Role, then: &str) -> Result<()> {
        let kyso = Kyso::of(self.stage, role)?;
        self.returned_by(path, &kyso, role, then).await
    }

    /// As [`Walk::returned`], from a computer of one's own.
    ///
    /// # Errors
    /// As [`Walk::returned`].
    pub(super) async fn returned_by(
        &self,
        path: &str,
        kyso: &Kyso<'_>,
        role: Role,
        then: &str,
    ) -> Result<()> {
        let link = self.ask(path).await?;
        let address = self.signed(&link, kyso, role).await?;
        self.browser.page.goto(&address).await?;
        self.seen(then).await.map(drop)
    }

    /// Signs out.
    ///
    /// # Errors
    /// Nobody is signed in.
    pub(super) async fn sign_out(&self) -> Result<()> {
        self.go("/").await?;
        self.browser.press(ACCOUNT_MENU).await?;
        self.press("form[action='/sign-out'] button", "a[href^='/login']")
            .await
    }
}

fn is_between_pages(error: &Error) -> bool {
    let inner = error.downcast_ref().map(WebDriverError::as_inner);
    matches!(
        inner,
        Some(WebDriverErrorInner::UnknownError(_) | WebDriverErrorInner::StaleElementReference(_))
    )
}
