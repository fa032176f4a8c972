//! Logins in the window: to their end, and with a window that dies in each of their states.

use kyso_screens::{Act, Screen, Shown, Waiting};
use kyso_support::until;

use super::computer::{Agent, Computer, message, told};
use super::played::Played;
use super::scene::{asked, on_a_computer, on_a_desktop};
use crate::person::PIN;

pub(super) fn consent(window: &mut Played) -> Shown {
    window.until(|screen| matches!(screen, Screen::Consent(_)))
}

fn choose(window: &mut Played) -> Shown {
    window.until(|screen| matches!(screen, Screen::Choose(choose) if !choose.searching))
}

pub(super) fn pin(window: &mut Played) -> Shown {
    window.until(|screen| matches!(screen, Screen::Pin(_)))
}

/// As far as the PIN.
pub(super) fn as_far_as_pin(window: &mut Played) -> Shown {
    let shown = consent(window);
    window.act(&shown, Act::Agree);
    let shown = choose(window);
    window.act(&shown, Act::Choose { row: 0 });
    pin(window)
}

fn code(shown: &Shown) -> &str {
    match &shown.screen {
        Screen::Failed(failed) => &failed.problem.code,
        other => panic!("not failed: {other:?}"),
    }
}

pub(super) fn failed(window: &mut Played) -> Shown {
    window.until(|screen| matches!(screen, Screen::Failed(_)))
}

pub(super) fn begun(computer: &Computer) -> (Agent, Played) {
    let agent = computer.start();
    computer.asks();
    (agent, computer.window())
}

/// One login to its end.
pub(super) fn whole(computer: &Computer) {
    let mut window = computer.window();
    let shown = as_far_as_pin(&mut window);
    window.pin(&shown, PIN);
    let shown = window.until(|screen| matches!(screen, Screen::Done(_)));
    window.act(&shown, Act::Close);
    window.told_to_close();
    window.end(0);
    let at_rest = || computer.status().get("window") == Some(&false.into());
    until("rest", at_rest).expect("no window");
}

/// The agent is at rest and takes the next link.
pub(super) fn goes_on(computer: &Computer, agent: &mut Agent) {
    until("the login's end", || {
        computer.follow(&computer.link()).status.success()
    })
    .expect("the next one begins");
    consent(&mut computer.window());
    assert!(agent.is_alive());
}

#[test]
fn a_login_goes_from_the_link_to_the_browser_and_its_window_ends() {
    on_a_computer(|computer| {
        let (browser, told) = computer.browser("firefox");
        computer.replace("\"/bin/true\"", &format!("{browser:?}"));
        let (_agent, mut window) = begun(&computer);
        let shown = as_far_as_pin(&mut window);
        assert_eq!(computer.status()["state"], "waiting");
        window.pin(&shown, PIN);
        let shown = window.until(|screen| matches!(screen, Screen::Done(_)));
        until("the browser", || told.exists()).expect("it is started");
        let address = std::fs::read_to_string(told).expect("written");
        assert!(address.contains("/.well-known/kyso/return#"), "{address}");
        window.act(&shown, Act::Close);
        window.told_to_close();
        window.end(0);
        until("rest", || computer.status()["window"] == false).expect("no window");
    });
}

#[test]
fn done_is_shown_for_a_while_and_then_the_window_ends_by_itself() {
    asked(|_computer, _agent, mut window| {
        let shown = as_far_as_pin(&mut window);
        window.pin(&shown, PIN);
        window.until(|screen| matches!(screen, Screen::Done(_)));
        window.told_to_close();
        // It doesn't, and is killed.
        window.ended();
    });
}

fn no_browser(screen: &Screen) -> bool {
    matches!(screen, Screen::Done(done) if done.no_browser.is_some())
}

#[test]
fn where_no_browser_opens_the_window_says_so_and_stays() {
    let check = |set: &str| {
        on_a_computer(|computer| {
            // As the system's own ends where it finds no browser.
            computer.systems_opener("exit 3");
            computer.replace("browser = \"/bin/true\"", &format!("browser = {set:?}"));
            let (_agent, mut window) = begun(&computer);
            let shown = as_far_as_pin(&mut window);
            window.pin(&shown, PIN);
            // The PIN went through this process, so that another one goes on.
            window.told_to_close();
            let mut next = computer.window();
            let shown = next.until(no_browser);
            next.act(&shown, Act::Close);
            next.told_to_close();
        });
    };
    check("/nowhere");
    check("/bin/false");
}

