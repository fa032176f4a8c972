//! A page under WebDriver, and how a reader waits for what is on it.

use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use thirtyfour::error::WebDriverErrorInner;
use thirtyfour::prelude::*;

/// How long a page may take to show what is waited for; a cold browser on a busy machine is slow.
const PATIENCE: Duration = Duration::from_secs(30);
/// The shortest that a portal may be told to give an ask.
const ASK_LIFE: Duration = Duration::from_secs(30);

/// What WebDriver offers, and what readers do.
// Never dropped: that would wait for an answer from a driver that is gone.
pub struct Page(ManuallyDrop<WebDriver>);

impl Deref for Page {
    type Target = WebDriver;

    fn deref(&self) -> &WebDriver {
        &self.0
    }
}

impl Page {
    /// The page of this session.
    #[must_use]
    pub fn of(session: WebDriver) -> Self {
        Self(ManuallyDrop::new(session))
    }

    /// Waits until an element that a reader sees is there.
    ///
    /// # Errors
    /// It doesn't come in time; the text has the page.
    pub async fn seen(&self, css: &str) -> Result<WebElement> {
        self.wait_for(By::Css(css), css, PATIENCE).await
    }

    /// The same for what comes when the shortest life of an ask is over.
    ///
    /// # Errors
    /// As with [`Self::seen`].
    pub async fn seen_at_last(&self, css: &str) -> Result<WebElement> {
        self.wait_for(By::Css(css), css, ASK_LIFE + PATIENCE).await
    }

    async fn wait_for(&self, by: By, what: &str, patience: Duration) -> Result<WebElement> {
        let query = self.query(by);
        let query = query.wait(patience, Duration::from_millis(50));
        match query.and_displayed().first().await {
            Ok(element) => Ok(element),
            Err(error) => {
                let page = self.find(By::Tag("body")).await?.text().await?;
                let address = self.current_url().await?;
                Err(error).with_context(|| format!("{what} on {address}: {page}"))
            }
        }
    }

    /// Presses it as soon as it is there and answers presses.
    ///
    /// # Errors
    /// It isn't there in time, or can't be pressed.
    pub async fn press(&self, css: &str) -> Result<()> {
        let begun = Instant::now();
        loop {
            match self.press_present(css).await {
                // The page was drawn anew between a look and the press.
                Err(error) if is_stale(&error) && begun.elapsed() < PATIENCE => {}
                pressed => return pressed.with_context(|| css.to_owned()),
            }
        }
    }

    async fn press_present(&self, css: &str) -> WebDriverResult<()> {
        let query = self.query(By::Css(css));
        let query = query.wait(PATIENCE, Duration::from_millis(50));
        let ready = query.and_displayed().and_enabled().first().await?;
        ready.click().await
    }

    /// Waits until a reader sees these words.
    ///
    /// # Errors
    /// They don't come in time; the text has the page.
    pub async fn says(&self, words: &str) -> Result<()> {
        let holder = format!("//main//*[contains(normalize-space(.), '{words}')]");
        let found = self.wait_for(By::XPath(holder), words, PATIENCE);
        found.await.map(drop)
    }

    /// Types into a field as soon as it is there and takes keys.
    ///
    /// # Errors
    /// It doesn't in time.
    pub async fn types(&self, css: &str, keys: &str) -> Result<()> {
        let field = self.seen(&format!("{css}:not([readonly])")).await?;
        Ok(field.send_keys(keys).await?)
    }

    /// Presses what closes the page.
    ///
    /// # Errors
    /// It isn't there in time.
    pub async fn leave_by(&self, css: &str) -> Result<()> {
        let last = self.seen(css).await?;
        // The driver's answer may be lost with the page.
        drop(last.click().await);
        Ok(())
    }
}

fn is_stale(error: &WebDriverError) -> bool {
    matches!(
        error.as_inner(),
        WebDriverErrorInner::StaleElementReference(_)
    )
}
