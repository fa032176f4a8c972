//! A window without an agent, for the person who has started one that can't begin.

use kyso_screens::Act;
use tokio::sync::mpsc;

use super::Start;
use super::event::Event;
use super::stage::Stage;
use super::window::Heard;
use crate::problem::Problem;
use crate::screens;
use crate::settings::Settings;
use crate::text::Text;
use crate::view::View;

/// Says why, until the person has read it; whether they could. A log-in and a link bring up no window: whoever is behind
/// them may start the program as often as they like.
pub(super) async fn said(problem: &Problem, start: &Start, text: Text) -> bool {
    if start.hidden || start.link.is_some() {
        return false;
    }
    let (events, mut inbox) = mpsc::unbounded_channel();
    let mut stage = Stage::new(events);
    let (screen, settings) = (
        screens::of_view(&View::Failed(problem.clone()), text),
        Settings::default(),
    );
    let raised = stage.raise(&settings, start.token.clone());
    if raised.is_err() || stage.show(screen, text, &settings).is_err() {
        return false;
    }
    let mut is_seen = false;
    while let Some(event) = inbox.recv().await {
        match event {
            Event::Heard(_, Heard::Drawn(number)) => {
                stage.drawn(number);
                is_seen = true;
            }
            Event::Heard(_, Heard::Act(_, Act::Close) | Heard::Gone(_)) => break,
            Event::Due(due) if stage.is_silent(due) => break,
            _ => {}
        }
    }
    stage.end().await;
    is_seen
}