#[test]
fn whoever_closed_the_window_before_no_browser_opened_is_told_all_the_same() {
    on_a_desktop(|desktop, computer| {
        let fails = computer.home().join("fails");
        let script = format!(
            "while [ ! -e '{}' ]; do sleep 0.05; done; exit 3",
            fails.display()
        );
        computer.systems_opener(&script);
        computer.replace("browser = \"/bin/true\"", "browser = \"/nowhere\"");
        let (_agent, mut window) = begun(&computer);
        let shown = as_far_as_pin(&mut window);
        window.pin(&shown, PIN);
        let shown = window.until(|screen| matches!(screen, Screen::Done(_)));
        window.act(&shown, Act::Close);
        window.told_to_close();
        std::fs::write(fails, "").expect("written");
        assert!(desktop.notice().contains("No browser could be opened"));
    });
}

#[test]
fn a_browser_that_fails_gives_way_to_the_systems() {
    on_a_computer(|computer| {
        let told = computer.home().join("told");
        computer.systems_opener(&format!("printf %s \"$1\" > '{}'", told.display()));
        computer.replace("browser = \"/bin/true\"", "browser = \"/nowhere\"");
        let (_agent, mut window) = begun(&computer);
        let shown = as_far_as_pin(&mut window);
        window.pin(&shown, PIN);
        let shown = window.until(|screen| matches!(screen, Screen::Done(_)));
        until("the browser", || told.exists()).expect("it is started");
        window.act(&shown, Act::Close);
        window.told_to_close();
    });
}

#[test]
fn a_process_through_which_a_pin_went_shows_nothing_after_the_login() {
    asked(|computer, _agent, mut window| {
        let shown = as_far_as_pin(&mut window);
        window.pin(&shown, "00000000");
        let shown = pin(&mut window);
        let Screen::Pin(view) = &shown.screen else {
            panic!("{shown:?}")
        };
        assert_eq!(
            view.last.as_ref().map(|last| last.code.as_str()),
            Some("PIN-WRONG")
        );
        window.act(&shown, Act::GiveUp);
        window.told_to_close();
        let mut next = computer.window();
        assert_eq!(code(&failed(&mut next)), "PIN-WRONG");
        window.end(0);
    });
}

#[test]
fn whoever_refuses_sees_that_and_the_portal_learns_it() {
    asked(|computer, _agent, mut window| {
        let shown = consent(&mut window);
        window.act(&shown, Act::Refuse);
        let shown = failed(&mut window);
        assert_eq!(code(&shown), "CANCELLED");
        until("the answer", || !computer.answers().is_empty()).expect("posted");
        assert!(computer.answers().concat().contains("cancelled"));
        until("the end", || computer.status()["state"] == "ready").expect("over");
        window.act(&shown, Act::Close);
        window.told_to_close();
    });
}

#[test]
fn whoever_wants_it_again_while_the_portal_is_being_told_gets_it_afterwards() {
    asked(|computer, _agent, mut window| {
        let shown = consent(&mut window);
        window.act(&shown, Act::Refuse);
        let shown = failed(&mut window);
        window.act(&shown, Act::Again);
        consent(&mut window);
        assert_eq!(computer.answers().len(), 1);
    });
}

#[test]
fn an_act_on_what_is_shown_no_more_does_nothing() {
    asked(|computer, _agent, mut window| {
        let first = consent(&mut window);
        window.act(&first, Act::Agree);
        let second = choose(&mut window);
        assert!(second.number > first.number);
        window.act(&first, Act::Refuse);
        window.pin(&first, PIN);
        window.act(&second, Act::Choose { row: 0 });
        pin(&mut window);
        assert!(computer.answers().is_empty());
    });
}

#[test]
fn numbers_go_on_from_one_login_to_the_next() {
    asked(|computer, mut agent, mut window| {
        let first = consent(&mut window);
        window.end(0);
        until("the login's end", || {
            computer.follow(&computer.link()).status.success()
        })
        .expect("the next one begins");
        let mut window = computer.window();
        let second = consent(&mut window);
        assert!(second.number > first.number);
        // What an older window would have sent.
        window.act(&first, Act::Agree);
        window.act(&second, Act::Refuse);
        assert_eq!(code(&failed(&mut window)), "CANCELLED");
        assert!(agent.is_alive());
    });
}

/// Kills or closes the window in a state, and sees the login end and the agent go on.
fn check_death(reach: impl Fn(&mut Played), dies: impl Fn(Played)) {
    asked(|computer, mut agent, mut window| {
        reach(&mut window);
        dies(window);
        goes_on(&computer, &mut agent);
    });
}

#[test]
fn a_window_killed_while_the_ask_is_checked_ends_the_login() {
    let at = |window: &mut Played| {
        window.until(|screen| matches!(screen, Screen::Waiting(Waiting::Ask { .. })));
    };
    check_death(at, Played::kill);
}

#[test]
fn a_window_killed_at_the_consent_ends_the_login() {
    check_death(|window| drop(consent(window)), Played::kill);
}

#[test]
fn a_window_closed_at_the_consent_ends_the_login() {
    check_death(|window| drop(consent(window)), |window| window.end(0));
}

