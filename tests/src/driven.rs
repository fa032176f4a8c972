//! A real browser with a throw-away profile that trusts the demonstration's TLS authority, driven by WebDriver (W3C).

use std::ops::Deref;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use thirtyfour::common::capabilities::firefox::FirefoxPreferences;
use thirtyfour::prelude::*;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::page::Page;
use crate::scheme::Surface;
use crate::stage::Stage;

/// How long a browser may take to open a page that another program gave it.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks: WebDriver tells of no new tab.
const AGAIN: Duration = Duration::from_millis(50);

/// Which browser.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Debian's.
    Chromium,
    /// Debian's, the extended support release.
    Firefox,
}

/// A browser of its own, ended when this is dropped.
pub struct Driven {
    /// What is on it.
    pub page: Page,
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

    /// A program that opens an address in the browser with this name: the very one that a test drives. Where Chromium was
    /// closed, [`started_with`] gives what a new one would have opened.
    ///
    /// # Errors
    /// It can't be written.
    pub fn opener(self, stage: &Stage, name: &str) -> Result<PathBuf> {
        let home = home(stage, name);
        let profile = home.join("profile").display().to_string();
        let open = match self {
            // Under WebDriver it takes no address from another start of itself; the same door that WebDriver uses is open.
            Self::Chromium => format!(
                "port=$(head -n 1 {profile}/DevToolsActivePort)\n\
                 address=$(printf %s \"$1\" | sed s/#/%23/)\n\
                 curl -fsS -X PUT \"http://127.0.0.1:$port/json/new?$address\" ||\n\
                 printf %s \"$1\" > {}",
                started_file(&home).display()
            ),
            Self::Firefox => format!("exec firefox-esr -profile {profile} \"$1\""),
        };
        let program = stage.path().join(format!("open-in-{name}"));
        let home = home.display();
        std::fs::write(
            &program,
            format!("#!/bin/sh\nexport HOME={home} TMPDIR={home}\n{open}\n"),
        )?;
        std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755))?;
        Ok(program)
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

    /// Chromium has it in the profile; Firefox is told when it runs.
    fn allow_scheme(self, home: &Path, stage: &Stage, driver: &mut Command) -> Result<()> {
        match self {
            Self::Chromium => {
                let origin = stage.origin.as_str();
                let allowed = serde_json::json!({origin: {"kyso": true}});
                let preferences = serde_json::json!({
                    "protocol_handler": {"allowed_origin_protocol_pairs": allowed}
                });
                let file = home.join("profile/Default/Preferences");
                std::fs::write(file, preferences.to_string())?;
            }
            Self::Firefox => {
                driver.arg("--allow-system-access");
            }
        }
        Ok(())
    }

    fn capabilities(self, home: &Path, headless: bool) -> Result<Capabilities> {
        let profile = home.join("profile").display().to_string();
        Ok(match self {
            Self::Chromium => {
                let mut wanted = DesiredCapabilities::chrome();
                wanted.set_binary("/usr/bin/chromium")?;
                if headless {
                    wanted.add_arg("--headless=new")?;
                }
                for argument in [
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
                for argument in ["-profile", &profile] {
                    wanted.add_arg(argument)?;
                }
                if headless {
                    wanted.add_arg("-headless")?;
                }
                let mut preferences = FirefoxPreferences::new();
                preferences.set("intl.accept_languages", "vi")?;
                wanted.set_preferences(preferences)?;
                wanted.into()
            }
        })
    }
}

/// What the browser with this name has for the person's home.
pub(crate) fn home(stage: &Stage, name: &str) -> PathBuf {
    stage.path().join("browsers").join(name)
}

/// The address with which the opener of the browser with this name had to start a new one.
///
/// # Errors
/// It never had to.
pub fn started_with(stage: &Stage, name: &str) -> Result<String> {
    let file = started_file(&home(stage, name));
    std::fs::read_to_string(file).context("no new browser was started")
}

fn started_file(home: &Path) -> PathBuf {
    home.join("started-with")
}

impl Deref for Driven {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.page
    }
}

