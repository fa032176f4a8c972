//! A desktop that shows notifications (Desktop Notifications Specification 1.2).

use std::collections::HashMap;

use zbus::Connection;
use zbus::zvariant::OwnedValue;

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";

/// The number of every notification.
pub const NOTICE: u32 = 7;

struct Notifications(Box<dyn Fn(String) + Send + Sync>);

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Notifications {
    #[expect(clippy::too_many_arguments, reason = "the specification's own form")]
    fn notify(
        &self,
        _name: &str,
        _replaces: u32,
        _icon: &str,
        _summary: &str,
        body: &str,
        _actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _timeout: i32,
    ) -> u32 {
        (self.0)(body.to_owned());
        NOTICE
    }
}

/// Shows notifications on the bus at this address as long as the connection lives: `tell` gets each one's text.
///
/// # Errors
/// There is no bus, or another one shows them there.
pub async fn show_notifications(
    bus: &str,
    tell: impl Fn(String) + Send + Sync + 'static,
) -> zbus::Result<Connection> {
    zbus::connection::Builder::address(bus)?
        .name(NAME)?
        .serve_at(PATH, Notifications(Box::new(tell)))?
        .build()
        .await
}

/// Clicks a notification; `token` is what brings a window to the front.
///
/// # Errors
/// The bus is gone.
pub async fn click_notification(
    connection: &Connection,
    notice: u32,
    token: &str,
) -> zbus::Result<()> {
    for (member, what) in [("ActivationToken", token), ("ActionInvoked", "default")] {
        let body = (notice, what);
        connection
            .emit_signal(None::<&str>, PATH, NAME, member, &body)
            .await?;
    }
    Ok(())
}
