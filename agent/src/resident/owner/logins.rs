//! The one login of the agent: how it begins, what it shows, how it ends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kyso_protocol::Origin;
use kyso_screens::{Act, NoKeychain, Setting};
use tokio::sync::oneshot;

use super::{Resident, Scene};
use crate::controller::{Begin, Controller, Ended};
use crate::device_key::Keeping;
use crate::login::{Intent, Stop};
use crate::pages::News;
use crate::problem::Failure;
use crate::resident::event::Event;
use crate::resident::message::Refusal;
use crate::screens;
use crate::settings::Change;
use crate::shell::Intents;
use crate::shell::browser::Browser;
use crate::shell::window::Window;
use crate::view::{self, View};

/// How long "done" is shown.
const DONE: Duration = Duration::from_secs(3);

/// A login that is wanted.
#[derive(Clone)]
pub(super) struct Wanted {
    pub(super) begin: Begin,
    /// The browser that it came from.
    pub(super) browser: Option<Browser>,
}

impl Wanted {
    /// Its portal, where there is one.
    fn origin(&self) -> Option<&Origin> {
        match &self.begin {
            Begin::Link(link) => Some(link.origin()),
            Begin::TryOut(_) => None,
        }
    }
}

/// The login that is under way.
pub(super) struct Running {
    wanted: Wanted,
    /// To end it from outside, once.
    stop: Option<oneshot::Sender<Stop>>,
    /// It has no window any more.
    unseen: bool,
    /// Why, where the person doesn't know.
    why: Option<Failure>,
    /// The number of the first screen that showed its present view.
    since: u64,
    /// The person was asked in it whether this computer is remembered, and has answered.
    answered: bool,
    /// It has failed, and the person wants it again as soon as its portal was told.
    again: bool,
}

impl Resident {
    /// # Errors
    /// One variant a cause, which has been said; [`Refusal::Busy`] where another one is under way.
    pub(super) fn begin(&mut self, wanted: Wanted, token: Option<String>) -> Result<(), Refusal> {
        if self.is_busy() {
            return Err(self.turned_away(&wanted, token));
        }
        self.reload()?;
        let drivers = self.drivers().map_err(|error| self.refused(error))?;
        self.stage.renew();
        // Its window comes up while the request is being checked.
        let raised = self.stage.raise(&self.settings, token);
        raised.map_err(|why| self.no_window(why))?;
        let set = self.settings.browser_program();
        let set = set.as_deref().map(Browser::chosen);
        let browser = set.or_else(|| wanted.browser.clone());
        let shell = Window::new(self.events.clone(), browser, wanted.origin().cloned());
        let controller = Controller::new(shell, Arc::clone(&self.settings), drivers)
            .with_devices(self.devices.clone())
            .patient();
        let stop = self.run_login(controller, wanted.begin.clone());
        self.login = Some(Running {
            wanted,
            stop: Some(stop),
            unseen: false,
            why: None,
            since: self.stage.number() + 1,
            answered: false,
            again: false,
        });
        // Clicks that still wait were meant for what was shown before.
        self.scene = Scene::Empty;
        Ok(())
    }

    /// Says so, and brings what waits to the front, unless that was done too often.
    fn turned_away(&mut self, wanted: &Wanted, token: Option<String>) -> Refusal {
        let origin = wanted.origin().map(Origin::as_str);
        tracing::info!(origin, "turned away: another login is under way");
        if self.knocks.enter(Instant::now()).is_ok() {
            self.notify(&Failure::Busy);
            self.stage.front(token);
        }
        Refusal::Busy
    }

    fn run_login(&self, controller: Controller<Window>, begin: Begin) -> oneshot::Sender<Stop> {
        let (stop, stopped) = oneshot::channel();
        let events = self.events.clone();
        tokio::spawn(async move {
            let stopped = async {
                match stopped.await {
                    Ok(stop) => stop,
                    Err(_) => std::future::pending().await,
                }
            };
            let ended = controller.run(begin, stopped).await;
            let _ = events.send(Event::Ended(ended));
        });
        stop
    }

    /// The portal of the login that is under way.
    pub(super) fn origin(&self) -> Option<&Origin> {
        self.login.as_ref()?.wanted.origin()
    }

