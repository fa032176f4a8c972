//! What becomes of the window, and of the page below, when a login ends.

use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};

use kyso_screens::{Act, Page, Screen, SelfTest, ToWindow};

use super::computer::{Agent, Computer};
use super::logins::{as_far_as_pin, begun, consent, failed, pin};
use super::pages::welcomed;
use super::played::Played;
use super::scene::{on_a_desktop, resident};
use crate::person::{PIN, accepted, portal_that};

fn is_history(screen: &Screen) -> bool {
    matches!(screen, Screen::History(_))
}

#[test]
fn an_act_on_a_logins_screen_is_none_on_the_page_that_comes_back() {
    resident(|computer, _agent| {
        computer.opens("history");
        let mut window = computer.window();
        window.until(is_history);
        computer.asks();
        let asked = consent(&mut window);
        window.act(&asked, Act::Refuse);
        let shown = failed(&mut window);
        computer.until_rest();
        // Whoever presses twice means the screen that was there.
        window.acts(&shown, [Act::Close, Act::Close]);
        let back = window.until(is_history);
        window.act(&asked, Act::Close);
        window.act(&back, Act::Open { page: Page::About });
        window.until(|screen| matches!(screen, Screen::About(_)));
    });
}

#[test]
fn a_failure_after_a_pin_is_said_where_its_window_stays_behind() {
    on_a_desktop(|desktop, computer| {
        let (_agent, mut window) = begun(&computer);
        let shown = as_far_as_pin(&mut window);
        window.pin(&shown, "00000000");
        let shown = pin(&mut window);
        window.act(&shown, Act::GiveUp);
        window.told_to_close();
        let mut next = computer.window();
        let shown = failed(&mut next);
        next.act(&shown, Act::NotInFront);
        assert!(desktop.notice().contains("PIN-WRONG"));
    });
}

#[test]
fn that_no_browser_opened_is_said_where_its_window_stays_behind() {
    on_a_desktop(|desktop, computer| {
        computer.systems_opener("exit 3");
        computer.replace("browser = \"/bin/true\"", "browser = \"/nowhere\"");
        let (_agent, mut window) = begun(&computer);
        let shown = as_far_as_pin(&mut window);
        window.pin(&shown, PIN);
        window.told_to_close();
        let mut next = computer.window();
        let shown = next.until(|screen| matches!(screen, Screen::Done(_)));
        next.act(&shown, Act::NotInFront);
        assert!(desktop.notice().contains("No browser could be opened"));
    });
}

/// The first page's trial, as far as the PIN.
fn trial(computer: &Computer) -> (Played, kyso_screens::Shown) {
    computer.opens("welcome");
    let mut window = computer.window();
    let shown = window.until(welcomed);
    window.act(&shown, Act::TryOut { row: 0 });
    let shown = pin(&mut window);
    (window, shown)
}

#[test]
fn what_came_of_a_trial_is_said_where_its_window_stays_behind() {
    let check = |typed: &str, expected: &str| {
        on_a_desktop(|desktop, computer| {
            let _agent = computer.start();
            let (mut window, shown) = trial(&computer);
            window.pin(&shown, typed);
            if typed != PIN {
                let shown = pin(&mut window);
                window.act(&shown, Act::GiveUp);
            }
            window.told_to_close();
            let mut next = computer.window();
            let told =
                |screen: &Screen| matches!(screen, Screen::Welcome(page) if page.test.is_some());
            let shown = next.until(told);
            next.act(&shown, Act::NotInFront);
            let said = desktop.notice();
            assert!(said.contains(expected), "{said}");
        });
    };
    check(PIN, "The test signature is right");
    check("00000000", "PIN-WRONG");
}

#[test]
fn a_page_that_nobody_waits_for_is_not_said() {
    on_a_desktop(|desktop, computer| {
        let _agent = computer.start();
        computer.opens("welcome");
        let mut window = computer.window();
        let shown = window.until(welcomed);
        window.act(&shown, Act::NotInFront);
        computer.follow("junk");
        // Nothing was said between.
        assert!(desktop.notice().contains("LINK-INVALID"));
    });
}

#[test]
fn a_trial_that_was_stopped_goes_straight_back_to_its_page() {
    resident(|computer, _agent| {
        let (mut window, shown) = trial(&computer);
        window.act(&shown, Act::GiveUp);
        let next = window.until(|screen| !matches!(screen, Screen::Waiting(_)));
        assert!(welcomed(&next.screen), "{next:?}");
    });
}

#[test]
fn a_trial_whose_page_says_what_came_of_it_ends_on_no_screen_of_its_own() {
    resident(|computer, _agent| {
        let (mut window, shown) = trial(&computer);
        window.pin(&shown, PIN);
        loop {
            match window.order().expect("an order") {
                ToWindow::Show(shown) => {
                    assert!(matches!(shown.screen, Screen::Waiting(_)), "{shown:?}");
                }
                ToWindow::Front { .. } => {}
                ToWindow::Close => break,
            }
        }
        let right = |screen: &Screen| matches!(screen, Screen::Welcome(page) if page.test == Some(SelfTest::Right));
        computer.window().until(right);
    });
}

/// A login whose window is killed, and which ends when its portal has taken that, at the drop of what comes first.
fn ending(computer: impl FnOnce(crate::server::Server) -> Option<Computer>) -> Option<Ending> {
    let (hold, held) = channel::<()>();
    let (arrive, arrived) = channel();
    let held = Mutex::new(held);
    let computer = computer(portal_that(move || {
        // The test may have ended.
        let _ = arrive.send(());
        let _ = held.lock().map(|held| held.recv());
        accepted()
    }))?;
    let (agent, mut window) = begun(&computer);
    consent(&mut window);
    window.kill();
    arrived.recv().expect("an answer");
    Some((hold, computer, agent))
}

type Ending = (Sender<()>, Computer, Agent);

#[test]
fn a_page_opens_while_a_login_without_a_window_is_still_ending() {
    let Some((hold, computer, _agent)) = ending(Computer::with) else {
        return;
    };
    computer.opens("history");
    let mut window = computer.window();
    let shown = window.until(is_history);
    drop(hold);
    computer.until_rest();
    window.act(&shown, Act::Open { page: Page::About });
    window.until(|screen| matches!(screen, Screen::About(_)));
}

#[test]
fn a_page_that_is_closed_meanwhile_does_not_hide_how_the_login_ended() {
    let Some(desktop) = super::bus::Desktop::start() else {
        return;
    };
    let on_bus = |portal| Computer::with(portal).map(|computer| computer.on_bus(desktop.address()));
    let Some((hold, computer, _agent)) = ending(on_bus) else {
        return;
    };
    computer.opens("history");
    let mut window = computer.window();
    window.until(is_history);
    window.end(0);
    let closed = || computer.status()["window"] == false;
    kyso_support::until("the page's end", closed).expect("no window");
    drop(hold);
    assert!(desktop.notice().contains("WINDOW-CLOSED"));
}
