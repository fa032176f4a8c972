//! The program.

use kyso_screens as shown;

use super::Around;
use crate::feed;

pub(super) struct About(shown::About);

impl About {
    pub(super) fn open(around: &Around) -> Self {
        let settings = &around.settings;
        let path = |path: &Option<std::path::PathBuf>| {
            path.as_ref().map(|path| path.display().to_string())
        };
        Self(shown::About {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            newer: feed::newer(settings),
            policy: path(&settings.rules.file),
            settings: path(&settings.file),
        })
    }

    pub(super) fn screen(&self) -> shown::About {
        self.0.clone()
    }
}
