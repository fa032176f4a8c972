//! Settings that are refused.

use kyso_screens::{Act, Page, Screen, Shown};

use super::computer::{Agent, Computer, message, told};
use super::logins::failed;
use super::played::Played;
use super::scene::{on_a_computer, on_a_desktop, resident};

fn spoil(computer: &Computer) {
    computer.replace("browser =", "nonsense = true\nbrowser =");
}

/// The window says that the settings are refused, and why.
fn refusal(window: &mut Played, why: &str) -> Shown {
    let shown = failed(window);
    let Screen::Failed(said) = &shown.screen else {
        panic!("another screen")
    };
    assert_eq!(said.problem.code, "SETTINGS-INVALID");
    assert!(said.problem.happened.contains(why), "{said:?}");
    shown
}

/// As the tray opens a page: nobody has read the settings before.
fn open_history(computer: &Computer) {
    let open = message(r#"{"request":"open","page":"history"}"#);
    let refused = told(&computer.socket(), &open);
    assert_eq!(refused.get("reply"), Some(&"refused".into()), "{refused}");
}

#[test]
fn they_are_said_in_the_window() {
    resident(|computer, _agent| {
        spoil(&computer);
        open_history(&computer);
        let mut window = computer.window();
        refusal(&mut window, "nonsense");
        computer.replace("nonsense = true\n", "");
        computer.opens("history");
        window.until(|screen| matches!(screen, Screen::History(_)));
    });
}

#[test]
fn the_page_that_was_open_comes_back_after_them() {
    resident(|computer, _agent| {
        computer.opens("about");
        let mut window = computer.window();
        let is_about = |screen: &Screen| matches!(screen, Screen::About(_));
        window.until(is_about);
        spoil(&computer);
        open_history(&computer);
        let shown = refusal(&mut window, "nonsense");
        window.act(&shown, Act::Close);
        let shown = window.until(is_about);
        window.act(&shown, Act::Open { page: Page::Sites });
        window.until(|screen| matches!(screen, Screen::Sites(_)));
    });
}

#[test]
fn they_are_said_where_no_window_comes() {
    on_a_desktop(|desktop, computer| {
        let computer = computer.without_display();
        let _agent = computer.start();
        spoil(&computer);
        open_history(&computer);
        assert!(desktop.notice().contains("SETTINGS-INVALID"));
    });
}

#[test]
fn whoever_starts_the_program_reads_them_in_a_window() {
    on_a_computer(|computer| {
        spoil(&computer);
        let mut agent = Agent::of(&mut computer.agent(&[]));
        let mut window = computer.window();
        let shown = refusal(&mut window, "nonsense");
        window.act(&shown, Act::Close);
        window.told_to_close();
        window.end(0);
        assert!(!agent.ended().success());
    });
}

#[test]
fn a_log_in_and_a_link_bring_up_no_window_for_them() {
    on_a_desktop(|desktop, computer| {
        spoil(&computer);
        for argument in ["--hidden", &computer.link()] {
            let ended = computer.follow(argument);
            assert!(!ended.status.success());
            assert!(desktop.notice().contains("SETTINGS-INVALID"));
        }
    });
}

#[test]
fn a_list_of_drivers_that_is_wrong_is_said_in_a_window_that_stays() {
    on_a_computer(|computer| {
        let list = computer.home().join("modules.toml");
        std::fs::write(&list, "nonsense").expect("written");
        let by = format!("catalogue = {list:?}\n");
        computer.replace("only-these-modules = true\n", &by);
        let mut agent = Agent::of(&mut computer.agent(&[]));
        let mut window = computer.window();
        let shown = refusal(&mut window, "catalogue");
        computer.until_it_answers();
        window.act(&shown, Act::Close);
        window.told_to_close();
        assert!(agent.is_alive());
    });
}
