//! The administrator's file. It has the fields of the user's and these:
//!
//! ```toml
//! allowed = ["https://portal.example"]     # nobody else may ask
//! own-modules = false                      # a person may not name modules
//!
//! [names]                                  # what is shown beside an origin
//! list = "names.toml"                      # its signature: names.toml.sig
//! keys = ["names.pem"]
//!
//! [[pin]]                                  # a portal's TLS key: SHA-256 of its SubjectPublicKeyInfo, in hex
//! origin = "https://portal.example"
//! sha256 = ["…"]
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use kyso_certs::BundleKey;
use kyso_protocol::Origin;
use serde::Deserialize;

use super::file::origins;
use super::names::{self, Names};
use super::{Administrator, Load, Settings, SettingsError};
use crate::portals::fingerprint;

/// What an administrator can take out of a person's hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The language.
    Language,
    /// Whether the agent starts at log-in.
    Autostart,
    /// Whether this computer is remembered without a keychain.
    Remember,
    /// The proxy.
    Proxy,
    /// The program that opens the return page.
    Browser,
    /// The program that shows windows.
    Desktop,
    /// Which modules there are.
    Modules,
    /// Where newer versions are announced.
    Feed,
}

/// What a portal may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Ask.
    Allowed,
    /// Nothing: it isn't even fetched.
    Blocked,
}

/// SHA-256 of a TLS key's `SubjectPublicKeyInfo`.
pub type Pin = [u8; 32];

/// What the administrator alone decides.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// The file, where there is one.
    pub file: Option<PathBuf>,
    /// What the file sets.
    pub locked: BTreeSet<Field>,
    /// Portals that may ask; without a list, every one that isn't blocked.
    pub allowed: Option<BTreeSet<Origin>>,
    /// Portals that the administrator vouches for.
    pub listed: BTreeSet<Origin>,
    /// Portals that may not ask.
    pub blocked: BTreeSet<Origin>,
    /// The keys that a portal may have.
    pub pins: BTreeMap<Origin, Vec<Pin>>,
    /// The signed list of names, where there is one: no other name is shown then, but the administrator's own.
    pub names: Option<Names>,
}

