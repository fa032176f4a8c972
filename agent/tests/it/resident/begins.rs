//! What logins begin from, and what keeps them from beginning.

use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use kyso_screens::{Act, Screen, Setting, Shown, ToWindow};
use kyso_support::until;

use super::bus::Desktop;
use super::computer::{Agent, Computer, message, reply, told};
use super::logins::{as_far_as_pin, begun, consent, failed, goes_on};
use super::played::Played;
use super::scene::{asked, on_a_computer, on_a_desktop, resident};
use crate::person::PIN;

/// The login's turn, as the command line takes it, where it is free.
fn turn(computer: &Computer) -> Option<UnixStream> {
    let mut stream = UnixStream::connect(computer.socket()).expect("it listens");
    let turn = message(r#"{"request":"turn"}"#);
    stream.write_all(&turn).expect("taken");
    let is_lent = reply(&mut stream).get("reply") == Some(&"done".into());
    is_lent.then_some(stream)
}

/// The page of which each row can be tried.
fn identities(computer: &Computer) -> (Played, Shown) {
    computer.opens("identities");
    let mut window = computer.window();
    let shown = window.until(|screen| match screen {
        Screen::Identities(page) => !page.found.searching && page.found.tokens.len() == 1,
        _ => false,
    });
    (window, shown)
}

fn until_a_link_is_taken(computer: &Computer) {
    let taken = || computer.follow(&computer.link()).status.success();
    until("the turn", taken).expect("it is taken");
}

#[test]
fn no_page_begins_a_login_while_the_turn_is_lent() {
    on_a_desktop(|desktop, computer| {
        let _agent = computer.start();
        let (mut window, shown) = identities(&computer);
        let turn = turn(&computer).expect("free");
        window.act(&shown, Act::TryOut { row: 0 });
        assert!(desktop.notice().contains("BUSY"));
        drop(turn);
        until_a_link_is_taken(&computer);
        consent(&mut window);
    });
}

#[test]
fn a_login_that_failed_does_not_begin_again_while_the_turn_is_lent() {
    on_a_desktop(|desktop, computer| {
        let (_agent, mut window) = begun(&computer);
        let shown = consent(&mut window);
        window.act(&shown, Act::Refuse);
        let shown = failed(&mut window);
        let mut lent = None;
        until("the login's end", || {
            lent = turn(&computer);
            lent.is_some()
        })
        .expect("the turn is free");
        // The first wish takes nothing away from the second.
        for _ in 0..2 {
            window.act(&shown, Act::Again);
            assert!(desktop.notice().contains("BUSY"));
        }
        drop(lent);
        until_a_link_is_taken(&computer);
        consent(&mut window);
    });
}

#[test]
fn whoever_closes_the_page_on_which_a_login_has_just_begun_ends_the_login() {
    resident(|computer, mut agent| {
        let (mut window, shown) = identities(&computer);
        window.acts(&shown, [Act::TryOut { row: 0 }, Act::Close]);
        loop {
            match window.order().expect("an order") {
                ToWindow::Close => break,
                // The login was faster.
                ToWindow::Show(shown) => window.act(&shown, Act::Close),
                ToWindow::Front { .. } => {}
            }
        }
        goes_on(&computer, &mut agent);
    });
}

#[test]
fn an_ask_that_comes_while_done_is_shown_has_a_process_of_its_own() {
    asked(|computer, _agent, mut window| {
        let shown = as_far_as_pin(&mut window);
        window.pin(&shown, PIN);
        window.until(|screen| matches!(screen, Screen::Done(_)));
        until_a_link_is_taken(&computer);
        window.told_to_close();
        consent(&mut computer.window());
    });
}

/// A browser that is installed for this person, and where it writes down what it is given.
fn dove(computer: &Computer) -> PathBuf {
    computer.replace("browser = \"/bin/true\"\n", "");
    let (browser, told) = computer.browser("dovebrowser");
    let applications = computer.home().join(".local/share/applications");
    std::fs::create_dir_all(&applications).expect("made");
    let entry = format!(
        "[Desktop Entry]\nName=Dove\nExec={} %U\nMimeType=x-scheme-handler/https;\n",
        browser.display()
    );
    std::fs::write(applications.join("dove.desktop"), entry).expect("written");
    told
}

/// A program of the same name, as a script in /usr/bin starts the one that runs.
fn running_dove(computer: &Computer, script: &str) -> Command {
    let running = computer.home().join("dovebrowser");
    std::fs::copy("/bin/busybox", &running).expect("busybox is installed");
    let mut dove = computer.command(running.to_str().expect("text"), &["-c", script]);
    dove.arg0("sh");
    dove
}

/// Clicks the link in that browser.
fn click_in_dove(computer: &Computer) -> Played {
    let agent = env!("CARGO_BIN_EXE_kyso-agent");
    let link = format!("{agent} '{}'; :", computer.link());
    let mut clicked = running_dove(computer, &link);
    assert!(clicked.status().expect("it runs").success());
    computer.window()
}

fn check_return(window: &mut Played, told: &Path) {
    let shown = as_far_as_pin(window);
    window.pin(&shown, PIN);
    window.until(|screen| matches!(screen, Screen::Done(_)));
    until("the browser", || told.exists()).expect("it is started");
    let address = std::fs::read_to_string(told).expect("written");
    assert!(address.contains("/.well-known/kyso/return#"), "{address}");
}

#[test]
fn the_return_page_opens_in_the_browser_that_the_link_came_from() {
    on_a_computer(|computer| {
        let told = dove(&computer);
        let _agent = computer.start();
        check_return(&mut click_in_dove(&computer), &told);
    });
}

/// The agent as a desktop starts it for that browser's link: no child of the browser's, but with what the browser hands
/// on.
fn started_for_dove(computer: &Computer) -> Command {
    let mut agent = computer.agent(&[&computer.link()]);
    agent.env("CHROME_DESKTOP", "dove.desktop");
    agent
}

#[test]
fn the_return_page_opens_in_the_browser_that_a_desktop_started_the_agent_for() {
    on_a_computer(|computer| {
        let told = dove(&computer);
        let _agent = Agent::of(&mut started_for_dove(&computer));
        check_return(&mut computer.window(), &told);
    });
    on_a_computer(|computer| {
        let told = dove(&computer);
        let _agent = computer.start();
        let mut handed_over = started_for_dove(&computer);
        assert!(handed_over.status().expect("it was built").success());
        check_return(&mut computer.window(), &told);
    });
}

#[test]
fn the_return_page_opens_in_the_only_browser_that_runs_on_this_display() {
    on_a_computer(|computer| {
        let told = dove(&computer);
        // It ends when nobody writes to it any more.
        let mut dove = running_dove(&computer, "read -r never");
        let mut dove = dove.stdin(Stdio::piped()).spawn().expect("it runs");
        let _agent = computer.start();
        computer.asks();
        check_return(&mut computer.window(), &told);
        dove.wait().expect("it ends");
    });
}

/// Whether each of six is said, and the seventh is not.
fn six_are_said(desktop: &Desktop, computer: &Computer, junk: impl Fn()) {
    for _ in 0..6 {
        junk();
        assert!(desktop.notice().contains("LINK-INVALID"));
    }
    junk();
    computer.asks();
    computer.window().kill();
    // Nothing came between.
    assert!(desktop.notice().contains("WINDOW-CLOSED"));
}

#[test]
fn a_seventh_piece_of_junk_within_a_minute_is_not_said() {
    on_a_desktop(|desktop, computer| {
        let _agent = computer.start();
        six_are_said(&desktop, &computer, || {
            let followed = computer.follow("junk");
            let said = String::from_utf8_lossy(&followed.stderr);
            assert!(said.contains("LINK-INVALID"), "{followed:?}");
        });
    });
}

#[test]
fn a_seventh_piece_of_junk_on_the_socket_is_not_said() {
    on_a_desktop(|desktop, computer| {
        let _agent = computer.start();
        let junk = message(r#"{"request":"ask","link":"junk","token":null}"#);
        six_are_said(&desktop, &computer, || {
            let told = told(&computer.socket(), &junk);
            assert_eq!(told["why"], "link", "{told}");
        });
    });
}

#[test]
fn the_return_page_opens_in_the_browser_that_was_chosen_by_its_desktop_file() {
    on_a_computer(|computer| {
        let told = dove(&computer);
        let _agent = computer.start();
        computer.opens("settings");
        let mut window = computer.window();
        let shown = window.until(|screen| matches!(screen, Screen::Settings(_)));
        let Screen::Settings(page) = &shown.screen else {
            panic!("{shown:?}")
        };
        let named = page.browsers.iter().find(|browser| browser.name == "Dove");
        let value = named.expect("it is offered").value.clone();
        assert_eq!(value, "dove.desktop");
        window.act(&shown, Act::Set(Setting::Browser { value }));
        let chosen = |screen: &Screen| matches!(screen, Screen::Settings(page) if page.browser.value == "dove.desktop");
        let shown = window.until(chosen);
        window.act(&shown, Act::Close);
        window.told_to_close();
        until_a_link_is_taken(&computer);
        check_return(&mut computer.window(), &told);
    });
}

#[test]
fn a_login_that_began_again_returns_to_the_browser_that_the_link_came_from() {
    on_a_computer(|computer| {
        let told = dove(&computer);
        let _agent = computer.start();
        let mut window = click_in_dove(&computer);
        let shown = consent(&mut window);
        window.act(&shown, Act::Refuse);
        let shown = failed(&mut window);
        until("the answer", || !computer.answers().is_empty()).expect("posted");
        until("the end", || turn(&computer).is_some()).expect("over");
        until("the turn", || {
            window.act(&shown, Act::Again);
            computer.status()["state"] == "waiting"
        })
        .expect("it begins");
        check_return(&mut window, &told);
    });
}
