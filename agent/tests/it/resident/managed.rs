//! The agent on a computer that an administrator looks after: the file really lies in /etc, and is root's.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use kyso_screens::{Act, Language, Page, Permission, Screen, Setting, Settings, Shown};

use super::bus::Desktop;
use super::computer::Computer;
use super::logins::{consent, failed};
use super::played::Played;
use super::scene::on_a_desktop;
use crate::connect::Proxy;

/// A computer with an administrator and a desktop; no agent runs yet.
fn administered(test: impl FnOnce(Desktop, Computer)) {
    on_a_desktop(|desktop, computer| {
        if let Some(computer) = computer.administered() {
            test(desktop, computer);
        }
    });
}

fn settings(screen: &Screen) -> &Settings {
    match screen {
        Screen::Settings(page) => page,
        other => panic!("not the settings: {other:?}"),
    }
}

fn until_settings(window: &mut Played) -> Shown {
    window.until(|screen| matches!(screen, Screen::Settings(_)))
}

fn own(computer: &Computer) -> String {
    let file = computer.person.folder.path().join("kyso.toml");
    std::fs::read_to_string(file).expect("there")
}

/// How often the portal was asked for anything.
fn asked(computer: &Computer) -> usize {
    let requests = computer.person.server.requests.lock();
    requests.expect("no test panicked with it").len()
}

/// What is said to whoever follows the portal's link.
fn turned_away(computer: &Computer) -> String {
    let followed = computer.follow(&computer.link());
    assert!(!followed.status.success(), "{followed:?}");
    String::from_utf8(followed.stderr).expect("UTF-8")
}

#[test]
fn the_log_in_is_as_the_administrator_says_whatever_the_person_and_the_desktop_said() {
    administered(|_desktop, computer| {
        let file = computer.home().join(".config/autostart/kyso.desktop");
        let text = || std::fs::read_to_string(&file).unwrap_or_default();
        computer.replace("browser =", "autostart = false\nbrowser =");
        computer.etc().policy("autostart = true\n");
        drop(computer.start());
        let on = text();
        assert!(on.contains("kyso-agent --hidden"), "{on}");
        std::fs::write(&file, format!("{on}Hidden=true\n")).expect("written");
        drop(computer.start());
        assert_eq!(text(), on, "switched off in the desktop");
        computer.replace("autostart = false", "autostart = true");
        computer.etc().policy("autostart = false\n");
        drop(computer.start());
        assert!(!file.exists(), "{}", text());
    });
}

#[test]
fn what_the_administrator_set_is_shown_as_locked_and_not_written_by_the_page() {
    administered(|_desktop, computer| {
        let module = computer.person.token.module().to_owned();
        computer.etc().policy(&format!(
            "language = \"vi\"\nautostart = true\nremember-without-keychain = false\nproxy = \"direct\"\n\
             browser = \"/bin/true\"\nown-modules = false\n[[module]]\nname = \"Set\"\npath = {module:?}\n"
        ));
        let before = own(&computer);
        let _agent = computer.start();
        computer.opens("settings");
        let mut window = computer.window();
        let mut shown = until_settings(&mut window);
        let set = settings(&shown.screen).clone();
        assert_eq!(shown.language, Language::Vi);
        assert!(set.language.locked && set.language.value == Language::Vi);
        assert!(set.autostart.locked && set.autostart.value);
        assert!(set.remember.locked && !set.remember.value);
        assert!(set.proxy.locked && set.proxy.value == "direct");
        assert!(set.browser.locked && set.browser.value == "/bin/true");
        assert!(set.drivers_locked);
        let drivers: Vec<_> = set.drivers.iter().map(|d| (&*d.name, d.locked)).collect();
        assert_eq!(drivers, [("Set", true)]);
        // One that only a window with another page sends.
        let module = module.to_str().expect("text").to_owned();
        let mut said = Vec::new();
        for setting in [
            Setting::Language {
                value: Language::En,
            },
            Setting::Autostart { value: false },
            Setting::Remember { value: true },
            Setting::Proxy {
                value: String::new(),
            },
            Setting::Browser {
                value: "/bin/false".into(),
            },
            Setting::AddDriver {
                value: "/usr/lib/other.so".into(),
            },
        ] {
            window.act(&shown, Act::Set(setting.clone()));
            shown = window.screen();
            let problem = settings(&shown.screen).problem.clone();
            said.push(problem.unwrap_or_else(|| panic!("nothing was said to {setting:?}")));
        }
        // The same sentence again wouldn't be sent.
        window.act(&shown, Act::Set(Setting::RemoveDriver { value: module }));
        window.act(&shown, Act::Open { page: Page::Sites });
        window.until(|screen| matches!(screen, Screen::Sites(_)));
        assert_eq!(said.len(), 6);
        said.dedup();
        assert_eq!(said.len(), 6, "{said:#?}");
        assert_eq!(own(&computer), before);
        let started = computer.home().join(".config/autostart/kyso.desktop");
        assert!(started.exists());
    });
}

#[test]
fn a_portal_that_the_administrator_does_not_let_ask_is_not_fetched() {
    administered(|desktop, computer| {
        let origin = computer.person.link().origin().to_string();
        computer.etc().policy(&format!("blocked = [{origin:?}]\n"));
        let _agent = computer.start();
        assert!(turned_away(&computer).contains("ORIGIN-BLOCKED"));
        assert!(desktop.notice().contains("ORIGIN-BLOCKED"));
        computer
            .etc()
            .policy("allowed = [\"https://other.example\"]\n");
        assert!(turned_away(&computer).contains("ORIGIN-BLOCKED"));
        assert_eq!(computer.status()["window"], false);
        assert_eq!(asked(&computer), 0);
        computer.etc().policy(&format!("allowed = [{origin:?}]\n"));
        computer.asks();
        let mut window = computer.window();
        window.until(|screen| matches!(screen, Screen::Consent(_)));
        assert!(asked(&computer) > 0);
    });
}

