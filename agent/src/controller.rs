//! The one owner of the login: takes every event in turn, steps the machine, and carries out its effects in tasks of
//! which none outlives it.

mod road;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use kyso_certs::Certificate;
use kyso_pkcs11::KeyRef;
use kyso_protocol::{Answer, Link};
use road::Road;
use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{AbortHandle, JoinError, JoinSet};

use crate::device_key::DeviceKeys;
use crate::drivers::Drivers;
use crate::drivers::guard::Guard;
use crate::journal::{Entry, Journal};
use crate::login::{
    Effect, Event, Intent, Login, LoginId, Noted, Outcome, SignOrder, Stop, TryOut, UnlockOrder,
};
use crate::portals::Portals;
use crate::problem::Failure;
use crate::settings::Settings;
use crate::shell::{Intents, Returned, Shell};

/// Until a signature that was to end is asked to end again.
const STOP_AGAIN: Duration = Duration::from_millis(50);

/// Until the time is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What a login begins with.
#[derive(Debug, Clone)]
pub enum Begin {
    /// The link of an ask.
    Link(Link),
    /// The SHA-256 of a certificate whose signature is tried.
    TryOut([u8; 32]),
}

/// How a login ended, with what became of the return address.
pub enum Ended {
    /// The portal accepted.
    Accepted(Returned),
    /// The signature that was tried is right.
    Tried,
    /// It came to nothing.
    Failed(Failure),
}

/// Owns the machine, the shell and the tasks.
pub struct Controller<S> {
    login: Login,
    shell: S,
    settings: Arc<Settings>,
    drivers: Arc<Drivers>,
    portals: Portals,
    road: Road,
    devices: Option<DeviceKeys>,
    /// The exact bytes that were fetched; the machine shows them before anything is signed.
    statement: Vec<u8>,
    tasks: JoinSet<Vec<Event>>,
    listing: usize,
    guard: Option<Guard>,
    waiting: Option<AbortHandle>,
    intents: (Intents, mpsc::Receiver<Intent>),
    /// To the task that keeps a token unlocked.
    unlocked: Option<std::sync::mpsc::Sender<SignOrder>>,
}

impl<S: Shell> Controller<S> {
    /// Starts nothing.
    pub fn new(shell: S, settings: Arc<Settings>, drivers: Arc<Drivers>) -> Self {
        let portals = Portals::of(&settings);
        let (login, tasks, intents) = (Login::default(), JoinSet::new(), mpsc::channel(16));
        Self {
            login,
            shell,
            settings,
            drivers,
            portals,
            road: Road::default(),
            devices: None,
            statement: Vec::new(),
            tasks,
            listing: 0,
            unlocked: None,
            guard: None,
            waiting: None,
            intents,
        }
    }

    /// Asks for a token where none is there, until the ask expires: for whoever shows the login to a person.
    #[must_use]
    pub fn patient(self) -> Self {
        Self {
            login: Login::patient(),
            ..self
        }
    }

    /// Has this computer's own keys vouch for what is answered.
    #[must_use]
    pub fn with_devices(self, devices: DeviceKeys) -> Self {
        Self {
            devices: Some(devices),
            ..self
        }
    }

    /// Runs one login from its beginning to its end. `stopped` resolves when it is ended from outside.
    pub async fn run(mut self, begin: Begin, stopped: impl Future<Output = Stop>) -> Ended {
        let mut stopped = std::pin::pin!(stopped);
        let mut stop = false;
        let mut events = match first(begin) {
            Ok(event) => vec![event],
            Err(failure) => return Ended::Failed(failure),
        };
        loop {
            for event in events {
                if let Some(ended) = self.take(event) {
                    return ended;
                }
            }
            let deadline = wait_until(self.login.deadline());
            events = tokio::select! {
                Some(done) = self.tasks.join_next() => done.unwrap_or_else(|error| unfinished(&error)),
                Some(intent) = self.intents.1.recv() => vec![Event::Intent(intent)],
                why = &mut stopped, if !stop => { stop = true; vec![Event::Stopped(why)] }
                () = deadline => vec![Event::Clock],
            };
        }
    }

