//! What is said as a notification.

use kyso_screens::{Act, Screen};

use super::bus::Desktop;
use super::computer::Computer;

#[test]
fn what_nobody_sees_in_a_window_is_said() {
    let Some(desktop) = Desktop::start() else {
        return;
    };
    let Some(computer) = Computer::new().map(|computer| computer.on_bus(desktop.address())) else {
        return;
    };
    let _agent = computer.start();
    computer.follow("junk");
    assert!(desktop.notice().contains("LINK-INVALID"));
    assert!(computer.follow(&computer.link()).status.success());
    let mut window = computer.window();
    let shown = window.until(|screen| matches!(screen, Screen::Consent(_)));
    computer.follow(&computer.link());
    assert!(desktop.notice().contains("BUSY"));
    window.act(&shown, Act::NotInFront);
    let said = desktop.notice();
    assert!(
        said.contains(&computer.person.link().origin().to_string()),
        "{said}"
    );
    window.kill();
    assert!(desktop.notice().contains("WINDOW-CLOSED"));
}

#[test]
fn a_display_that_cannot_be_opened_is_said() {
    let Some(desktop) = Desktop::start() else {
        return;
    };
    let Some(computer) = Computer::new().map(|computer| computer.on_bus(desktop.address())) else {
        return;
    };
    let _agent = computer.start();
    assert!(computer.follow(&computer.link()).status.success());
    computer.window().end(69);
    assert!(desktop.notice().contains("NO-DISPLAY"));
}
