//! The tray, as a desktop sees and clicks it.

use kyso_screens::{Act, Screen};
use kyso_support::{NOTICE, until};

use super::bus::Desktop;
use super::computer::Computer;
use super::scene::on_a_desktop;

pub(super) fn both() -> Option<(Desktop, Computer)> {
    let desktop = Desktop::start()?;
    let computer = Computer::new()?.on_bus(desktop.address());
    Some((desktop, computer))
}

#[test]
fn the_menu_opens_pages_and_ends_the_agent() {
    on_a_desktop(|desktop, computer| {
        desktop.show_trays();
        let mut agent = computer.start();
        let tray = desktop.tray();
        let labels: Vec<_> = tray.menu().into_iter().map(|(_, label)| label).collect();
        let pages = [
            "Identities",
            "Signing history",
            "Check this computer",
            "Settings",
        ];
        assert_eq!(labels[1..5], pages, "{labels:?}");
        tray.click("Signing history");
        let mut window = computer.window();
        window.until(|screen| matches!(screen, Screen::History(_)));
        tray.click("Settings");
        window.until(|screen| matches!(screen, Screen::Settings(_)));
        tray.click("Check this computer");
        window.until(|screen| matches!(screen, Screen::Check(_)));
        tray.click("Identities");
        window.until(|screen| matches!(screen, Screen::Identities(_)));
        tray.click("Quit");
        assert!(agent.ended().success());
    });
}

#[test]
fn the_tray_says_when_somebody_is_waited_for() {
    on_a_desktop(|desktop, computer| {
        desktop.show_trays();
        let _agent = computer.start();
        let tray = desktop.tray();
        assert_eq!(tray.says("Status"), "Active");
        assert_eq!(tray.says("Id"), "kyso");
        computer.asks();
        let mut window = computer.window();
        window.until(|screen| matches!(screen, Screen::Consent(_)));
        tray.until_it_says("Status", "NeedsAttention");
        assert_eq!(tray.menu()[0].1, "Waiting for you");
        tray.activate();
        window.front();
        window.end(0);
        tray.until_it_says("Status", "Active");
        assert_eq!(tray.menu()[0].1, "Ready");
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
