//! `kyso` on a real terminal: what is typed, what is shown, and what is left behind.

use kyso_support::Role;
use rustix::process::Signal;
use serde_json::Value;

use crate::person::{PIN, Person};
use crate::terminal::Terminal;

#[test]
fn a_wrong_pin_and_then_the_right_one_sign_in_and_neither_is_shown() {
    let Some(person) = Person::new(&[Role::Citizen]) else {
        return;
    };
    let mut terminal = Terminal::start(&person.sign_in());
    terminal.expect("Mã đối chiếu").expect("[").enter("c");
    terminal.expect("PIN: ");
    assert!(!terminal.echoes());
    terminal
        .enter("00000000")
        .expect("Mã PIN không đúng")
        .expect("PIN: ");
    terminal.enter(PIN).expect("Hoàn tất");
    let (status, shown) = terminal.end();
    assert!(status.success(), "{shown}");
    assert!(terminal.echoes());
    assert!(
        !shown.contains(PIN) && !shown.contains("00000000"),
        "{shown}"
    );
    check_history(&person);
}

/// One entry, accepted, with what was shown and nothing secret; and the portal's last certificate.
fn check_history(person: &Person) {
    let (_, history) = person.json(&["history"]);
    let Some([entry]) = history
        .get("entries")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    else {
        panic!("{history}")
    };
    let member = |name: &str| {
        entry
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or("?")
            .to_owned()
    };
    assert_eq!(
        (member("outcome"), member("purpose")),
        ("accepted".into(), "login".into())
    );
    assert_eq!(entry.get("signed"), Some(&true.into()));
    assert_eq!(member("matching-code").len(), 4);
    let (status, verdict) = person.json(&["history", "verify"]);
    assert_eq!(
        (status, verdict.get("intact")),
        (Some(0), Some(&true.into()))
    );
    let kept = std::fs::read_to_string(person.state("portals")).expect("a list");
    assert_eq!(kept.split(' ').nth(1).map(str::len), Some(64), "{kept}");
    let file = person.state("history");
    let spoilt = std::fs::read_to_string(&file)
        .expect("a file")
        .replace("accepted", "PIN-WRONG");
    std::fs::write(file, spoilt).expect("written");
    let (status, verdict) = person.json(&["history", "verify"]);
    assert_eq!((status, verdict.get("broken")), (Some(1), Some(&1.into())));
}

#[test]
fn ctrl_c_while_the_pin_is_typed_gives_the_terminal_back() {
    let Some(person) = Person::new(&[Role::Citizen]) else {
        return;
    };
    let mut terminal = Terminal::start(&person.sign_in());
    terminal.expect("[").enter("c").expect("PIN: ");
    terminal.key("246").key("\u{3}").expect("Bạn đã hủy");
    let (status, shown) = terminal.end();
    assert_eq!(status.code(), Some(1), "{shown}");
    assert!(terminal.echoes());
    assert!(!shown.contains("246"), "{shown}");
    let (_, history) = person.json(&["history"]);
    assert_eq!(history["entries"][0]["outcome"], "CANCELLED");
}

#[test]
fn whoever_ends_it_while_the_pin_is_typed_gets_the_terminal_back() {
    let Some(person) = Person::new(&[Role::Citizen]) else {
        return;
    };
    let mut terminal = Terminal::start(&person.sign_in());
    terminal.expect("[").enter("c").expect("PIN: ");
    assert!(!terminal.echoes());
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.end().0.code(), Some(1));
    assert!(terminal.echoes());
    let mut terminal = Terminal::start(&person.kyso(&["token", "pin"]));
    terminal.expect("PIN hiện tại: ").signal(Signal::HUP);
    assert_eq!(terminal.end().0.code(), Some(1));
    assert!(terminal.echoes());
}

#[test]
fn of_several_certificates_the_one_used_last_is_the_default() {
    let Some(person) = Person::new(&[Role::Citizen, Role::Business]) else {
        return;
    };
    let mut terminal = Terminal::start(&person.sign_in());
    terminal
        .expect("[")
        .enter("c")
        .expect("Chọn chứng thư số [1–2]: ");
    terminal
        .enter("2")
        .expect("PIN: ")
        .enter(PIN)
        .expect("Hoàn tất");
    assert!(terminal.end().0.success());
    let mut terminal = Terminal::start(&person.sign_in());
    terminal.expect("[").enter("c").expect("dùng lần trước");
    terminal
        .expect("Chọn chứng thư số [1–2, Enter = ")
        .enter("");
    terminal.expect("PIN: ").enter(PIN).expect("Hoàn tất");
    assert!(terminal.end().0.success());
    let (_, history) = person.json(&["history"]);
    let serials: Vec<_> = history["entries"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|entry| &entry["certificate"])
        .collect();
    assert_eq!(serials.len(), 2);
    assert_eq!(serials[0], serials[1]);
}

#[test]
fn a_pin_is_changed_by_typing_the_old_one_and_the_new_one_twice() {
    let Some(person) = Person::new(&[Role::Citizen]) else {
        return;
    };
    let change = |old: &str, new: &str, again: &str, said: &str, changed: bool| {
        let mut terminal = Terminal::start(&person.kyso(&["token", "pin"]));
        terminal.expect("Mã PIN hiện tại: ").enter(old);
        terminal.expect("Mã PIN mới: ").enter(new);
        if !again.is_empty() {
            terminal.expect("Nhập lại mã PIN mới: ").enter(again);
        }
        terminal.expect(said);
        let (status, shown) = terminal.end();
        assert_eq!(status.success(), changed, "{shown}");
        assert!(!shown.contains(old) && !shown.contains(new), "{shown}");
        assert!(terminal.echoes());
    };
    // No serial number, which is shown, has a letter like that.
    change(PIN, "z9", "", "PIN-NEW-FORM", false);
    change(PIN, PIN, "", "PIN-NEW-SAME", false);
    change(PIN, "97531864", "97531865", "PIN-NEW-DIFFERS", false);
    change("11112222", "97531864", "97531864", "PIN-WRONG", false);
    change(PIN, "97531864", "97531864", "Đã đổi mã PIN.", true);
    change("97531864", PIN, PIN, "Đã đổi mã PIN.", true);
}
