//! What the agent keeps right beside logins and pages.

use std::path::Path;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::task::JoinHandle;

use super::Resident;
use crate::feed;
use crate::resident::event::{Event, Newer};
use crate::resident::{anew, autostart};
use crate::settings::{Field, Settings};

/// Between two looks whether a newer version is due to be looked for, and whether this one is still installed.
const LOOK: Duration = Duration::from_secs(3600);

impl Resident {
    /// What is done once in a while: the keychain is tried, and newer versions are looked for where that is due.
    pub(super) fn look_after(&self) -> JoinHandle<()> {
        let (devices, file) = (self.devices.clone(), self.settings_file.clone());
        let events = self.events.clone();
        tokio::spawn(async move {
            devices.probe().await;
            let _ = events.send(Event::Keychain);
            loop {
                if anew::is_removed() {
                    let _ = events.send(Event::Removed);
                }
                if let Some(newer) =
                    look_for_newer(file.as_deref(), OffsetDateTime::now_utc()).await
                {
                    let _ = events.send(Event::Newer(newer));
                }
                tokio::time::sleep(LOOK).await;
            }
        })
    }

    /// The tray says it as long as it is so, a notice once.
    pub(super) fn newer(&mut self, newer: Newer) {
        if let (true, Some(version)) = (newer.tell, &newer.version) {
            let found = self.text.fill("page.about.newer", &[("version", version)]);
            let sentence = format!("{found} {}", self.text.get("page.about.newer.do"));
            self.notices.say(sentence, self.text);
        }
        self.newer = newer.version;
        self.refresh_tray();
    }

    /// The desktop's file follows the settings, where anyone was asked. What was switched off elsewhere is switched on
    /// again only where the administrator says so.
    pub(super) fn keep_autostart(&self) {
        let Some(on) = self.settings.autostart else {
            return;
        };
        let kept = if self.settings.is_locked(Field::Autostart) {
            autostart::set(on)
        } else {
            autostart::keep(on)
        };
        if let Err(error) = kept {
            tracing::warn!(%error, "start at log-in could not be set");
        }
    }
}

/// By the settings as they are now.
async fn look_for_newer(settings_file: Option<&Path>, now: OffsetDateTime) -> Option<Newer> {
    let settings = match Settings::load(settings_file) {
        Ok(settings) => settings,
        // The person learns it where something is wanted of them.
        Err(error) => {
            tracing::info!(%error, "newer versions aren't looked for");
            return None;
        }
    };
    if let Err(error) = feed::check(&settings, now).await {
        tracing::info!(%error, "newer versions can't be looked for");
    }
    Some(Newer {
        version: feed::newer(&settings),
        tell: feed::to_tell(&settings).is_some(),
    })
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    use kyso_support::{Key, KeyKind};

    use super::*;

    fn public_key() -> String {
        let key = Key::pooled(KeyKind::P256, 0).expect("openssl");
        let base64 = BASE64_STANDARD.encode(key.public_key_der());
        format!("-----BEGIN PUBLIC KEY-----\n{base64}\n-----END PUBLIC KEY-----\n")
    }

    #[tokio::test]
    async fn each_look_for_a_newer_version_is_by_the_settings_of_then() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("kyso.toml");
        std::fs::write(folder.path().join("feed.pem"), public_key()).expect("written");
        let (without, state) = ("state-folder = \"state\"\n", folder.path().join("state"));
        // Refused before anything is sent: nobody listed an address of this computer's own.
        let with = "[feed]\naddress = \"https://localhost:1/newest\"\nkey = \"feed.pem\"\n";
        let look = async |text: &str| {
            std::fs::write(&file, text).expect("written");
            look_for_newer(Some(&file), OffsetDateTime::UNIX_EPOCH).await;
        };
        look(without).await;
        assert!(!state.exists());
        look("nonsense").await;
        assert!(!state.exists());
        look(&format!("{without}{with}")).await;
        assert!(state.exists());
    }
}
