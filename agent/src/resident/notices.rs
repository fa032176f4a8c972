//! Notifications of the desktop (Desktop Notifications Specification 1.2). Without a session bus there are none.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::timeout;
use zbus::Connection;
use zbus::zvariant::Value;

use crate::problem::Problem;
use crate::text::Text;

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
/// How long the desktop may take for one.
const DEADLINE: Duration = Duration::from_secs(3);
/// The desktop decides how long one stays.
const STAYS: i32 = -1;

/// The way to the desktop, taken when it is needed first and kept: some desktops withdraw what a program said when it
/// leaves the bus.
#[derive(Clone, Default)]
pub(super) struct Notices {
    bus: Arc<OnceCell<Connection>>,
}

impl Notices {
    /// Says something without waiting for it.
    pub(super) fn say(&self, sentence: String, text: Text) {
        let notices = self.clone();
        tokio::spawn(async move { notices.said(&sentence, text).await });
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
        let bus = self.bus.get_or_try_init(Connection::session).await?;
        let (icon, replaces) = ("kyso", 0_u32);
        let actions: [&str; 0] = [];
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
        bus.call_method(Some(NAME), PATH, Some(NAME), "Notify", &body)
            .await?;
        Ok(())
    }
}

/// A problem in one sentence.
pub(super) fn sentence(problem: &Problem, text: Text) -> String {
    let (happened, remedy) = (problem.happened(text), problem.remedy(text));
    let values = [
        ("happened", happened.as_str()),
        ("remedy", remedy.as_str()),
        ("code", problem.code.as_str()),
    ];
    text.fill("notify.problem", &values)
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