impl Driven {
    /// A fresh profile without a window; none where browser or driver are missing, which is told or, where they must be,
    /// a failure.
    ///
    /// # Errors
    /// It doesn't start.
    pub async fn start(kind: Kind, stage: &Stage, name: &str) -> Result<Option<Self>> {
        Self::with(kind, stage, name, None).await
    }

    /// The same with a window on a display, where links of our scheme lead to the agent without a question.
    ///
    /// # Errors
    /// It doesn't start.
    pub async fn on(
        surface: &Surface,
        kind: Kind,
        stage: &Stage,
        name: &str,
    ) -> Result<Option<Self>> {
        Self::with(kind, stage, name, Some(surface)).await
    }

    async fn with(
        kind: Kind,
        stage: &Stage,
        name: &str,
        surface: Option<&Surface>,
    ) -> Result<Option<Self>> {
        if !kind.is_installed() {
            kyso_support::missing(&format!("{kind:?} with its driver, and certutil"));
            return Ok(None);
        }
        let home = home(stage, name);
        trust(&kind.authorities(&home), &stage.files.tls_authority).await?;
        std::fs::create_dir_all(home.join("profile/Default"))?;
        let mut command = Command::new(kind.driver());
        command
            .arg("--port=0")
            .env("HOME", &home)
            .env("TMPDIR", &home)
            .env_remove("DISPLAY");
        if let Some(surface) = surface {
            // The browser's home is its own all the same: there it looks for authorities.
            command.envs(surface.variables()).env("HOME", &home);
            kind.allow_scheme(&home, stage, &mut command)?;
        }
        let mut driver = command
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
            kind.capabilities(&home, surface.is_none())?,
        )
        .await?;
        let driven = Self {
            page: Page::of(page),
            driver,
        };
        if surface.is_some() && matches!(kind, Kind::Firefox) {
            driven.allow_scheme(port, stage).await?;
        }
        Ok(Some(driven))
    }

    /// Firefox keeps what a site may open among its permissions, which no preference reaches: said from inside, as its
    /// own window does when the person ticks "always allow".
    async fn allow_scheme(&self, port: u16, stage: &Stage) -> Result<()> {
        let session = self.page.session_id();
        let (client, at) = (
            reqwest::Client::new(),
            format!("http://127.0.0.1:{port}/session/{session}"),
        );
        let post = async |path: &str, body: serde_json::Value| {
            let sent = client.post(format!("{at}/{path}")).json(&body).send().await;
            sent?.error_for_status().map(drop)
        };
        let script = "Services.perms.addFromPrincipal(Services.scriptSecurityManager\
            .createContentPrincipalFromOrigin(arguments[0]), 'open-protocol-handler^kyso', Services.perms.ALLOW_ACTION)";
        let origin = stage.origin.as_str();
        post("moz/context", serde_json::json!({"context": "chrome"})).await?;
        post(
            "execute/sync",
            serde_json::json!({"script": script, "args": [origin]}),
        )
        .await?;
        post("moz/context", serde_json::json!({"context": "content"})).await?;
        Ok(())
    }

    /// Waits for one more tab or window than there were, and goes on there.
    ///
    /// # Errors
    /// None comes in time.
    pub async fn follow(&self, before: usize) -> Result<()> {
        let begun = Instant::now();
        loop {
            let tabs = self.page.windows().await?;
            if let Some(newest) = tabs.get(before) {
                return Ok(self.page.switch_to_window(newest.clone()).await?);
            }
            ensure!(begun.elapsed() < PATIENCE, "the browser opened nothing");
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// The path and fragment of the page that is shown.
    ///
    /// # Errors
    /// The browser is gone.
    pub async fn place(&self) -> Result<String> {
        let address = self.page.current_url().await?;
        let fragment = address.fragment().map(|fragment| format!("#{fragment}"));
        Ok(format!(
            "{}{}",
            address.path(),
            fragment.unwrap_or_default()
        ))
    }

    /// Ends the browser as one that crashed.
    pub fn kill(&self) {
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

    /// Ends the browser in peace.
    ///
    /// # Errors
    /// The browser is gone.
    pub async fn quit(self) -> Result<()> {
        Ok(WebDriver::clone(&self.page).quit().await?)
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        self.kill();
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
