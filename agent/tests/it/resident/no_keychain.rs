//! A computer without a keychain: whether it is remembered until the agent quits is the person's word.

use kyso_screens::{Act, NoKeychain, Screen, Setting, Shown};
use kyso_support::until;

use super::bus::Desktop;
use super::computer::Computer;
use super::played::Played;
use crate::person::PIN;

fn consent(window: &mut Played, notice: Option<NoKeychain>) -> Shown {
    window
        .until(|screen| matches!(screen, Screen::Consent(consent) if consent.no_keychain == notice))
}

fn remember(value: bool) -> Act {
    Act::Set(Setting::Remember { value })
}

/// From the consent to the end.
fn agree(computer: &Computer, window: &mut Played, shown: &Shown) {
    window.act(shown, Act::Agree);
    let found = |screen: &Screen| matches!(screen, Screen::Choose(choose) if !choose.searching);
    let shown = window.until(found);
    window.act(&shown, Act::Choose { row: 0 });
    let shown = window.until(|screen| matches!(screen, Screen::Pin(_)));
    window.pin(&shown, PIN);
    let shown = window.until(|screen| matches!(screen, Screen::Done(_)));
    window.act(&shown, Act::Close);
    window.told_to_close();
    let at_rest = || computer.status().get("window") == Some(&false.into());
    until("rest", at_rest).expect("no window");
}

/// Signs in and says this, where it is asked something: whether this computer vouched.
fn vouched(computer: &Computer, answer: Option<bool>, notice: Option<NoKeychain>) -> bool {
    let before = computer.answers().len();
    assert!(computer.follow(&computer.link()).status.success());
    let mut window = computer.window();
    let mut shown = consent(&mut window, notice);
    if let Some(answer) = answer {
        window.act(&shown, remember(answer));
        let said = if answer {
            NoKeychain::Remembered
        } else {
            NoKeychain::NotRemembered
        };
        shown = consent(&mut window, Some(said));
    }
    agree(computer, &mut window, &shown);
    let answers = computer.answers();
    assert_eq!(answers.len(), before + 1);
    let last = answers.last().expect("one");
    last.contains("\"device\"")
}

fn computer(desktop: &Desktop) -> Option<Computer> {
    Computer::new().map(|computer| computer.on_bus(desktop.address()))
}

#[test]
fn it_is_asked_until_it_is_answered_and_remembered_from_the_yes_on() {
    let Some(desktop) = Desktop::start() else {
        return;
    };
    let Some(computer) = computer(&desktop) else {
        return;
    };
    let agent = computer.start();
    assert!(!vouched(&computer, None, Some(NoKeychain::Asked)));
    assert!(vouched(&computer, Some(true), Some(NoKeychain::Asked)));
    assert!(desktop.notice().contains("NO-KEYCHAIN"));
    assert!(vouched(&computer, None, None));
    drop(agent);
    let _next = computer.start();
    assert!(vouched(&computer, None, None));
    assert!(desktop.notice().contains("NO-KEYCHAIN"));
}

#[test]
fn whoever_says_no_is_asked_no_more_and_never_remembered() {
    let Some(desktop) = Desktop::start() else {
        return;
    };
    let Some(computer) = computer(&desktop) else {
        return;
    };
    let _agent = computer.start();
    assert!(!vouched(&computer, Some(false), Some(NoKeychain::Asked)));
    assert!(!vouched(&computer, None, None));
}

#[test]
fn the_answer_counts_on_the_consent_alone_and_takes_nothing_else_of_it_away() {
    let Some(desktop) = Desktop::start() else {
        return;
    };
    let Some(computer) = computer(&desktop) else {
        return;
    };
    let _agent = computer.start();
    assert!(computer.follow(&computer.link()).status.success());
    let mut window = computer.window();
    let asked = consent(&mut window, Some(NoKeychain::Asked));
    window.act(&asked, remember(false));
    consent(&mut window, Some(NoKeychain::NotRemembered));
    // Whoever pressed twice has said it once, and whoever then agrees agrees to what both screens show.
    window.act(&asked, remember(true));
    window.act(&asked, Act::Agree);
    let shown = window.until(|screen| matches!(screen, Screen::Choose(_)));
    window.act(&shown, remember(true));
    window.act(&shown, Act::Refuse);
    window.until(|screen| matches!(screen, Screen::Failed(_)));
    let file = computer.person.folder.path().join("kyso.toml");
    let settings = std::fs::read_to_string(file).expect("there");
    assert!(
        settings.contains("remember-without-keychain = false"),
        "{settings}"
    );
}