    pub(super) fn stop(&mut self, stop: Stop) {
        let sender = self.login.as_mut().and_then(|login| login.stop.take());
        if let Some(sender) = sender {
            // It may just have ended by itself.
            let _ = sender.send(stop);
        }
    }

    /// Whether a login is under way that has a window.
    pub(super) fn is_seen(&self) -> bool {
        self.login.as_ref().is_some_and(|login| !login.unseen)
    }

    /// The login has no window any more.
    pub(super) fn unseen(&mut self, why: Option<Failure>) {
        if let Some(login) = &mut self.login {
            login.unseen = true;
            login.why = why;
        }
        self.stop(Stop::WindowClosed);
    }

    pub(super) fn view(&mut self, shown: view::Shown, intents: Intents) {
        if self.is_told_by_page(&shown.view) {
            return;
        }
        if let Some(login) = self.login.as_mut().filter(|login| !login.unseen) {
            login.since = self.stage.number() + 1;
            self.scene = Scene::Login(shown, intents);
            // What hinders a window ends the login.
            let _ = self.draw();
        }
    }

    /// The end of a trial comes up as the page that says it.
    fn is_told_by_page(&self, view: &View) -> bool {
        matches!(view, View::Done { origin: None } | View::Failed(_)) && self.page_tells()
    }

    /// The page below says itself what comes of the signature that is being tried.
    fn page_tells(&self) -> bool {
        let is_trial =
            |login: &Running| !login.unseen && matches!(login.wanted.begin, Begin::TryOut(_));
        self.login.as_ref().is_some_and(is_trial)
            && self.page.as_ref().is_some_and(|page| page.tells)
    }

    /// "Done" is taken back.
    pub(super) fn nowhere(&mut self, origin: Origin) {
        let is_done =
            |view: &View| matches!(view, View::Done { origin: Some(done) } if *done == origin);
        let over = match &self.scene {
            Scene::Login(shown, _) if is_done(&shown.view) => false,
            Scene::Over(view, _) if is_done(view) => true,
            // The window shows it no more.
            _ => {
                let values = [("origin", origin.as_str())];
                let sentence = self.text.fill("done.no-browser", &values);
                return self.notices.say(sentence, self.text);
            }
        };
        self.scene = Scene::Nowhere(origin);
        if over {
            self.stay();
        } else {
            let _ = self.draw();
        }
    }

    pub(super) fn act_on_login(&mut self, act: &Act) {
        if *act == Act::Close {
            self.stage.close();
            self.page = None;
            self.scene = Scene::Empty;
            return self.unseen(None);
        }
        if let Act::Set(Setting::Remember { value }) = act {
            return self.remember(*value);
        }
        let failed =
            matches!(&self.scene, Scene::Login(shown, _) if matches!(shown.view, View::Failed(_)));
        if let Some(login) = self.login.as_mut().filter(|_| failed && *act == Act::Again) {
            login.again = true;
        } else if let Some(act) = screens::act(act) {
            self.intend(act);
        }
    }

    /// Whether what names this screen answers the login's present view: a consent is drawn anew where something else is to
    /// be said of the keychain, and all else on it means the same.
    pub(super) fn is_of_view(&self, number: u64) -> bool {
        let since = self.login.as_ref().map(|login| login.since);
        let drawn = since.is_some_and(|since| (since..=self.stage.number()).contains(&number));
        drawn && matches!(self.scene, Scene::Login(..))
    }

    /// What a consent asks or says of a computer without a keychain.
    pub(super) fn no_keychain(&self) -> Option<NoKeychain> {
        let login = self.login.as_ref()?;
        if self.devices.keeping() != Some(Keeping::Absent) {
            return None;
        }
        match self.settings.remember_without_keychain {
            None => Some(NoKeychain::Asked),
            Some(_) if !login.answered => None,
            Some(true) => Some(NoKeychain::Remembered),
            Some(false) => Some(NoKeychain::NotRemembered),
        }
    }

    /// The person's answer, where a consent asked for it.
    fn remember(&mut self, remember: bool) {
        let consent =
            matches!(&self.scene, Scene::Login(shown, _) if matches!(shown.view, View::Consent(_)));
        if !consent || self.no_keychain() != Some(NoKeychain::Asked) {
            return;
        }
        if let Err(error) = self.settings.set(&Change::Remember(remember)) {
            return self.notify(&Failure::Settings(error));
        }
        // What hinders it has been said.
        let _ = self.reload();
        if let Some(login) = &mut self.login {
            login.answered = true;
        }
        self.redraw_consent();
    }

