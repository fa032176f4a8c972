//! What a program that was handed a link knows of the browser that the link came from, beside its parents: a desktop that
//! starts it leaves it none (GLib's `g_app_info_launch` forks twice, and so does everything above it).

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::is_desktop_file;

/// Firefox leaves it for whatever it starts: a folder in the profile that it runs with.
const IN_PROFILE: &str = "MOZ_CRASHREPORTER_EVENTS_DIRECTORY";
/// Where in the profile that is.
const UNDER_PROFILE: &str = "crashes/events";
/// Variables that name a desktop file: Chromium's kin sets the first to its own, GLib the second to that of the program
/// that it starts.
const NAMING: [&str; 2] = ["CHROME_DESKTOP", "GIO_LAUNCHED_DESKTOP_FILE"];
/// All that is read. Of another browser than the one that a program is about to start they would tell what is not so.
pub(super) const VARIABLES: [&str; 3] = [IN_PROFILE, NAMING[0], NAMING[1]];
/// The longest name of a file, in bytes.
const NAME_MAX: usize = 255;

/// What the environment of a program tells of the browser that it came from.
///
/// It is the word of whoever calls, a process of this user. So it holds no program, no option and no address, but names
/// that are looked up among the browsers that are installed, and numbers of processes that are looked at: a wrong one
/// leads to another browser of the person's own. There the login is lost and no more, since an ask can be ended only in
/// the browser that it began in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Clues {
    /// The process that holds the profile which a variable names.
    pub(super) keeper: Option<i32>,
    /// What variables name.
    pub(super) named: Vec<DesktopFile>,
    /// What systemd calls the program in whose unit this one runs.
    pub(super) unit: Option<DesktopFile>,
    /// The process group that it began in: nothing between a browser and this makes another.
    pub(super) group: Option<i32>,
}

/// The name of a desktop file, without a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct DesktopFile(String);

/// No name of a desktop file, or too long for one.
#[derive(Debug, Error)]
#[error("not the name of a desktop file")]
pub(super) struct Unfit;

impl TryFrom<String> for DesktopFile {
    type Error = Unfit;

    fn try_from(name: String) -> Result<Self, Unfit> {
        let plain = name.len() <= NAME_MAX && !name.chars().any(char::is_control);
        if plain && is_desktop_file(Path::new(&name)) {
            Ok(Self(name))
        } else {
            Err(Unfit)
        }
    }
}

impl From<DesktopFile> for String {
    fn from(file: DesktopFile) -> Self {
        file.0
    }
}

impl DesktopFile {
    /// The last part of a path.
    fn at(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        Self::try_from(name.to_owned()).ok()
    }

    pub(super) fn is(&self, id: &str) -> bool {
        self.0 == id
    }
}

impl Clues {
    /// What this process knows.
    #[must_use]
    pub fn own() -> Self {
        let control_groups = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let group = rustix::process::getpgrp().as_raw_nonzero().get();
        Self {
            group: Some(group),
            ..Self::of(&|name| std::env::var_os(name), &control_groups)
        }
    }

    fn of(variable: &dyn Fn(&str) -> Option<OsString>, control_groups: &str) -> Self {
        let path = |name: &str| variable(name).map(PathBuf::from);
        let named = NAMING.into_iter().filter_map(path);
        Self {
            keeper: path(IN_PROFILE).and_then(|folder| keeper(&folder)),
            named: named.filter_map(|path| DesktopFile::at(&path)).collect(),
            unit: unit(control_groups),
            group: None,
        }
    }
}

/// Firefox marks a profile that is in use by a link that leads nowhere, `ADDRESS:+PROCESS`.
fn keeper(folder: &Path) -> Option<i32> {
    if !folder.ends_with(UNDER_PROFILE) {
        return None;
    }
    let mark = std::fs::read_link(folder.parent()?.parent()?.join("lock")).ok()?;
    let (_, number) = mark.to_str()?.rsplit_once(":+")?;
    number.parse().ok().filter(|number| *number > 0)
}

/// The innermost unit of a program (cgroups(7), one group a line).
fn unit(control_groups: &str) -> Option<DesktopFile> {
    let mut paths = control_groups
        .lines()
        .filter_map(|line| line.splitn(3, ':').nth(2));
    paths.find_map(|path| path.rsplit('/').find_map(program_of_unit))
}

/// `app[-LAUNCHER]-PROGRAM-RANDOM.scope` or `app[-LAUNCHER]-PROGRAM[@RANDOM].service`, where a desktop file is named
/// after the program (systemd, "Desktop Environment Integration").
fn program_of_unit(unit: &str) -> Option<DesktopFile> {
    let unit = unit.strip_prefix("app-")?;
    let named = match unit.strip_suffix(".scope") {
        Some(scope) => scope.rsplit_once('-')?.0,
        None => unit.strip_suffix(".service")?.split('@').next()?,
    };
    let program = unescaped(named.rsplit('-').next()?)?;
    DesktopFile::try_from(format!("{program}.desktop")).ok()
}

