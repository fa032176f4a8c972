//! What was set, and the drivers that are there by it.

use std::sync::Arc;

use super::Resident;
use crate::device_key::Without;
use crate::drivers::Drivers;
use crate::problem::Failure;
use crate::resident::message::Refusal;
use crate::settings::{Settings, SettingsError};
use crate::text::Text;

impl Resident {
    /// Reads the settings anew.
    ///
    /// # Errors
    /// They are refused, which has been said; what held before still holds.
    pub(super) fn reload(&mut self) -> Result<(), Refusal> {
        self.read_settings().map_err(|error| self.refused(error))
    }

    /// # Errors
    /// They are refused; what held before still holds.
    pub(super) fn read_settings(&mut self) -> Result<(), SettingsError> {
        let settings = Settings::load(self.settings_file.as_deref())?;
        self.text = Text::chosen(settings.language);
        let without = Without::answered(settings.remember_without_keychain);
        self.devices.set_without(without);
        self.settings = Arc::new(settings);
        self.refresh_tray();
        Ok(())
    }

    /// Says so.
    pub(super) fn refused(&self, error: SettingsError) -> Refusal {
        self.notify(&Failure::Settings(error));
        Refusal::Settings
    }

    pub(super) fn drivers(&mut self) -> Result<Arc<Drivers>, SettingsError> {
        if let Some(drivers) = &self.drivers {
            return Ok(Arc::clone(drivers));
        }
        let found = Arc::new(Drivers::find(&self.settings)?);
        self.drivers = Some(Arc::clone(&found));
        Ok(found)
    }

    /// Drivers hold processes that nobody needs while nothing is shown.
    pub(super) fn rest(&mut self) {
        if self.login.is_none() && self.page.is_none() {
            self.drivers = None;
        }
    }
}
