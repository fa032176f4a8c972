//! A history that can't be written.

use kyso_screens::{Act, Screen};

use super::logins::{consent, failed};
use super::tray::both;

#[test]
fn a_login_that_cannot_be_written_down_is_said_at_once_and_in_the_history() {
    let Some((desktop, computer)) = both() else {
        return;
    };
    let file = computer.person.folder.path().join("state/history");
    std::fs::create_dir_all(&file).expect("made");
    let _agent = computer.start();
    assert!(computer.follow(&computer.link()).status.success());
    let mut window = computer.window();
    let shown = consent(&mut window);
    window.act(&shown, Act::Refuse);
    failed(&mut window);
    assert!(desktop.notice().contains("HISTORY-LOST"));
    std::fs::remove_dir(&file).expect("removed");
    assert!(computer.kyso(&["open", "history"]).status.success());
    let told = |screen: &Screen| {
        let problem = |page: &kyso_screens::History| page.problem.clone().unwrap_or_default();
        matches!(screen, Screen::History(page) if problem(page).contains("missing"))
    };
    window.until(told);
    let verified = computer.kyso(&["--json", "history", "verify"]);
    let verified = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert!(verified.contains("\"gap\":true"), "{verified}");
}
