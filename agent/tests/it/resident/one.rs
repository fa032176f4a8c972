//! One agent a user, however many are started.

use std::process::Stdio;

use kyso_support::until;

use super::computer::Agent;
use super::scene::{on_a_computer, resident};

#[test]
fn of_many_started_at_once_one_stays_and_the_others_end_well() {
    on_a_computer(|computer| {
        let mut agents: Vec<_> = (0..8)
            .map(|_| Agent::of(&mut computer.agent(&["--hidden"])))
            .collect();
        computer.until_it_answers();
        until("the others' end", || {
            agents
                .iter_mut()
                .map(Agent::is_alive)
                .filter(|alive| *alive)
                .count()
                == 1
        })
        .expect("one stays");
        for agent in &mut agents {
            assert!(agent.is_alive() || agent.ended().success());
        }
    });
}

#[test]
fn an_agent_that_was_killed_leaves_its_place_to_the_next() {
    on_a_computer(|computer| {
        drop(computer.start());
        assert!(computer.socket().exists());
        assert_eq!(computer.status()["running"], false);
        let _agent = computer.start();
    });
}

#[test]
fn it_ends_when_it_is_told_to() {
    resident(|computer, mut agent| {
        assert!(computer.kyso(&["quit"]).status.success());
        assert!(agent.ended().success());
        assert_eq!(computer.kyso(&["quit"]).status.code(), Some(1));
        let mut agent = computer.start();
        let process = i32::try_from(agent.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        rustix::process::kill_process(process.expect("a number"), rustix::process::Signal::TERM)
            .expect("it runs");
        assert!(agent.ended().success());
    });
}

#[test]
fn a_link_that_is_none_is_refused_by_the_program_itself() {
    on_a_computer(|computer| {
        let id = "AAECAwQFBgcICQoLDA0ODw";
        for link in [
            "junk".to_owned(),
            format!("kyso:1/portal.example/{id}?a=1&a=1"),
            format!("kyso:1/{}/{id}", "a".repeat(65_536)),
            format!("https://portal.example/{id}"),
        ] {
            let output = computer.follow(&link);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(1), "{said}");
            assert!(said.contains("LINK-INVALID"), "{said}");
        }
        assert_eq!(computer.status()["running"], false);
        let wrong = computer.agent(&["--sign"]).stderr(Stdio::null()).status();
        assert_eq!(wrong.expect("kyso-agent was built").code(), Some(2));
    });
}

#[test]
fn the_turn_is_lent_to_the_command_line_and_comes_back() {
    resident(|computer, _agent| {
        let (status, value) =
            computer
                .person
                .json(&["sign-in", "--pin-fd", "0", "--yes", &computer.link()]);
        // Nothing is on standard input; the login came as far as the PIN, which took the turn.
        assert_eq!(
            (status, value["code"].as_str()),
            (Some(1), Some("PIN-FORM")),
            "{value}"
        );
        computer.asks();
        let mut window = computer.window();
        window.until(|screen| matches!(screen, kyso_screens::Screen::Consent(_)));
        let (status, value) =
            computer
                .person
                .json(&["sign-in", "--pin-fd", "0", "--yes", &computer.link()]);
        assert_eq!(
            (status, value["code"].as_str()),
            (Some(1), Some("BUSY")),
            "{value}"
        );
    });
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    on_a_computer(|computer| {
        computer.replace("runtime-folder = \"run\"", "runtime-folder = \"kyso.toml\"");
        let folder = computer.person.folder.path().join("kyso.toml");
        let output = computer.agent(&["--hidden"]).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("FOLDER"), "{said}");
        assert!(said.contains(&folder.display().to_string()), "{said}");
    });
}
