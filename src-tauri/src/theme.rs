//! Light or dark, as the desktop has it. GTK 3 doesn't ask for it, and the web view follows GTK.

use gtk::gio::{BusType, Cancellable, DBusCallFlags, DBusConnection, DBusSignalFlags, bus_get};
use gtk::glib::{ToVariant as _, Variant};
use gtk::prelude::GtkSettingsExt as _;
use tauri::{AppHandle, Manager as _};

// XDG Desktop Portal, org.freedesktop.portal.Settings.
const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const SETTINGS: &str = "org.freedesktop.portal.Settings";
const WANTED: (&str, &str) = ("org.freedesktop.appearance", "color-scheme");
/// Until the desktop has answered, in milliseconds.
const PATIENCE: i32 = 5000;

/// Keeps the way to the desktop open.
struct Desktop(#[expect(dead_code, reason = "it is held, not used")] DBusConnection);

/// Has all that this process draws follow the desktop, now and when the person changes it there. Where nobody tells, GTK's
/// own settings hold.
pub(crate) fn follow(app: &AppHandle) {
    let app = AppHandle::clone(app);
    bus_get(BusType::Session, Cancellable::NONE, move |bus| {
        if let Ok(bus) = bus {
            hear_changes(&bus);
            ask(&bus);
            app.manage(Desktop(bus));
        }
    });
}

fn ask(bus: &DBusConnection) {
    bus.call(
        Some(PORTAL),
        PATH,
        SETTINGS,
        "Read",
        Some(&WANTED.to_variant()),
        None,
        DBusCallFlags::NONE,
        PATIENCE,
        Cancellable::NONE,
        |answer| {
            if let Ok(answer) = answer
                && answer.n_children() == 1
            {
                wear(answer.child_value(0));
            }
        },
    );
}

fn hear_changes(bus: &DBusConnection) {
    bus.signal_subscribe(
        Some(PORTAL),
        Some(SETTINGS),
        Some("SettingChanged"),
        Some(PATH),
        Some(WANTED.0),
        DBusSignalFlags::NONE,
        |_, _, _, _, _, changed| {
            if let Some((_, key, value)) = changed.get::<(String, String, Variant)>()
                && key == WANTED.1
            {
                wear(value);
            }
        },
    );
}

/// 1 is dark, 2 is light; anything else leaves it to GTK's theme. The value comes in one box, or in two.
fn wear(value: Variant) {
    let mut value = value;
    while let Some(inner) = value.as_variant() {
        value = inner;
    }
    let (Some(settings), Some(scheme)) = (gtk::Settings::default(), value.get::<u32>()) else {
        return;
    };
    match scheme {
        1 => settings.set_gtk_application_prefer_dark_theme(true),
        2 => settings.set_gtk_application_prefer_dark_theme(false),
        _ => settings.reset_property("gtk-application-prefer-dark-theme"),
    }
}
