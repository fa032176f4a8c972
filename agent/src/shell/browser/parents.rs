//! Which browser started a process: its parents against the browsers that are installed.

use std::path::Path;

use rustix::process::Pid;

use super::process::Process;
use super::{Browser, profile};

/// How many parents are looked at.
const PARENTS_MAX: usize = 16;

/// The installed browser that is the nearest parent of this process, with its profile.
pub(super) fn browser_above(process: Pid, proc: &Path, known: &[Browser]) -> Option<Browser> {
    let mut at = Process::of(process.as_raw_nonzero().get(), proc);
    for _ in 0..PARENTS_MAX {
        at = Process::of(at.parent()?, proc);
        let Some(program) = at.program() else {
            continue;
        };
        if let Some(browser) = known.iter().find(|browser| browser.runs_as(&program)) {
            return Some(browser.clone().with(profile::options(&at.line())));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::super::process::played::{Played, proc};
    use super::*;

    fn browsers() -> Vec<Browser> {
        [
            "/opt/firm/browser/start",
            "/usr/bin/chromium",
            "/usr/bin/mail",
        ]
        .map(|program| Browser::of_program(program.into()))
        .to_vec()
    }

    fn check(processes: &[Played<'_>], expected: Option<&[&str]>) {
        let folder = proc(processes);
        let process = Pid::from_raw(9).expect("positive");
        let found = browser_above(process, folder.path(), &browsers());
        let command = found.map(|browser| browser.command);
        let expected = expected.map(|words| words.iter().map(OsString::from).collect());
        assert_eq!(command, expected, "{processes:?}");
    }

    #[test]
    fn the_nearest_browser_above_a_process_is_the_one() {
        let agent = (9, 8, "/usr/bin/kyso-agent", "kyso-agent", "");
        let opener = (8, 7, "/bin/dash", "sh xdg-open", "");
        let named = (7, 6, "/usr/lib/chromium/chromium", "chromium", "");
        let beside = (7, 6, "/opt/firm/browser/browser (deleted)", "browser", "");
        let other = (7, 6, "/usr/bin/terminal", "terminal", "");
        let shell = (6, 1, "/usr/bin/chromium", "chromium -P work", "");
        let above = Some(["/usr/bin/chromium", "-P", "work"].as_slice());
        check(&[agent, opener, named], Some(&["/usr/bin/chromium"]));
        check(&[agent, opener, beside], Some(&["/opt/firm/browser/start"]));
        check(&[agent, opener, other], None);
        check(&[agent, opener, other, shell], above);
        check(&[agent], None);
    }

    #[test]
    fn a_circle_of_parents_has_an_end() {
        let check = |parent| {
            let other = (8, 9, "/bin/b", "b", "");
            check(&[(9, parent, "/bin/a", "a", ""), other], None);
        };
        check(9);
        check(8);
        check(0);
    }
}
