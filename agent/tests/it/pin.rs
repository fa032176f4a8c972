//! `kyso token pin` as a script runs it.

use std::io::Write as _;
use std::process::Stdio;

use kyso_support::Role;
use serde_json::Value;

use crate::person::{PIN, Person};

fn change(person: &Person, more: &[&str], lines: &str) -> (Option<i32>, Value) {
    let mut arguments = vec!["--json", "token", "pin", "--pin-fd", "0"];
    arguments.extend(more);
    let mut command = person.kyso(&arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("kyso was built");
    let mut stdin = child.stdin.take().expect("a pipe");
    // It may end before it has read them all.
    drop(stdin.write_all(lines.as_bytes()));
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let value = serde_json::from_slice(&output.stdout).expect("JSON");
    (output.status.code(), value)
}

#[test]
fn a_script_changes_a_pin_by_three_lines() {
    let Some(person) = Person::new(&[Role::Citizen]) else {
        return;
    };
    let check = |lines: &str, code: &str| {
        let (status, value) = change(&person, &[], lines);
        assert_eq!(
            (status, value["code"].as_str()),
            (Some(1), Some(code)),
            "{value}"
        );
    };
    check(&format!("{PIN}\n123\n123\n"), "PIN-NEW-FORM");
    check(&format!("{PIN}\n97531864\n97531865\n"), "PIN-NEW-DIFFERS");
    check("00000000\n97531864\n97531864\n", "PIN-WRONG");
    let (status, value) = change(&person, &[], &format!("{PIN}\n97531864\n97531864\n"));
    assert_eq!(
        (status, value["outcome"].as_str()),
        (Some(0), Some("changed")),
        "{value}"
    );
    check(&format!("{PIN}\n24680000\n24680000\n"), "PIN-WRONG");
}

#[test]
fn of_several_tokens_a_script_names_one() {
    let Some(person) = Person::new(&[Role::Citizen, Role::Business]) else {
        return;
    };
    let lines = format!("{PIN}\n97531864\n97531864\n");
    let (status, value) = change(&person, &[], &lines);
    assert_eq!(
        (status, value["code"].as_str()),
        (Some(1), Some("TOKEN-SEVERAL"))
    );
    let (_, tokens) = person.json(&["tokens"]);
    let serial = tokens["tokens"][0]["serial"].as_str().expect("a serial");
    let (status, value) = change(&person, &["--token", serial], &lines);
    assert_eq!(
        (status, value["serial"].as_str()),
        (Some(0), Some(serial)),
        "{value}"
    );
    let (status, value) = change(&person, &["--token", "none such"], &lines);
    assert_eq!(
        (status, value["code"].as_str()),
        (Some(1), Some("TOKEN-ABSENT"))
    );
}