/// Bytes that stand as `\xHH` (systemd.unit(5)).
fn unescaped(text: &str) -> Option<String> {
    let mut parts = text.split("\\x");
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        bytes.extend(part.get(2..)?.bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> DesktopFile {
        DesktopFile::try_from(name.to_owned()).expect("fit")
    }

    #[test]
    fn variables_name_desktop_files_and_no_programs() {
        let check = |set: &[(&str, &str)], expected: &[&str]| {
            let variable = |name: &str| {
                let found = set.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| OsString::from(value))
            };
            let expected: Vec<_> = expected.iter().map(|name| file(name)).collect();
            assert_eq!(Clues::of(&variable, "").named, expected, "{set:?}");
        };
        check(&[("CHROME_DESKTOP", "dove.desktop")], &["dove.desktop"]);
        let launched = "GIO_LAUNCHED_DESKTOP_FILE";
        check(
            &[(launched, "/usr/share/applications/fox.desktop")],
            &["fox.desktop"],
        );
        check(
            &[(launched, "/b.desktop"), ("CHROME_DESKTOP", "a.desktop")],
            &["a.desktop", "b.desktop"],
        );
        check(&[("CHROME_DESKTOP", "/usr/bin/evil")], &[]);
        check(&[("CHROME_DESKTOP", "")], &[]);
        check(&[("CHROME_WRAPPER", "/usr/bin/dove.desktop")], &[]);
    }

    #[test]
    fn whoever_holds_the_profile_that_firefox_names_is_known() {
        let folder = tempfile::tempdir().expect("a folder");
        let check = |mark: &str, named: &str, expected: Option<i32>| {
            let lock = folder.path().join("lock");
            let _ = std::fs::remove_file(&lock);
            std::os::unix::fs::symlink(mark, lock).expect("linked");
            let named = folder.path().join(named).into_os_string();
            let variable = |name: &str| (name == IN_PROFILE).then(|| named.clone());
            assert_eq!(Clues::of(&variable, "").keeper, expected, "{mark}");
        };
        check("127.0.1.1:+4321", "crashes/events", Some(4321));
        check("127.0.1.1:+4321", "crashes", None);
        check("127.0.1.1:+4321", "other/events", None);
        check("127.0.1.1:+0", "crashes/events", None);
        check("127.0.1.1:+-4", "crashes/events", None);
        check("127.0.1.1:4321", "crashes/events", None);
        check("/etc/passwd", "crashes/events", None);
    }

    #[test]
    fn the_unit_of_a_program_names_its_desktop_file() {
        let check = |groups: &str, expected: Option<&str>| {
            assert_eq!(unit(groups), expected.map(file), "{groups}");
        };
        let user = "/user.slice/user-1000.slice/user@1000.service/app.slice";
        let one = |unit: &str, expected| check(&format!("0::{user}/{unit}\n"), expected);
        one(
            r"app-gnome-firefox\x2desr-4242.scope",
            Some("firefox-esr.desktop"),
        );
        one("app-gnome-firefox-4242.scope", Some("firefox.desktop"));
        one("app-firefox@0af3.service", Some("firefox.desktop"));
        one("app-firefox.service", Some("firefox.desktop"));
        one(
            r"app-KDE-google\x2dchrome@0af3.service",
            Some("google-chrome.desktop"),
        );
        one(
            "app-flatpak-org.mozilla.firefox-4242.scope",
            Some("org.mozilla.firefox.desktop"),
        );
        one("app-fox-1.scope/tab-2.scope", Some("fox.desktop"));
        one("app-gnome-firefox.slice", None);
        one("app-firefox.scope", None);
        one(r"app-gnome-fire\x2-4242.scope", None);
        one(r"app-gnome-..\x2ffox-4242.scope", None);
        one("vte-spawn-0af3.scope", None);
        check("9:name=systemd:/app-a-1.scope\n0::/\n", Some("a.desktop"));
        check("0::/\n", None);
        check("", None);
    }

    #[test]
    fn what_is_no_name_is_not_taken() {
        let check = |json: &str, taken: bool| {
            assert_eq!(serde_json::from_str::<Clues>(json).is_ok(), taken, "{json}");
        };
        check("{}", true);
        check(
            r#"{"keeper":7,"named":["a.desktop"],"unit":"b.desktop"}"#,
            true,
        );
        check(r#"{"named":["/usr/bin/a.desktop"]}"#, false);
        check(r#"{"named":["../a.desktop"]}"#, false);
        check(r#"{"unit":"a\n.desktop"}"#, false);
        check(r#"{"unit":"/usr/bin/evil"}"#, false);
        check(r#"{"program":"/usr/bin/evil"}"#, false);
        let long = format!(r#"{{"unit":"{}.desktop"}}"#, "a".repeat(NAME_MAX));
        check(&long, false);
    }
}
