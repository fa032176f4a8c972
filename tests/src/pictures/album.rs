//! The camera: one page in both themes, and in the light one at a phone's width.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_portal::pages::{Lang, Texts, captcha, paths};
use serde_json::json;
use thirtyfour::WebDriver;

use super::{missing, sentences};

/// What differs from one run to the next is drawn as in one run.
const SAME_EACH_TIME: &str = include_str!("same_each_time.js");
const SIZE: &str =
    "return [document.documentElement.scrollWidth, document.documentElement.scrollHeight]";

/// How wide a page is drawn, in CSS pixels.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    Desk,
    Phone,
}

impl Width {
    fn pixels(self) -> u32 {
        match self {
            Self::Desk => 1280,
            Self::Phone => 360,
        }
    }

    fn height(self) -> u32 {
        match self {
            Self::Desk => 800,
            Self::Phone => 640,
        }
    }

    fn has(self, theme: &str) -> bool {
        self == Self::Desk || theme == "light"
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Desk => "",
            Self::Phone => ".phone",
        }
    }
}

/// A folder of pictures in one language.
pub(super) struct Album {
    folder: PathBuf,
    lang: Lang,
    /// A captcha, as an address of an image, and its other way in words.
    captcha: (String, String),
    /// The keys of what problem pages can say.
    sentences: Vec<String>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    names: BTreeSet<String>,
    places: BTreeSet<String>,
    said: BTreeSet<String>,
}

impl Album {
    pub(super) fn new(folder: &Path, lang: Lang) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let challenge = captcha::new_challenge([7; 32]);
        let picture = STANDARD.encode(captcha::picture(&challenge));
        Ok(Self {
            folder: folder.to_owned(),
            lang,
            captcha: (
                format!("data:image/png;base64,{picture}"),
                captcha::spoken(&challenge, lang),
            ),
            sentences: sentences::keys()?,
            kept: Mutex::default(),
        })
    }

    pub(super) fn lang(&self) -> Lang {
        self.lang
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many pictures there are.
    pub(super) fn count(&self) -> usize {
        self.kept().names.len()
    }

    /// Addresses that were never drawn.
    pub(super) fn left_out(&self, no_pages: &[&str]) -> Vec<&'static str> {
        missing(&self.kept().places, no_pages)
    }

    /// Keys of sentences that no problem page said.
    pub(super) fn unsaid(&self) -> Vec<String> {
        sentences::unsaid(self.sentences.clone(), &self.kept().said)
    }

    /// Draws what the browser shows, whole, and takes down where that was.
    ///
    /// # Errors
    /// As with [`Album::take_view`].
    pub(super) async fn take(&self, page: &WebDriver, name: &str, widths: &[Width]) -> Result<()> {
        self.take_view(page, name, widths).await?;
        let place = page.current_url().await?.path().to_owned();
        self.kept().places.insert(place_of(&place));
        Ok(())
    }

    /// Draws what the browser shows, whole, wherever that is.
    ///
    /// # Errors
    /// It is wider than the screen of a desk or of a phone, or this name was used before.
    pub(super) async fn take_view(
        &self,
        page: &WebDriver,
        name: &str,
        widths: &[Width],
    ) -> Result<()> {
        let (picture, words) = &self.captcha;
        let test_build = Texts::of(self.lang).get("frame.test-build");
        let arguments = vec![json!(picture), json!(words), json!(test_build)];
        page.execute(SAME_EACH_TIME, arguments).await?;
        for theme in ["light", "dark"] {
            wear(page, theme).await?;
            // A theme changes colours alone: what a narrow page does shows in one of them.
            for width in widths.iter().filter(|width| width.has(theme)) {
                let png = draw(page, *width).await.with_context(|| name.to_owned())?;
                self.keep(
                    &format!("{name}.{}.{theme}{}", self.lang.as_str(), width.ending()),
                    &png,
                )?;
            }
        }
        size_on(page, Width::Phone)
            .await
            .with_context(|| name.to_owned())?;
        self.hear(page).await?;
        resize(page, Width::Desk, Width::Desk.height()).await
    }

    /// Takes down which problem the page tells, if it tells one.
    async fn hear(&self, page: &WebDriver) -> Result<()> {
        let said: Option<(String, String)> =
            page.execute(sentences::SAID, Vec::new()).await?.convert()?;
        let key = said
            .and_then(|(what, line)| sentences::key_of(&self.sentences, self.lang, (&what, &line)));
        self.kept().said.extend(key);
        Ok(())
    }

    fn keep(&self, name: &str, png: &[u8]) -> Result<()> {
        ensure!(
            self.kept().names.insert(name.to_owned()),
            "two pictures are called {name}"
        );
        Ok(std::fs::write(
            self.folder.join(format!("{name}.png")),
            png,
        )?)
    }
}

/// The address as [`paths::ALL`] has it.
fn place_of(path: &str) -> String {
    match path.strip_prefix(paths::WAIT) {
        Some(rest) if rest.starts_with('/') => paths::WAIT.to_owned(),
        _ => path.to_owned(),
    }
}

async fn wear(page: &WebDriver, theme: &str) -> Result<()> {
    let features = json!({"features": [
        {"name": "prefers-color-scheme", "value": theme},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]});
    page.cdp()
        .send_raw("Emulation.setEmulatedMedia", features)
        .await?;
    // Nothing is drawn as it looks under a pointer.
    let pointer = json!({"type": "mouseMoved", "x": 0, "y": 0});
    page.cdp()
        .send_raw("Input.dispatchMouseEvent", pointer)
        .await?;
    Ok(())
}

async fn resize(page: &WebDriver, width: Width, height: u32) -> Result<()> {
    let metrics = json!({
        "width": width.pixels(), "height": height, "deviceScaleFactor": 1, "mobile": false,
    });
    page.cdp()
        .send_raw("Emulation.setDeviceMetricsOverride", metrics)
        .await?;
    Ok(())
}

async fn draw(page: &WebDriver, width: Width) -> Result<Vec<u8>> {
    let high = size_on(page, width).await?;
    resize(page, width, high).await?;
    Ok(page.screenshot_as_png().await?)
}

/// How high the page is on such a screen.
///
/// # Errors
/// It is wider than the screen.
async fn size_on(page: &WebDriver, width: Width) -> Result<u32> {
    resize(page, width, width.height()).await?;
    let (wide, high): (u32, u32) = page.execute(SIZE, Vec::new()).await?.convert()?;
    ensure!(
        wide <= width.pixels(),
        "{wide} pixels wide on a screen of {}",
        width.pixels()
    );
    Ok(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_waiting_page_lies_at_its_own_address() {
        let check = |path: &str, expected: &str| assert_eq!(place_of(path), expected);
        check("/wait/AbCdEfGhIjKlMnOpQrStUv", paths::WAIT);
        check("/waiting", "/waiting");
        check("/account", paths::ACCOUNT);
    }
}
