//! Notifications of the desktop (Desktop Notifications Specification 1.2). Without a session bus there are none.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kyso_screens as shown;
use kyso_screens::{Screen, SelfTest};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;
use zbus::Connection;
use zbus::zvariant::Value;

use super::bus::{Bus, Signals};
use super::event::Event;
use crate::problem::Problem;
use crate::screens;
use crate::text::Text;

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
/// How long the desktop may take for one.
const DEADLINE: Duration = Duration::from_secs(3);
/// The desktop decides how long one stays.
const STAYS: i32 = -1;

/// The identifiers of what was said last that are remembered.
const SAID_MAX: usize = 16;

/// The way to whatever shows notifications. The connection is kept: some desktops withdraw what a program said when it
/// leaves the bus.
#[derive(Clone)]
pub(super) struct Notices {
    bus: Bus,
    events: Option<mpsc::UnboundedSender<Event>>,
    /// On which bus clicks are heard.
    heard: Arc<tokio::sync::Mutex<Option<Connection>>>,
    /// Held until the desktop has numbered what is said, so that no click on it comes before.
    said: Arc<tokio::sync::Mutex<Vec<u32>>>,
    underway: Arc<Mutex<JoinSet<()>>>,
}

impl Notices {
    /// Clicks on what is said go to `events`.
    pub(super) fn new(bus: Bus, events: Option<mpsc::UnboundedSender<Event>>) -> Self {
        Self {
            bus,
            events,
            heard: Arc::default(),
            said: Arc::default(),
            underway: Arc::default(),
        }
    }

    /// Says something without waiting for it.
    pub(super) fn say(&self, sentence: String, text: Text) {
        let notices = self.clone();
        let underway = self.underway.lock();
        let mut underway = underway.unwrap_or_else(PoisonError::into_inner);
        while underway.try_join_next().is_some() {}
        underway.spawn(async move { notices.said(&sentence, text).await });
    }

    /// Waits until everything was said.
    pub(super) async fn settled(&self) {
        let underway = self
            .underway
            .lock()
            .map(|mut underway| std::mem::take(&mut *underway));
        underway.unwrap_or_default().join_all().await;
    }

    /// Says something. A desktop that takes no notices is no failure.
    pub(super) async fn said(&self, sentence: &str, text: Text) {
        match timeout(DEADLINE, self.send(sentence, text)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::info!(%error, "nothing takes notifications"),
            Err(_) => tracing::info!("the desktop took no notification in time"),
        }
    }

    async fn send(&self, sentence: &str, text: Text) -> zbus::Result<()> {
        let bus = self.heard().await?;
        let (icon, replaces) = ("kyso", 0_u32);
        // Without an action of this name a click says nothing.
        let actions = ["default", text.get("tray.name")];
        let hints: HashMap<&str, Value<'_>> = HashMap::new();
        let body = (
            text.get("tray.name"),
            replaces,
            icon,
            text.get("tray.name"),
            escaped(sentence),
            actions.as_slice(),
            hints,
            STAYS,
        );
        let mut said = self.said.lock().await;
        let reply = bus
            .call_method(Some(NAME), PATH, Some(NAME), "Notify", &body)
            .await?;
        said.push(reply.body().deserialize()?);
        let old = said.len().saturating_sub(SAID_MAX);
        said.drain(..old);
        Ok(())
    }

    /// The bus, on which clicks are heard from now on.
    async fn heard(&self) -> zbus::Result<Connection> {
        let mut heard = self.heard.lock().await;
        if let Some(bus) = heard.as_ref().filter(|bus| !bus.is_closed()) {
            return Ok(bus.clone());
        }
        let bus = self.bus.connection().await?;
        self.said.lock().await.clear();
        self.listen().await?;
        *heard = Some(bus.clone());
        Ok(bus)
    }

    async fn listen(&self) -> zbus::Result<()> {
        let Some(events) = self.events.clone() else {
            return Ok(());
        };
        let signals = self.bus.signals(NAME, NAME).await?;
        let said = Arc::clone(&self.said);
        tokio::spawn(async move {
            // Ends with the bus.
            let _ = pass_on(signals, &said, &events).await;
        });
        Ok(())
    }
}

/// Clicks on what we said; what other programs said is not ours to hear.
async fn pass_on(
    mut signals: Signals,
    said: &tokio::sync::Mutex<Vec<u32>>,
    events: &mpsc::UnboundedSender<Event>,
) -> zbus::Result<()> {
    let mut token = None;
    loop {
        let signal = signals.next().await?;
        let header = signal.header();
        let member = header.member().map(zbus::names::MemberName::as_str);
        let Ok((number, what)) = signal.body().deserialize::<(u32, String)>() else {
            continue;
        };
        let ours = said.lock().await.contains(&number);
        match member {
            Some("ActivationToken") if ours => token = Some(what),
            Some("ActionInvoked") if ours => drop(events.send(Event::Noticed(token.take()))),
            _ => {}
        }
    }
}

/// A problem in one sentence.
pub(super) fn sentence(problem: &Problem, text: Text) -> String {
    shown_sentence(&screens::problem(problem, text), text)
}

fn shown_sentence(problem: &shown::Problem, text: Text) -> String {
    let values = [
        ("happened", problem.happened.as_str()),
        ("remedy", problem.remedy.as_str()),
        ("code", problem.code.as_str()),
    ];
    text.fill("notify.problem", &values)
}

/// How something ended, where a screen says so.
pub(super) fn end(screen: &Screen, text: Text) -> Option<String> {
    match screen {
        Screen::Failed(failed) => Some(shown_sentence(&failed.problem, text)),
        Screen::Done(done) => done.no_browser.clone(),
        Screen::Welcome(page) => page.test.as_ref().map(|test| match test {
            SelfTest::Right => text.get("window.done.test").to_owned(),
            SelfTest::Wrong(problem) => shown_sentence(problem, text),
        }),
        _ => None,
    }
}

/// A notification may hold markup; ours holds none.
fn escaped(sentence: &str) -> String {
    let replaced = sentence.replace('&', "&amp;").replace('<', "&lt;");
    replaced.replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Failure;
    use crate::text::Language;

    #[test]
    fn what_others_wrote_is_no_markup() {
        assert_eq!(escaped("<b>a & b</b>"), "&lt;b&gt;a &amp; b&lt;/b&gt;");
    }

    #[test]
    fn a_problem_is_said_with_its_code() {
        let problem = Problem::from(&Failure::Busy);
        assert_eq!(
            sentence(&problem, Text::of(Language::En)),
            "Kyso is handling another request. Finish it first. (Code: BUSY)"
        );
    }
}
