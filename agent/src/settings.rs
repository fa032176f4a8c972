//! What was set: built in, over that the user's file, over that the administrator's.
//!
//! The user's file is `kyso.toml` (TOML). Everything in it has a default; every error names the field.
//!
//! ```toml
//! language = "vi"
//! browser = "/usr/bin/firefox"
//! proxy = "http://proxy.example:3128"
//! autostart = true
//! remember-without-keychain = true
//! host-program = "/usr/libexec/kyso/pkcs11-host"
//! desktop-program = "/usr/libexec/kyso/kyso-desktop"
//! state-folder = "/home/an/.local/state/kyso"
//! runtime-folder = "/run/user/1000/kyso"
//! catalogue = "/opt/agency/modules.toml"
//! blocked = ["https://bad.example"]
//!
//! [trust]
//! anchors = ["/etc/kyso/anchors"]
//!
//! [feed]
//! address = "https://downloads.example/kyso/newest"
//! key = "feed.pem"
//!
//! [[module]]
//! name = "SoftHSM2"
//! path = "/usr/lib/softhsm/libsofthsm2.so"
//! environment = { SOFTHSM2_CONF = "/etc/kyso/softhsm2.conf" }
//!
//! [[portal]]
//! origin = "https://quocgia.localhost:8443"
//! name = "Sample portal"
//! tls-root = "tls-authority.pem"
//! ```
//!
//! The administrator's file, `/etc/kyso/policy.toml`, has the same fields and a few more; see [`policy`]. What it sets
//! holds, whatever the user's says.

mod administrator;
mod change;
mod file;
mod layers;
mod names;
mod plain;
pub mod policy;
mod proxy;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use kyso_certs::Certificate;
use kyso_protocol::{Language, Origin};
use serde::Deserialize;
use thiserror::Error;

pub use administrator::Administrator;
pub use change::Change;
pub use file::Load;
pub use policy::{Field, Permission, Rules};
pub use proxy::{Proxy, ProxyAddress};

use crate::feed::Feed;

/// What holds here.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The user's file, if one was read.
    pub file: Option<PathBuf>,
    /// The language; without it the locale decides.
    pub language: Option<Language>,
    /// What opens the return page, instead of the default browser: a program, or the name of an installed browser's
    /// desktop file.
    pub browser: Option<PathBuf>,
    /// The road to portals.
    pub proxy: Proxy,
    /// Whether the agent starts at log-in; none where nobody has been asked.
    pub autostart: Option<bool>,
    /// Whether the agent remembers this computer until it quits, where there is no keychain; none where nobody has been
    /// asked.
    pub remember_without_keychain: Option<bool>,
    /// The program that loads vendors' modules, where it isn't beside this one.
    pub host_program: Option<PathBuf>,
    /// The program that shows windows, where it isn't beside this one.
    pub desktop_program: Option<PathBuf>,
    /// Where used portals and the signing history are kept, instead of the user's state folder.
    pub state_folder: Option<PathBuf>,
    /// Where processes of one session meet, instead of the user's runtime folder.
    pub runtime_folder: Option<PathBuf>,
    /// A catalogue of modules that extends the built-in one, instead of the administrator's in its usual place.
    pub catalogue: Option<PathBuf>,
    /// Modules beside those that the catalogue finds.
    pub modules: Vec<Module>,
    /// Whether the catalogue is left out.
    pub only_these_modules: bool,
    /// Portals that the person or the administrator vouches for.
    pub portals: Vec<ListedPortal>,
    /// Origins that are never fetched.
    pub blocked: Vec<Origin>,
    /// Where newer versions are announced; nothing is fetched without it.
    pub feed: Option<Feed>,
    /// What `kyso doctor` judges certificates against; without it nobody here does.
    pub trust: Trust,
    /// What the administrator alone decides.
    pub rules: Rules,
    /// Where the administrator's file is looked for.
    pub administrator: Administrator,
}