#[test]
fn a_window_killed_at_the_choice_ends_the_login() {
    let at = |window: &mut Played| {
        let shown = consent(window);
        window.act(&shown, Act::Agree);
        choose(window);
    };
    check_death(at, Played::kill);
}

#[test]
fn a_window_killed_at_the_pin_ends_the_login() {
    check_death(|window| drop(as_far_as_pin(window)), Played::kill);
}

#[test]
fn a_window_killed_when_the_pin_is_out_ends_the_login() {
    let at = |window: &mut Played| {
        let shown = as_far_as_pin(window);
        window.pin(&shown, "00000000");
        pin(window);
    };
    check_death(at, Played::kill);
}

#[test]
fn a_window_that_writes_junk_is_none_any_more() {
    let check = |junk: &'static [u8]| {
        check_death(
            |window| drop(consent(window)),
            move |mut window| {
                window.raw(junk);
                window.ended();
            },
        );
    };
    check(&[7, 0, 0, 0, 0]);
    check(&[1, 255, 255, 255, 255]);
    check(&[1, 2, 0, 0, 0, b'{', b'}']);
    check(&[2, 8, 1, 0, 0]);
}

#[test]
fn the_journal_says_that_the_window_was_closed() {
    asked(|computer, mut agent, mut window| {
        consent(&mut window);
        window.kill();
        goes_on(&computer, &mut agent);
        let (status, value) = computer.person.json(&["history"]);
        assert_eq!(status, Some(0));
        assert!(value.to_string().contains("WINDOW-CLOSED"), "{value}");
    });
}

#[test]
fn a_second_ask_is_turned_away_and_the_first_goes_on() {
    asked(|computer, _agent, mut window| {
        let shown = consent(&mut window);
        let mut second = computer.agent(&[&computer.link()]);
        let second = second.env("XDG_ACTIVATION_TOKEN", "second").output();
        let second = second.expect("kyso-agent was built");
        assert_eq!(second.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&second.stderr).contains("BUSY"));
        assert_eq!(window.front().as_deref(), Some("second"));
        window.act(&shown, Act::Agree);
        choose(&mut window);
    });
}

#[test]
fn the_first_link_starts_the_agent_and_its_window_has_the_token() {
    on_a_computer(|computer| {
        let mut started = computer.agent(&[&computer.link()]);
        let mut agent = Agent::of(started.env("XDG_ACTIVATION_TOKEN", "first"));
        let mut window = computer.window();
        assert_eq!(window.token, "first");
        consent(&mut window);
        window.end(0);
        until("rest", || computer.status()["window"] == false).expect("no window");
        assert!(agent.is_alive());
    });
}

#[test]
fn without_a_display_the_caller_is_told_and_nothing_is_asked_of_the_portal() {
    on_a_computer(|computer| {
        let computer = computer.without_display();
        let cold = computer.follow(&computer.link());
        assert_eq!(cold.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&cold.stderr).contains("NO-DISPLAY"));
        let mut agent = computer.start();
        let warm = computer.follow(&computer.link());
        assert!(String::from_utf8_lossy(&warm.stderr).contains("NO-DISPLAY"));
        let page = computer.kyso(&["open", "history"]);
        assert!(String::from_utf8_lossy(&page.stderr).contains("NO-DISPLAY"));
        assert!(
            computer
                .person
                .server
                .requests
                .lock()
                .expect("no panic")
                .is_empty()
        );
        assert!(agent.is_alive());
    });
}

#[test]
fn a_window_program_that_is_not_there_is_said() {
    on_a_computer(|computer| {
        let mut agent = computer.agent(&["--hidden"]);
        let _agent = Agent::of(agent.env("KYSO_DESKTOP", "/nowhere"));
        computer.until_it_answers();
        let output = computer.follow(&computer.link());
        assert!(String::from_utf8_lossy(&output.stderr).contains("WINDOW-ABSENT"));
    });
}

#[test]
fn a_window_that_does_not_read_is_killed() {
    on_a_computer(|computer| {
        let (mut agent, window) = begun(&computer);
        let open = r#"{"request":"open","page":"history","token":""#;
        let open = message(&format!("{open}{}\"}}", "x".repeat(15_000)));
        until("its end", || {
            told(&computer.socket(), &open);
            computer.status()["window"] == false
        })
        .expect("killed");
        window.ended();
        assert!(agent.is_alive());
    });
}

#[test]
fn an_agent_that_ends_tells_the_portal_of_the_login_that_ends_with_it() {
    asked(|computer, mut agent, mut window| {
        consent(&mut window);
        assert!(computer.kyso(&["quit"]).status.success());
        assert!(agent.ended().success());
        assert!(computer.answers().concat().contains("cancelled"));
    });
}
