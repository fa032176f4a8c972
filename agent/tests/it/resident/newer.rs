//! What is said of a newer version.

use kyso_screens::Screen;
use kyso_support::until;
use time::OffsetDateTime;

use super::tray::both;
use crate::feed;

#[test]
fn a_newer_version_is_told_once_and_stays_in_the_tray() {
    let Some((desktop, computer)) = both() else {
        return;
    };
    let feed = r#"feed = { address = "https://downloads.example/newest", key = "feed.pem" }"#;
    computer.replace("browser =", &format!("{feed}\nbrowser ="));
    let folder = computer.person.folder.path();
    std::fs::write(folder.join("feed.pem"), feed::pem()).expect("written");
    std::fs::create_dir_all(folder.join("state")).expect("made");
    // It was asked just now, and isn't asked again.
    let now = OffsetDateTime::now_utc().unix_timestamp();
    std::fs::write(folder.join("state/feed"), format!("{now} 99.0.1\n")).expect("written");
    desktop.show_trays();
    let agent = computer.start();
    assert_eq!(
        desktop.notice(),
        "Version 99.0.1 is available. Update with this computer's own software installer."
    );
    let tray = desktop.tray();
    let entry = "Version 99.0.1 is available";
    let is_there = || tray.menu().iter().any(|(_, label)| label == entry);
    until("the entry", is_there).expect("it is there");
    tray.click(entry);
    let mut window = computer.window();
    window.until(|screen| matches!(screen, Screen::About(about) if about.newer.is_some()));
    drop(agent);
    let _agent = computer.start();
    let tray = desktop.tray();
    until("the entry", || {
        tray.menu().iter().any(|(_, label)| label == entry)
    })
    .expect("there");
    // What comes next is about something else.
    computer.follow("junk");
    assert!(desktop.notice().contains("LINK-INVALID"));
}
