//! The window program's page under WebDriver.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use kyso_support::Daemon;
use thirtyfour::{Capabilities, WebDriver};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::display::Display;
use crate::page::Page;

/// How long a window may take to come, or to go.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a driver may take to reach the page.
const ATTACHING: Duration = Duration::from_secs(20);
const BETWEEN_TRIES: Duration = Duration::from_millis(25);

/// The windows that programs open on a display, one after the other.
pub struct Windows<'a> {
    display: &'a Display,
    inspector: SocketAddr,
}

/// A window's page.
pub struct Window {
    /// The page.
    pub page: Page,
    inspector: SocketAddr,
    _driver: Daemon,
}

impl<'a> Windows<'a> {
    /// The windows on this display.
    ///
    /// # Errors
    /// The system gives no port.
    pub fn on(display: &'a Display) -> Result<Self> {
        let inspector = free_port()?;
        Ok(Self { display, inspector })
    }

    /// For the environment of the program that opens windows.
    #[must_use]
    pub fn variables(&self) -> Vec<(&'static str, OsString)> {
        let mut variables = self.display.variables();
        variables.push(("TAURI_WEBVIEW_AUTOMATION", "true".into()));
        variables.push(("WEBKIT_INSPECTOR_SERVER", self.inspector.to_string().into()));
        variables
    }

    /// Waits for the window that is open, or opens next.
    ///
    /// # Errors
    /// None comes in time.
    pub async fn next(&self) -> Result<Window> {
        reachable(self.inspector, true).await.context("a window")?;
        let begun = Instant::now();
        loop {
            // A page that is still being made may leave its driver without an answer.
            match timeout(ATTACHING, self.attach()).await {
                Ok(Ok(window)) => return Ok(window),
                Ok(Err(error)) if begun.elapsed() > PATIENCE => return Err(error),
                Err(late) if begun.elapsed() > PATIENCE => return Err(late.into()),
                _ => sleep(BETWEEN_TRIES).await,
            }
        }
    }

    async fn attach(&self) -> Result<Window> {
        let port = free_port()?;
        let driver = Daemon::start(
            Command::new("WebKitWebDriver")
                .arg(format!("--port={}", port.port()))
                .arg(format!("--target={}", self.inspector))
                .envs(self.display.variables()),
        )?;
        reachable(port, true).await.context("WebKitWebDriver")?;
        // The client wants one though it speaks to loopback without TLS; another test may have been first.
        drop(rustls::crypto::ring::default_provider().install_default());
        let page = WebDriver::new(format!("http://{port}"), Capabilities::new()).await?;
        Ok(Window {
            page: Page::of(page),
            inspector: self.inspector,
            _driver: driver,
        })
    }
}

impl Window {
    /// Waits until the program that showed it has ended.
    ///
    /// # Errors
    /// It doesn't in time.
    pub async fn gone(self) -> Result<()> {
        let still = reachable(self.inspector, false).await;
        still.context("the window is still there")
    }
}

/// Waits until somebody listens there, or nobody does any more.
async fn reachable(address: SocketAddr, wanted: bool) -> Result<()> {
    let begun = Instant::now();
    while TcpStream::connect(address).await.is_ok() != wanted {
        anyhow::ensure!(begun.elapsed() < PATIENCE, "not within {PATIENCE:?}");
        sleep(BETWEEN_TRIES).await;
    }
    Ok(())
}

fn free_port() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
