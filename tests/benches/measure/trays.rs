//! A desktop that has room for tray icons (StatusNotifierWatcher).

use std::sync::mpsc::Sender;

use zbus::Connection;
use zbus::connection::Builder;

struct Watcher(Sender<()>);

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, _service: &str) {
        // The bench may be over.
        let _ = self.0.send(());
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }
}

/// Has room on the bus at this address as long as the connection lives, and tells of each icon.
pub(crate) async fn show(address: &str, tell: Sender<()>) -> zbus::Result<Connection> {
    let desktop = Builder::address(address)?
        .name("org.kde.StatusNotifierWatcher")?
        .serve_at("/StatusNotifierWatcher", Watcher(tell))?;
    desktop.build().await
}
