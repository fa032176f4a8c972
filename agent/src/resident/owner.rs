//! The one owner of window, login, page and tray: takes every event in turn.

mod doorway;
mod logins;
mod pages;
mod requests;
mod settings;
mod upkeep;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use kyso_pkcs11::Watch;
use kyso_protocol::Origin;
use kyso_screens::Act;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::anew::Anew;
use super::bus::Bus;
use super::event::{Click, Event};
use super::message::{Refusal, State};
use super::notices::{self, Notices};
use super::stage::{Due, Stage};
use super::window::{Gone, Heard, NoWindow, WindowId};
use super::{tokens, tray};
use crate::device_key::{DeviceKeys, Without};
use crate::drivers::{self, Drivers};
use crate::login;
use crate::problem::{Failure, Problem};
use crate::screens;
use crate::settings::Settings;
use crate::shell::Intents;
use crate::text::Text;
use crate::view::{self, View};
use doorway::Doorway;
use logins::{Running, Wanted};
use pages::OpenPage;

/// How long a login may take to tell its portal that the agent ends.
const FAREWELL: Duration = Duration::from_secs(3);

/// What the window shows.
enum Scene {
    /// No window is open, or a login begins in it.
    Empty,
    /// A login.
    Login(view::Shown, Intents),
    /// How a login ended, and how to begin it again.
    Over(View, Option<Wanted>),
    /// A login that was accepted, with no browser to go back to.
    Nowhere(Origin),
    /// The page.
    Page,
}

/// The agent.
pub(super) struct Resident {
    events: mpsc::UnboundedSender<Event>,
    inbox: mpsc::UnboundedReceiver<Event>,
    settings_file: Option<PathBuf>,
    settings: Arc<Settings>,
    text: Text,
    bus: Bus,
    notices: Notices,
    stage: Stage,
    scene: Scene,
    login: Option<Running>,
    /// Links that begin a login.
    doorway: Doorway,
    /// Links that are turned away.
    knocks: Doorway,
    /// Another program has the login's turn.
    lent: bool,
    page: Option<OpenPage>,
    pages: u64,
    /// While a login or a page needs them.
    drivers: Option<Arc<Drivers>>,
    devices: DeviceKeys,
    tray: Option<tray::Shown>,
    room: bool,
    said: State,
    tokens: Option<bool>,
    /// The version that is newer than this one.
    newer: Option<String>,
    _watch: Option<Watch>,
    ending: bool,
    /// How the next one begins, where this one ends for it.
    anew: Option<Anew>,
}

impl Resident {
    /// With the sender of its events. Starts what it listens to.
    pub(super) fn new(
        settings: Settings,
        settings_file: Option<&Path>,
        text: Text,
    ) -> (Self, mpsc::UnboundedSender<Event>) {
        let (events, inbox) = mpsc::unbounded_channel();
        let bus = Bus::default();
        let resident = Self {
            inbox,
            settings_file: settings_file.map(Path::to_owned),
            text,
            notices: Notices::new(bus.clone(), Some(events.clone())),
            bus,
            stage: Stage::new(events.clone()),
            scene: Scene::Empty,
            login: None,
            doorway: Doorway::default(),
            knocks: Doorway::default(),
            lent: false,
            page: None,
            pages: 0,
            drivers: None,
            devices: DeviceKeys::system(Without::answered(settings.remember_without_keychain)),
            tray: None,
            room: true,
            said: State::Ready,
            tokens: None,
            newer: None,
            _watch: watch(&settings, &events),
            settings: Arc::new(settings),
            ending: false,
            anew: None,
            events: events.clone(),
        };
        (resident, events)
    }

    /// What it says.
    pub(super) fn notices(&self) -> Notices {
        self.notices.clone()
    }

