//! The person is in another session than the one that the agent began in.

use kyso_screens::Screen;

use super::bus::Desktop;
use super::computer::Computer;
use super::logins::consent;
use super::tray::both;

fn is_history(screen: &Screen) -> bool {
    matches!(screen, Screen::History(_))
}

/// Starts the program on another display as it is started on the first one.
fn on_the_other(computer: &Computer, arguments: &[&str]) -> bool {
    let mut command = computer.agent(arguments);
    command
        .env("DISPLAY", ":other")
        .env("XAUTHORITY", "/other/key");
    command.status().expect("it runs").success()
}

#[test]
fn a_window_opens_where_it_is_wanted_and_the_one_elsewhere_ends() {
    let Some(computer) = Computer::new() else {
        return;
    };
    let mut agent = computer.start();
    assert!(computer.kyso(&["open", "history"]).status.success());
    let mut first = computer.window();
    first.until(is_history);
    assert_eq!(first.display, ":nobody");
    assert!(on_the_other(&computer, &[]));
    first.told_to_close();
    // It doesn't, and is killed.
    first.ended();
    let mut second = computer.window();
    assert_eq!(second.display, ":other");
    second.until(|screen| matches!(screen, Screen::Welcome(_)));
    assert!(on_the_other(&computer, &[&computer.link()]));
    consent(&mut second);
    assert!(agent.is_alive());
    assert_eq!(computer.status()["process"], agent.id());
}

#[test]
fn a_log_in_takes_the_agent_along_to_its_own_display_and_bus() {
    let Some((_first, computer)) = both() else {
        return;
    };
    let Some(desktop) = Desktop::start() else {
        return;
    };
    desktop.show_trays();
    let _agent = computer.start();
    let mut begun = computer.agent(&["--hidden"]);
    begun.env("DISPLAY", ":other");
    begun.env("DBUS_SESSION_BUS_ADDRESS", desktop.address());
    assert!(begun.status().expect("it runs").success());
    desktop.tray().click("Signing history");
    let mut window = computer.window();
    window.until(is_history);
    assert_eq!(window.display, ":other");
}

#[test]
fn a_login_that_waits_for_the_person_stays_where_it_is() {
    let Some(computer) = Computer::new() else {
        return;
    };
    let _agent = computer.start();
    assert!(computer.follow(&computer.link()).status.success());
    let mut window = computer.window();
    consent(&mut window);
    assert!(on_the_other(&computer, &["--hidden"]));
    assert!(!on_the_other(&computer, &[&computer.link()]));
    window.front();
    assert_eq!(computer.status()["state"], "waiting");
}

#[test]
fn a_caller_without_a_display_takes_the_agent_nowhere() {
    let Some(computer) = Computer::new() else {
        return;
    };
    let _agent = computer.start();
    let mut open = computer.command(env!("CARGO_BIN_EXE_kyso"), &["open", "history"]);
    assert!(
        open.env_remove("DISPLAY")
            .status()
            .expect("it runs")
            .success()
    );
    assert_eq!(computer.window().display, ":nobody");
}
