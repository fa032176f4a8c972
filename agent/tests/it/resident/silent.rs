//! A window that hangs.

use kyso_screens::{Act, Screen};

use super::computer::Computer;
use super::logins::{begun, consent, goes_on};
use super::tray::both;

#[test]
fn a_window_that_shows_no_more_ends_the_login_with_a_sentence() {
    let Some((desktop, computer)) = both() else {
        return;
    };
    let (mut agent, mut window) = begun(&computer);
    let shown = consent(&mut window);
    window.hangs();
    window.act(&shown, Act::Agree);
    assert!(desktop.notice().contains("WINDOW-SILENT"));
    window.ended();
    goes_on(&computer, &mut agent);
}

#[test]
fn a_window_that_does_not_come_to_the_front_is_replaced() {
    let Some((desktop, computer)) = both() else {
        return;
    };
    let _agent = computer.start();
    let history = |screen: &Screen| matches!(screen, Screen::History(_));
    assert!(computer.kyso(&["open", "history"]).status.success());
    let mut window = computer.window();
    window.until(history);
    window.hangs();
    // The same page, which needs no new screen.
    assert!(computer.kyso(&["open", "history"]).status.success());
    assert!(desktop.notice().contains("WINDOW-SILENT"));
    window.ended();
    assert!(computer.kyso(&["open", "history"]).status.success());
    computer.window().until(history);
}

#[test]
fn no_window_is_left_when_the_agent_has_ended() {
    let Some(computer) = Computer::new() else {
        return;
    };
    let mut agent = computer.start();
    assert!(computer.kyso(&["open", "history"]).status.success());
    let mut window = computer.window();
    window.until(|screen| matches!(screen, Screen::History(_)));
    assert!(computer.kyso(&["quit"]).status.success());
    assert!(agent.ended().success());
    assert!(!window.is_running());
}
