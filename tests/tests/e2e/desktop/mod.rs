//! The window program, by itself, before an agent that is played.

mod closed;
mod dark;
mod ends;
mod flows;
mod front;
mod keys;
mod large;
mod leaving;
pub(crate) mod notices;
mod shows;
mod understood;
mod wayland;

use anyhow::Result;
use kyso_e2e::desktop::{PlayedAgent, Window, Windows};
use kyso_e2e::display::{Display, Focus, System};
use kyso_screens::{Consent, OriginShown, Pin, Purpose, Screen, Tries};
use tempfile::TempDir;

/// A display in a folder of its own.
struct Scene {
    display: Display,
    folder: TempDir,
}

impl Scene {
    /// None where there can't be one.
    fn set() -> Result<Option<Self>> {
        Self::on(System::X)
    }

    fn on(system: System) -> Result<Option<Self>> {
        let folder = tempfile::Builder::new().prefix("kyso-window-").tempdir()?;
        let display = Display::of(system, Focus::Given, folder.path())?;
        Ok(display.map(|display| Self { display, folder }))
    }

    /// A window that shows this.
    async fn open(&self, screen: Screen) -> Result<(PlayedAgent, Window)> {
        let windows = Windows::on(&self.display)?;
        let mut agent = PlayedAgent::start(windows.variables())?;
        agent.show(screen)?;
        Ok((agent, windows.next().await?))
    }
}

fn consent() -> Screen {
    Screen::Consent(Box::new(Consent {
        origin: OriginShown {
            before: "https://dangnhap.".into(),
            domain: "congdan.example".into(),
            after: String::new(),
        },
        name: None,
        new_site: true,
        look_alike: None,
        purpose: Purpose::Login,
        subject: None,
        matching_code: "4821".into(),
        text: None,
        remembered: None,
        no_keychain: None,
        resembles: None,
    }))
}

fn pin() -> Screen {
    Screen::Pin(Pin {
        purpose: Purpose::Login,
        device: "Token Một".into(),
        certificate: "Lý Thị Hạnh".into(),
        tries: Tries::Untold,
        last: None,
    })
}
