//! A desktop's side of the session bus: its tray and its notifications.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, channel};

use kyso_support::{Bus, click_notification, show_notifications, until};
use tokio::runtime::Runtime;
use zbus::Connection;
use zbus::zvariant::{OwnedValue, Structure, Value};

use super::computer::PATIENCE;

const ITEM: &str = "/StatusNotifierItem";
const MENU: &str = "/MenuBar";
const MENU_INTERFACE: &str = "com.canonical.dbusmenu";

/// Widths, heights and dots.
type Pictures = Vec<(i32, i32, Vec<u8>)>;

/// A desktop on a bus of its own, without a tray at first.
pub(crate) struct Desktop {
    runtime: Runtime,
    bus: Bus,
    connection: Connection,
    notices: Receiver<String>,
    items: (Sender<String>, Receiver<String>),
}

/// Takes the tray's items.
struct Watcher(Sender<String>);

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, service: String) {
        self.0.send(service).expect("the test listens");
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }
}

impl Desktop {
    /// None where the machine lacks what it takes.
    pub(crate) fn start() -> Option<Self> {
        Some(Self::on(Bus::start().expect("a bus")?))
    }

    /// The bus ends with everything on it, and another one has its place after something was done without any.
    pub(crate) fn restarted(self, meanwhile: impl FnOnce()) -> Self {
        let Self {
            bus, connection, ..
        } = self;
        drop(connection);
        Self::on(bus.restarted(meanwhile).expect("a bus"))
    }

    fn on(bus: Bus) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let (tell, notices) = channel();
        let connection = runtime.block_on(async {
            let tell = move |said| tell.send(said).expect("the test listens");
            show_notifications(bus.address(), tell)
                .await
                .expect("the bus")
        });
        Self {
            runtime,
            bus,
            connection,
            notices,
            items: channel(),
        }
    }

    pub(crate) fn address(&self) -> &str {
        self.bus.address()
    }

    /// The next notification.
    pub(crate) fn notice(&self) -> String {
        self.notices.recv_timeout(PATIENCE).expect("a notification")
    }

    /// Clicks a notification, with what brings a window to the front.
    pub(crate) fn click(&self, notice: u32, token: &str) {
        let clicked = click_notification(&self.connection, notice, token);
        self.runtime.block_on(clicked).expect("emitted");
    }

    /// The desktop has room for tray icons from now on.
    pub(crate) fn show_trays(&self) {
        let watcher = Watcher(self.items.0.clone());
        self.runtime.block_on(async {
            let server = self.connection.object_server();
            server
                .at("/StatusNotifierWatcher", watcher)
                .await
                .expect("free");
            let name = "org.kde.StatusNotifierWatcher";
            self.connection.request_name(name).await.expect("free");
        });
    }

    /// The next tray icon.
    pub(crate) fn tray(&self) -> Tray<'_> {
        let service = self.items.1.recv_timeout(PATIENCE).expect("a tray");
        Tray {
            desktop: self,
            service,
        }
    }
}

/// A tray icon.
pub(crate) struct Tray<'a> {
    desktop: &'a Desktop,
    service: String,
}

impl Tray<'_> {
    /// A property of the item, where it is a text.
    pub(crate) fn says(&self, property: &str) -> String {
        self.property(property)
    }

    fn property<T>(&self, name: &str) -> T
    where
        T: TryFrom<OwnedValue, Error: std::fmt::Debug>,
    {
        let value = self.call(
            ITEM,
            "org.freedesktop.DBus.Properties",
            "Get",
            &("org.kde.StatusNotifierItem", name),
        );
        let value: OwnedValue = value.body().deserialize().expect("a value");
        T::try_from(value).expect("a value of its type")
    }

    /// Waits until it says so.
    pub(crate) fn until_it_says(&self, property: &str, expected: &str) {
        until(expected, || self.says(property) == expected).expect("it says so");
    }

    /// What stands in the menu, with the numbers to click.
    pub(crate) fn menu(&self) -> Vec<(i32, String)> {
        let reply = self.call(
            MENU,
            MENU_INTERFACE,
            "GetLayout",
            &(0_i32, -1_i32, Vec::<String>::new()),
        );
        type Layout = (u32, (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>));
        let (_, (_, _, entries)): Layout = reply.body().deserialize().expect("a layout");
        entries.into_iter().filter_map(entry).collect()
    }

    /// Waits until an entry has this label.
    pub(crate) fn until_the_menu_says(&self, label: &str) {
        let says = || self.menu().iter().any(|(_, known)| known == label);
        until(label, says).expect("it says so");
    }

    /// What is shown of it under the pointer: a title, and a text.
    pub(crate) fn tip(&self) -> (String, String) {
        let (_, _, title, text): (String, Pictures, String, String) = self.property("ToolTip");
        (title, text)
    }

    /// Clicks the entry with this label.
    pub(crate) fn click(&self, label: &str) {
        let menu = self.menu();
        let entry = menu.iter().find(|(_, known)| known == label);
        let (number, _) = entry.unwrap_or_else(|| panic!("no {label} in {menu:?}"));
        self.call(
            MENU,
            MENU_INTERFACE,
            "Event",
            &(*number, "clicked", Value::from(0_i32), 0_u32),
        );
    }

    /// Clicks the icon.
    pub(crate) fn activate(&self) {
        self.call(
            ITEM,
            "org.kde.StatusNotifierItem",
            "Activate",
            &(0_i32, 0_i32),
        );
    }

    fn call<B>(&self, path: &str, interface: &str, method: &str, body: &B) -> zbus::Message
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        let called = self.desktop.connection.call_method(
            Some(self.service.as_str()),
            path,
            Some(interface),
            method,
            body,
        );
        self.desktop.runtime.block_on(called).expect("a reply")
    }
}

fn entry(value: OwnedValue) -> Option<(i32, String)> {
    let fields = Structure::try_from(value).ok()?.into_fields();
    let mut fields = fields.into_iter();
    let number = i32::try_from(fields.next()?).ok()?;
    let mut properties = HashMap::<String, OwnedValue>::try_from(fields.next()?).ok()?;
    let label = String::try_from(properties.remove("label")?).ok()?;
    Some((number, label))
}
