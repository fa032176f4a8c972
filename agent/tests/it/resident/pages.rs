//! Pages in the window, and what becomes of them under a login.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use kyso_screens as shown;
use kyso_screens::{Act, Language, Page, Screen, SelfTest, Setting, Shown};
use kyso_support::until;

use super::computer::Computer;
use super::logins::{consent, failed};
use super::played::Played;
use super::scene::{asked, on_a_computer, resident};
use crate::person::PIN;

/// The first page, once it has found the citizen's token.
pub(super) fn welcomed(screen: &Screen) -> bool {
    match screen {
        Screen::Welcome(page) => !page.found.searching && page.found.tokens.len() == 1,
        _ => false,
    }
}

#[test]
fn pages_open_by_name_and_lead_to_each_other() {
    resident(|computer, _agent| {
        computer.opens("history");
        let mut window = computer.window();
        let shown = window.until(|screen| matches!(screen, Screen::History(_)));
        window.act(&shown, Act::Open { page: Page::About });
        let shown = window.until(|screen| matches!(screen, Screen::About(_)));
        computer.opens("sites");
        window.until(|screen| matches!(screen, Screen::Sites(_)));
        // A late click on the page before.
        window.act(&shown, Act::Close);
        computer.opens("identities");
        let shown = window.until(|screen| matches!(screen, Screen::Identities(_)));
        window.act(&shown, Act::Close);
        window.told_to_close();
        assert_eq!(computer.kyso(&["open", "nonsense"]).status.code(), Some(1));
    });
}

#[test]
fn who_was_never_asked_is_welcomed_and_a_yes_has_the_agent_start_at_log_in() {
    resident(|computer, _agent| {
        let file = computer.home().join(".config/autostart/kyso.desktop");
        assert!(computer.agent(&[]).status().expect("built").success());
        let mut window = computer.window();
        let shown = window.until(|screen| matches!(screen, Screen::Welcome(_)));
        assert!(!file.exists());
        window.act(&shown, Act::Set(Setting::Autostart { value: true }));
        window.until(
            |screen| matches!(screen, Screen::Welcome(found) if found.autostart == Some(true)),
        );
        until("the file", || file.exists()).expect("written");
        let text = std::fs::read_to_string(&file).expect("there");
        assert!(text.contains("kyso-agent --hidden"), "{text}");
        computer.opens("settings");
        let shown = window.until(|screen| matches!(screen, Screen::Settings(_)));
        window.act(&shown, Act::Set(Setting::Autostart { value: false }));
        until("the file", || !file.exists()).expect("removed");
    });
}

#[test]
fn what_was_switched_off_elsewhere_stays_off_until_it_is_set_anew() {
    on_a_computer(|computer| {
        computer.replace("browser =", "autostart = true\nbrowser =");
        let file = computer.home().join(".config/autostart/kyso.desktop");
        let text = || std::fs::read_to_string(&file).unwrap_or_default();
        drop(computer.start());
        let off = text() + "Hidden=true\n";
        assert!(off.contains("kyso-agent --hidden"), "{off}");
        std::fs::write(&file, &off).expect("written");
        let _agent = computer.start();
        assert_eq!(text(), off);
        computer.opens("settings");
        let mut window = computer.window();
        let shown = window.until(|screen| matches!(screen, Screen::Settings(_)));
        let value = Language::Vi;
        window.act(&shown, Act::Set(Setting::Language { value }));
        let shown = window.screen();
        assert_eq!(text(), off);
        window.act(&shown, Act::Set(Setting::Autostart { value: true }));
        let shown = window.screen();
        assert_eq!(format!("{}Hidden=true\n", text()), off);
        window.act(&shown, Act::Set(Setting::Autostart { value: false }));
        window.screen();
        assert_eq!(text(), "");
    });
}

#[test]
fn a_log_in_that_the_desktop_does_not_keep_is_said_and_not_shown_as_kept() {
    on_a_computer(|computer| {
        computer.replace("browser =", "autostart = false\nbrowser =");
        let folder = computer.home().join(".config/autostart");
        std::fs::create_dir_all(computer.home().join(".config")).expect("made");
        std::fs::write(&folder, "in its place").expect("written");
        let _agent = computer.start();
        computer.opens("settings");
        let mut window = computer.window();
        let shown = window.until(|screen| matches!(screen, Screen::Settings(_)));
        window.act(&shown, Act::Set(Setting::Autostart { value: true }));
        let told = window
            .until(|screen| matches!(screen, Screen::Settings(page) if page.problem.is_some()));
        let starts =
            |screen: &Screen| matches!(screen, Screen::Settings(page) if page.autostart.value);
        assert!(!starts(&told.screen), "{told:?}");
        std::fs::remove_file(&folder).expect("removed");
        window.act(&told, Act::Set(Setting::Autostart { value: true }));
        let shown = window.until(starts);
        let file = folder.join("kyso.desktop");
        let off = std::fs::read_to_string(&file).expect("there") + "Hidden=true\n";
        std::fs::write(&file, off).expect("written");
        // What the desktop switched off is shown so, and switched on by the next yes.
        let value = Language::En;
        window.act(&shown, Act::Set(Setting::Language { value }));
        let shown = window
            .until(|screen| matches!(screen, Screen::Settings(page) if !page.autostart.value));
        window.act(&shown, Act::Set(Setting::Autostart { value: true }));
        window.until(starts);
    });
}

