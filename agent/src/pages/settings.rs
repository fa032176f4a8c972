//! What can be set, and what the administrator has set.

use std::path::{Path, PathBuf};

use kyso_screens as shown;
use kyso_screens::{Fact, InstalledBrowser, Setting};

use super::{Around, Step, Wish};
use crate::drivers::Drivers;
use crate::screens;
use crate::settings::{Change, Field, Settings, SettingsError};
use crate::shell::browser::{self, Browser};
use crate::text::{Language, Text};
use crate::view::printable;

pub(super) struct Page {
    around: Around,
    browsers: Vec<InstalledBrowser>,
    problem: Option<SettingsError>,
}

impl Page {
    pub(super) fn open(around: &Around) -> Self {
        let browsers = browser::installed().into_iter();
        Self {
            around: around.clone(),
            browsers: browsers.map(installed).collect(),
            problem: None,
        }
    }

    pub(super) fn renew(&mut self, around: &Around) {
        self.around = around.clone();
    }

    pub(super) fn set(&mut self, setting: Setting, around: &Around) -> Step {
        written(setting, around, &mut self.problem)
    }

    pub(super) fn refuse(&mut self, problem: SettingsError) {
        self.problem = Some(problem);
    }

    pub(super) fn screen(&self, text: Text) -> shown::Settings {
        let settings = &self.around.settings;
        let browser = settings.browser.as_deref().map(shown_path);
        shown::Settings {
            language: fact(
                screens::language(text.language()),
                Field::Language,
                settings,
            ),
            autostart: fact(self.around.starts, Field::Autostart, settings),
            remember: fact(
                settings.remember_without_keychain.unwrap_or(false),
                Field::Remember,
                settings,
            ),
            proxy: fact(settings.proxy.to_string(), Field::Proxy, settings),
            browser: fact(browser.unwrap_or_default(), Field::Browser, settings),
            browsers: self.browsers.clone(),
            drivers: drivers(settings, &self.around.drivers),
            drivers_locked: settings.is_locked(Field::Modules),
            problem: self.problem.as_ref().map(|error| refused(error, text)),
        }
    }
}

fn fact<T>(value: T, field: Field, settings: &Settings) -> Fact<T> {
    Fact {
        value,
        locked: settings.is_locked(field),
    }
}

fn installed(browser: Browser) -> InstalledBrowser {
    InstalledBrowser {
        value: browser.id,
        name: printable(&browser.name),
    }
}

/// Why a setting was not kept, in a sentence.
pub(super) fn refused(error: &SettingsError, text: Text) -> String {
    let values = [
        ("field", label(&error.field, text)),
        ("detail", &text.phrase(&error.detail)),
    ];
    printable(&text.fill("page.settings.refused", &values))
}

/// What the page calls a field of the file.
fn label(field: &str, text: Text) -> &str {
    let key = match field {
        "autostart" => "page.settings.autostart",
        "browser" => "page.settings.browser",
        "file" => "page.about.settings",
        "language" => "page.settings.language",
        "module.path" => "page.settings.driver.path",
        "proxy" => "page.settings.proxy",
        "remember-without-keychain" => "page.settings.remember",
        other => return other,
    };
    text.find(key).unwrap_or(field)
}

/// Those that were set, then those that were found.
fn drivers(settings: &Settings, drivers: &Drivers) -> Vec<shown::Driver> {
    let set = settings.modules.iter().map(|module| shown::Driver {
        name: printable(&module.name),
        path: shown_path(&module.path),
        found: false,
        locked: module.locked,
    });
    let is_set = |path: &Path| settings.modules.iter().any(|module| module.path == path);
    let found = drivers.each.iter().filter(|driver| !is_set(driver.path()));
    let found = found.map(|driver| shown::Driver {
        name: printable(&driver.name),
        path: shown_path(driver.path()),
        found: true,
        locked: false,
    });
    set.chain(found).collect()
}

fn shown_path(path: &Path) -> String {
    path.display().to_string()
}

/// Writes what was chosen; `problem` is what hinders it, or nothing any more.
pub(super) fn written(
    setting: Setting,
    around: &Around,
    problem: &mut Option<SettingsError>,
) -> Step {
    match write(setting, &around.settings) {
        Ok(wish) => {
            *problem = None;
            wish.into()
        }
        Err(error) => {
            *problem = Some(error);
            Step::default()
        }
    }
}

/// Writes one setting into the user's file, and says what the owner is to do then. Blocks on the disk.
///
/// # Errors
/// As [`Settings::set`].
fn write(setting: Setting, settings: &Settings) -> Result<Wish, SettingsError> {
    let wish = match setting {
        Setting::Autostart { value } => Wish::Start(value),
        _ => Wish::Changed,
    };
    let change = match setting {
        Setting::Language { value } => Change::Language(match value {
            shown::Language::Vi => Language::Vi,
            shown::Language::En => Language::En,
        }),
        Setting::Autostart { value } => Change::Autostart(value),
        Setting::Remember { value } => Change::Remember(value),
        Setting::Proxy { value } => Change::Proxy(value),
        Setting::Browser { value } => Change::Browser(value),
        Setting::AddDriver { value } => Change::AddModule(PathBuf::from(value)),
        Setting::RemoveDriver { value } => Change::RemoveModule(PathBuf::from(value)),
    };
    settings.set(&change).map(|_| wish)
}