    /// Until the person or the system ends it, or the next one is to begin.
    pub(super) async fn run(mut self) -> Option<Anew> {
        tray::start(self.text, self.said, self.bus.clone(), self.events.clone());
        self.keep_autostart();
        let _besides = [self.end_with_system(), self.look_after()].map(AbortOnDrop);
        while let Some(event) = self.inbox.recv().await {
            if self.take(event).is_break() {
                break;
            }
            self.tell_tray();
        }
        // Whoever had it ended waits for the reply.
        tokio::task::yield_now().await;
        self.stage.end().await;
        self.anew
    }

    fn end_with_system(&self) -> JoinHandle<()> {
        let events = self.events.clone();
        tokio::spawn(async move {
            crate::cli::interrupted().await;
            let _ = events.send(Event::End);
        })
    }

    fn take(&mut self, event: Event) -> ControlFlow<()> {
        match event {
            Event::Said(said) => self.said(said),
            Event::TurnOver => self.lent = false,
            Event::View(shown, intents) => self.view(shown, intents),
            Event::Nowhere(origin) => self.nowhere(origin),
            Event::Unrecorded => self.notify(&Failure::Unrecorded),
            Event::Ended(ended) => self.ended(&ended),
            Event::Heard(window, heard) => self.heard(window, heard),
            Event::Due(due) => self.due(due),
            Event::News(page, news) => self.news(page, news),
            Event::Clicked(click) => self.clicked(click),
            Event::Noticed(token) => self.stage.front(token),
            Event::Tray(shown) => self.tray(shown),
            Event::Room(room) => self.room = room,
            Event::Keychain => self.redraw_consent(),
            Event::Newer(newer) => self.newer(newer),
            // It is looked for again: a login goes on.
            Event::Removed if self.is_busy() => {}
            Event::Removed => self.end(),
            Event::Tokens(present) => self.tokens(present),
            Event::Lingered(number) => self.lingered(number),
            Event::End if self.ending => return ControlFlow::Break(()),
            Event::End => self.end(),
        }
        if self.ending && self.login.is_none() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn end(&mut self) {
        self.ending = true;
        self.stop(login::Stop::Cancelled);
        let events = self.events.clone();
        tokio::spawn(async move {
            tokio::time::sleep(FAREWELL).await;
            let _ = events.send(Event::End);
        });
    }

    fn state(&self) -> State {
        let waits = |view: &View| matches!(view, View::Consent(_) | View::Choose(_) | View::Pin(_));
        match &self.scene {
            Scene::Login(shown, _) if waits(&shown.view) => State::Waiting,
            _ if self.tokens == Some(false) => State::NoToken,
            _ => State::Ready,
        }
    }

    fn tell_tray(&mut self) {
        let state = self.state();
        if state != self.said {
            self.said = state;
            self.refresh_tray();
        }
    }

    fn refresh_tray(&self) {
        if let Some(tray) = &self.tray {
            tray.say(self.said, self.text, self.newer.clone());
        }
    }

    fn tray(&mut self, shown: Option<tray::Shown>) {
        self.tray = shown;
        self.room = true;
        self.refresh_tray();
    }

    fn tokens(&mut self, present: Option<bool>) {
        self.tokens = present;
        self.plugged();
    }

    fn clicked(&mut self, click: Click) {
        let page = match click {
            Click::Quit => return drop(self.events.send(Event::End)),
            Click::Icon => None,
            Click::Page(page) => Some(page),
        };
        let first = page.unwrap_or_else(|| self.first_page());
        if !self.begins_anew(None, Some(first)) {
            // Whoever clicks sees what comes of it.
            let _ = self.opened(page, None);
        }
    }

    fn heard(&mut self, window: WindowId, heard: Heard) {
        if !self.stage.is_open(window) {
            return;
        }
        match heard {
            Heard::Gone(how) => self.gone(how),
            Heard::Drawn(number) => self.stage.drawn(number),
            Heard::Act(_, Act::NotInFront) => self.not_in_front(),
            Heard::Act(number, act) if self.is_meant(number, &act) => self.act(act),
            Heard::Pin(number, pin) => {
                self.stage.touch();
                if self.stage.is_shown(number) || self.is_of_view(number) {
                    self.entered(&pin);
                }
            }
            Heard::Act(..) => tracing::debug!("an act on what is shown no more"),
        }
    }

    /// An act names what it answers. A page is drawn anew while tokens are found, and what doesn't speak of a row means
    /// the same on all that it showed.
    fn is_meant(&self, number: u64, act: &Act) -> bool {
        let of_row = matches!(act, Act::TryOut { .. } | Act::Choose { .. });
        let of_page = matches!(self.scene, Scene::Page)
            && self.page.as_ref().is_some_and(|page| number >= page.since);
        self.stage.is_shown(number) || self.is_of_view(number) || (of_page && !of_row)
    }

    fn act(&mut self, act: Act) {
        match &self.scene {
            Scene::Empty | Scene::Login(..) => self.act_on_login(&act),
            Scene::Over(..) | Scene::Nowhere(_) => self.act_on_end(&act),
            Scene::Page => self.act_on_page(act),
        }
    }

    fn due(&mut self, due: Due) {
        if self.stage.is_silent(due) {
            self.gone(Gone::Silent);
        }
    }

    fn gone(&mut self, how: Gone) {
        tracing::debug!(?how, "the window has gone");
        self.stage.close();
        self.page = None;
        let why = match how {
            Gone::Closed => None,
            Gone::NoDisplay => Some(Failure::NoDisplay),
            Gone::NoView => Some(Failure::NoWindow),
            Gone::OtherVersion => Some(Failure::OtherVersion),
            Gone::Died => Some(Failure::WindowClosed),
            Gone::Silent => Some(Failure::WindowSilent),
        };
        if self.is_seen() {
            self.unseen(why);
        } else if let Some(why) = why {
            self.notify(&why);
        }
        self.scene = Scene::Empty;
        self.rest();
    }

    fn not_in_front(&self) {
        let end = self
            .stage
            .screen()
            .and_then(|screen| notices::end(screen, self.text));
        let waiting = || match (&self.scene, self.origin()) {
            (Scene::Login(..), Some(origin)) => {
                let values = [("origin", origin.as_str())];
                Some(self.text.fill("notify.waiting", &values))
            }
            _ => None,
        };
        if let Some(sentence) = end.or_else(waiting) {
            self.notices.say(sentence, self.text);
        }
    }

    /// Shows the scene as it is now.
    fn draw(&mut self) -> Result<(), Refusal> {
        let screen = match &self.scene {
            Scene::Empty => return Ok(()),
            Scene::Login(shown, _) => {
                let screen = screens::of_view(&shown.view, self.text);
                screens::with_no_keychain(screen, self.no_keychain())
            }
            Scene::Over(view, _) => screens::of_view(view, self.text),
            Scene::Nowhere(origin) => screens::nowhere(origin, self.text),
            Scene::Page => match &self.page {
                Some(page) => page.open.screen(self.text),
                None => return Ok(()),
            },
        };
        let shown = self.stage.show(screen, self.text, &self.settings);
        shown.map_err(|why| self.no_window(why))
    }

    fn no_window(&mut self, why: NoWindow) -> Refusal {
        let (failure, refusal) = match why {
            NoWindow::NoDisplay => (Failure::NoDisplay, Refusal::NoDisplay),
            NoWindow::NoProgram => (Failure::NoWindow, Refusal::NoWindow),
        };
        if self.is_seen() {
            self.unseen(Some(failure));
        } else {
            self.notify(&failure);
        }
        self.scene = Scene::Empty;
        self.page = None;
        self.rest();
        refusal
    }

    fn notify(&self, failure: &Failure) {
        let sentence = notices::sentence(&Problem::from(failure), self.text);
        self.notices.say(sentence, self.text);
    }
}

fn watch(settings: &Settings, events: &mpsc::UnboundedSender<Event>) -> Option<Watch> {
    let known = drivers::catalogue(settings).ok()?;
    let drivers = Drivers::find(settings).ok()?;
    Some(tokens::watch(&drivers, known, events.clone()))
}

/// A task that ends with its owner.
struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