    fn take(&mut self, event: Event) -> Option<Ended> {
        tracing::debug!(event = event.name(), "step");
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            if let Event::Fetched(_, Ok((fetched, _))) = &event {
                self.statement.clone_from(&fetched.statement);
            }
            if let Event::Listed(_) = event {
                self.listing = self.listing.saturating_sub(1);
                if self.listing > 0 {
                    continue;
                }
            }
            let (login, effects) =
                std::mem::take(&mut self.login).step(event, OffsetDateTime::now_utc());
            self.login = login;
            for effect in effects {
                match effect {
                    Effect::Finish { outcome, noted, .. } => {
                        return Some(self.end(outcome, noted.as_deref()));
                    }
                    Effect::List { login } if self.drivers.each.is_empty() => {
                        events.push(Event::Listed(login));
                    }
                    effect => self.carry_out(effect),
                }
            }
        }
        None
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Show(shown) => self.shell.show(&shown, &self.intents.0),
            Effect::Fetch { login, link } => self.fetch(login, link),
            Effect::List { login } => self.list(login),
            Effect::AwaitToken { login } => self.await_token(login),
            Effect::Guard { login, key } => self.guard(login, *key),
            Effect::Unlock { login, order } => self.unlock(login, *order),
            Effect::Sign { login, order } => self.sign(login, *order),
            Effect::StopSigning => self.stop_signing(),
            Effect::Post {
                login,
                link,
                answer,
            } => self.post(login, link, *answer),
            Effect::TurnAway(link) => {
                tracing::info!(origin = %link.origin(), "turned away: another login is under way");
            }
            Effect::Finish { .. } => {}
        }
    }

    fn fetch(&mut self, login: LoginId, link: Link) {
        let (settings, portals) = (Arc::clone(&self.settings), self.portals.clone());
        let road = self.road.clone();
        self.tasks.spawn(async move {
            let fetched = road.fetch(&link, &settings).await;
            let site = portals.site(link.origin(), &settings);
            vec![Event::Fetched(
                login,
                fetched.map(|fetched| (fetched, site)),
            )]
        });
    }

    fn guard(&mut self, login: LoginId, key: KeyRef) {
        let Some(guard) = self.guard.take() else {
            return;
        };
        let drivers = Arc::clone(&self.drivers);
        self.tasks.spawn(async move {
            guard.gone(drivers, key).await;
            vec![Event::Unplugged(login)]
        });
    }

    /// Whoever waited before waits no more.
    fn await_token(&mut self, login: LoginId) {
        let drivers = Arc::clone(&self.drivers);
        let waiting = self.tasks.spawn(async move {
            drivers.plugged_in().await;
            vec![Event::PluggedIn(login)]
        });
        if let Some(before) = self.waiting.replace(waiting) {
            before.abort();
        }
    }

    fn list(&mut self, login: LoginId) {
        self.guard = Some(self.drivers.guard());
        for driver in self.drivers.each.clone() {
            self.listing += 1;
            self.tasks.spawn_blocking(move || {
                let found = driver
                    .list()
                    .into_iter()
                    .map(|report| Event::Found(login, Box::new(report)));
                found.chain([Event::Listed(login)]).collect()
            });
        }
    }

    /// The token stays unlocked until a signature was made or nobody can order one any more.
    fn unlock(&mut self, login: LoginId, order: UnlockOrder) {
        let (orders, inbox) = std::sync::mpsc::channel();
        let (tell, told) = oneshot::channel();
        self.unlocked = Some(orders);
        let drivers = Arc::clone(&self.drivers);
        self.tasks.spawn_blocking(move || {
            // Whoever ended the login listens no more.
            let tell = |shown| drop(tell.send(shown));
            let signed = drivers.unlock(order, tell, &inbox);
            signed
                .map(|signed| Event::Signed(login, signed))
                .into_iter()
                .collect()
        });
        self.tasks.spawn(async move {
            let shown = told.await.ok();
            shown
                .map(|shown| Event::Unlocked(login, shown))
                .into_iter()
                .collect()
        });
    }

    fn sign(&mut self, login: LoginId, order: SignOrder) {
        // What was unlocked is locked again before another PIN is used.
        if let Some(orders) = self.unlocked.take().filter(|_| order.unlocked) {
            // A task that has ended has said why.
            return drop(orders.send(order));
        }
        let drivers = Arc::clone(&self.drivers);
        self.tasks
            .spawn_blocking(move || vec![Event::Signed(login, drivers.sign(order))]);
    }

    /// Again and again while the login lasts: the signature may be about to begin, and what doesn't run yet can't be ended.
    fn stop_signing(&mut self) {
        let drivers = Arc::clone(&self.drivers);
        self.tasks.spawn(async move {
            let mut again = tokio::time::interval(STOP_AGAIN);
            loop {
                again.tick().await;
                drivers.cancel();
            }
        });
    }

    fn post(&mut self, login: LoginId, link: Link, answer: Answer) {
        let (settings, road) = (Arc::clone(&self.settings), self.road.clone());
        let (devices, statement) = (self.devices.clone(), std::mem::take(&mut self.statement));
        self.tasks.spawn(async move {
            let answer = match devices {
                Some(devices) => devices.vouch(link.origin(), &statement, answer).await,
                None => answer,
            };
            let reply = match road.to(&link, &settings).await {
                Ok(portal) => portal.post(&link, &answer).await,
                Err(error) => Err(error),
            };
            vec![Event::Posted(login, reply)]
        });
    }

    fn end(&mut self, outcome: Outcome, noted: Option<&Noted>) -> Ended {
        let entry = noted.map(|noted| Entry::of(noted, &outcome, OffsetDateTime::now_utc()));
        let ended = match outcome {
            Outcome::Failed(failure) => Ended::Failed(failure),
            Outcome::Tried => Ended::Tried,
            Outcome::Accepted {
                link,
                code,
                pin_given,
            } => {
                let returned = self.shell.return_to(&link.return_url(&code), pin_given);
                self.remember(&link, noted);
                Ended::Accepted(returned)
            }
        };
        // The person waits for the browser, and for no disk.
        if let Some(entry) = entry {
            self.write_down(&entry);
        }
        ended
    }

    /// What can't be written down stops no login.
    fn write_down(&mut self, entry: &Entry) {
        if let Err(error) = Journal::of(&self.settings).append(entry) {
            tracing::warn!(%error, "the signing history was not written");
            self.shell.unrecorded();
        }
    }

    fn remember(&self, link: &Link, noted: Option<&Noted>) {
        let chosen = noted.and_then(|noted| noted.certificate.as_ref());
        let chosen = chosen.map(Certificate::fingerprint);
        let seen = noted.and_then(|noted| noted.seen.as_ref());
        if let Err(error) = self.portals.remember(link.origin(), chosen, seen) {
            tracing::warn!(%error, "the list of used portals was not written");
        }
    }
}

/// Whoever was told to wait no more has nothing to say.
fn unfinished(error: &JoinError) -> Vec<Event> {
    if error.is_cancelled() {
        Vec::new()
    } else {
        vec![Event::Broken]
    }
}

fn first(begin: Begin) -> Result<Event, Failure> {
    let certificate = match begin {
        Begin::Link(link) => return Ok(Event::Asked(link)),
        Begin::TryOut(certificate) => certificate,
    };
    let mut challenge = [0; 32];
    getrandom::fill(&mut challenge)
        .map_err(|_| Failure::Internal("the system gave no random bytes"))?;
    Ok(Event::TryOut(TryOut {
        certificate,
        challenge,
    }))
}

/// Sleeps in short steps: the clock of a sleep stands still while the computer is suspended, an ask's doesn't.
async fn wait_until(deadline: Option<OffsetDateTime>) {
    let Some(at) = deadline else {
        return std::future::pending().await;
    };
    loop {
        let left = at - OffsetDateTime::now_utc();
        if !left.is_positive() {
            return;
        }
        tokio::time::sleep(LOOK_AGAIN.min(left.unsigned_abs())).await;
    }
}
