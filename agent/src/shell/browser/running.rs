//! The browsers that run before the person.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::process::Process;
use super::{Browser, profile};

/// The variables that name the display of a process.
const DISPLAYS: [&str; 2] = ["WAYLAND_DISPLAY", "DISPLAY"];

/// The main process of an installed browser.
#[derive(Debug)]
pub(super) struct Running<'a> {
    /// Its number.
    pub(super) number: i32,
    /// Its process group.
    pub(super) group: Option<i32>,
    /// The browser, the first one if several have this program.
    pub(super) browser: &'a Browser,
    /// Its program.
    pub(super) program: PathBuf,
    /// The options that name its profile.
    pub(super) options: Vec<OsString>,
}

/// This user's browsers on the display that `variable` names, each by its main process. Variables that are empty name
/// none.
pub(super) fn running<'a>(
    proc: &Path,
    variable: &dyn Fn(&str) -> Option<OsString>,
    known: &'a [Browser],
) -> Vec<Running<'a>> {
    let of_browser = |process: Process| {
        let program = process.program()?;
        let browser = known.iter().find(|browser| browser.runs_as(&program))?;
        Some((process.number, (process, program, browser)))
    };
    let found: HashMap<_, _> = Process::all(proc)
        .into_iter()
        .filter_map(of_browser)
        .collect();
    let is_child = |process: &Process, of: &Browser| {
        let parent = process.parent().and_then(|parent| found.get(&parent));
        parent.is_some_and(|(_, _, browser)| browser.id == of.id)
    };
    let main = found.values().filter(|(process, program, browser)| {
        !is_child(process, browser) && !waits_for_crash(program) && may_be_here(process, variable)
    });
    main.map(|(process, program, browser)| Running {
        number: process.number,
        group: process.group(),
        browser,
        program: program.clone(),
        options: profile::options(&process.line()),
    })
    .collect()
}

/// Browsers' own `chrome_crashpad_handler`, `crashhelper` and the like lie beside them, and are nobody's children.
fn waits_for_crash(program: &Path) -> bool {
    let name = program.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.contains("crash"))
}

/// A browser that wrote a title over its variables tells no display; one without a head has none.
fn may_be_here(process: &Process, variable: &dyn Fn(&str) -> Option<OsString>) -> bool {
    let is_same = |name: &str| {
        let ours = variable(name).filter(|value| !value.is_empty());
        ours.is_some() && ours == process.variable(name)
    };
    let tells = process.variable("PATH").is_some();
    let here = DISPLAYS.into_iter().any(is_same) || !tells;
    here && !is_headless(&process.line())
}

fn is_headless(line: &[u8]) -> bool {
    const OPTION: &[u8] = b"-headless";
    line.windows(OPTION.len()).any(|words| words == OPTION)
}

#[cfg(test)]
mod tests {
    use super::super::process::played::{Played, proc};
    use super::*;

    const FOX: &str = "/usr/lib/fox/fox";

    fn check(process: Played<'_>, expected: bool) {
        let main = (20, 1, "/opt/dove/dove", "dove", "PATH=/bin DISPLAY=:9");
        let folder = proc(&[main, process]);
        let known = ["/opt/dove/start", FOX].map(|path| Browser::of_program(path.into()));
        let variable = |name: &str| match name {
            "DISPLAY" => Some(OsString::from(":1")),
            _ => Some(OsString::new()),
        };
        let found = running(folder.path(), &variable, &known);
        let found: Vec<_> = found.iter().map(|one| one.number).collect();
        let expected: &[i32] = if expected { &[21] } else { &[] };
        assert_eq!(found, expected, "{process:?}");
    }

    #[test]
    fn a_browser_runs_by_its_main_process_on_this_display() {
        let here = "PATH=/bin DISPLAY=:1";
        check((21, 1, FOX, "fox", here), true);
        check((21, 20, FOX, "fox", here), true);
        check((21, 1, "/opt/dove/dove", "dove", here), true);
        check((21, 20, "/opt/dove/dove", "dove --type=gpu", here), false);
        check((21, 1, "/opt/dove/dove_crashpad_handler", "d", here), false);
        check((21, 1, "/usr/lib/fox/crashhelper", "c", here), false);
        check((21, 1, FOX, "fox", "PATH=/bin DISPLAY=:2"), false);
        check((21, 1, FOX, "fox", "PATH=/bin WAYLAND_DISPLAY="), false);
        check((21, 1, FOX, "fox", "PATH=/bin"), false);
        check((21, 1, FOX, "fox", ""), true);
        check((21, 1, FOX, "fox --headless=new", here), false);
        check((21, 1, FOX, "fox -headless", ""), false);
        check((21, 1, "/usr/bin/terminal", "terminal", here), false);
    }
}