#[test]
fn the_page_of_portals_shows_what_the_administrator_decided_and_changes_none_of_it() {
    administered(|_desktop, computer| {
        let origin = computer.person.link().origin().to_string();
        computer.etc().policy(&format!("blocked = [{origin:?}]\n"));
        let before = own(&computer);
        let _agent = computer.start();
        computer.opens("sites");
        let mut window = computer.window();
        let blocked = |screen: &Screen| match screen {
            Screen::Sites(page) => page.rows.iter().any(|row| {
                row.origin == origin && row.locked && row.permission == Permission::Blocked
            }),
            _ => false,
        };
        let shown = window.until(blocked);
        let permission = Permission::Allowed;
        let origin = origin.clone();
        window.act(&shown, Act::Permit { origin, permission });
        let shown = window.screen();
        assert!(blocked(&shown.screen), "{shown:?}");
        assert!(matches!(&shown.screen, Screen::Sites(page) if page.problem.is_some()));
        assert_eq!(own(&computer), before);
    });
}

#[test]
fn the_administrators_language_is_that_of_tray_notices_and_pages() {
    administered(|desktop, computer| {
        computer.replace("browser =", "language = \"en\"\nbrowser =");
        computer.etc().policy("language = \"vi\"\n");
        desktop.show_trays();
        let _agent = computer.start();
        let tray = desktop.tray();
        assert_eq!(tray.menu()[3].1, "Kiểm tra thiết bị");
        computer.follow("junk");
        let said = desktop.notice();
        assert!(said.contains("(Mã lỗi: LINK-INVALID)"), "{said}");
        tray.click("Cài đặt");
        let mut window = computer.window();
        assert_eq!(until_settings(&mut window).language, Language::Vi);
        // What the administrator changes holds from the next request on.
        computer.etc().policy("language = \"en\"\n");
        computer.asks();
        let shown = consent(&mut window);
        assert_eq!(shown.language, Language::En);
        tray.until_the_menu_says("Check this computer");
        window.act(&shown, Act::NotInFront);
        let said = desktop.notice();
        assert!(said.contains("is waiting for you"), "{said}");
    });
}

#[test]
fn a_person_who_may_not_name_modules_has_the_administrators_alone() {
    administered(|_desktop, computer| {
        computer.etc().policy("own-modules = false\n");
        let _agent = computer.start();
        computer.opens("identities");
        let mut window = computer.window();
        let found = |screen: &Screen| match screen {
            Screen::Identities(page) if !page.found.searching => Some(page.found.tokens.len()),
            _ => None,
        };
        let shown = window.until(|screen| found(screen) == Some(0));
        let module = computer.person.token.module();
        computer.etc().policy(&format!(
            "own-modules = false\n[[module]]\nname = \"Set\"\npath = {module:?}\n"
        ));
        window.act(&shown, Act::Close);
        window.told_to_close();
        window.end(0);
        computer.opens("identities");
        let mut window = computer.window();
        window.until(|screen| found(screen) == Some(1));
    });
}

#[test]
fn portals_are_reached_through_the_administrators_proxy_alone() {
    administered(|_desktop, computer| {
        let refusing = || Proxy::start(Err("503 Service Unavailable"));
        let (persons, set) = (refusing(), refusing());
        let own = format!("proxy = {:?}\nbrowser =", persons.url());
        computer.replace("browser =", &own);
        computer.etc().policy(&format!("proxy = {:?}\n", set.url()));
        let _agent = computer.start();
        let taken = computer.follow("kyso:1/cong.example/CQkJCQkJCQkJCQkJCQkJCQ");
        assert!(taken.status.success(), "{taken:?}");
        let shown = failed(&mut computer.window());
        let Screen::Failed(screen) = &shown.screen else {
            panic!("{shown:?}")
        };
        assert_eq!(screen.problem.code, "PORTAL-UNREACHABLE");
        let heads = set.heads();
        assert!(!heads.is_empty());
        for head in heads {
            assert!(head.starts_with("CONNECT cong.example:443 "), "{head}");
        }
        assert_eq!(persons.heads(), Vec::<String>::new());
    });
}

#[test]
fn a_policy_that_somebody_else_may_change_stops_the_agent_that_runs_and_the_next() {
    administered(|desktop, computer| {
        let file = computer.etc().file("policy.toml");
        let may = |mode| {
            std::fs::set_permissions(&file, Permissions::from_mode(mode)).expect("set");
        };
        computer.etc().policy("autostart = false\n");
        let agent = computer.start();
        may(0o646);
        assert!(turned_away(&computer).contains("POLICY-REFUSED"));
        assert!(desktop.notice().contains("POLICY-REFUSED"));
        let opened = computer.kyso(&["open", "identities"]);
        assert!(!opened.status.success(), "{opened:?}");
        may(0o644);
        computer.opens("identities");
        let mut window = computer.window();
        window.until(|screen| matches!(screen, Screen::Identities(_)));
        may(0o646);
        drop(agent);
        let begun = computer.agent(&["--hidden"]).output().expect("built");
        assert!(!begun.status.success());
        let said = String::from_utf8_lossy(&begun.stderr);
        assert!(said.contains("POLICY-REFUSED"), "{said}");
        assert_eq!(asked(&computer), 0);
    });
}