/// The administrator's file, read.
#[derive(Debug)]
pub(super) struct Policy {
    pub(super) settings: Settings,
    pub(super) rules: Rules,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Wire {
    allowed: Option<Vec<String>>,
    own_modules: Option<bool>,
    names: Option<WireNames>,
    #[serde(default)]
    pin: Vec<WirePin>,
}

/// The fields of the file that a user's doesn't have.
const OWN_FIELDS: [&str; 4] = ["allowed", "own-modules", "names", "pin"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireNames {
    list: PathBuf,
    keys: Vec<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WirePin {
    origin: String,
    sha256: Vec<String>,
}

impl Policy {
    /// Reads the file, where there is one.
    ///
    /// # Errors
    /// Names the field that is wrong, or `file` where somebody else could have changed the file or one that it names.
    pub(super) fn read(administrator: &Administrator) -> Result<Option<Self>, SettingsError> {
        let read = || {
            let text = administrator.text();
            let Some(text) = text.map_err(|e| SettingsError::at("file", e))? else {
                return Ok(None);
            };
            let folder = administrator.file.parent().unwrap_or(Path::new("/"));
            let mut policy = Self::parse(&text, folder, &mut |path| administrator.load(path))?;
            policy.rules.file = Some(administrator.file.clone());
            Ok(Some(policy))
        };
        read().map_err(SettingsError::of_policy)
    }

    pub(super) fn parse(text: &str, folder: &Path, load: Load<'_>) -> Result<Self, SettingsError> {
        let unreadable = |e: toml::de::Error| SettingsError::at("file", e.message());
        let mut table: toml::Table = toml::from_str(text).map_err(unreadable)?;
        let own: toml::Table = OWN_FIELDS
            .iter()
            .filter_map(|field| table.remove_entry(*field))
            .collect();
        let has = |field: &str| table.contains_key(field);
        let mut locked: BTreeSet<_> = [
            ("language", Field::Language),
            ("autostart", Field::Autostart),
            ("remember-without-keychain", Field::Remember),
            ("proxy", Field::Proxy),
            ("browser", Field::Browser),
            ("desktop-program", Field::Desktop),
            ("feed", Field::Feed),
        ]
        .into_iter()
        .filter_map(|(name, field)| has(name).then_some(field))
        .collect();
        let wire: Wire = own.try_into().map_err(unreadable)?;
        let settings = Settings::of_table(table, folder, load)?;
        if settings.only_these_modules || wire.own_modules == Some(false) {
            locked.insert(Field::Modules);
        }
        let rules = Rules {
            file: None,
            locked,
            allowed: allowed(wire.allowed.as_deref())?,
            listed: settings.portals.iter().map(|p| p.origin.clone()).collect(),
            blocked: settings.blocked.iter().cloned().collect(),
            pins: pins(&wire.pin)?,
            names: wire.names.map(|n| n.open(folder, load)).transpose()?,
        };
        Ok(Self { settings, rules })
    }
}

fn allowed(wire: Option<&[String]>) -> Result<Option<BTreeSet<Origin>>, SettingsError> {
    let read = wire.map(|wire| origins(wire, "allowed")).transpose()?;
    Ok(read.map(|origins| origins.into_iter().collect()))
}

impl WireNames {
    fn open(self, folder: &Path, load: Load<'_>) -> Result<Names, SettingsError> {
        let mut keys = Vec::new();
        for (at, key) in self.keys.iter().enumerate() {
            let key = load(&folder.join(key))
                .and_then(|bytes| BundleKey::from_bytes(&bytes).map_err(|error| error.to_string()));
            keys.push(key.map_err(|e| SettingsError::at(format!("names.keys[{at}]"), e))?);
        }
        let list = folder.join(self.list);
        let mut signature = list.clone().into_os_string();
        signature.push(".sig");
        let mut opened = || names::open(&load(&list)?, &load(Path::new(&signature))?, &keys);
        opened().map_err(|e| SettingsError::at("names.list", e))
    }
}

fn pins(wire: &[WirePin]) -> Result<BTreeMap<Origin, Vec<Pin>>, SettingsError> {
    let mut pins = BTreeMap::new();
    for (at, pin) in wire.iter().enumerate() {
        let field = |name: &str| format!("pin[{at}].{name}");
        let origin =
            Origin::parse(&pin.origin).map_err(|e| SettingsError::at(field("origin"), e))?;
        let keys: Option<Vec<Pin>> = pin.sha256.iter().map(|hex| fingerprint(hex)).collect();
        let keys = keys.filter(|keys| !keys.is_empty());
        let keys =
            keys.ok_or_else(|| SettingsError::at(field("sha256"), "is no list of 64 hex digits"))?;
        if pins.insert(origin, keys).is_some() {
            return Err(SettingsError::at(field("origin"), "occurs twice"));
        }
    }
    Ok(pins)
}

impl Settings {
    /// Whether the administrator set it.
    #[must_use]
    pub fn is_locked(&self, field: Field) -> bool {
        self.rules.locked.contains(&field)
    }

    /// What a portal may, and whether the administrator decided that.
    #[must_use]
    pub fn permission(&self, origin: &Origin) -> (Permission, bool) {
        let rules = &self.rules;
        let allowed = rules.allowed.as_ref();
        if rules.blocked.contains(origin) {
            return (Permission::Blocked, true);
        }
        if rules.listed.contains(origin) || allowed.is_some_and(|list| list.contains(origin)) {
            return (Permission::Allowed, true);
        }
        if allowed.is_some() {
            return (Permission::Blocked, true);
        }
        let blocked = self.blocked.contains(origin);
        let permission = if blocked {
            Permission::Blocked
        } else {
            Permission::Allowed
        };
        (permission, false)
    }

    /// The name that is shown beside an origin: the administrator's own, or that of the signed list; where there is no such
    /// list, the user's.
    #[must_use]
    pub fn name_of(&self, origin: &Origin) -> Option<&str> {
        let rules = &self.rules;
        let signed = rules.names.as_ref();
        let own = self
            .listed(origin)
            .and_then(|portal| portal.name.as_deref());
        let own = own.filter(|_| signed.is_none() || rules.listed.contains(origin));
        own.or_else(|| signed?.get(origin).map(String::as_str))
    }

    /// The keys that a portal may have in TLS; none where it may have any.
    #[must_use]
    pub fn pins(&self, origin: &Origin) -> Option<&[Pin]> {
        self.rules.pins.get(origin).map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Policy, SettingsError> {
        Policy::parse(text, Path::new("/etc/kyso"), &mut |path| {
            Err(format!("no {}", path.display()))
        })
    }

    fn origin(text: &str) -> Origin {
        Origin::parse(text).expect("an origin")
    }

    #[test]
    fn every_error_names_its_field() {
        let check = |text: &str, field: &str| {
            let error = parse(text).expect_err(text);
            assert_eq!(error.field, field, "{text}: {error}");
        };
        check("allowed = [\"portal.example\"]", "allowed[0]");
        check("allowed = 1", "file");
        check("colour = 1", "file");
        check("language = \"fr\"", "language");
        check("[names]\nlist=\"n\"\nkeys=[\"k\"]", "names.keys[0]");
        check("[names]\nlist=\"n\"\nkeys=[]", "names.list");
        check("[[pin]]\norigin=\"x\"\nsha256=[]", "pin[0].origin");
        let pin =
            |sha256: &str| format!("[[pin]]\norigin=\"https://a.example\"\nsha256={sha256}\n");
        check(&pin("[]"), "pin[0].sha256");
        check(&pin("[\"00\"]"), "pin[0].sha256");
        let good = pin(&format!("[\"{}\"]", "ab".repeat(32)));
        check(&format!("{good}{good}"), "pin[1].origin");
    }

    #[test]
    fn what_is_set_is_locked_and_nothing_else() {
        let check = |text: &str, expected: &[Field]| {
            let locked = parse(text).expect(text).rules.locked;
            assert_eq!(locked.into_iter().collect::<Vec<_>>(), expected, "{text}");
        };
        check("", &[]);
        check("blocked = []\nown-modules = true", &[]);
        check(
            "language = \"vi\"\nautostart = false",
            &[Field::Language, Field::Autostart],
        );
        check("remember-without-keychain = false", &[Field::Remember]);
        check("proxy = \"direct\"", &[Field::Proxy]);
        check("desktop-program = \"/d\"", &[Field::Desktop]);
        check("own-modules = false", &[Field::Modules]);
        check("only-these-modules = true", &[Field::Modules]);
        check(
            "browser = \"/usr/bin/b\"\n[feed]\noff = true",
            &[Field::Browser, Field::Feed],
        );
    }

    #[test]
    fn who_may_ask_is_the_administrators_word_first() {
        let settings = |policy: &str, blocked: &[&str]| Settings {
            blocked: blocked.iter().map(|text| origin(text)).collect(),
            rules: parse(policy).expect(policy).rules,
            ..Settings::default()
        };
        let check = |policy: &str, blocked: &[&str], expected| {
            let found = settings(policy, blocked).permission(&origin("https://a.example"));
            assert_eq!(found, expected, "{policy} {blocked:?}");
        };
        use Permission::{Allowed, Blocked};
        check("", &[], (Allowed, false));
        check("", &["https://a.example"], (Blocked, false));
        check("blocked=[\"https://a.example\"]", &[], (Blocked, true));
        check("allowed=[\"https://b.example\"]", &[], (Blocked, true));
        check("allowed=[]", &[], (Blocked, true));
        check(
            "allowed=[\"https://a.example\"]",
            &["https://a.example"],
            (Allowed, true),
        );
        check(
            "[[portal]]\norigin=\"https://a.example\"",
            &["https://a.example"],
            (Allowed, true),
        );
        check(
            "allowed=[\"https://a.example\"]\nblocked=[\"https://a.example\"]",
            &[],
            (Blocked, true),
        );
    }

    #[test]
    fn a_users_name_for_a_portal_ends_where_a_signed_list_begins() {
        let portal = super::super::ListedPortal {
            origin: origin("https://a.example"),
            name: Some("mine".into()),
            tls_roots: Vec::new(),
        };
        let mut settings = Settings {
            portals: vec![portal],
            ..Settings::default()
        };
        let a = origin("https://a.example");
        assert_eq!(settings.name_of(&a), Some("mine"));
        settings.rules.names = Some(Names::new());
        assert_eq!(settings.name_of(&a), None);
        settings.rules.names = Some([(a.clone(), "signed".to_owned())].into());
        assert_eq!(settings.name_of(&a), Some("signed"));
        settings.rules.listed.insert(a.clone());
        assert_eq!(settings.name_of(&a), Some("mine"));
    }
}
