//! The tray: a StatusNotifierItem on the session bus. A desktop without one shows nothing, and nothing else changes.

mod icon;

use std::error::Error;
use std::time::Duration;

use ksni::{Handle, MenuItem, OfflineReason, Status, ToolTip, Tray, TrayMethods as _};
use kyso_screens::Page;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use zbus::Connection;

use super::bus::Bus;
use super::event::{Click, Event};
use super::message::State;
use crate::text::Text;

/// The menu's pages in their order.
const PAGES: [(Page, &str); 4] = [
    (Page::Identities, "tray.identities"),
    (Page::History, "tray.history"),
    (Page::Check, "tray.check"),
    (Page::Settings, "tray.settings"),
];

/// The tray as the bus shows it.
pub(crate) struct Item {
    text: Text,
    state: State,
    /// The version that is newer than this one.
    newer: Option<String>,
    events: mpsc::UnboundedSender<Event>,
}

/// A tray that is on the bus.
pub(crate) struct Shown(Handle<Item>);

/// Whom every desktop with a tray has on the bus.
const WATCHER: &str = "org.kde.StatusNotifierWatcher";

/// Between two tries to find a bus, at first and at most.
const PAUSE: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// How long a tray may take to leave a bus that has ended.
const LEAVING: Duration = Duration::from_secs(1);

/// Shows the tray as soon as a desktop has room for it, and again on each bus that comes after one that ended.
pub(super) fn start(text: Text, state: State, bus: Bus, events: mpsc::UnboundedSender<Event>) {
    tokio::spawn(async move {
        let mut pause = PAUSE;
        while !events.is_closed() {
            match shown(text, state, &bus, &events).await {
                Ok((handle, connection)) => {
                    stay(&handle, &connection, &events).await;
                    pause = PAUSE;
                }
                Err(error) => tracing::info!(%error, "no tray here"),
            }
            sleep(pause).await;
            pause = PAUSE_MAX.min(pause * 2);
        }
    });
}

async fn shown(
    text: Text,
    state: State,
    bus: &Bus,
    events: &mpsc::UnboundedSender<Event>,
) -> Result<(Handle<Item>, Connection), Box<dyn Error + Send + Sync>> {
    bus.until_owned(WATCHER).await?;
    let item = Item {
        text,
        state,
        newer: None,
        events: events.clone(),
    };
    let handle = item.assume_sni_available(true).spawn().await?;
    Ok((handle, bus.connection().await?))
}

/// Until the bus ends, and the tray with it.
async fn stay(
    handle: &Handle<Item>,
    connection: &Connection,
    events: &mpsc::UnboundedSender<Event>,
) {
    // The agent may be ending.
    let _ = events.send(Event::Tray(Some(Shown(handle.clone()))));
    connection.closed().await;
    let _ = events.send(Event::Tray(None));
    let _ = timeout(LEAVING, handle.shutdown()).await;
}

impl Shown {
    /// Has the tray say this, in this language, and of this newer version.
    pub(super) fn say(&self, state: State, text: Text, newer: Option<String>) {
        let handle = self.0.clone();
        tokio::spawn(async move {
            let set = |item: &mut Item| {
                (item.state, item.text, item.newer) = (state, text, newer);
            };
            handle.update(set).await;
        });
    }
}

impl Item {
    fn click(&self, click: Click) {
        // The agent may be ending.
        let _ = self.events.send(Event::Clicked(click));
    }

    fn entry(label: &str, click: Click) -> MenuItem<Self> {
        ksni::menu::StandardItem {
            // An underscore marks the next letter as a key to press.
            label: label.replace('_', "__"),
            activate: Box::new(move |item: &mut Self| item.click(click)),
            ..Default::default()
        }
        .into()
    }

    fn heading(&self) -> MenuItem<Self> {
        ksni::menu::StandardItem {
            label: self.text.get(self.state.key()).to_owned(),
            enabled: false,
            ..Default::default()
        }
        .into()
    }
}

impl Tray for Item {
    fn id(&self) -> String {
        "kyso".into()
    }

    fn title(&self) -> String {
        self.text.get("tray.name").into()
    }

    fn status(&self) -> Status {
        match self.state {
            State::Waiting => Status::NeedsAttention,
            State::Ready | State::NoToken => Status::Active,
        }
    }

    fn icon_pixmap(&self) -> Vec<ksni::Icon> {
        icon::of(self.state)
    }

    fn attention_icon_pixmap(&self) -> Vec<ksni::Icon> {
        icon::of(State::Waiting)
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip {
            title: self.text.get("tray.about").into(),
            description: self.text.get(self.state.key()).into(),
            ..ToolTip::default()
        }
    }

    fn activate(&mut self, _: i32, _: i32) {
        self.click(Click::Icon);
    }

    fn watcher_online(&self) {
        let _ = self.events.send(Event::Room(true));
    }

    fn watcher_offline(&self, _: OfflineReason) -> bool {
        let _ = self.events.send(Event::Room(false));
        true
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        let pages = PAGES.map(|(page, key)| Self::entry(self.text.get(key), Click::Page(page)));
        let newer = self.newer.as_ref().map(|version| {
            let label = self.text.fill("tray.newer", &[("version", version)]);
            Self::entry(&label, Click::Page(Page::About))
        });
        let quit = Self::entry(self.text.get("tray.quit"), Click::Quit);
        let mut menu = vec![self.heading(), MenuItem::Separator];
        menu.extend(pages.into_iter().chain(newer));
        menu.extend([MenuItem::Separator, quit]);
        menu
    }
}
