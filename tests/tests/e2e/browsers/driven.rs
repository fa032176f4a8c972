//! A real browser with a throw-away profile that trusts the demonstration's TLS authority, driven by WebDriver (W3C).

use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use kyso_e2e::stage::Stage;
use thirtyfour::common::capabilities::firefox::FirefoxPreferences;
use thirtyfour::prelude::*;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// How long a page may take to show what is waited for; a cold browser on a busy machine is slow.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Chromium,
    Firefox,
}

/// A browser of its own, ended when this is dropped.
pub(super) struct Driven {
    // Never dropped: that would wait for an answer from a driver that is gone.
    pub(super) page: ManuallyDrop<WebDriver>,
    // Ended with its whole process group, so that a test that failed leaves no browser behind.
    driver: Child,
}

impl Kind {
    fn browser(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox-esr",
        }
    }

    /// Where `./dev` puts what the system's packages lack.
    fn driver(self) -> PathBuf {
        match self {
            Self::Chromium => "/usr/bin/chromedriver".into(),
            Self::Firefox => {
                Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/bin/geckodriver")
            }
        }
    }

    fn is_installed(self) -> bool {
        Path::new("/usr/bin").join(self.browser()).exists()
            && self.driver().exists()
            && Path::new("/usr/bin/certutil").exists()
    }

    /// The folder in which this browser looks for authorities, under its home.
    fn authorities(self, home: &Path) -> PathBuf {
        match self {
            Self::Chromium => home.join(".pki/nssdb"),
            Self::Firefox => home.join("profile"),
        }
    }

    fn capabilities(self, home: &Path) -> Result<Capabilities> {
        let profile = home.join("profile").display().to_string();
        Ok(match self {
            Self::Chromium => {
                let mut wanted = DesiredCapabilities::chrome();
                wanted.set_binary("/usr/bin/chromium")?;
                for argument in [
                    "--headless=new",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--accept-lang=vi",
                    &format!("--user-data-dir={profile}"),
                ] {
                    wanted.add_arg(argument)?;
                }
                wanted.into()
            }
            Self::Firefox => {
                let mut wanted = DesiredCapabilities::firefox();
                wanted.set_firefox_binary("/usr/bin/firefox-esr")?;
                for argument in ["-headless", "-profile", &profile] {
                    wanted.add_arg(argument)?;
                }
                let mut preferences = FirefoxPreferences::new();
                preferences.set("intl.accept_languages", "vi")?;
                wanted.set_preferences(preferences)?;
                wanted.into()
            }
        })
    }
}

impl Driven {
    /// A fresh profile; none where browser or driver are missing, which is told or, where they must be, a failure.
    pub(super) async fn start(kind: Kind, stage: &Stage, name: &str) -> Result<Option<Self>> {
        if !kind.is_installed() {
            kyso_support::missing(&format!("{kind:?} with its driver, and certutil"));
            return Ok(None);
        }
        let home = stage.path().join("browsers").join(name);
        trust(&kind.authorities(&home), &stage.files.tls_authority).await?;
        std::fs::create_dir_all(home.join("profile"))?;
        let mut driver = Command::new(kind.driver())
            .arg("--port=0")
            .env("HOME", &home)
            .env("TMPDIR", &home)
            .env_remove("DISPLAY")
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let port = announced_port(&mut driver).await?;
        // The client wants one though it speaks to loopback without TLS; another test may have been first.
        drop(rustls::crypto::ring::default_provider().install_default());
        let page = WebDriver::new(
            format!("http://127.0.0.1:{port}"),
            kind.capabilities(&home)?,
        )
        .await?;
        Ok(Some(Self {
            page: ManuallyDrop::new(page),
            driver,
        }))
    }

    /// Waits until an element that a reader sees is there.
    pub(super) async fn seen(&self, css: &str) -> Result<WebElement> {
        self.wait_for(By::Css(css), css).await
    }

    async fn wait_for(&self, by: By, what: &str) -> Result<WebElement> {
        let query = self.page.query(by);
        let query = query.wait(PATIENCE, Duration::from_millis(50));
        match query.and_displayed().first().await {
            Ok(element) => Ok(element),
            Err(error) => {
                let page = self.page.find(By::Tag("body")).await?.text().await?;
                let address = self.page.current_url().await?;
                Err(error).with_context(|| format!("{what} on {address}: {page}"))
            }
        }
    }

    pub(super) async fn press(&self, css: &str) -> Result<()> {
        Ok(self.seen(css).await?.click().await?)
    }

    /// Waits until a reader sees these words.
    pub(super) async fn says(&self, words: &str) -> Result<()> {
        let holder = format!("//main//*[contains(normalize-space(.), '{words}')]");
        self.wait_for(By::XPath(holder), words).await.map(drop)
    }

    /// The path and fragment of the page that is shown.
    pub(super) async fn place(&self) -> Result<String> {
        let address = self.page.current_url().await?;
        let fragment = address.fragment().map(|fragment| format!("#{fragment}"));
        Ok(format!(
            "{}{}",
            address.path(),
            fragment.unwrap_or_default()
        ))
    }

    /// Ends the browser in peace.
    pub(super) async fn quit(self) -> Result<()> {
        Ok(WebDriver::clone(&self.page).quit().await?)
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        if let Some(group) = self.driver.id() {
            // Gone already is as good.
            drop(
                std::process::Command::new("kill")
                    .args(["-KILL", "--", &format!("-{group}")])
                    .stderr(Stdio::null())
                    .status(),
            );
        }
    }
}

/// NSS's own program makes the store, as an administrator would.
async fn trust(store: &Path, authority: &Path) -> Result<()> {
    std::fs::create_dir_all(store)?;
    let store = format!("sql:{}", store.display());
    let authority = authority.display().to_string();
    let make = ["-N", "--empty-password", "-d", &store];
    let add = [
        "-A", "-n", "demo", "-t", "C,,", "-i", &authority, "-d", &store,
    ];
    for arguments in [make.as_slice(), &add] {
        let status = Command::new("certutil").args(arguments).status().await?;
        ensure!(status.success(), "certutil {arguments:?}");
    }
    Ok(())
}

/// Both drivers say the port that the system gave them in a line of their own.
async fn announced_port(driver: &mut Child) -> Result<u16> {
    let output = driver.stdout.take().context("a pipe")?;
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await? {
        let last = line.rsplit([':', ' ']).next().unwrap_or_default();
        let says = line.contains("Listening on") || line.contains("started successfully on port");
        if says && let Ok(port) = last.trim_end_matches('.').parse() {
            // The driver goes on writing; a closed pipe would end it.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(port);
        }
    }
    anyhow::bail!("the driver said no port")
}
