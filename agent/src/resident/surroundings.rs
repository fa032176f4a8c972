//! Where the person is: the display and the session bus of the program that wants something of the agent. The agent
//! outlives the session that it began in, and its own variables then name what is no more.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::Command;

use serde::{Deserialize, Serialize};
use thiserror::Error;

const WAYLAND: &str = "WAYLAND_DISPLAY";
const X: &str = "DISPLAY";
const X_KEY: &str = "XAUTHORITY";
const BUS: &str = "DBUS_SESSION_BUS_ADDRESS";
/// The variables that say it.
const NAMES: [&str; 6] = [
    WAYLAND,
    X,
    X_KEY,
    BUS,
    "XDG_CURRENT_DESKTOP",
    "XDG_SESSION_TYPE",
];
/// The longest value, in bytes.
const VALUE_MAX: usize = 1024;

/// The variables of a process that say where its person is; a process of ours may be started with them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    try_from = "BTreeMap<String, String>",
    into = "BTreeMap<String, String>"
)]
pub struct Surroundings(BTreeMap<String, String>);

/// A variable that isn't one of these, or a value that is too long or can't be one.
#[derive(Debug, Error)]
#[error("not where a person is")]
pub struct Unfit;

impl TryFrom<BTreeMap<String, String>> for Surroundings {
    type Error = Unfit;

    fn try_from(values: BTreeMap<String, String>) -> Result<Self, Unfit> {
        let fit = |(name, value): (&String, &String)| {
            NAMES.contains(&name.as_str()) && is_fit(name, value)
        };
        if values.iter().all(fit) {
            Ok(Self(values))
        } else {
            Err(Unfit)
        }
    }
}

impl From<Surroundings> for BTreeMap<String, String> {
    fn from(surroundings: Surroundings) -> Self {
        surroundings.0
    }
}

/// A bus is a socket of this computer: other addresses name programs to be started, or other computers (D-Bus
/// Specification, "Server Addresses").
fn is_fit(name: &str, value: &str) -> bool {
    let plain = !value.is_empty() && !value.chars().any(char::is_control);
    let socket = name != BUS || value.split(';').all(|one| one.starts_with("unix:"));
    plain && socket && value.len() <= VALUE_MAX
}

impl Surroundings {
    /// This process's own.
    #[must_use]
    pub fn own() -> Self {
        Self::of(&|name| std::env::var_os(name))
    }

    /// What can't be one of these is left out.
    fn of(variable: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let set = NAMES.into_iter().filter_map(|name| {
            let value = variable(name)?.into_string().ok()?;
            is_fit(name, &value).then(|| (name.to_owned(), value))
        });
        Self(set.collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Whether a window can be opened here.
    pub(super) fn has_display(&self) -> bool {
        self.get(WAYLAND).or_else(|| self.get(X)).is_some()
    }

    /// Where an agent that is here must go to meet whoever is there; nowhere, where it is there already or no window
    /// could be opened there.
    pub(super) fn moved_to(&self, there: &Self) -> Option<Self> {
        let elsewhere = self.is_other_display(there) || self.is_other_bus(there);
        if !there.has_display() || !elsewhere {
            return None;
        }
        let mut moved = there.clone();
        if let Some(bus) = self.get(BUS) {
            moved.0.entry(BUS.into()).or_insert_with(|| bus.into());
        }
        Some(moved)
    }

    /// A Wayland display is preferred by whatever has both.
    fn is_other_display(&self, there: &Self) -> bool {
        let both = |name| self.get(name).zip(there.get(name));
        match (both(WAYLAND), both(X)) {
            (Some((ours, theirs)), _) => ours != theirs,
            (None, Some((ours, theirs))) => {
                ours != theirs || both(X_KEY).is_some_and(|(ours, theirs)| ours != theirs)
            }
            (None, None) => true,
        }
    }

    fn is_other_bus(&self, there: &Self) -> bool {
        let bus = there.get(BUS);
        bus.is_some() && bus != self.get(BUS)
    }

    /// Has a program start here.
    pub(super) fn give_to(&self, command: &mut Command) {
        for name in NAMES {
            match self.get(name) {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surroundings(set: &[(&str, &str)]) -> Surroundings {
        let owned = set
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()));
        Surroundings::try_from(owned.collect::<BTreeMap<_, _>>()).expect("fit")
    }

    #[test]
    fn what_is_no_display_or_bus_is_not_taken() {
        let check = |name: &str, value: &str, fit: bool| {
            let json = serde_json::json!({ name: value });
            let read = serde_json::from_value::<Surroundings>(json);
            assert_eq!(read.is_ok(), fit, "{name}={value:?}");
            let own = Surroundings::of(&|known| (known == name).then(|| value.into()));
            assert_eq!(own.get(name).is_some(), fit, "{name}={value:?}");
        };
        check(X, ":0", true);
        check(X, "", false);
        check(X, ":0\0", false);
        check(X, &"a".repeat(VALUE_MAX), true);
        check(X, &"a".repeat(VALUE_MAX + 1), false);
        check("LD_PRELOAD", "/tmp/x.so", false);
        check(BUS, "unix:path=/run/user/1000/bus,guid=ab", true);
        check(BUS, "unix:path=/a;unix:abstract=b", true);
        check(BUS, "unix:path=/a;unixexec:path=/tmp/x", false);
        check(BUS, "tcp:host=bus.example,port=1", false);
    }

    #[test]
    fn an_agent_moves_to_whoever_is_elsewhere_and_has_a_display() {
        let check = |ours: &[(&str, &str)], theirs: &[(&str, &str)], moves: bool| {
            let (ours, theirs) = (surroundings(ours), surroundings(theirs));
            let moved = ours.moved_to(&theirs);
            assert_eq!(moved.is_some(), moves, "{ours:?} {theirs:?}");
            let again = moved.and_then(|moved| moved.moved_to(&theirs));
            assert_eq!(again, None);
        };
        check(&[(X, ":0")], &[(X, ":0")], false);
        check(&[(X, ":0")], &[(X, ":1")], true);
        check(&[], &[(X, ":1")], true);
        check(&[(X, ":0")], &[], false);
        check(&[(X, ":0")], &[(BUS, "unix:path=/b")], false);
        check(
            &[(X, ":0"), (X_KEY, "/a")],
            &[(X, ":0"), (X_KEY, "/b")],
            true,
        );
        check(&[(X, ":0"), (X_KEY, "/a")], &[(X, ":0")], false);
        check(
            &[(WAYLAND, "w-0"), (X, ":0")],
            &[(WAYLAND, "w-0"), (X, ":1")],
            false,
        );
        check(&[(WAYLAND, "w-0"), (X, ":0")], &[(X, ":0")], false);
        check(&[(WAYLAND, "w-0")], &[(X, ":0")], true);
        let bus = |path| (BUS, path);
        check(&[(X, ":0")], &[(X, ":0"), bus("unix:path=/a")], true);
        check(&[(X, ":0"), bus("unix:path=/a")], &[(X, ":0")], false);
        check(
            &[(X, ":0"), bus("unix:path=/a")],
            &[(X, ":0"), bus("unix:path=/b")],
            true,
        );
    }

    #[test]
    fn an_agent_that_moves_keeps_its_bus_where_there_is_no_other() {
        let here = surroundings(&[(X, ":0"), (BUS, "unix:path=/a"), (X_KEY, "/k")]);
        let moved = here
            .moved_to(&surroundings(&[(X, ":1")]))
            .expect("elsewhere");
        assert_eq!(moved, surroundings(&[(X, ":1"), (BUS, "unix:path=/a")]));
    }
}
