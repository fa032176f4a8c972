//! One set of values out of the layers.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::policy::Policy;
use super::{Administrator, Field, Module, Settings, SettingsError};

impl Settings {
    /// What holds: the named file, else the user's own where there is one, and over it the administrator's.
    ///
    /// # Errors
    /// Names the field that is wrong, and in whose file. Nothing may go on where the administrator's file is wrong.
    pub fn load(named: Option<&Path>) -> Result<Self, SettingsError> {
        Self::layered(named, Administrator::default())
    }

    /// As [`Settings::load`], with the administrator's file elsewhere.
    ///
    /// # Errors
    /// As there.
    pub fn layered(
        named: Option<&Path>,
        administrator: Administrator,
    ) -> Result<Self, SettingsError> {
        let policy = Policy::read(&administrator)?;
        let user = match (named, own_file()) {
            (Some(file), _) => Self::read(file)?,
            (None, Some(file)) if is_there(&file) => Self::read(&file)?,
            (None, _) => Self::default(),
        };
        let user = Self {
            administrator,
            ..user
        };
        Ok(match policy {
            None => user,
            Some(policy) => policy.over(user),
        })
    }
}

/// What can't be looked at, or leads nowhere, is there: whoever wrote it is to learn that it doesn't count.
fn is_there(file: &Path) -> bool {
    let absent = |error: io::Error| error.kind() == io::ErrorKind::NotFound;
    !file.symlink_metadata().is_err_and(absent)
}

/// `$XDG_CONFIG_HOME/kyso/kyso.toml`, else `~/.config/kyso/kyso.toml` (XDG Base Directory Specification 0.8).
pub(super) fn own_file() -> Option<PathBuf> {
    let configured = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config"));
    configured
        .or_else(home)
        .map(|folder| folder.join("kyso/kyso.toml"))
}

impl Policy {
    /// The user's values where the administrator has set none.
    pub(super) fn over(self, user: Settings) -> Settings {
        let Self {
            settings: set,
            rules,
        } = self;
        let is_locked = |field| rules.locked.contains(&field);
        let own_catalogue = user.catalogue.filter(|_| !is_locked(Field::Modules));
        let own_host = user.host_program.filter(|_| !is_locked(Field::Modules));
        let modules = modules(set.modules, user.modules, is_locked(Field::Modules));
        let others = user.portals.into_iter();
        let others = others.filter(|portal| !rules.listed.contains(&portal.origin));
        let blocked: BTreeSet<_> = set.blocked.into_iter().chain(user.blocked).collect();
        Settings {
            file: user.file,
            language: set.language.or(user.language),
            browser: set.browser.or(user.browser),
            proxy: if is_locked(Field::Proxy) {
                set.proxy
            } else {
                user.proxy
            },
            autostart: set.autostart.or(user.autostart),
            remember_without_keychain: set
                .remember_without_keychain
                .or(user.remember_without_keychain),
            host_program: set.host_program.or(own_host),
            desktop_program: set.desktop_program.or(user.desktop_program),
            state_folder: set.state_folder.or(user.state_folder),
            runtime_folder: set.runtime_folder.or(user.runtime_folder),
            catalogue: set.catalogue.or(own_catalogue),
            modules,
            only_these_modules: set.only_these_modules || user.only_these_modules,
            portals: set.portals.into_iter().chain(others).collect(),
            blocked: blocked.into_iter().collect(),
            feed: if is_locked(Field::Feed) {
                set.feed
            } else {
                user.feed
            },
            trust: if set.trust.anchors.is_empty() {
                user.trust
            } else {
                set.trust
            },
            rules,
            administrator: user.administrator,
        }
    }
}