/// Certificates and lists, as files or folders of them; folders as `kyso verify-cert` reads them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Trust {
    /// Anchors.
    pub anchors: Vec<PathBuf>,
    /// What a path may pass through.
    pub intermediates: Vec<PathBuf>,
    /// Revocation lists.
    pub crls: Vec<PathBuf>,
}

impl Trust {
    fn under(self, folder: &Path) -> Self {
        let under = |paths: Vec<PathBuf>| paths.into_iter().map(|path| folder.join(path)).collect();
        Self {
            anchors: under(self.anchors),
            intermediates: under(self.intermediates),
            crls: under(self.crls),
        }
    }
}

/// A PKCS#11 module that somebody named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// What it is called in messages.
    pub name: String,
    /// The library.
    pub path: PathBuf,
    /// Variables that only this module's process sees, beside those that every module's does.
    pub environment: BTreeMap<String, String>,
    /// The administrator named it.
    pub locked: bool,
}

/// A portal that may be on a loopback or private address, and have a TLS root of its own.
#[derive(Debug, Clone)]
pub struct ListedPortal {
    /// Its origin.
    pub origin: Origin,
    /// The name that is shown beside the origin.
    pub name: Option<String>,
    /// TLS roots that count for this portal only, in DER.
    pub tls_roots: Vec<Certificate>,
}

/// Whose file is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// The user's.
    User,
    /// The administrator's: nothing goes on without it.
    Policy,
    /// Nobody's: what was to be written is wrong, and wasn't written.
    Change,
}

/// Why settings were refused.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[error("{field}: {detail}")]
pub struct SettingsError {
    /// Whose.
    pub layer: Layer,
    /// The field, as a path in the file: `portal[0].origin`.
    pub field: String,
    /// What is wrong.
    pub detail: String,
}

impl SettingsError {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "texts and errors alike, at many places"
    )]
    pub(crate) fn at(field: impl Into<String>, detail: impl ToString) -> Self {
        Self {
            layer: Layer::User,
            field: field.into(),
            detail: detail.to_string(),
        }
    }

    fn of_policy(self) -> Self {
        Self {
            layer: Layer::Policy,
            ..self
        }
    }
}

impl Settings {
    /// The listed portal of an origin.
    #[must_use]
    pub fn listed(&self, origin: &Origin) -> Option<&ListedPortal> {
        self.portals.iter().find(|portal| portal.origin == *origin)
    }

    /// The program that opens the return page: that of the environment (`KYSO_BROWSER`), unless the administrator chose,
    /// else that of the settings.
    #[must_use]
    pub fn browser_program(&self) -> Option<PathBuf> {
        let named = std::env::var_os("KYSO_BROWSER");
        self.program(named, Field::Browser, self.browser.as_ref())
    }

    /// The program that shows windows: that of the environment (`KYSO_DESKTOP`), unless the administrator chose, else that
    /// of the settings.
    #[must_use]
    pub fn window_program(&self) -> Option<PathBuf> {
        let named = std::env::var_os("KYSO_DESKTOP");
        self.program(named, Field::Desktop, self.desktop_program.as_ref())
    }

    fn program(
        &self,
        named: Option<OsString>,
        field: Field,
        set: Option<&PathBuf>,
    ) -> Option<PathBuf> {
        let named = named.filter(|_| !self.is_locked(field));
        named.map(PathBuf::from).or_else(|| set.cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_names_another_program_unless_the_administrator_named_one() {
        let check = |named: Option<&str>, set: Option<&str>, locked, expected: Option<&str>| {
            let mut settings = Settings::default();
            if locked {
                settings.rules.locked.insert(Field::Browser);
            }
            let set = set.map(PathBuf::from);
            let found = settings.program(named.map(Into::into), Field::Browser, set.as_ref());
            assert_eq!(found, expected.map(PathBuf::from));
        };
        check(None, None, false, None);
        check(Some("/v"), None, false, Some("/v"));
        check(Some("/v"), Some("/s"), false, Some("/v"));
        check(Some("/v"), Some("/s"), true, Some("/s"));
        check(None, Some("/s"), false, Some("/s"));
    }
}
