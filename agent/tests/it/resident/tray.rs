//! The tray, as a desktop sees and clicks it.

use kyso_screens::{Act, Language, Screen, Setting};
use kyso_support::{NOTICE, missing, until};

use super::bus::{Desktop, Tray};
use super::computer::Computer;
use super::logins::whole;
use super::scene::on_a_desktop;

pub(super) fn both() -> Option<(Desktop, Computer)> {
    let desktop = Desktop::start()?;
    let computer = Computer::new()?.on_bus(desktop.address());
    Some((desktop, computer))
}

/// What the tray says in a language.
struct Words {
    language: &'static str,
    /// Identities, history, check, settings.
    pages: [&'static str; 4],
    quit: &'static str,
    ready: &'static str,
    waiting: &'static str,
    about: &'static str,
}

const VIETNAMESE: Words = Words {
    language: "vi",
    pages: ["Chứng thư số", "Lịch sử ký", "Kiểm tra thiết bị", "Cài đặt"],
    quit: "Thoát",
    ready: "Sẵn sàng",
    waiting: "Đang chờ bạn xác nhận",
    about: "Kyso – đăng nhập bằng chữ ký số",
};

const ENGLISH: Words = Words {
    language: "en",
    pages: [
        "Identities",
        "Signing history",
        "Check this computer",
        "Settings",
    ],
    quit: "Quit",
    ready: "Ready",
    waiting: "Waiting for you",
    about: "Kyso – sign in with a digital signature",
};

/// In each language, set in the person's file.
fn in_both(test: impl Fn(&Desktop, &Computer, &Words)) {
    for words in [VIETNAMESE, ENGLISH] {
        on_a_desktop(|desktop, computer| {
            let set = format!("language = \"{}\"\nbrowser =", words.language);
            computer.replace("browser =", &set);
            desktop.show_trays();
            test(&desktop, &computer, &words);
        });
    }
}

fn labels(tray: &Tray<'_>) -> Vec<String> {
    tray.menu().into_iter().map(|(_, label)| label).collect()
}

/// The whole menu, and what is shown under the pointer.
fn check_words(tray: &Tray<'_>, words: &Words, state: &str) {
    let [identities, history, check, settings] = words.pages;
    let expected = [state, identities, history, check, settings, words.quit];
    assert_eq!(labels(tray), expected);
    assert_eq!(tray.tip(), (words.about.into(), state.into()));
}

#[test]
fn the_menu_opens_pages_and_ends_the_agent_in_either_language() {
    in_both(|desktop, computer, words| {
        let mut agent = computer.start();
        let tray = desktop.tray();
        check_words(&tray, words, words.ready);
        let [identities, history, check, settings] = words.pages;
        tray.click(history);
        let mut window = computer.window();
        window.until(|screen| matches!(screen, Screen::History(_)));
        tray.click(settings);
        window.until(|screen| matches!(screen, Screen::Settings(_)));
        tray.click(check);
        window.until(|screen| matches!(screen, Screen::Check(_)));
        tray.click(identities);
        window.until(|screen| matches!(screen, Screen::Identities(_)));
        tray.click(words.quit);
        assert!(agent.ended().success());
    });
}

#[test]
fn the_tray_says_when_somebody_is_waited_for_in_either_language() {
    in_both(|desktop, computer, words| {
        let _agent = computer.start();
        let tray = desktop.tray();
        assert_eq!(tray.says("Status"), "Active");
        assert_eq!(tray.says("Id"), "kyso");
        computer.asks();
        let mut window = computer.window();
        window.until(|screen| matches!(screen, Screen::Consent(_)));
        tray.until_it_says("Status", "NeedsAttention");
        check_words(&tray, words, words.waiting);
        tray.activate();
        window.front();
        window.end(0);
        tray.until_it_says("Status", "Active");
        check_words(&tray, words, words.ready);
    });
}

#[test]
fn a_new_language_is_the_trays_at_once_and_its_clicks_are_heard() {
    in_both(|desktop, computer, words| {
        let (other, value) = match words.language {
            "vi" => (ENGLISH, Language::En),
            _ => (VIETNAMESE, Language::Vi),
        };
        let mut agent = computer.start();
        let tray = desktop.tray();
        tray.click(words.pages[3]);
        let mut window = computer.window();
        let shown = window.until(|screen| matches!(screen, Screen::Settings(_)));
        window.act(&shown, Act::Set(Setting::Language { value }));
        assert_eq!(window.screen().language, value);
        tray.until_the_menu_says(other.quit);
        check_words(&tray, &other, other.ready);
        tray.click(other.pages[1]);
        let shown = window.until(|screen| matches!(screen, Screen::History(_)));
        assert_eq!(shown.language, value);
        tray.click(other.quit);
        assert!(agent.ended().success());
    });
}

#[test]
fn on_the_next_bus_there_is_a_tray_again_and_clicks_are_heard() {
    on_a_desktop(|desktop, computer| {
        desktop.show_trays();
        let _agent = computer.start();
        desktop.tray();
        computer.follow("junk");
        assert!(desktop.notice().contains("LINK-INVALID"));
        let desktop = desktop.restarted(|| {
            until("the loss", || computer.status()["tray"] == false).expect("it knows");
        });
        desktop.show_trays();
        let tray = desktop.tray();
        until("the tray", || computer.status()["tray"] == true).expect("it knows");
        tray.click("Signing history");
        let mut window = computer.window();
        window.until(|screen| matches!(screen, Screen::History(_)));
        assert!(computer.follow(&computer.link()).status.success());
        let shown = window.until(|screen| matches!(screen, Screen::Consent(_)));
        window.act(&shown, Act::NotInFront);
        assert!(desktop.notice().contains("https://"));
        desktop.click(NOTICE, "ours");
        while window.front().as_deref() != Some("ours") {}
    });
}

#[test]
fn an_agent_that_began_before_its_bus_has_a_tray_too() {
    on_a_desktop(|desktop, computer| {
        let mut agent = None;
        let desktop = desktop.restarted(|| agent = Some(computer.start()));
        desktop.show_trays();
        desktop.tray();
        assert!(agent.is_some_and(|mut agent| agent.is_alive()));
    });
}

#[test]
fn a_tray_that_comes_later_has_the_agent_too() {
    on_a_desktop(|desktop, computer| {
        let _agent = computer.start();
        assert_eq!(computer.status()["tray"], false);
        desktop.show_trays();
        let tray = desktop.tray();
        assert_eq!(tray.says("Status"), "Active");
        until("the tray", || computer.status()["tray"] == true).expect("it knows");
    });
}

#[test]
fn neither_a_tray_nor_a_login_loads_what_draws() {
    on_a_desktop(|desktop, computer| {
        desktop.show_trays();
        let agent = computer.start();
        desktop.tray();
        computer.asks();
        whole(&computer);
        let maps = std::fs::read_to_string(format!("/proc/{}/maps", agent.id()));
        let Some(maps) = maps.ok().filter(|maps| maps.contains("/libc.")) else {
            missing("root, which alone sees what a process loads that hides its memory");
            return;
        };
        for library in ["libgtk-", "libgdk-", "libwebkit", "libX11", "libwayland"] {
            assert!(!maps.contains(library), "{library}: {maps}");
        }
    });
}
