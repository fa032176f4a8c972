//! Which browser a link came from: the nearest evidence that there is, from a program's parents to the one browser that
//! runs.
//!
//! None of it is proof, and none is needed: whatever is found is a browser that is installed, and the profile with which
//! it runs. In a wrong one the return code opens nothing, since the other half of the secret lies in the browser that
//! asked; what it costs is the login. So evidence that contradicts itself is none, and where none is left the system's
//! browser is taken.

use std::ffi::OsString;
use std::path::Path;

use rustix::process::Pid;

use super::clues::Clues;
use super::running::{Running, running};
use super::{Browser, parents};

/// Where browsers are looked for.
pub(super) struct Desk<'a> {
    /// The system's folder of processes.
    pub(super) proc: &'a Path,
    /// What this process finds in its environment: it is where the person is.
    pub(super) variable: &'a dyn Fn(&str) -> Option<OsString>,
    /// The browsers that are installed.
    pub(super) known: &'a [Browser],
}

/// The browser, with its profile where one alone of its processes may be meant.
pub(super) fn browser(caller: Option<Pid>, clues: &Clues, desk: &Desk<'_>) -> Option<Browser> {
    let above = caller.and_then(|caller| parents::browser_above(caller, desk.proc, desk.known));
    above.or_else(|| {
        let running = running(desk.proc, desk.variable, desk.known);
        by_variables(clues, desk.known, &running)
            .or_else(|| by_unit(clues, desk.known, &running))
            .or_else(|| by_group(clues, &running))
            .or_else(|| only(clues, running.iter()))
    })
}