/// The administrator's first; of the user's those that have another name, if the user may have any.
fn modules(set: Vec<Module>, user: Vec<Module>, locked: bool) -> Vec<Module> {
    let names: BTreeSet<_> = set.iter().map(|module| module.name.clone()).collect();
    let others = user
        .into_iter()
        .filter(|module| !locked && !names.contains(&module.name));
    let set = set.into_iter().map(|module| Module {
        locked: true,
        ..module
    });
    set.chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Layer, Permission, Proxy};
    use super::*;
    use kyso_protocol::{Language, Origin};

    fn layered(user: &str, policy: Option<&str>) -> Result<Settings, SettingsError> {
        let folder = tempfile::tempdir().expect("a folder");
        let (own, set) = (
            folder.path().join("kyso.toml"),
            folder.path().join("p.toml"),
        );
        std::fs::write(&own, user).expect("written");
        if let Some(policy) = policy {
            std::fs::write(&set, policy).expect("written");
        }
        let administrator = Administrator {
            file: set,
            owner: rustix::process::geteuid().as_raw(),
        };
        Settings::layered(Some(&own), administrator)
    }

    #[test]
    fn only_a_file_that_is_not_there_is_no_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let check = |name: &str, there: bool| {
            assert_eq!(is_there(&folder.path().join(name)), there, "{name}");
        };
        check("kyso.toml", false);
        check("none/kyso.toml", false);
        let link = folder.path().join("kyso.toml");
        std::os::unix::fs::symlink("/nowhere", link).expect("linked");
        check("kyso.toml", true);
        std::fs::write(folder.path().join("file"), "").expect("written");
        check("file/kyso.toml", true);
    }

    #[test]
    fn the_administrators_value_wins_and_is_locked() {
        let user = "language = \"en\"\nproxy = \"http://mine.example:1\"\nautostart = true";
        let check = |policy, language, proxy: &str, locked: &[Field]| {
            let settings = layered(user, policy).expect("good");
            assert_eq!(settings.language, Some(language), "{policy:?}");
            assert_eq!(settings.proxy.to_string(), proxy, "{policy:?}");
            assert_eq!(settings.autostart, Some(true));
            for field in [Field::Language, Field::Proxy, Field::Autostart] {
                assert_eq!(settings.is_locked(field), locked.contains(&field));
            }
        };
        check(None, Language::En, "http://mine.example:1", &[]);
        check(
            Some("language = \"vi\"\nproxy = \"direct\""),
            Language::Vi,
            "direct",
            &[Field::Language, Field::Proxy],
        );
        let system = layered(user, Some("proxy = \"\"")).expect("good");
        assert_eq!(system.proxy, Proxy::System);
    }

    #[test]
    fn modules_of_both_are_there_unless_the_administrator_says_so() {
        let user =
            "[[module]]\nname=\"A\"\npath=\"/opt/a\"\n[[module]]\nname=\"B\"\npath=\"/opt/b\"";
        let set = "[[module]]\nname=\"A\"\npath=\"/usr/a\"";
        let check = |policy: &str, expected: &[(&str, &str, bool)]| {
            let settings = layered(user, Some(policy)).expect("good");
            let found: Vec<_> = settings
                .modules
                .iter()
                .map(|m| (m.name.as_str(), m.path.to_str().expect("text"), m.locked))
                .collect();
            assert_eq!(found, expected, "{policy}");
        };
        check(set, &[("A", "/usr/a", true), ("B", "/opt/b", false)]);
        check(
            &format!("own-modules=false\n{set}"),
            &[("A", "/usr/a", true)],
        );
        check(
            &format!("only-these-modules=true\n{set}"),
            &[("A", "/usr/a", true)],
        );
        check("own-modules=false", &[]);
    }

    #[test]
    fn a_users_catalogue_and_host_count_where_the_user_may_name_modules() {
        let user = "catalogue = \"/home/an/m.toml\"\nhost-program = \"/home/an/host\"";
        let check = |policy: Option<&str>, expected: Option<&str>| {
            let settings = layered(user, policy).expect("good");
            assert_eq!(settings.catalogue.as_deref(), expected.map(Path::new));
            let free = expected.is_some_and(|catalogue| catalogue.starts_with("/home"));
            let host = free.then(|| Path::new("/home/an/host"));
            assert_eq!(settings.host_program.as_deref(), host, "{policy:?}");
        };
        check(None, Some("/home/an/m.toml"));
        check(Some("own-modules = true"), Some("/home/an/m.toml"));
        check(Some("own-modules = false"), None);
        check(Some("only-these-modules = true"), None);
        let both = "own-modules = false\ncatalogue = \"/etc/m.toml\"";
        check(Some(both), Some("/etc/m.toml"));
    }

    #[test]
    fn a_user_does_not_unblock_what_the_administrator_blocked() {
        let user = "blocked=[\"https://b.example\"]\n[[portal]]\norigin=\"https://a.example\"";
        let settings = layered(user, Some("blocked=[\"https://a.example\"]")).expect("good");
        let permission = |text: &str| settings.permission(&Origin::parse(text).expect("an origin"));
        assert_eq!(permission("https://a.example"), (Permission::Blocked, true));
        assert_eq!(
            permission("https://b.example"),
            (Permission::Blocked, false)
        );
    }

    #[test]
    fn a_wrong_policy_stops_everything_whatever_the_user_has() {
        let check = |policy, field: &str| {
            let error = layered("", Some(policy)).expect_err(policy);
            assert_eq!((error.layer, error.field.as_str()), (Layer::Policy, field));
        };
        check("language = \"fr\"", "language");
        check("allowed = [\"x\"]", "allowed[0]");
        check("colour = 1", "file");
        let users = layered("colour = 1", Some("")).expect_err("wrong");
        assert_eq!(users.layer, Layer::User);
    }
}