    pub(super) fn redraw_consent(&mut self) {
        if matches!(&self.scene, Scene::Login(shown, _) if matches!(shown.view, View::Consent(_))) {
            // What hinders a window ends the login.
            let _ = self.draw();
        }
    }

    pub(super) fn entered(&mut self, pin: &[u8]) {
        let Scene::Login(shown, _) = &self.scene else {
            return;
        };
        if let Some(act) = screens::pin(&shown.view, pin) {
            self.intend(act);
        }
    }

    fn intend(&self, act: crate::login::Act) {
        let Scene::Login(shown, intents) = &self.scene else {
            return;
        };
        let intent = Intent {
            login: shown.login,
            view: shown.number,
            act,
        };
        // A person isn't faster than the login; whoever is, has said enough.
        let _ = intents.try_send(intent);
    }

    pub(super) fn ended(&mut self, ended: &Ended) {
        let page_tells = self.page_tells();
        let Some(login) = self.login.take() else {
            return;
        };
        let name = match ended {
            Ended::Accepted(_) => "accepted",
            Ended::Tried => "tried",
            Ended::Failed(_) => "failed",
        };
        tracing::info!(name, "a login is over");
        if let Some(why) = &login.why {
            self.notify(why);
        }
        if self.devices.forgets() {
            self.notify(&Failure::NoKeychain);
        }
        match ended {
            // The window was closed then, or is a page's since.
            _ if login.unseen => {}
            _ if page_tells => self.tried(ended),
            _ if matches!(self.scene, Scene::Nowhere(_)) => self.stay(),
            Ended::Accepted(_) | Ended::Tried => self.linger(),
            Ended::Failed(failure) => self.failed(login, failure),
        }
        self.rest();
    }

    fn failed(&mut self, login: Running, failure: &Failure) {
        match std::mem::replace(&mut self.scene, Scene::Empty) {
            Scene::Login(shown, _) => {
                self.scene = Scene::Over(shown.view, Some(login.wanted));
                self.stay();
                if login.again {
                    self.act_on_end(&Act::Again);
                }
            }
            // It came to nothing before it showed anything.
            _ => {
                self.notify(failure);
                self.after();
            }
        }
    }

    fn tried(&mut self, ended: &Ended) {
        if let Some(page) = &mut self.page {
            page.open.take(News::tried(ended));
        }
        self.after();
    }

    /// What is shown stays, until the person has read it; where a PIN was typed, in a new process.
    fn stay(&mut self) {
        self.stage.renew();
        let _ = self.draw();
    }

    /// "Done" is shown for a while.
    fn linger(&mut self) {
        if let Scene::Login(shown, _) = std::mem::replace(&mut self.scene, Scene::Empty) {
            self.scene = Scene::Over(shown.view, None);
        }
        let (events, number) = (self.events.clone(), self.stage.number());
        tokio::spawn(async move {
            tokio::time::sleep(DONE).await;
            let _ = events.send(Event::Lingered(number));
        });
    }

    pub(super) fn lingered(&mut self, number: u64) {
        let done = matches!(self.scene, Scene::Over(View::Done { .. }, _));
        if done && self.stage.is_shown(number) {
            self.after();
        }
    }

    pub(super) fn act_on_end(&mut self, act: &Act) {
        match act {
            Act::Again => {
                if let Scene::Over(_, Some(wanted)) = &self.scene {
                    // What hinders it has been said.
                    let _ = self.begin(wanted.clone(), None);
                }
            }
            Act::Open { page } => _ = self.opened(Some(*page), None),
            Act::Close | Act::Refuse | Act::GiveUp => self.after(),
            _ => {}
        }
    }

    /// The window is the page's again, where one was open.
    pub(super) fn after(&mut self) {
        if self.page.is_some() {
            self.stage.renew();
            self.scene = Scene::Page;
            let _ = self.draw();
            if let Some(page) = &mut self.page {
                page.since = self.stage.number();
            }
        } else {
            self.stage.close();
            self.scene = Scene::Empty;
            self.rest();
        }
    }
}
