//! The check of this computer, while cards come and go.

use kyso_screens::{Check, Screen};
use kyso_support::VirtualReader;

use super::computer::{Agent, Computer};
use super::logins::whole;
use super::played::Played;
use super::scene::on_a_computer;
use crate::card::card;

fn asked(computer: &Computer) -> usize {
    let requests = computer.person.server.requests.lock();
    requests.expect("no test panicked with it").len()
}

/// The page, once nothing runs any more.
fn looked(window: &mut Played) -> Check {
    let shown = window.until(|screen| matches!(screen, Screen::Check(page) if !page.running));
    match shown.screen {
        Screen::Check(page) => page,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_card_that_comes_is_looked_at_and_no_portal_is_asked_for_it() {
    on_a_computer(|computer| {
        let Some(reader) = VirtualReader::start().expect("pcscd starts") else {
            return;
        };
        let mut agent = computer.agent(&["--hidden"]);
        let _agent = Agent::of(agent.envs(reader.environment()));
        computer.until_it_answers();
        computer.asks();
        whole(&computer);
        let before = asked(&computer);
        computer.opens("check");
        let mut window = computer.window();
        let first = looked(&mut window);
        assert_eq!(asked(&computer), before + 1, "the portal that was used");
        let _card = reader.insert(card()).expect("inserted");
        window.until(|screen| matches!(screen, Screen::Check(page) if page.running));
        let second = looked(&mut window);
        assert_ne!(second.findings, first.findings);
        assert_eq!(second.findings.last(), first.findings.last());
        assert_eq!(asked(&computer), before + 1);
    });
}