#[test]
fn a_new_language_holds_at_once() {
    resident(|computer, _agent| {
        computer.opens("settings");
        let mut window = computer.window();
        let shown = window.until(|screen| matches!(screen, Screen::Settings(_)));
        assert_eq!(shown.language, Language::En);
        window.act(
            &shown,
            Act::Set(Setting::Language {
                value: Language::Vi,
            }),
        );
        let shown = window.screen();
        assert_eq!(shown.language, Language::Vi);
    });
}

fn language(value: Language) -> Act {
    Act::Set(Setting::Language { value })
}

/// The next screen in this language.
fn screen_in(window: &mut Played, language: Language) -> Shown {
    loop {
        let shown = window.screen();
        if shown.language == language {
            return shown;
        }
    }
}

#[test]
fn a_new_language_holds_at_once_where_the_facts_are_the_same_in_both() {
    resident(|computer, _agent| {
        computer.opens("welcome");
        let mut window = computer.window();
        let mut shown = window.until(welcomed);
        for value in [Language::Vi, Language::En] {
            window.act(&shown, language(value));
            let next = screen_in(&mut window, value);
            assert_eq!(next.screen, shown.screen);
            shown = next;
        }
    });
}

#[test]
fn a_language_that_was_chosen_elsewhere_holds_when_the_page_is_opened_again() {
    resident(|computer, _agent| {
        computer.opens("sites");
        let mut window = computer.window();
        let shown = window.until(|screen| matches!(screen, Screen::Sites(_)));
        assert_eq!(shown.language, Language::En);
        computer.replace("browser =", "language = \"vi\"\nbrowser =");
        computer.opens("sites");
        let next = screen_in(&mut window, Language::Vi);
        assert_eq!(next.screen, shown.screen);
    });
}

/// What was written here, which nobody else may read.
fn written(computer: &Computer, path: &str) -> String {
    let path = Path::new(path);
    assert!(path.starts_with(computer.home()), "{path:?}");
    let mode = path.metadata().expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    std::fs::read_to_string(path).expect("text")
}

#[test]
fn a_history_is_exported_to_a_file_that_the_page_names() {
    asked(|computer, _agent, mut window| {
        let shown = consent(&mut window);
        window.act(&shown, Act::Refuse);
        failed(&mut window);
        computer.until_rest();
        computer.opens("history");
        let shown =
            window.until(|screen| matches!(screen, Screen::History(page) if page.rows.len() == 1));
        window.act(&shown, Act::Export);
        let shown = window
            .until(|screen| matches!(screen, Screen::History(page) if page.exported.is_some()));
        let Screen::History(shown::History { exported, .. }) = shown.screen else {
            panic!("another page")
        };
        let table = written(&computer, &exported.expect("a file"));
        let origin = computer.person.link().origin().to_string();
        assert_eq!(table.lines().count(), 2, "{table}");
        assert!(table.contains(&origin), "{table}");
        assert!(table.contains("CANCELLED"), "{table}");
    });
}

#[test]
fn a_report_is_written_to_a_file_that_the_page_names() {
    resident(|computer, _agent| {
        computer.opens("check");
        let mut window = computer.window();
        let shown = window.until(|screen| matches!(screen, Screen::Check(page) if !page.running));
        window.act(&shown, Act::Report);
        let shown =
            window.until(|screen| matches!(screen, Screen::Check(page) if page.report.is_some()));
        let Screen::Check(page) = shown.screen else {
            panic!("another page")
        };
        let report = written(&computer, &page.report.expect("a file"));
        let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
        let findings = report["checks"].as_array().expect("checks");
        assert_eq!(findings.len(), page.findings.len());
    });
}

#[test]
fn a_login_takes_the_window_over_and_gives_it_back() {
    resident(|computer, _agent| {
        computer.opens("history");
        let mut window = computer.window();
        window.until(|screen| matches!(screen, Screen::History(_)));
        computer.asks();
        let shown = window.until(|screen| matches!(screen, Screen::Consent(_)));
        // Pages wait while a login is under way: its window comes to the front instead.
        computer.opens("about");
        window.front();
        window.act(&shown, Act::Refuse);
        let shown = window.until(|screen| matches!(screen, Screen::Failed(_)));
        until("the login's end", || !computer.answers().is_empty()).expect("posted");
        until("the login's end", || computer.status()["state"] == "ready").expect("over");
        window.act(&shown, Act::Close);
        window.until(|screen| matches!(screen, Screen::History(_)));
    });
}

#[test]
fn a_signature_that_was_tried_comes_back_to_the_page_in_a_new_process() {
    resident(|computer, _agent| {
        computer.opens("welcome");
        let mut window = computer.window();
        let shown = window.until(welcomed);
        window.act(&shown, Act::TryOut { row: 0 });
        let shown = window.until(|screen| matches!(screen, Screen::Pin(_)));
        window.pin(&shown, PIN);
        window.told_to_close();
        let mut next = computer.window();
        let right = |screen: &Screen| matches!(screen, Screen::Welcome(page) if page.test == Some(SelfTest::Right));
        next.until(right);
        assert!(computer.answers().is_empty());
    });
}

#[test]
fn a_page_that_says_nothing_of_a_trial_comes_back_after_its_end_was_shown() {
    resident(|computer, _agent| {
        computer.opens("identities");
        let mut window = computer.window();
        let found = |screen: &Screen| match screen {
            Screen::Identities(page) => !page.found.searching && page.found.tokens.len() == 1,
            _ => false,
        };
        let shown = window.until(found);
        window.act(&shown, Act::TryOut { row: 0 });
        let shown = window.until(|screen| matches!(screen, Screen::Pin(_)));
        window.pin(&shown, PIN);
        window.until(|screen| matches!(screen, Screen::Done(done) if done.origin.is_none()));
        window.told_to_close();
        computer.window().until(found);
    });
}