/// Variables are handed on to whatever a program starts, a second browser too.
fn by_variables(clues: &Clues, known: &[Browser], running: &[Running<'_>]) -> Option<Browser> {
    let is_named = |browser: &&Browser| clues.named.iter().any(|file| file.is(&browser.id));
    let named: Vec<_> = known.iter().filter(is_named).collect();
    let keeper = running.iter().find(|one| Some(one.number) == clues.keeper);
    match (keeper, named.as_slice()) {
        (Some(keeper), named) => {
            let agree = named.iter().all(|named| named.runs_as(&keeper.program));
            let browser = named.first().copied().unwrap_or(keeper.browser);
            agree.then(|| browser.clone().with(keeper.options.clone()))
        }
        (None, [named]) => Some(with_profile(named, clues, running.iter())),
        (None, _) => None,
    }
}

fn by_unit(clues: &Clues, known: &[Browser], running: &[Running<'_>]) -> Option<Browser> {
    let unit = clues.unit.as_ref()?;
    let named = known.iter().find(|browser| unit.is(&browser.id))?;
    Some(with_profile(named, clues, running.iter()))
}

fn by_group(clues: &Clues, running: &[Running<'_>]) -> Option<Browser> {
    only(clues, running.iter().filter(|one| is_of_group(one, clues)))
}

fn is_of_group(one: &Running<'_>, clues: &Clues) -> bool {
    one.group.is_some() && one.group == clues.group
}

/// The one browser among these, however often it runs.
fn only<'a>(
    clues: &Clues,
    running: impl Iterator<Item = &'a Running<'a>> + Clone,
) -> Option<Browser> {
    let browser = running.clone().next()?.browser;
    let is_alone = running.clone().all(|one| one.browser.id == browser.id);
    is_alone.then(|| with_profile(browser, clues, running))
}

/// With the profile of its process, or of its only one in the group.
fn with_profile<'a>(
    browser: &Browser,
    clues: &Clues,
    running: impl Iterator<Item = &'a Running<'a>> + Clone,
) -> Browser {
    let its = running.filter(|one| browser.runs_as(&one.program));
    let of_group = its.clone().filter(|one| is_of_group(one, clues));
    let meant = single(its).or_else(|| single(of_group));
    let options = meant.map(|one| one.options.clone());
    browser.clone().with(options.unwrap_or_default())
}

fn single<T>(mut of: impl Iterator<Item = T>) -> Option<T> {
    let first = of.next();
    first.filter(|_| of.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::super::process::played::{Played, proc};
    use super::*;

    const HERE: &str = "PATH=/bin DISPLAY=:1";
    const CALLER: Played<'_> = (9, 1, "/usr/bin/kyso-agent", "kyso-agent", HERE);
    const FOX: Played<'_> = (20, 1, "/usr/lib/fox/fox", "fox -P work", HERE);
    const DOVE: Played<'_> = (30, 1, "/opt/dove/dove", "dove", HERE);

    fn browsers() -> [Browser; 2] {
        [("fox", "/usr/bin/fox"), ("dove", "/opt/dove/start")].map(|(name, program)| Browser {
            id: format!("{name}.desktop"),
            ..Browser::of_program(program.into())
        })
    }

    /// `clues` as the caller sends them.
    fn check(processes: &[Played<'_>], clues: &str, expected: Option<&[&str]>) {
        let folder = proc(&[&[CALLER], processes].concat());
        let read = serde_json::from_str(clues).expect("clues");
        let desk = Desk {
            proc: folder.path(),
            variable: &|name| (name == "DISPLAY").then(|| ":1".into()),
            known: &browsers(),
        };
        let found = browser(Pid::from_raw(CALLER.0), &read, &desk);
        let command = found.map(|browser| browser.command);
        let expected = expected.map(|words| words.iter().map(OsString::from).collect());
        assert_eq!(command, expected, "{processes:?} {clues}");
    }

    const FOX_AT_WORK: Option<&[&str]> = Some(&["/usr/bin/fox", "-P", "work"]);
    const ANY_FOX: Option<&[&str]> = Some(&["/usr/bin/fox"]);
    const A_DOVE: Option<&[&str]> = Some(&["/opt/dove/start"]);

    #[test]
    fn parents_come_before_all_else() {
        let child = (9, 20, "/usr/bin/kyso-agent", "kyso-agent", HERE);
        let folder = proc(&[child, FOX, DOVE]);
        let desk = Desk {
            proc: folder.path(),
            variable: &|_| None,
            known: &browsers(),
        };
        let clues = serde_json::from_str(r#"{"named":["dove.desktop"]}"#).expect("clues");
        let found = browser(Pid::from_raw(9), &clues, &desk).expect("found");
        assert_eq!(found.command, ["/usr/bin/fox", "-P", "work"]);
    }

    #[test]
    fn what_variables_name_comes_before_the_unit() {
        let both = [FOX, DOVE];
        let unit = r#""unit":"dove.desktop""#;
        check(&both, &format!(r#"{{"keeper":20,{unit}}}"#), FOX_AT_WORK);
        let named = r#""named":["kyso.desktop","fox.desktop"]"#;
        check(&both, &format!("{{{named},{unit}}}"), FOX_AT_WORK);
        check(&both, &format!(r#"{{"keeper":20,{named}}}"#), FOX_AT_WORK);
    }

    #[test]
    fn what_contradicts_itself_gives_way_to_the_unit() {
        let both = [FOX, DOVE];
        let named = r#""named":["dove.desktop","fox.desktop"]"#;
        let kept = r#""keeper":20,"named":["dove.desktop"]"#;
        let unit = r#""unit":"dove.desktop""#;
        for clues in [named, kept] {
            check(&both, &format!("{{{clues}}}"), None);
            check(&both, &format!("{{{clues},{unit}}}"), A_DOVE);
        }
    }

    #[test]
    fn a_process_that_is_no_browser_before_the_person_keeps_no_profile() {
        let both = [FOX, DOVE];
        check(&both, r#"{"keeper":9}"#, None);
        check(&both, r#"{"keeper":-1}"#, None);
        let elsewhere = (20, 1, "/usr/lib/fox/fox", "fox", "PATH=/bin DISPLAY=:2");
        check(&[elsewhere, DOVE], r#"{"keeper":20}"#, A_DOVE);
    }

    #[test]
    fn a_unit_names_the_browser_in_whose_unit_the_program_runs() {
        check(&[FOX, DOVE], r#"{"unit":"fox.desktop"}"#, FOX_AT_WORK);
        check(&[], r#"{"unit":"fox.desktop"}"#, ANY_FOX);
        check(&[FOX, DOVE], r#"{"unit":"kyso.desktop"}"#, None);
    }

    #[test]
    fn a_process_group_tells_browsers_and_profiles_apart() {
        let home = (21, 1, "/usr/lib/fox/fox", "fox -P home", HERE);
        check(&[FOX, home, DOVE], r#"{"group":20}"#, FOX_AT_WORK);
        check(&[FOX, DOVE], r#"{"group":30}"#, A_DOVE);
        check(&[FOX, DOVE], r#"{"group":31}"#, None);
        let named = r#"{"group":20,"named":["fox.desktop"]}"#;
        check(&[FOX, home, DOVE], named, FOX_AT_WORK);
        check(
            &[FOX, DOVE],
            r#"{"group":20,"unit":"dove.desktop"}"#,
            A_DOVE,
        );
    }

    #[test]
    fn the_only_browser_that_runs_is_the_one() {
        check(&[FOX], "{}", FOX_AT_WORK);
        check(&[DOVE], r#"{"named":["kyso.desktop"]}"#, A_DOVE);
        check(&[FOX, DOVE], "{}", None);
        check(&[], "{}", None);
    }

    #[test]
    fn of_two_profiles_neither_is_chosen() {
        let home = (21, 1, "/usr/lib/fox/fox", "fox -P home", HERE);
        check(&[FOX, home], "{}", ANY_FOX);
        check(&[FOX, home], r#"{"named":["fox.desktop"]}"#, ANY_FOX);
        check(&[FOX, home], r#"{"keeper":20}"#, FOX_AT_WORK);
        check(&[FOX, home], r#"{"group":22}"#, ANY_FOX);
    }
}
